"""`vedette db status`: what the database is made of, and what became of each feed when it was last asked for."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.outcomes import FeedStatus, NotedOutcome, noted_outcomes
from vedette.advisories.state import FeedState
from vedette.bootstrap import clock, scanning
from vedette.cli.commands.options import database_option
from vedette.cli.render.table import printable, table
from vedette.config import Settings, load_settings

_SAID = frozenset({FeedStatus.FAILED, FeedStatus.HELD_BACK})
_FINGERPRINT = 12
_HEADER = ["FEED", "DOCUMENTS", "RECORDS", "FAILURES", "WITHDRAWN", "DATED", "AGE", "FINGERPRINT"]


def state_of(database: Path | None, settings: Settings) -> Path:
    """Where the documents of a database are kept: one of its own keeps feeds of its own."""
    return settings.feeds if database is None else database.with_name(f"{database.name}.feeds")


@click.command("status")
@click.option(
    "--verify", is_flag=True, help="Read the whole file and compare it with its digest first."
)
@click.option(
    "--failures",
    is_flag=True,
    help="Also list the records that could not be used, with place and reason.",
)
@database_option
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def status(*, verify: bool, failures: bool, database: Path | None, form: str) -> None:
    """What the database is made of, how old each feed is, and what became of it in the last update.

    WITHDRAWN are flaws that are left out because their publisher took them back.
    """
    settings = load_settings()
    noted = noted_outcomes(state_of(database, settings))
    with scanning.advisory_database(database, settings) as index:
        if verify:
            index.verify()
        facts = _facts(index, noted, failures=failures)
        states = index.feeds
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(facts), indent=2))
    else:
        _show(facts, states, noted)


def _facts(
    index: AdvisoryDatabase, noted: Mapping[str, NotedOutcome], *, failures: bool
) -> dict[str, Any]:
    facts = {
        "schema": "vedette-db-status/1",
        "digest": index.digest,
        "built_at": index.built_at.isoformat(),
        "starter": index.starter,
        "counts": index.counts(),
        "feeds": [
            msgspec.to_builtins(state)
            | {"dated": msgspec.to_builtins(state.dated), "last_update": _last(noted, state.name)}
            for state in index.feeds
        ],
    }
    if failures:
        facts["failures"] = [
            {"feed": state.name} | msgspec.to_builtins(one)
            for state in index.feeds
            for one in index.failures(state.name)
        ]
    return facts


def _last(noted: Mapping[str, NotedOutcome], feed: str) -> dict[str, Any] | None:
    if feed not in noted:
        return None
    at, outcome = noted[feed].at, noted[feed].outcome
    return {"at": at.isoformat(), "status": outcome.status, "detail": outcome.detail}


def _show(
    facts: Mapping[str, Any], states: tuple[FeedState, ...], noted: Mapping[str, NotedOutcome]
) -> None:
    starter = ", the starter set" if facts["starter"] else ""
    click.echo(f"{facts['digest']}, of {facts['built_at']}{starter}")
    click.echo(", ".join(f"{count} {name}" for name, count in facts["counts"].items()) + "\n")
    now = clock.now()
    rows = [
        [*_row(state, now), _updated(noted, state.name), state.source.note or state.source.title]
        for state in states
    ]
    click.echo(table([*_HEADER, "LAST UPDATE", "SOURCE"], rows))
    for name, one in sorted(noted.items()):
        if one.outcome.status in _SAID:
            click.echo(
                printable(
                    f"\n{name}: {one.outcome.status} on {one.at:%Y-%m-%d}: {one.outcome.detail}"
                )
            )
    if "failures" in facts:
        columns = ("feed", "document", "place", "reason")
        lines = [[one[name] for name in columns] for one in facts["failures"]]
        click.echo("\n" + table([name.upper() for name in columns], lines))


def _row(state: FeedState, now: datetime) -> list[str]:
    dated = state.dated
    return [
        state.name,
        str(state.documents),
        str(state.records),
        str(state.failures),
        str(state.dropped),
        dated.date().isoformat() if dated else "",
        f"{(now - dated).days} d" if dated else "",
        state.source.fingerprint[:_FINGERPRINT],
    ]


def _updated(noted: Mapping[str, NotedOutcome], feed: str) -> str:
    one = noted.get(feed)
    return f"{one.outcome.status} {one.at:%Y-%m-%d}" if one else ""
