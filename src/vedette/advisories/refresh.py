"""Brings the feeds up to date and rebuilds the database if any of them changed.

A feed that fails, shrinks or cannot be read leaves its last good documents in place, and its outcome says so; the others
go on. Nothing is read again or rebuilt that has not changed.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, as_completed
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from glob import escape
from pathlib import Path

import msgspec

from vedette.advisories.build import BuildOptions, BuildReport, StagedSource, assemble
from vedette.advisories.code import code_digest
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.documents import FeedFolder, StoredFeed
from vedette.advisories.feeds._base import Feed, LocalDocument
from vedette.advisories.gather import Origin, gather, origin_of
from vedette.advisories.outcomes import FeedOutcome, FeedStatus, note_outcomes
from vedette.advisories.stages import FeedReading, Stages, read_feed
from vedette.advisories.state import FeedSource, age_of
from vedette.clients.http import HttpClient
from vedette.errors import ConfigError, Error, FeedError, StoreError

__all__ = [
    "FeedOutcome",
    "FeedStatus",
    "RefreshOptions",
    "RefreshProgress",
    "RefreshReport",
    "refresh",
]

RefreshProgress = Callable[[str, str, int, int | None], None]
"""The feed's name, what is done (`fetch NAME`, `read`, `build`), how much, of how much where that is known."""

_SHRUNK_TO = 0.9
_LONGEST_DETAIL = 1000
_OWN = frozenset({"local"})
"""Feeds of the user's own: read only when they are named, and free to become smaller."""


class RefreshReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a refresh did.

    Args:
        feeds: outcomes in the feeds' order.
        digest: of the database that stands; empty where there are no documents at all.
        build: what was built; None where nothing changed.
    """

    feeds: tuple[FeedOutcome, ...]
    digest: str
    build: BuildReport | None


class RefreshOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where from, where to, and what.

    Args:
        state_dir: documents and stages; made where it is not there.
        database: the file to build.
        mirror: a directory, or the URL below which one is served; None for the publishers.
        only: names of the feeds to refresh; empty for all but the user's own (`local`).
        accept_shrunk: names of feeds that may have become smaller.
        now: the moment of the refresh; the database speaks of it if no feed says of when it is.
    """

    state_dir: Path
    database: Path
    now: datetime
    mirror: Path | str | None = None
    only: frozenset[str] = frozenset()
    accept_shrunk: frozenset[str] = frozenset()


def refresh(
    feeds: tuple[Feed, ...],
    options: RefreshOptions,
    *,
    client: HttpClient,
    progress: RefreshProgress,
    executor: Executor | None = None,
) -> RefreshReport:
    """Refresh feeds and the database.

    Args:
        feeds: all feeds; those that are not asked for go on standing in the database.
        options: see `RefreshOptions`.
        client: fetches.
        progress: is told how far it is.
        executor: reads several feeds at once; without it they are read one after another.

    Raises:
        ConfigError: an unknown feed is named.
        FeedError: the mirror is not there.
        StoreError: another refresh is running, or the state or the database cannot be written.
    """
    unknown = (options.only | options.accept_shrunk) - {feed.name for feed in feeds}
    if unknown:
        raise ConfigError(f"no such feed: {', '.join(sorted(unknown))}")
    with _alone(options.state_dir):
        origin = origin_of(options.mirror, client)
        _tidy(options.database)
        stages = Stages(options.state_dir / "stages", code_digest())
        asked = [_Asked(feed, options) for feed in feeds]
        for one in asked:
            if one.wanted:
                one.gather(origin, client, progress)
        _read_all(asked, stages, executor, progress)
        for one in asked:
            one.judge(stages)
        staged = tuple(source for one in asked if (source := one.staged(stages)) is not None)
        digest, build = _built(staged, options, stages, progress)
        outcomes = tuple(one.outcome(stages) for one in asked if one.wanted or one.problem)
        note_outcomes(options.state_dir, outcomes, options.now)
        return RefreshReport(feeds=outcomes, digest=digest, build=build)


class _Asked:
    """A feed on its way through a refresh. What goes wrong with it is noted in `problem` and costs it alone."""

    def __init__(self, feed: Feed, options: RefreshOptions) -> None:
        self.feed = feed
        self.wanted = feed.name in (options.only or {feed.name} - _OWN)
        self.status = FeedStatus.UNCHANGED
        self.problem = ""
        self._may_shrink = feed.name in options.accept_shrunk | _OWN
        self._folder = FeedFolder(options.state_dir / "documents" / feed.name)
        self._standing = self._folder.standing()
        self._found: StoredFeed | None = None

    def fail(self, error: BaseException, status: FeedStatus = FeedStatus.FAILED) -> None:
        """Note that what was found does not count."""
        self.status = status
        self.problem = (
            str(error) if isinstance(error, Error) else f"{type(error).__name__}: {error}"
        )
        self._found = None

    def gather(self, origin: Origin, client: HttpClient, progress: RefreshProgress) -> None:
        """Fetch the documents."""

        def told(name: str, received: int, expected: int | None) -> None:
            progress(self.feed.name, f"fetch {name}", received, expected)

        try:
            found = gather(self.feed, origin, self._folder, client=client, progress=told)
        except Exception as error:  # noqa: BLE001 - one feed's fault costs it alone, and is told
            self.fail(error)
            return
        if found.documents:
            self._found = found
        else:
            self.fail(FeedError("there are no documents of it"), FeedStatus.ABSENT)

    def unread(self, stages: Stages) -> Iterator[tuple[tuple[LocalDocument, ...], Path]]:
        """The documents that have no stage yet, and where it goes."""
        if self._standing is not None:
            path = stages.path(self.feed, self._standing.fingerprint)
            if stages.reading(path) is None:
                yield self._folder.standing_documents(self._standing), path
        if self._found is not None and not self._is_same:
            path = stages.path(self.feed, self._found.fingerprint)
            if stages.reading(path) is None:
                yield self._folder.incoming_documents(self._found), path

    def judge(self, stages: Stages) -> None:
        """Let what was found stand, if nothing speaks against it."""
        if self._found is None:
            return
        lost = [f"not found: {problem}" for problem in self._found.problems]
        if self._is_same:
            self.problem = "; ".join(lost)
            self._stand(self._found)
            return
        reading = stages.reading(stages.path(self.feed, self._found.fingerprint))
        if reading is None:  # reading it failed, which was noted
            return
        before = self._reading(stages)
        broken = [f"{name}: {reason}" for name, reason in reading.unreadable]
        known = {name for name, _ in before.unreadable} if before else set()
        if broken and (
            not reading.counts.records or (before and {n for n, _ in reading.unreadable} - known)
        ):
            self.fail(FeedError("; ".join(broken)))
        elif (
            before
            and not self._may_shrink
            and _has_shrunk(before.counts.records, reading.counts.records)
        ):
            sizes = f"{reading.counts.records} records instead of {before.counts.records}"
            self.fail(FeedError(f"it shrank to {sizes}"), FeedStatus.HELD_BACK)
        else:
            self.status = FeedStatus.UPDATED
            self.problem = "; ".join(lost + broken)
            self._stand(self._found)

    def staged(self, stages: Stages) -> StagedSource | None:
        """What goes into the database."""
        reading = self._reading(stages)
        if self._standing is None or reading is None:
            return None
        source = FeedSource(
            name=self.feed.name,
            title=self.feed.title,
            licence=self.feed.licence,
            fingerprint=self._standing.fingerprint,
            dated=self._standing.dated,
        )
        path = stages.path(self.feed, self._standing.fingerprint)
        return StagedSource(source=source, path=path, counts=reading.counts)

    def outcome(self, stages: Stages) -> FeedOutcome:
        """What became of it."""
        outcome = FeedOutcome(
            name=self.feed.name, status=self.status, detail=self.problem[:_LONGEST_DETAIL]
        )
        reading = self._reading(stages)
        if self._standing is None or reading is None:
            return outcome
        return msgspec.structs.replace(
            outcome,
            documents=len(self._standing.documents),
            records=reading.counts.records,
            failures=reading.counts.failures,
            dated=age_of(self._standing.dated, reading.counts.newest),
            fingerprint=self._standing.fingerprint,
        )

    @property
    def _is_same(self) -> bool:
        found, standing = self._found, self._standing
        return bool(found and standing and found.fingerprint == standing.fingerprint)

    def _reading(self, stages: Stages) -> FeedReading | None:
        if self._standing is None:
            return None
        return stages.reading(stages.path(self.feed, self._standing.fingerprint))

    def _stand(self, found: StoredFeed) -> None:
        try:
            self._folder.keep(found)
        except OSError as error:
            raise StoreError(
                f"the documents of {self.feed.name} cannot be kept: {error}"
            ) from error
        self._standing = found


def _read_all(
    asked: list[_Asked], stages: Stages, executor: Executor | None, progress: RefreshProgress
) -> None:
    """Read whatever has no stage yet."""
    jobs = [(one, documents, path) for one in asked for documents, path in one.unread(stages)]
    if executor is None:
        for one, documents, path in jobs:
            progress(one.feed.name, "read", 0, None)
            _noting(one, partial(read_feed, one.feed, documents, path))
        return
    running = {
        executor.submit(read_feed, one.feed, documents, path): one for one, documents, path in jobs
    }
    for number, future in enumerate(as_completed(running), 1):
        progress(running[future].feed.name, "read", number, len(running))
        _noting(running[future], future.result)


def _noting(one: _Asked, read: Callable[[], FeedReading]) -> None:
    try:
        read()
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a reader's fault costs its feed alone, and is told
        one.fail(error)


def _built(
    staged: tuple[StagedSource, ...],
    options: RefreshOptions,
    stages: Stages,
    progress: RefreshProgress,
) -> tuple[str, BuildReport | None]:
    """Build the database of all that stands, if it is not that already."""
    current = _current(options.database, staged, stages.code)
    if current is not None or not staged:
        return current or "", None
    progress("", "build", 0, None)
    ages = (age_of(one.source.dated, one.counts.newest) for one in staged)
    newest = max((age for age in ages if age is not None), default=options.now)
    built = BuildOptions(built_at=newest, code=stages.code)
    report = assemble(options.database, staged, options=built)
    stages.keep_only(one.path for one in staged)
    return report.digest, report


def _current(database: Path, staged: tuple[StagedSource, ...], code: str) -> str | None:
    """The digest of the database that stands, if it is of these very documents."""
    wanted = {one.source.name: one.source.fingerprint for one in staged}
    try:
        with AdvisoryDatabase.open(database) as standing:
            found = {feed.name: feed.source.fingerprint for feed in standing.feeds}
            same = found == wanted and standing.code == code and not standing.starter
            return standing.digest if same else None
    except StoreError:
        return None


def _tidy(database: Path) -> None:
    """Remove what a build that was killed left beside the database."""
    for path in database.parent.glob(f".{escape(database.name[:64])}.*"):
        shutil.rmtree(path, ignore_errors=True)


def _has_shrunk(before: int, now: int) -> bool:
    return now < before * _SHRUNK_TO


@contextmanager
def _alone(state_dir: Path) -> Iterator[None]:
    """Only one refresh at a time works on a state directory."""
    try:
        (state_dir / "stages").mkdir(parents=True, exist_ok=True)
        lock = (state_dir / "lock").open("wb")
    except OSError as error:
        raise StoreError(f"{state_dir}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"{state_dir}: another update is running") from error
        yield
