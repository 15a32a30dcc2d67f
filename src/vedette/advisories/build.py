"""Builds the advisory database: a feed at a time into a stage, then all stages in key order into one file.

Equal records give equal files, whatever the order of feeds, documents and records. Memory does not grow with their
number: what must be sorted is sorted by SQLite, on disk.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import msgspec

from vedette.advisories.assemble import Assembly
from vedette.advisories.database_format import writing
from vedette.advisories.feeds._base import Record, RecordFailure
from vedette.advisories.stage import Counts, Stage
from vedette.advisories.staged import StagedFeed
from vedette.advisories.state import FeedSource, FeedState

Batch = tuple[str, str, Iterable[Record | RecordFailure]]
"""The feed's name, the document's name and what is in it; read once, in the order given."""


class StagedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A feed whose stage is finished."""

    source: FeedSource
    path: Path
    counts: Counts


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was built.

    Args:
        digest: the database's.
        size: of the file, bytes.
        feeds: by name.
        advisories: how many flaws and updates.
        packages: how many `affected` entries.
        failures: the first thousand of each feed.
    """

    digest: str
    size: int
    feeds: tuple[FeedState, ...]
    advisories: int
    packages: int
    failures: tuple[RecordFailure, ...]


class BuildOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the database says of itself.

    Args:
        built_at: the moment that the records speak of; no clock is read.
        starter: whether this is the starter set.
        code: which versions of the readers made the records.
    """

    built_at: datetime
    starter: bool = False
    code: str = ""


def build_database(
    target: Path,
    batches: Iterable[Batch],
    *,
    options: BuildOptions,
    feeds: Iterable[FeedSource] = (),
) -> BuildReport:
    """Build the database from records and put it in the target's place in one step.

    Args:
        target: the file; its directory exists. What stands there stays until the new file is whole.
        batches: may come in any order; a feed's batches need not be together.
        options: see `BuildOptions`.
        feeds: what is known of the feeds; one that is not listed is known by its name only.

    Raises:
        StoreError: it cannot be written.
    """
    sources = {source.name: source for source in feeds}
    with (
        writing(),
        tempfile.TemporaryDirectory(prefix=f".{target.name[:64]}.", dir=target.parent) as folder,
    ):
        stages: dict[str, Stage] = {}
        with ExitStack() as opened:
            for feed, document, records in batches:
                if feed not in stages:
                    path = Path(folder) / f"stage-{len(stages)}"
                    stages[feed] = opened.enter_context(Stage(path))
                stages[feed].read(document, records)
            staged = [
                StagedSource(
                    source=sources.get(feed, FeedSource(name=feed)),
                    path=Path(folder) / f"stage-{number}",
                    counts=stage.finish(),
                )
                for number, (feed, stage) in enumerate(stages.items())
            ]
        return assemble(target, staged, options=options)


def assemble(target: Path, staged: Iterable[StagedSource], *, options: BuildOptions) -> BuildReport:
    """Build the database from finished stages, which are left as they are.

    Raises:
        StoreError: it cannot be written.
    """
    with (
        writing(),
        tempfile.TemporaryDirectory(prefix=f".{target.name[:64]}.", dir=target.parent) as folder,
    ):
        draft = Path(folder) / "database"
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            report = _assembled(connection, Path(folder) / "scratch", staged, options)
        put_in_place(draft, target)
        return msgspec.structs.replace(report, size=target.stat().st_size)


def _assembled(
    connection: sqlite3.Connection,
    scratch: Path,
    staged: Iterable[StagedSource],
    options: BuildOptions,
) -> BuildReport:
    assembly = Assembly(connection, scratch)
    states: list[FeedState] = []
    failures: list[RecordFailure] = []
    for one in sorted(staged, key=lambda staged_source: staged_source.source.name):
        with StagedFeed(one.path) as feed:
            assembly.add(one.source.name, feed)
            kept = tuple(feed.failures())
            failures += kept
            states.append(
                FeedState(
                    source=one.source,
                    documents=one.counts.documents,
                    records=one.counts.records,
                    failures=one.counts.failures,
                    dropped=feed.dropped,
                    newest=one.counts.newest,
                )
            )
    digest = assembly.finish(tuple(states), options.built_at, options.code, starter=options.starter)
    return BuildReport(
        digest=digest,
        size=0,
        feeds=tuple(states),
        advisories=assembly.advisories,
        packages=assembly.packages,
        failures=tuple(failures),
    )


def put_in_place(draft: Path, target: Path) -> None:
    """Make the draft last, then let the target's name point to it.

    Raises:
        OSError: the folder cannot be written.
    """
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.chmod(0o644)
    draft.replace(target)
    directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
