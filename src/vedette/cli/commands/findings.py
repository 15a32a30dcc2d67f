"""`vedette findings list|show|explain|export`, and the group of the other verbs on findings."""

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click
import msgspec
from click.core import ParameterSource

from vedette.app.base_images import base_of
from vedette.app.export import export_findings
from vedette.app.ports import Store
from vedette.bootstrap import clock, estate
from vedette.cli.commands.options import Exit, database_option
from vedette.cli.commands.plan import plan_command
from vedette.cli.commands.suppress import suppress_command
from vedette.cli.commands.undecided import undecided as undecided_command
from vedette.cli.commands.vex_documents import vex_group
from vedette.cli.render.table import printable, table
from vedette.clients.files import write_file
from vedette.clients.s3 import is_object_url, object_place, split_object_url, write_object
from vedette.config import load_settings
from vedette.errors import ConfigError
from vedette.findings.explain import explain_finding, why_first
from vedette.findings.ports import FindingPage
from vedette.findings.query import Sort, SortField, ordered, passes
from vedette.integrations import REPORTS
from vedette.integrations._base import Occasion
from vedette.model.filter import All, Any as AnyOf, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingId, FindingStatus
from vedette.model.resource import ResourceRef, ResourceType
from vedette.model.severity import Severity


@click.group("findings")
def COMMAND() -> None:  # noqa: N802 - the name is the catalogue's
    """List, show, explain, export and suppress findings, and plan what to mend."""


COMMAND.add_command(plan_command)
COMMAND.add_command(suppress_command)
COMMAND.add_command(undecided_command)
COMMAND.add_command(vex_group)


def _is(field: TextField, *values: str) -> Filter:
    tests = [
        Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))
        for value in values
    ]
    return AnyOf(parts=tuple(tests))


def _filter(chosen: Mapping[TextField, tuple[str, ...]]) -> Filter:
    return All(parts=tuple(_is(field, *values) for field, values in chosen.items() if values))


def finding_json(finding: Finding) -> Any:
    """A finding as plain values."""
    return msgspec.to_builtins(finding, str_keys=True)


def short_name(ref: ResourceRef) -> str:
    """A resource as people call it: an instance's id, a function's name, an image's repository and digest."""
    name = ref.id
    match ref.type:
        case ResourceType.ECR_CONTAINER_IMAGE:
            repository, _, digest = name.partition(":repository/")[2].rpartition("/sha256:")
            return f"{repository}@{digest[:12]}"
        case ResourceType.LAMBDA_FUNCTION:
            return name.partition(":function:")[2].removesuffix(":$LATEST")
        case ResourceType.EC2_INSTANCE | ResourceType.LOCAL:
            return name


def finding_rows(findings: tuple[Finding, ...]) -> list[list[str]]:
    """Rows of the findings table: id, status, severity, risk, what, where, why."""
    return [
        [
            finding.id[:12],
            finding.status,
            finding.severity,
            f"{finding.score.risk:.0f}",
            finding.title,
            short_name(finding.key.resource),
            why_first(finding),
        ]
        for finding in findings
    ]


HEADER = ("ID", "STATUS", "SEVERITY", "RISK", "FINDING", "RESOURCE", "WHY")


_Command = TypeVar("_Command", bound=Callable[..., Any])


def _chosen_by(command: _Command) -> _Command:
    """The options that say which findings."""
    statuses = [*(one.value.lower() for one in FindingStatus), "all"]
    severities = [level.value.lower() for level in Severity]
    for option in reversed(
        (
            click.option(
                "--severity",
                multiple=True,
                type=click.Choice(severities, case_sensitive=False),
            ),
            click.option(
                "--status",
                multiple=True,
                type=click.Choice(statuses, case_sensitive=False),
                default=("active",),
                show_default=True,
            ),
            click.option("--account", multiple=True, help="Account id."),
            click.option("--resource", multiple=True, help="Resource id, for example i-0abc…."),
            click.option("--vulnerability", multiple=True, help="For example CVE-2021-44228."),
            click.option(
                "--type", "kind", multiple=True, type=click.Choice(["package", "network"])
            ),
        )
    ):
        command = option(command)
    return command


def _condition(chosen: Mapping[str, tuple[str, ...]]) -> Filter:
    """The filter that the options mean."""
    types = {"package": "PACKAGE_VULNERABILITY", "network": "NETWORK_REACHABILITY"}
    status = chosen["status"]
    return _filter(
        {
            TextField.SEVERITY: tuple(level.upper() for level in chosen["severity"]),
            TextField.STATUS: () if "all" in status else tuple(word.upper() for word in status),
            TextField.ACCOUNT_ID: chosen["account"],
            TextField.RESOURCE_ID: chosen["resource"],
            TextField.VULNERABILITY_ID: chosen["vulnerability"],
            TextField.TYPE: tuple(types[word] for word in chosen["kind"]),
        }
    )


@COMMAND.command("list")
@_chosen_by
@click.option(
    "--sort",
    type=click.Choice([one.value for one in SortField]),
    default=SortField.RISK.value,
    show_default=True,
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--after", help="The `next` of the page before.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="As they were at the end of that day, or at that time (UTC).",
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def list_findings(
    sort: str,
    limit: int,
    after: str | None,
    as_of: datetime | None,
    form: str,
    **chosen: tuple[str, ...],
) -> None:
    """List findings, the greatest risk first."""
    condition = _condition(chosen)
    order = Sort(field=SortField(sort), descending=True)
    with estate.open_store(load_settings()) as store:
        if as_of is None:
            page = store.list(condition, sort=order, limit=limit, after=after)
        elif after is not None:
            raise click.UsageError("--as-of has one page: raise --limit")
        else:
            page = _past(store, condition, order, end_of(as_of), limit)
    if form == "json":
        document = {
            "schema": "vedette-findings/1",
            "findings": [finding_json(finding) for finding in page.findings],
            "next": page.next,
        }
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    click.echo(table(HEADER, finding_rows(page.findings)))
    if page.next:
        click.echo(f"More: --after {page.next}")


def end_of(day: datetime) -> datetime:
    """The last moment of a day, or the time itself where one was given."""
    moment = day.replace(tzinfo=UTC)
    return moment + timedelta(days=1, microseconds=-1) if day.time() == time() else moment


def _past(
    store: Store, condition: Filter, order: Sort, moment: datetime, limit: int
) -> FindingPage:
    """What passes of the findings as they were; of their resources it is known what they are now."""
    resources = {one.ref: one for gone in (True, False) for one in store.resources(gone=gone)}
    found = [
        finding
        for finding in sorted(store.as_of(moment), key=lambda one: one.id)
        if passes(condition, finding, resources.get(finding.key.resource))
    ]
    return FindingPage(findings=tuple(ordered(found, order, resources)[:limit]))


def _found(identifier: str) -> Finding:
    """The finding whose id or ARN this is; a beginning is enough where it is the only one."""
    wanted = identifier.rpartition("/")[2]
    with estate.open_store(load_settings()) as store:
        exact = store.get(FindingId(wanted))
        if exact is not None:
            return exact
        start = Text(
            field=TextField.FINDING_ID, test=TextTest(operator=TextOperator.PREFIX, value=wanted)
        )
        found = store.list(start, limit=2).findings
    if len(found) != 1:
        problem = "there is no finding" if not found else "several findings begin with"
        raise ConfigError(f"{problem} {identifier}")
    return found[0]


@COMMAND.command("show")
@click.argument("identifier", metavar="ID")
def show(identifier: str) -> None:
    """Show one finding whole, as JSON. ID is a finding's id, the beginning of one, or its ARN."""
    click.echo(msgspec.json.format(msgspec.json.encode(finding_json(_found(identifier))), indent=2))


_LARGEST_DOCUMENT = 1 << 20
_STATUS = "findingStatus"
_REPORTS = {report.name: report for report in REPORTS}


@COMMAND.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted(_REPORTS)),
    default="csv",
    show_default=True,
)
@_chosen_by
@click.option(
    "--output",
    "-o",
    default="-",
    metavar="FILE|-|s3://BUCKET/KEY",
    help="Where to. Default: standard output.",
)
@click.option(
    "--filter",
    "criteria",
    type=click.File("rb"),
    metavar="FILE",
    help="Also by these criteria: Inspector's FilterCriteria as JSON.",
)
@click.option("--kms-key", metavar="ARN", help="Encrypt the object in S3 with this key.")
@click.option("--bucket-region", metavar="REGION", help="Of the bucket. Default: the home Region.")
def export(
    form: str,
    output: str,
    criteria: BinaryIO | None,
    kms_key: str | None,
    bucket_region: str | None,
    **chosen: tuple[str, ...],
) -> None:
    """Write a report on findings, as they are found, to a file or to S3.

    Active findings only, unless --status or the criteria say otherwise. A file or an object is there whole or not at all.
    """
    if (kms_key or bucket_region) and not is_object_url(output):
        raise click.UsageError("--kms-key and --bucket-region are for objects in S3")
    settings = load_settings()
    condition = _condition(chosen) if criteria is None else _narrowed(chosen, criteria)
    report = _REPORTS[form]
    place = (
        object_place(*split_object_url(output), region=bucket_region, kms_key=kms_key)
        if is_object_url(output)
        else None
    )
    with estate.open_store(settings) as store:
        occasion = Occasion(at=clock.now(), subject="all accounts")
        pieces = export_findings(store, report, condition, occasion)
        if place is not None:
            home = estate.home_account(settings)
            write_object(home, place, pieces, media_type=report.media_type)
        elif output == "-":
            _to_standard_output(pieces)
        else:
            write_file(Path(output), pieces)


def _narrowed(chosen: Mapping[str, tuple[str, ...]], file: BinaryIO) -> Filter:
    """What passes the options and a file's criteria; a status in the file is in place of the default one.

    Raises:
        ConfigError: where the file is not what Inspector's API takes, or has a criterion that it does not know.
    """
    from vedette.api.messages import Request  # noqa: PLC0415 - only here
    from vedette.api.parse import parse  # noqa: PLC0415 - as above
    from vedette.api.service_model import load_service  # noqa: PLC0415 - as above
    from vedette.api.translate.filters import CRITERIA, filter_of  # noqa: PLC0415 - as above

    try:
        told = msgspec.json.decode(file.read(_LARGEST_DOCUMENT), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"--filter: {error}") from error
    unknown = sorted(set(told) - CRITERIA)
    if unknown:
        raise ConfigError(f"--filter: there is no criterion {', '.join(unknown)[:200]}")
    body = msgspec.json.encode({"filterCriteria": told})
    request = Request(method="POST", path="/findings/list", body=body)
    parsed = parse(load_service("inspector2"), "ListFindingsRequest", request, {})
    source = click.get_current_context().get_parameter_source("status")
    if _STATUS in told and source is ParameterSource.DEFAULT:
        chosen = {**chosen, "status": ("all",)}
    return All(parts=(_condition(chosen), filter_of(parsed["filterCriteria"])))


def _to_standard_output(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


@COMMAND.command("answer-config")
@click.argument("event", type=click.File("rb"), default="-")
@click.option("--test", is_flag=True, help="AWS Config checks the answer and keeps nothing of it.")
@click.option("--profile", help="Profile of the shared AWS configuration.")
def answer_config(event: BinaryIO, profile: str | None, *, test: bool) -> None:
    """Answer a custom rule of AWS Config with what the store knows.

    EVENT is the event of the rule's Lambda function, as JSON. A resource does not comply that has an active finding of
    the rule's parameter `severity` (HIGH where it has none) or worse; of what was never scanned nothing is said.
    """
    from vedette.app.config_rule import answer_rule  # noqa: PLC0415 - only here
    from vedette.cli.commands.evaluate import Entered  # noqa: PLC0415 - as above
    from vedette.integrations.aws_config import parse_invocation  # noqa: PLC0415 - as above

    invocation = parse_invocation(event.read(_LARGEST_DOCUMENT))
    settings = load_settings()
    with estate.open_store(settings) as store:
        home = estate.home_account(settings, profile=profile)
        answer = answer_rule(store, invocation, Entered(home), test=test)
    click.echo(
        f"{answer.compliant} comply, {answer.non_compliant} do not, {answer.unknown} never scanned"
    )
    for refusal in answer.refused:
        click.echo(printable(f"refused {refusal.finding}: {refusal.reason}"))
    sys.exit(Exit.PARTIAL if answer.refused else Exit.DONE)


@COMMAND.command("explain")
@click.argument("what", metavar="ID | KIND TARGET | RESOURCE", nargs=-1, required=True)
@click.option("--not", "absent", metavar="CVE", help="Why nothing reports this flaw of it.")
@database_option
def explain(what: tuple[str, ...], absent: str | None, database: Path | None) -> None:
    """Say why a finding is there and why it ranks where it does. ID as in `show`.

    With --not CVE: why a local target, or the resource with this id, has, has not, or may have a flaw, package by package, with the
    versions and keys that were compared. KIND as in `vedette scan`.
    """
    if absent is None:
        if len(what) != 1:
            raise click.UsageError("give one finding's ID")
        found = _found(what[0])
        with estate.open_store(load_settings()) as store:
            lines = explain_finding(found, base_of(store, found.key.resource))
    else:
        from vedette.cli.commands.why_not import why_not  # noqa: PLC0415 - matching is only here

        lines = why_not(absent, what, database)
    for line in lines:
        click.echo(printable(line))
