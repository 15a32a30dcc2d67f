"""Functions with their URLs and permissions."""

from typing import Any

from vedette.network import described as aws
from vedette.network.whatif import entries
from vedette.network.whatif.resource import View, kind


def _arn(view: View) -> str:
    """The ARN of the function that a URL or a permission is about, with its qualifier."""
    name = view.needed("function_name")
    qualifier = view.text("qualifier")
    if not name.startswith("arn:"):
        name = view.draft.find(aws.Function, name).function_arn
    base = ":".join(name.split(":")[:7])
    _, own = entries.function_of(name)
    chosen = qualifier or own
    return f"{base}:{chosen}" if chosen else base


def _put_url(old: View | None, new: View) -> None:
    arn = _arn(new)
    draft = new.draft
    place = entries.place_of_function(draft, arn)
    if old is None and not draft.has(aws.FunctionUrl, arn):
        host = f"{entries.function_of(arn)[0]}.lambda-url"
        url = aws.FunctionUrl(function_url=f"https://{host}/", function_arn=arn, auth_type="NONE")
        entries.put_url(draft, url, place)
    entries.set_auth(draft, arn, new.needed("authorization_type"))


def _remove_url(old: View) -> None:
    old.draft.drop(aws.FunctionUrl, _arn(old))


def _put_permission(old: View | None, new: View) -> None:
    if old is not None:
        _remove_permission(old)
    arn = _arn(new)
    sid = new.text("statement_id") or new.address
    conditions = _conditions(new)
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _principal(new.needed("principal")),
        "Action": new.needed("action"),
        "Resource": arn,
    }
    if conditions:
        statement["Condition"] = conditions
    place = entries.place_of_function(new.draft, arn)
    entries.put_statement(new.draft, place, arn, statement)


def _conditions(view: View) -> dict[str, dict[str, str]]:
    """What Lambda makes of the attributes (Lambda API, AddPermission)."""
    invoked = view.flag("invoked_via_function_url")
    found: dict[str, dict[str, str]] = {}
    for operator, key, value in (
        ("StringEquals", "lambda:FunctionUrlAuthType", view.text("function_url_auth_type")),
        ("ArnLike", "aws:SourceArn", view.text("source_arn")),
        ("StringEquals", "aws:SourceAccount", view.text("source_account")),
        ("StringEquals", "aws:PrincipalOrgID", view.text("principal_org_id")),
        ("StringEquals", "lambda:EventSourceToken", view.text("event_source_token")),
        ("Bool", "lambda:InvokedViaFunctionUrl", None if invoked is None else str(invoked).lower()),
    ):
        if value is not None:
            found.setdefault(operator, {})[key] = value
    return found


def _principal(text: str) -> Any:
    if text == "*":
        return "*"
    return {"Service": text} if text.endswith(".amazonaws.com") else {"AWS": text}


def _remove_permission(old: View) -> None:
    arn = _arn(old)
    place = entries.place_of_function(old.draft, arn)
    entries.drop_statement(old.draft, place, arn, old.text("statement_id") or old.address)


def _put_function(old: View | None, new: View) -> None:
    draft = new.draft
    name = new.text("function_name") or new.address
    if old is not None or draft.has(aws.Function, name):
        return
    place = draft.only_place()
    entries.put_function(draft, place, name, new.identity)


def _remove_function(old: View) -> None:
    name = old.needed("function_name")
    for url in list(old.draft.every(aws.FunctionUrl)):
        if entries.function_of(url.function_arn)[0] == name:
            old.draft.drop(aws.FunctionUrl, url.function_arn)
    old.draft.drop(aws.Function, name)


KINDS = (
    kind(
        "aws_lambda_function",
        _put_function,
        _remove_function,
        reads="function_name",
        harmless="architectures code_sha256 code_signing_config_arn dead_letter_config environment"
        " ephemeral_storage file_system_config filename handler image_config image_uri invoke_arn"
        " kms_key_arn last_modified layers logging_config memory_size package_type publish"
        " qualified_arn qualified_invoke_arn replace_security_groups_on_destroy"
        " replacement_security_group_ids reserved_concurrent_executions role runtime s3_bucket"
        " s3_key s3_object_version signing_job_arn signing_profile_version skip_destroy snap_start"
        " source_code_hash source_code_size timeout tracing_config version vpc_config",
    ),
    kind(
        "aws_lambda_function_url",
        _put_url,
        _remove_url,
        reads="function_name qualifier authorization_type",
        harmless="cors function_arn function_url invoke_mode url_id",
    ),
    kind(
        "aws_lambda_permission",
        _put_permission,
        _remove_permission,
        reads="function_name qualifier statement_id action principal function_url_auth_type"
        " source_arn source_account principal_org_id event_source_token invoked_via_function_url",
        harmless="statement_id_prefix",
    ),
)
