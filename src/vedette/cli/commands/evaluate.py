"""`vedette evaluate`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from vedette.app.discovery.scope import Agentless, Scope
from vedette.app.evaluate import PassReport, run_pass
from vedette.app.publish import Delivery, publish
from vedette.bootstrap import clock, estate, extraction, scanning
from vedette.cli.commands.judging import starter_note
from vedette.cli.commands.options import Exit, database_option
from vedette.cli.render.table import printable
from vedette.cli.render.terminal import note, progress_bars
from vedette.clients.aws import Account
from vedette.config import load_settings
from vedette.errors import ConfigError
from vedette.integrations import SINKS
from vedette.model.arn import AccountId, parse_account_id
from vedette.model.resource import Tag

_SINKS = {sink.name: sink for sink in SINKS}


def parse_tag(text: str) -> Tag:
    """`KEY=VALUE`, or `KEY` for an empty value.

    Raises:
        ConfigError: where there is no key.
    """
    key, _, value = text.partition("=")
    if not key:
        raise ConfigError(f"not a tag: {text!r}; write KEY=VALUE")
    return Tag(key=key, value=value)


def scope_of(
    regions: tuple[str, ...],
    accounts: tuple[str, ...],
    tags: tuple[str, ...],
    default: tuple[str, ...],
    agentless: Agentless = Agentless.NONE,
) -> Scope:
    """What the options ask for.

    Raises:
        ConfigError, ParseError: where one of them makes no sense.
    """
    return Scope(
        regions=tuple(sorted(set(regions or default))),
        accounts=tuple(sorted({parse_account_id(account) for account in accounts})),
        tags=tuple(parse_tag(tag) for tag in tags),
        agentless=agentless,
    )


class Entered:
    """Accounts by id for sinks: each is entered once, when something is to be sent there."""

    def __init__(self, home: Account) -> None:
        self._home = home
        self._own = home.identity()
        self._entered: dict[str, Account] = {self._own: home}

    def __call__(self, account: str | None) -> Account:
        """The account's services; raises ServiceError where it cannot be entered."""
        if account is None:
            return self._home
        if account not in self._entered:
            self._entered[account] = self._home.assume(AccountId(account))
        return self._entered[account]


def pass_lines(report: PassReport) -> Iterator[str]:
    """What a pass did, for people."""
    yield f"{report.resources} resources in {len(report.accounts)} accounts"
    yield (
        f"inventories: {report.read} read, {report.reused} unchanged, {report.unread} without; "
        f"{report.judged} resources judged"
    )
    yield (
        f"findings: {report.opened} opened, {report.updated} updated, {report.closed} closed; "
        f"{report.active} active"
    )
    for failure in report.failures:
        where = f"{failure.account} {failure.region}".strip()
        yield f"not looked at: {where}: {failure.operation}: {failure.code}: {failure.reason}"
    for row in report.partial:
        yield f"in part: {row.resource.id}: {row.scan_type}: {row.reason}: {row.detail}"


def delivery_lines(deliveries: tuple[Delivery, ...]) -> Iterator[str]:
    """What was delivered, for people."""
    for one in deliveries:
        yield f"{one.sink}: {one.delivered} changes delivered, {len(one.refused)} refused"
        for refusal in one.refused[:3]:
            yield f"  refused {refusal.finding}: {refusal.reason}"
        if one.failure:
            yield f"  stopped: {one.failure}"


@click.command("evaluate")
@click.option("--region", "regions", multiple=True, help="Region to look at; may be repeated.")
@click.option(
    "--account", "accounts", multiple=True, help="Account; default: the whole Organization."
)
@click.option("--tag", "tags", multiple=True, help="KEY=VALUE: only what has one of these tags.")
@click.option(
    "--agentless",
    type=click.Choice([one.value for one in Agentless]),
    default=Agentless.NONE.value,
    show_default=True,
    help="Read instances that SSM knows nothing of from snapshots: those there are, or also made for it.",
)
@click.option("--profile", help="Profile of the shared AWS configuration.")
@click.option(
    "--sink",
    "sinks",
    multiple=True,
    type=click.Choice(sorted(_SINKS)),
    help="Where changes are sent.",
)
@database_option
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def COMMAND(  # noqa: N802, PLR0913 - the name is the catalogue's; the parameters are the command's options
    regions: tuple[str, ...],
    accounts: tuple[str, ...],
    tags: tuple[str, ...],
    *,
    agentless: str,
    profile: str | None,
    sinks: tuple[str, ...],
    database: Path | None,
    form: str,
) -> None:
    """Look at the whole estate once.

    Discovers every account, takes inventories of what changed, analyses the network, matches, scores, stores, and
    sends changes to the sinks that are named. Exit status: 0 done, 3 done in part (`vedette coverage` says what is missing).
    """
    settings = load_settings()
    scope = scope_of(regions, accounts, tags, settings.regions, Agentless(agentless))
    home = estate.home_account(settings, profile=profile)
    with (
        scanning.advisory_database(database, settings) as index,
        estate.open_store(settings) as store,
        extraction.workers(settings, profile=profile) as workers,
        estate.means_of(settings, home, store, index, workers) as means,
    ):
        if index.starter:
            note(starter_note(index.built_at.date().isoformat()))
        with progress_bars() as progress:
            report = run_pass(means, scope, now=clock.now(), progress=progress)
            deliveries = publish(store, [_SINKS[name] for name in sinks], Entered(home), progress)
    _show(report, deliveries, form)
    failed = any(one.failure or one.refused for one in deliveries)
    sys.exit(Exit.DONE if report.complete and not failed else Exit.PARTIAL)


def _show(report: PassReport, deliveries: tuple[Delivery, ...], form: str) -> None:
    if form == "json":
        document = {
            "schema": "vedette-pass/1",
            "pass": msgspec.to_builtins(report),
            "deliveries": msgspec.to_builtins(deliveries),
        }
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    for line in (*pass_lines(report), *delivery_lines(deliveries)):
        click.echo(printable(line))
