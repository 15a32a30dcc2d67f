"""What `vedette serve` is made of: the door with its store, index and credentials, and the schedules behind it."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

import vedette
from vedette.advisories.database import AdvisoryDatabase
from vedette.api.call import Caller, Services
from vedette.api.door import Door, Parts
from vedette.api.extensions import Watch
from vedette.api.gate import Gate, Known
from vedette.api.metrics import Gauge, Metrics
from vedette.api.operations import SERVICES
from vedette.api.replays import Replays
from vedette.api.throttle import Throttle
from vedette.app.credentials import note_use, open_credential
from vedette.app.lease import Lease
from vedette.app.ports import Store
from vedette.app.runs import Outcome, Run, runs_of
from vedette.app.schedule import Job, Report, Schedule
from vedette.app.sealing import Sealer
from vedette.app.used_signatures import UsedSignatures
from vedette.bootstrap import clock, estate, scanning
from vedette.bootstrap.beside import Beside, LateAccount
from vedette.config import Settings
from vedette.errors import StoreError

PASSES = "pass"
REFRESHES = "refresh"
_JOBS = (PASSES, REFRESHES)
_LOOK_EVERY = 5.0
_GRACE = 60.0
_USE_EVERY = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is served, and how much of it.

    `rate` is calls a second of one caller, 0 any number; `profile` that of the AWS account that exports are written with.
    """

    regions: tuple[str, ...]
    audit: Path
    profile: str | None = None
    rate: float = 100.0
    database: Path | None = None


class IndexHolder:
    """The advisory database, opened anew when another file is in its place; the one before is closed when nobody asks it."""

    def __init__(self, chosen: Path | None, settings: Settings) -> None:
        self._chosen = chosen
        self._settings = settings
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._retired: list[tuple[float, ExitStack]] = []
        self._looked_at = 0.0
        self._identity: tuple[int, int, int] | None = None
        self._index = self._open()

    def __call__(self) -> AdvisoryDatabase:
        """The one that counts now."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked_at >= _LOOK_EVERY:
                self._looked_at = now
                self._look(now)
            return self._index

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            for _, opened in self._retired:
                opened.close()
            self._opened.close()

    def _look(self, now: float) -> None:
        while self._retired and now - self._retired[0][0] > _GRACE:
            self._retired.pop(0)[1].close()
        if self._file() != self._identity:
            self._retired.append((now, self._opened))
            self._opened = ExitStack()
            self._index = self._open()

    def _open(self) -> AdvisoryDatabase:
        self._identity = self._file()
        return self._opened.enter_context(scanning.advisory_database(self._chosen, self._settings))

    def _file(self) -> tuple[int, int, int] | None:
        try:
            found = (self._chosen or self._settings.database).stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


class AuditFile:
    """Appends lines to a file, which may be moved away at any time; it is made for its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, line: str) -> None:
        """Append a line. Where that fails it is said in the server's log: what was asked for has been done by then."""
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, f"{line}\n".encode())
            finally:
                os.close(handle)
        except OSError as error:
            _log.error("the audit log cannot be written: %s: %s", error, line)


class Uses:
    """Notes when credentials were used, at most once a minute each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[str, datetime] = {}

    def __call__(self, access_key: str, now: datetime) -> None:
        """Take note."""
        last = self._noted.get(access_key)
        if last is not None and now - last < _USE_EVERY:
            return
        self._noted[access_key] = now
        try:
            note_use(self._store, access_key, now=now)
        except StoreError as error:
            _log.warning("the use of %s was not noted: %s", access_key, error)


def holder() -> str:
    """This process, as leases know it."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"


def schedule_of(job: Job, store: Store, holder_name: str, report: Report) -> Schedule:
    """A job's schedule."""
    lease = Lease(store, job.name, holder_name, clock.now)
    return Schedule(job, store, lease, clock.now, report)


@contextmanager
def open_door(
    settings: Settings,
    options: Options,
    store: Store,
    sealer: Sealer,
    look_now: Callable[[], None] | None,
) -> Iterator[Door]:
    """The door to a store; without `look_now` nobody looks.

    Raises:
        StoreError: where the advisory database cannot be used.
    """
    index = IndexHolder(options.database, settings)
    beside = Beside()
    objects = LateAccount(lambda: estate.home_account(settings, profile=options.profile))

    def lookup(access_key: str) -> Known | None:
        found = open_credential(store, sealer, access_key)
        if found is None:
            return None
        credential, secret = found
        grant = credential.grant
        accounts = None if grant.accounts is None else frozenset({*grant.accounts, grant.account})
        return Known(
            caller=Caller(
                access_key=access_key, account=grant.account, role=grant.role, accounts=accounts
            ),
            secret=secret,
        )

    def ask(_wanted: tuple[str, ...]) -> None:
        if look_now is not None:
            look_now()

    def services() -> Services:
        return Services(store=store, index=index(), look_now=ask, later=beside, objects=objects)

    watch = Watch(
        version=vedette.__version__,
        started_at=clock.now(),
        runs=lambda: _runs(store),
        look_now=look_now,
        gauges=lambda: _gauges(store, index()),
        metrics=Metrics(),
    )
    parts = Parts(
        gate=Gate(lookup, options.regions, SERVICES),
        throttle=Throttle(options.rate, options.rate * 2, time.monotonic),
        replays=Replays(UsedSignatures(store)),
        services=services,
        watch=watch,
        audit=AuditFile(options.audit),
        used=Uses(store),
        clock=clock.now,
        stopwatch=time.monotonic,
    )
    try:
        yield Door(parts)
    finally:
        beside.close()
        index.close()


def _runs(store: Store) -> tuple[Run, ...]:
    found = (run for job in _JOBS for run in runs_of(store, job))
    return tuple(sorted(found, key=lambda run: run.started_at, reverse=True))


def _gauges(store: Store, index: AdvisoryDatabase) -> Iterable[Gauge]:
    yield Gauge(name="vedette_findings_active", text="Active findings.", value=store.count_active())
    yield Gauge(
        name="vedette_database_built_seconds",
        text="When the advisory database was built, in seconds since 1970.",
        value=index.built_at.timestamp(),
    )
    last = [runs[0] for job in _JOBS if (runs := runs_of(store, job))]
    for run in last:
        yield Gauge(
            name="vedette_run_started_seconds",
            text="When a job was last begun, in seconds since 1970.",
            value=run.started_at.timestamp(),
            labels=(("job", run.job), ("outcome", run.outcome)),
        )
    for run in last:
        yield Gauge(
            name="vedette_run_failed",
            text="Whether a job's last run failed.",
            value=float(run.outcome is Outcome.FAILED),
            labels=(("job", run.job),),
        )
