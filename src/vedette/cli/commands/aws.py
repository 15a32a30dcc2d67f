"""`vedette aws discover` and `vedette aws record`."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from vedette.app.discovery.discover import discover as look
from vedette.app.discovery.recording import record as write
from vedette.app.discovery.scope import Discovery
from vedette.bootstrap import clock, estate
from vedette.cli.commands.evaluate import scope_of
from vedette.cli.commands.options import Exit
from vedette.cli.render.table import table
from vedette.cli.render.terminal import progress_bars
from vedette.config import load_settings
from vedette.model.coverage import ScopeFailure
from vedette.model.resource import Resource


@click.group("aws")
def COMMAND() -> None:  # noqa: N802 - the name is the catalogue's
    """Look into AWS accounts."""


def _row(resource: Resource) -> list[str]:
    ref = resource.ref
    tags = ", ".join(f"{tag.key}={tag.value}" for tag in resource.tags)
    return [ref.account or "", ref.region or "", ref.type, ref.id, tags]


def _table(found: Discovery, resources: list[Resource]) -> str:
    lines = [table(["ACCOUNT", "REGION", "TYPE", "ID", "TAGS"], [_row(one) for one in resources])]
    lines.append(f"\n{len(resources)} resources in {len(found.accounts)} accounts")
    return "\n".join((*lines, *_not_looked_at(found.failures)))


def _not_looked_at(failures: Iterable[ScopeFailure]) -> list[str]:
    cells = [
        [one.account, one.region or "-", one.operation, one.code, one.reason] for one in failures
    ]
    if not cells:
        return []
    head = ["ACCOUNT", "REGION", "OPERATION", "CODE", "REASON"]
    return ["\nNot looked at:", table(head, cells)]


@COMMAND.command("discover")
@click.option("--region", "regions", multiple=True, help="Region to look at; may be repeated.")
@click.option(
    "--account", "accounts", multiple=True, help="Account; default: the whole Organization."
)
@click.option("--tag", "tags", multiple=True, help="KEY=VALUE: only what has one of these tags.")
@click.option("--profile", help="Profile of the shared AWS configuration.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def discover(
    regions: tuple[str, ...],
    accounts: tuple[str, ...],
    tags: tuple[str, ...],
    *,
    profile: str | None,
    form: str,
) -> None:
    """List what there is, without reading it.

    Exit status: 0 done, 3 where an account, a Region or a call could not be looked at.
    """
    settings = load_settings()
    scope = scope_of(regions, accounts, tags, settings.regions)
    with progress_bars() as progress:
        home = estate.home_account(settings, profile=profile)
        found = look(home, scope, progress, now=clock.now())
    resources = [one for one in found.resources if scope.wants(one)]
    if form == "json":
        document = {
            "schema": "vedette-discovery/1",
            "accounts": sorted(found.accounts),
            "resources": msgspec.to_builtins(resources),
            "image_uses": msgspec.to_builtins(
                [use for uses in found.uses.values() for use in uses]
            ),
            "failures": msgspec.to_builtins(found.failures),
        }
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
    else:
        click.echo(_table(found, resources))
    sys.exit(Exit.PARTIAL if found.failures else Exit.DONE)


@COMMAND.command("record")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--region", "regions", multiple=True, help="Region to record; may be repeated.")
@click.option(
    "--account", "accounts", multiple=True, help="Account; default: the whole Organization."
)
@click.option("--profile", help="Profile of the shared AWS configuration.")
@click.option("--resume", is_flag=True, help="Keep the answers that are there, ask for the others.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def record(
    directory: Path,
    regions: tuple[str, ...],
    accounts: tuple[str, ...],
    *,
    profile: str | None,
    resume: bool,
    form: str,
) -> None:
    """Record the network configuration for `vedette reach --snapshot DIRECTORY`.

    Every answer is a file of its own, as the AWS CLI would have printed it; variables of functions are left out. A recording that
    ended early goes on with --resume. Exit status: 0 done, 2 DIRECTORY cannot be used, 3 where an account, a
    Region or a call could not be looked at.
    """
    settings = load_settings()
    scope = scope_of(regions, accounts, (), settings.regions)
    with progress_bars() as progress:
        home = estate.home_account(settings, profile=profile)
        done = write(home, scope, directory, progress, resume=resume)
    if form == "json":
        document = {"schema": "vedette-recording/1", **msgspec.to_builtins(done)}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
    else:
        said = f"{done.written} answers of {len(done.places)} places in {directory}"
        stood = f", {done.stood} stood there already" if done.stood else ""
        click.echo("\n".join((said + stood, *_not_looked_at(done.failures))))
    sys.exit(Exit.PARTIAL if done.failures else Exit.DONE)
