"""What scheduled jobs did: a record for each run, the newest kept."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.app.ports import RecordStore
from vedette.model.record import Record

KEPT = 50
_BROKEN_OFF = "broken off: its process ended"


class Outcome(StrEnum):
    """What came of a run."""

    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    STOPPED = "stopped"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a job. `figures` are what it counted; `reason` is why it failed or is in part."""

    job: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    reason: str = ""
    figures: Mapping[str, int] = {}


def runs_of(store: RecordStore, job: str) -> tuple[Run, ...]:
    """The runs of a job, the newest first."""
    found = (msgspec.json.decode(one.value, type=Run) for one in store.records(_kind(job)))
    return tuple(sorted(found, key=lambda run: run.started_at, reverse=True))


def save_run(store: RecordStore, run: Run) -> None:
    """Keep a run, new or changed, and forget the oldest."""
    record = Record(
        kind=_kind(run.job),
        account="",
        region="",
        id=run.started_at.isoformat(),
        value=msgspec.json.encode(run),
        version=0,
        updated_at=run.ended_at or run.started_at,
    )
    store.put_record(record)
    for old in runs_of(store, run.job)[KEPT:]:
        store.remove_record(_kind(run.job), "", "", old.started_at.isoformat())


def break_off(store: RecordStore, job: str, *, now: datetime) -> None:
    """Runs that are still said to go on although nobody is at work are failures."""
    for run in runs_of(store, job):
        if run.outcome is Outcome.RUNNING:
            failed = msgspec.structs.replace(
                run, ended_at=now, outcome=Outcome.FAILED, reason=_BROKEN_OFF
            )
            save_run(store, failed)


def _kind(job: str) -> str:
    return f"run:{job}"
