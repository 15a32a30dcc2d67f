"""Lambda functions, their layers and their function URLs."""

from datetime import datetime

from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ParseError
from vedette.model.arn import parse_arn
from vedette.model.resource import LambdaFunction, Resource, ResourceRef, ResourceType, Tag


def _modified(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        # Lambda writes `2024-05-01T12:00:00.000+0000`
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError as error:
        raise ParseError(f"not a time: {text[:40]!r}", "LastModified") from error


def function_from(item: Response, place: Place, tags: tuple[Tag, ...]) -> Resource:
    """One item of `ListFunctions` as a resource; its id is Inspector's: the ARN with `$LATEST`.

    Raises:
        ParseError: where an ARN or the time is not one.
    """
    arn = parse_arn(item["FunctionArn"])
    role = item.get("Role")
    return Resource(
        ref=ResourceRef(
            type=ResourceType.LAMBDA_FUNCTION,
            id=f"{arn}:{item.get('Version', '$LATEST')}",
            account=place.account,
            region=place.region,
        ),
        facts=LambdaFunction(
            name=item["FunctionName"],
            runtime=item.get("Runtime") or None,
            architectures=tuple(item.get("Architectures") or ("x86_64",)),
            code_sha256=item.get("CodeSha256", ""),
            version=item.get("Version", "$LATEST"),
            layers=tuple(parse_arn(layer["Arn"]) for layer in item.get("Layers") or ()),
            package_type=item.get("PackageType", "Zip"),
            last_modified_at=_modified(item.get("LastModified")),
            execution_role_arn=parse_arn(role) if role else None,
        ),
        tags=tags,
    )


def list_functions(account: Account, place: Place) -> tuple[Resource, ...]:
    """The newest version of every function.

    Raises:
        ServiceError: where Lambda refuses.
        ParseError: where an item is not what Lambda's model says.
    """
    found = []
    for item in account.listing("lambda", "list_functions", "Functions", place.region):
        listed = account.call("lambda", "list_tags", place.region, Resource=item["FunctionArn"])
        tags = tuple(sorted(Tag(key=key, value=value) for key, value in listed["Tags"].items()))
        found.append(function_from(item, place, tags))
    return tuple(found)
