"""`vedette findings list|show|explain`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from vedette.bootstrap import estate, scanning
from vedette.cli.commands.options import database_option
from vedette.cli.commands.scan import starter_note
from vedette.cli.render.table import printable, table
from vedette.cli.render.terminal import note
from vedette.config import load_settings
from vedette.errors import ConfigError
from vedette.findings.explain import explain_finding, why_first
from vedette.findings.query import Sort, SortField
from vedette.model.filter import All, Any as AnyOf, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingId, FindingStatus
from vedette.model.resource import ResourceRef, ResourceType
from vedette.model.severity import Severity


@click.group("findings")
def COMMAND() -> None:  # noqa: N802 - the name is the catalogue's
    """List, show and explain findings."""


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


@COMMAND.command("list")
@click.option(
    "--severity",
    multiple=True,
    type=click.Choice([level.value.lower() for level in Severity], case_sensitive=False),
)
@click.option(
    "--status",
    multiple=True,
    type=click.Choice([*(one.value.lower() for one in FindingStatus), "all"], case_sensitive=False),
    default=("active",),
    show_default=True,
)
@click.option("--account", multiple=True, help="Account id.")
@click.option("--resource", multiple=True, help="Resource id, for example i-0abc….")
@click.option("--vulnerability", multiple=True, help="For example CVE-2021-44228.")
@click.option("--type", "kind", multiple=True, type=click.Choice(["package", "network"]))
@click.option(
    "--sort",
    type=click.Choice([one.value for one in SortField]),
    default=SortField.RISK.value,
    show_default=True,
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--after", help="The `next` of the page before.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def list_findings(  # noqa: PLR0913 - the parameters are the command's options
    severity: tuple[str, ...],
    status: tuple[str, ...],
    account: tuple[str, ...],
    resource: tuple[str, ...],
    vulnerability: tuple[str, ...],
    kind: tuple[str, ...],
    *,
    sort: str,
    limit: int,
    after: str | None,
    form: str,
) -> None:
    """List findings, the greatest risk first."""
    types = {"package": "PACKAGE_VULNERABILITY", "network": "NETWORK_REACHABILITY"}
    condition = _filter(
        {
            TextField.SEVERITY: tuple(level.upper() for level in severity),
            TextField.STATUS: () if "all" in status else tuple(word.upper() for word in status),
            TextField.ACCOUNT_ID: account,
            TextField.RESOURCE_ID: resource,
            TextField.VULNERABILITY_ID: vulnerability,
            TextField.TYPE: tuple(types[word] for word in kind),
        }
    )
    with estate.open_store(load_settings()) as store:
        page = store.list(
            condition, sort=Sort(field=SortField(sort), descending=True), limit=limit, after=after
        )
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


@COMMAND.command("explain")
@click.argument("what", metavar="ID | KIND TARGET", nargs=-1, required=True)
@click.option(
    "--not", "absent", metavar="CVE", help="Why a scan of KIND TARGET does not report this flaw."
)
@database_option
def explain(what: tuple[str, ...], absent: str | None, database: Path | None) -> None:
    """Say why a finding is there and why it ranks where it does. ID as in `show`.

    With --not CVE: why a local target has, has not, or may have a flaw, package by package, with the
    versions and keys that were compared. KIND as in `vedette scan`.
    """
    if absent is None:
        if len(what) != 1:
            raise click.UsageError("give one finding's ID")
        lines = explain_finding(_found(what[0]))
    else:
        lines = _why_not(absent, what, database)
    for line in lines:
        click.echo(printable(line))


def _why_not(flaw: str, what: tuple[str, ...], database: Path | None) -> tuple[str, ...]:
    from vedette.cli.commands.inventories import SBOM, inventory_of  # noqa: PLC0415 - only here
    from vedette.cli.commands.targets import KINDS  # noqa: PLC0415 - as above
    from vedette.matching.absence import explain_absence  # noqa: PLC0415 - as above

    if len(what) != len(("kind", "target")) or what[0] not in (*KINDS, SBOM):
        raise click.UsageError(
            f"give KIND TARGET; KIND is one of {', '.join(sorted((*KINDS, SBOM)))}"
        )
    settings = load_settings()
    with scanning.advisory_database(database, settings) as index:
        if index.starter:
            note(starter_note(index.built_at.date().isoformat()))
        return explain_absence(flaw, inventory_of(what[0], what[1], None), index)
