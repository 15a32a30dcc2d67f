"""A job that is done again and again: at an interval, earlier when it is asked for, one at a time across processes.

Level-triggered: whether a run is due is read from the store's record of the last one, so that nothing is lost with a process
and nothing is done twice by two. A run that failed is reported and tried again, later and later up to the interval.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from vedette.app.lease import Lease
from vedette.app.ports import RecordStore
from vedette.app.runs import Outcome, Run, break_off, runs_of, save_run
from vedette.errors import Error, StoreError

_FIRST_RETRY = timedelta(seconds=30)
_LEAST_GAP = timedelta(seconds=5)
_OTHERS_TURN = timedelta(seconds=10)
_MOST_DOUBLINGS = 16
_LONGEST_REASON = 1000
_log = logging.getLogger(__name__)


class StoppedError(Error):
    """The work is to end before it is done."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of the work did; `reason` is why it is in part."""

    complete: bool
    figures: dict[str, int]
    reason: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do again and again.

    `work` is given the time, and something to call now and then, which raises `StoppedError` once it should end. It raises
    `Error` where it fails. `gap` is the least time between two runs, however often they are asked for.
    """

    name: str
    every: timedelta
    work: Callable[[datetime, Callable[[], None]], Done]
    first_retry: timedelta = _FIRST_RETRY
    gap: timedelta = _LEAST_GAP
    others_turn: timedelta = _OTHERS_TURN


Report = Callable[[Run], None]
"""Is told of every run, at its end."""


def _unreported(_run: Run) -> None:
    pass


class Schedule:
    """Runs one job in a thread of its own.

    Args:
        job: what is done.
        store: where runs and the lease are kept.
        lease: of the job, so that one process at a time does it.
        clock: the time.
        report: is told of every run.
    """

    def __init__(
        self,
        job: Job,
        store: RecordStore,
        lease: Lease,
        clock: Callable[[], datetime],
        report: Report = _unreported,
    ) -> None:
        self._job = job
        self._store = store
        self._lease = lease
        self._clock = clock
        self._report = report
        self._wake = threading.Event()
        self._over = threading.Event()
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=f"schedule {job.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def request_stop(self) -> None:
        """Ask the run that goes on to end, without waiting for it."""
        self._over.set()
        self._wake.set()

    def stop(self, timeout: float) -> bool:
        """End, and say whether it did within these seconds."""
        self.request_stop()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def look_now(self) -> None:
        """Ask for a run as soon as can be; one run answers all who asked before it began."""
        self._asked.set()
        self._wake.set()

    def runs(self) -> tuple[Run, ...]:
        """The last runs by whatever process, the newest first."""
        return runs_of(self._store, self._job.name)

    def _loop(self) -> None:
        while not self._over.is_set():
            try:
                wait = self._wait()
                if wait <= timedelta(0):
                    wait = self._turn()
            except StoreError:
                wait = (
                    self._job.first_retry
                )  # the store is away; its state says what is due when it is back
            self._wake.wait(max(wait.total_seconds(), 0))
            self._wake.clear()

    def _wait(self) -> timedelta:
        """How long until a run is due."""
        runs = self.runs()
        # one that is said to go on has ended with its process, if the lease can be had
        if not runs or runs[0].outcome in {Outcome.RUNNING, Outcome.STOPPED}:
            return timedelta(0)
        since = self._clock() - (runs[0].ended_at or runs[0].started_at)
        wanted = self._job.gap if self._asked.is_set() else self._pause(runs)
        return wanted - since

    def _pause(self, runs: tuple[Run, ...]) -> timedelta:
        failures = 0
        for run in runs:
            if run.outcome is not Outcome.FAILED:
                break
            failures += 1
        if not failures:
            return self._job.every
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        return min(self._job.every, self._job.first_retry * (1 << doublings))

    def _turn(self) -> timedelta:
        """Run, where nobody else does; say how long to wait then."""
        with self._lease.held() as mine:
            if not mine:
                return self._job.others_turn
            # who had the lease until now may just have done it
            if (wait := self._wait()) > timedelta(0):
                return wait
            break_off(self._store, self._job.name, now=self._clock())
            self._asked.clear()
            self._run()
        return timedelta(0)

    def _run(self) -> None:
        run = Run(job=self._job.name, started_at=self._clock())
        save_run(self._store, run)
        ended = self._ended(run)
        save_run(self._store, ended)
        self._report(ended)

    def _check(self) -> None:
        if self._over.is_set():
            raise StoppedError(f"{self._job.name} was stopped")

    def _ended(self, run: Run) -> Run:
        try:
            done = self._job.work(run.started_at, self._check)
        except StoppedError as error:
            return self._end(run, Outcome.STOPPED, str(error))
        except Error as error:
            return self._end(run, Outcome.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - around one run: it is told, and does not end the schedule
            _log.exception("%s failed", self._job.name)
            return self._end(run, Outcome.FAILED, f"internal error: {type(error).__name__}")
        outcome = Outcome.DONE if done.complete else Outcome.PARTIAL
        ended = self._end(run, outcome, done.reason)
        return msgspec.structs.replace(ended, figures=done.figures)

    def _end(self, run: Run, outcome: Outcome, reason: str) -> Run:
        return msgspec.structs.replace(
            run, ended_at=self._clock(), outcome=outcome, reason=reason[:_LONGEST_REASON]
        )
