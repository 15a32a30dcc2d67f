"""Jobs on schedule: when they are due, one at a time, and what is told of them."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vedette.app.lease import KIND, Lease
from vedette.app.runs import KEPT, Outcome, Run, break_off, runs_of, save_run
from vedette.app.schedule import Done, Job, Schedule
from vedette.errors import FeedError, StoreError
from vedette.model.record import Record
from vedette.store.store import SqlStore

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_DONE = Done(complete=True, figures={"things": 2})


@pytest.fixture(scope="module")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    SqlStore.open(f"sqlite:///{path}").close()
    return path.read_bytes()


@pytest.fixture
def store(_migrated: bytes, tmp_path: Path) -> Iterator[SqlStore]:
    path = tmp_path / "store.db"
    path.write_bytes(_migrated)
    with SqlStore.open(f"sqlite:///{path}") as opened:
        yield opened


class _Clock:
    def __init__(self) -> None:
        self.time = _NOW

    def __call__(self) -> datetime:
        return self.time


def _lease(store: SqlStore, holder: str = "a", clock: Callable[[], datetime] = _Clock()) -> Lease:  # noqa: B008 - it stands still
    return Lease(store, "job", holder, clock)


def _schedule(
    store: SqlStore,
    work: Callable[[datetime, Callable[[], None]], Done] = lambda _now, _check: _DONE,
    *,
    clock: Callable[[], datetime],
    holder: str = "a",
) -> Schedule:
    job = Job(
        name="job",
        every=timedelta(hours=1),
        work=work,
        first_retry=timedelta(minutes=1),
        gap=timedelta(seconds=5),
    )
    return Schedule(job, store, Lease(store, "job", holder, clock), clock)


def _run(started_at: datetime = _NOW, outcome: Outcome = Outcome.DONE) -> Run:
    ended = None if outcome is Outcome.RUNNING else started_at
    return Run(job="job", started_at=started_at, ended_at=ended, outcome=outcome)


def test_a_lease_is_held_by_one(store: SqlStore) -> None:
    with _lease(store).held() as first, _lease(store, "b").held() as second:
        assert (first, second) == (True, False)
    with _lease(store, "b").held() as again:
        assert again


def test_a_lease_runs_out(store: SqlStore) -> None:
    clock = _Clock()
    first = Lease(store, "job", "a", clock)
    with first.held():
        clock.time += timedelta(seconds=61)
        with Lease(store, "job", "b", clock).held() as taken:
            assert taken
        # what is somebody else's is not given back
        with Lease(store, "job", "c", clock).held() as free:
            assert free


def test_a_lease_is_kept_alive(store: SqlStore) -> None:
    def clock() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    life = timedelta(seconds=1.5)
    with Lease(store, "job", "a", clock, life).held() as held:
        assert held
        time.sleep(2)
        with Lease(store, "job", "b", clock, life).held() as other:
            assert not other


def test_a_lease_that_was_taken_over_is_left_alone(store: SqlStore) -> None:
    clock = _Clock()
    with Lease(store, "job", "a", clock).held():
        clock.time += timedelta(seconds=61)
        other = Lease(store, "job", "b", clock)
        assert other._take()
    with Lease(store, "job", "c", clock).held() as third:
        assert not third


def test_a_lease_without_its_record_is_given_back(store: SqlStore) -> None:
    with _lease(store).held():
        store.remove_record(KIND, "", "", "job")
    assert store.record(KIND, "", "", "job") is None


class _Raced(SqlStore):
    """A store in which somebody else is always first."""

    def put_record(self, record: Record, *, expected: int | None = None) -> Record:
        super().put_record(record)
        return super().put_record(record, expected=expected)


def test_a_race_for_a_lease_is_lost(tmp_path: Path) -> None:
    with _Raced.open(f"sqlite:///{tmp_path / 'raced.db'}") as store, _lease(store).held() as held:
        assert not held


def test_runs_are_kept_and_the_oldest_forgotten(store: SqlStore) -> None:
    for number in range(KEPT + 2):
        save_run(store, _run(_NOW + timedelta(minutes=number)))
    runs = runs_of(store, "job")
    assert len(runs) == KEPT
    assert runs[0].started_at == _NOW + timedelta(minutes=KEPT + 1)
    assert runs[-1].started_at == _NOW + timedelta(minutes=2)


def test_runs_of_dead_processes_are_broken_off(store: SqlStore) -> None:
    save_run(store, _run(outcome=Outcome.RUNNING))
    save_run(store, _run(_NOW - timedelta(1)))
    break_off(store, "job", now=_NOW + timedelta(1))
    assert runs_of(store, "job") == (
        Run(
            job="job",
            started_at=_NOW,
            ended_at=_NOW + timedelta(1),
            outcome=Outcome.FAILED,
            reason="broken off: its process ended",
        ),
        _run(_NOW - timedelta(1)),
    )


@pytest.mark.parametrize(
    ("outcomes", "asked", "wait"),
    [
        ([], False, 0),
        ([Outcome.DONE], False, 3600),
        ([Outcome.PARTIAL], False, 3600),
        ([Outcome.RUNNING], False, 0),
        ([Outcome.STOPPED], False, 0),
        ([Outcome.FAILED], False, 60),
        ([Outcome.FAILED, Outcome.FAILED, Outcome.DONE], False, 120),
        ([Outcome.FAILED] * 6, False, 1920),
        ([Outcome.FAILED] * 7, False, 3600),
        ([Outcome.FAILED] * 40, False, 3600),
        ([Outcome.DONE], True, 5),
        ([Outcome.FAILED] * 7, True, 5),
    ],
)
def test_when_a_run_is_due(
    store: SqlStore, outcomes: list[Outcome], wait: int, *, asked: bool
) -> None:
    for age, outcome in enumerate(outcomes):
        save_run(store, _run(_NOW - timedelta(seconds=age), outcome))
    schedule = _schedule(store, clock=_Clock())
    if asked:
        schedule.look_now()
    assert schedule._wait() == timedelta(seconds=wait)


def test_a_turn_runs_the_work_and_tells(store: SqlStore) -> None:
    clock = _Clock()
    told: list[Run] = []
    schedule = _schedule(store, clock=clock)
    schedule._report = told.append
    schedule.look_now()
    assert schedule._turn() == timedelta(0)
    expected = Run(
        job="job",
        started_at=_NOW,
        ended_at=_NOW,
        outcome=Outcome.DONE,
        figures={"things": 2},
    )
    assert schedule.runs() == (expected,)
    assert told == [expected]
    assert schedule._wait() == timedelta(hours=1)
    assert schedule._turn() == timedelta(hours=1)  # somebody has just done it


def test_a_turn_is_left_to_who_has_the_lease(store: SqlStore) -> None:
    clock = _Clock()
    with Lease(store, "job", "b", clock).held():
        assert _schedule(store, clock=clock)._turn() == timedelta(seconds=10)
    assert runs_of(store, "job") == ()


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (FeedError("no feed"), "no feed"),
        (StoreError("x" * 2000), "x" * 1000),
        (ZeroDivisionError("detail"), "internal error: ZeroDivisionError"),
    ],
)
def test_a_run_that_fails_is_told(store: SqlStore, raised: Exception, reason: str) -> None:
    def work(_now: datetime, _check: Callable[[], None]) -> Done:
        raise raised

    schedule = _schedule(store, work, clock=_Clock())
    schedule._turn()
    (run,) = schedule.runs()
    assert (run.outcome, run.reason) == (Outcome.FAILED, reason)


def test_a_run_in_part_says_why(store: SqlStore) -> None:
    done = Done(complete=False, figures={}, reason="one account was closed")
    schedule = _schedule(store, lambda _now, _check: done, clock=_Clock())
    schedule._turn()
    (run,) = schedule.runs()
    assert (run.outcome, run.reason) == (Outcome.PARTIAL, "one account was closed")


def _real() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def test_a_schedule_runs_when_it_is_due_and_when_it_is_asked(store: SqlStore) -> None:
    ran = threading.Semaphore(0)

    def work(_now: datetime, _check: Callable[[], None]) -> Done:
        ran.release()
        return _DONE

    schedule = _schedule(store, work, clock=_real)
    schedule._job = msgspec.structs.replace(schedule._job, gap=timedelta(0))
    schedule.start()
    assert ran.acquire(timeout=5)
    schedule.look_now()
    assert ran.acquire(timeout=5)
    assert not ran.acquire(timeout=0.2)
    assert schedule.stop(5)
    assert [run.outcome for run in schedule.runs()] == [Outcome.DONE, Outcome.DONE]


def test_a_run_is_stopped_where_it_asks(store: SqlStore) -> None:
    began = threading.Event()

    def work(_now: datetime, check: Callable[[], None]) -> Done:
        while True:
            check()
            began.set()
            time.sleep(0.01)

    schedule = _schedule(store, work, clock=_real)
    schedule.start()
    assert began.wait(5)
    assert schedule.stop(5)
    (run,) = schedule.runs()
    assert (run.outcome, run.reason) == (Outcome.STOPPED, "job was stopped")


def test_a_run_that_does_not_ask_is_left(store: SqlStore) -> None:
    began, over = threading.Event(), threading.Event()

    def work(_now: datetime, _check: Callable[[], None]) -> Done:
        began.set()
        over.wait(5)
        return _DONE

    schedule = _schedule(store, work, clock=_real)
    schedule.start()
    assert began.wait(5)
    assert not schedule.stop(0.05)
    over.set()
    assert schedule.stop(5)


def test_a_schedule_outlives_its_store(tmp_path: Path) -> None:
    class Away(SqlStore):
        away = True

        def records(self, kind: str, **asked: Any) -> tuple[Record, ...]:
            if self.away:
                raise StoreError("away")
            return super().records(kind, **asked)

    ran = threading.Event()

    def work(_now: datetime, _check: Callable[[], None]) -> Done:
        ran.set()
        return _DONE

    with Away.open(f"sqlite:///{tmp_path / 'away.db'}") as store:
        schedule = _schedule(store, work, clock=_real)
        schedule._job = msgspec.structs.replace(schedule._job, first_retry=timedelta(seconds=0.05))
        schedule.start()
        assert not ran.wait(0.2)
        store.away = False
        assert ran.wait(5)
        assert schedule.stop(5)


def test_a_lease_is_kept_alive_through_a_failure(tmp_path: Path) -> None:
    class Fails(SqlStore):
        failing = False

        def record(self, kind: str, account: str, region: str, identifier: str) -> Record | None:
            if self.failing:
                raise StoreError("away")
            return super().record(kind, account, region, identifier)

    life = timedelta(seconds=1.5)
    with (
        Fails.open(f"sqlite:///{tmp_path / 'fails.db'}") as store,
        Lease(store, "job", "a", _real, life).held(),
    ):
        store.failing = True
        time.sleep(0.7)
        store.failing = False
        time.sleep(1.2)
        with Lease(store, "job", "b", _real, life).held() as other:
            assert not other


def test_a_lease_that_is_taken_over_as_it_is_given_back(tmp_path: Path) -> None:
    class Late(SqlStore):
        raced = False

        def put_record(self, record: Record, *, expected: int | None = None) -> Record:
            if self.raced:
                super().put_record(record)
            return super().put_record(record, expected=expected)

    with Late.open(f"sqlite:///{tmp_path / 'late.db'}") as store, _lease(store).held() as held:
        assert held
        store.raced = True
