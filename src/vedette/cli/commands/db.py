"""`vedette db update|search|diff`; `status` is in `db_status`, `push` and `pull` are in `db_exchange`."""

import sys
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.database_diff import differences
from vedette.advisories.refresh import (
    FeedOutcome,
    FeedStatus,
    RefreshOptions,
    RefreshReport,
    refresh,
)
from vedette.app.progress import Progress
from vedette.bootstrap import clock, scanning
from vedette.bootstrap.workers import worker_processes
from vedette.cli.commands.db_exchange import pull, push
from vedette.cli.commands.db_status import state_of, status
from vedette.cli.commands.options import Exit, database_option
from vedette.cli.commands.purl_query import database_name
from vedette.cli.render.diff_table import ranges_text, write_diff_json, write_diff_table
from vedette.cli.render.table import printable, table
from vedette.cli.render.terminal import note, progress_bars
from vedette.clients.http import HttpClient
from vedette.config import load_settings
from vedette.model.advisory import Advisory, Affected, Ssvc

_WORKERS = 2
_TROUBLE = frozenset({FeedStatus.FAILED, FeedStatus.HELD_BACK})
_form_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group("db")
def COMMAND() -> None:  # noqa: N802 - the name is the catalogue's
    """The advisory database: update, status, search, diff, push, pull."""


COMMAND.add_command(push)
COMMAND.add_command(pull)
COMMAND.add_command(status)


def _json(document: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))


def _names(text: str | None) -> frozenset[str]:
    return frozenset(name.strip() for name in (text or "").split(",") if name.strip())


def _mirror(text: str | None) -> Path | str | None:
    return text if text is None or text.startswith(("http://", "https://")) else Path(text)


@COMMAND.command("update")
@click.option("--mirror", metavar="DIR|URL", help="Read a mirror in place of the publishers.")
@click.option("--feeds", metavar="NAME,…", help="Only these feeds; the others stay as they are.")
@click.option(
    "--accept-shrunk", metavar="NAME,…", help="Take these feeds though they became smaller."
)
@database_option
@_form_option
def update(
    mirror: str | None,
    feeds: str | None,
    accept_shrunk: str | None,
    *,
    database: Path | None,
    form: str,
) -> None:
    """Fetch what changed and rebuild the database.

    Without --mirror from the publishers, over HTTPS. Exit status: 0 done, 2 nothing could be built, 3 a feed failed or
    was held back (its last good state stays in the database).
    """
    settings = load_settings()
    target = database or settings.database
    only = _names(feeds)
    if mirror is None and not only:
        only = frozenset(feed.name for feed in FEEDS) - {"local"}
    options = RefreshOptions(
        state_dir=state_of(database, settings),
        database=target,
        now=clock.now(),
        mirror=_mirror(mirror),
        only=only,
        accept_shrunk=_names(accept_shrunk),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        progress_bars() as progress,
        HttpClient() as client,
        worker_processes(_WORKERS) as executor,
    ):
        report = refresh(FEEDS, options, client=client, progress=_told(progress), executor=executor)
    _show_update(report, target, form)
    _tell_held_back(report)
    if not report.digest:
        note("vedette: no feed gave anything; there is no database")
        sys.exit(Exit.UNUSABLE)
    trouble = any(outcome.status in _TROUBLE for outcome in report.feeds)
    sys.exit(Exit.PARTIAL if trouble else Exit.DONE)


def _told(progress: Progress) -> Any:
    def tell(feed: str, what: str, done: int, total: int | None) -> None:
        progress(f"{feed} {what}".strip(), done, total)

    return tell


def _outcome_row(outcome: FeedOutcome) -> list[str]:
    return [
        outcome.name,
        outcome.status,
        str(outcome.documents),
        str(outcome.records),
        str(outcome.failures),
        outcome.dated.date().isoformat() if outcome.dated else "",
        outcome.detail,
    ]


def _show_update(report: RefreshReport, target: Path, form: str) -> None:
    if form == "json":
        _json(
            {
                "schema": "vedette-db-update/1",
                "digest": report.digest,
                "rebuilt": report.build is not None,
                "feeds": msgspec.to_builtins(report.feeds),
            }
        )
        return
    header = ["FEED", "STATUS", "DOCUMENTS", "RECORDS", "FAILURES", "DATED", "DETAIL"]
    click.echo(table(header, [_outcome_row(one) for one in report.feeds]))
    if report.build is not None:
        click.echo(
            f"\n{target}: {report.build.advisories} advisories, {report.build.packages} packages, "
            f"{report.build.size / 1e6:.0f} MB, {report.digest}"
        )
    elif report.digest:
        click.echo(f"\n{target}: unchanged, {report.digest}")


def _advisory_rows(advisory: Advisory) -> list[list[str]]:
    return [
        [
            advisory.id,
            advisory.feed,
            one.ecosystem,
            one.name,
            one.status,
            ranges_text(one),
            one.fix,
        ]
        for one in advisory.affected
    ]


def _tell_held_back(report: RefreshReport) -> None:
    held = [one.name for one in report.feeds if one.status is FeedStatus.HELD_BACK]
    if held:
        note(
            f"vedette: held back, because over a tenth of their records are gone: {', '.join(held)}. Their last good"
            f" state stays. To take them as they are now: repeat with --accept-shrunk {','.join(held)}"
        )


@COMMAND.command("search")
@click.argument("wanted", metavar="CVE|PURL")
@database_option
@_form_option
def search(wanted: str, database: Path | None, form: str) -> None:
    """What the database says of a vulnerability (CVE, GHSA, ALAS, …) or a package (`pkg:pypi/django`).

    Exit status: 0, or 1 where it says nothing.
    """
    with scanning.advisory_database(database, load_settings()) as index:
        found = _search(index, wanted)
        epss, kev = index.epss(wanted), index.kev(wanted)
        records = index.cve(wanted)
    if form == "json":
        _json(
            {
                "schema": "vedette-db-search/1",
                "query": wanted,
                "advisories": msgspec.to_builtins(found),
                "records": msgspec.to_builtins(records),
                "epss": msgspec.to_builtins(epss),
                "kev": msgspec.to_builtins(kev),
            }
        )
    else:
        rows = [row for advisory in found for row in _advisory_rows(advisory)]
        header = ["ADVISORY", "FEED", "ECOSYSTEM", "PACKAGE", "STATUS", "VERSIONS", "FIX"]
        click.echo(table(header, rows))
        for record in records:
            ratings = ", ".join(f"{one.source} {one.vector}" for one in record.ratings)
            click.echo(printable(f"{record.feed}: {ratings or 'no rating'}"))
            if record.ssvc is not None:
                click.echo(printable(_decision(record.ssvc)))
        if epss:
            click.echo(f"EPSS {epss.probability:.5f} on {epss.scored_on.isoformat()}")
        if kev:
            click.echo(f"KEV since {kev.added_on.isoformat()}")
    sys.exit(Exit.DONE if found or records or epss or kev else Exit.FOUND)


def _decision(ssvc: Ssvc) -> str:
    day = f" on {ssvc.decided_at:%Y-%m-%d}" if ssvc.decided_at else ""
    return (
        f"SSVC by {ssvc.source}{day}: exploitation {ssvc.exploitation or 'not said'},"
        f" automatable {ssvc.automatable or 'not said'}, technical impact {ssvc.technical_impact or 'not said'}"
    )


def _search(index: AdvisoryDatabase, wanted: str) -> tuple[Advisory, ...]:
    if not wanted.startswith("pkg:"):
        return index.advisories(wanted)
    name, ecosystems = database_name(wanted)
    affected: defaultdict[tuple[str, str], list[Affected]] = defaultdict(list)
    found: dict[tuple[str, str], Advisory] = {}
    for ecosystem in sorted(index.ecosystems()):
        if ecosystem.startswith(ecosystems):
            for candidate in index.candidates(ecosystem, name):
                key = candidate.advisory.feed, candidate.advisory.id
                found[key] = candidate.advisory
                affected[key].append(candidate.affected)
    return tuple(
        msgspec.structs.replace(found[key], affected=tuple(affected[key])) for key in sorted(found)
    )


@COMMAND.command("diff")
@click.argument("old", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("new", type=click.Path(path_type=Path, dir_okay=False))
@_form_option
def diff(old: Path, new: Path, form: str) -> None:
    """What differs between two databases, by advisory, package and range.

    Exit status: 0 the same, 1 they differ.
    """
    write = write_diff_json if form == "json" else write_diff_table
    with differences(old, new) as found:
        same = write(found, partial(click.echo, nl=False))
    sys.exit(Exit.DONE if same else Exit.FOUND)
