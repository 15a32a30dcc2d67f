"""What is done on schedule: passes over the estate, and refreshes of the feeds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.refresh import FeedStatus, RefreshOptions, RefreshReport, refresh
from vedette.app.discovery.scope import Scope
from vedette.app.evaluate import PassReport, run_pass
from vedette.app.progress import Progress
from vedette.app.publish import Delivery, publish
from vedette.app.schedule import Done, Job
from vedette.bootstrap import estate, extraction, scanning
from vedette.bootstrap.serving import PASSES, REFRESHES
from vedette.bootstrap.workers import worker_processes
from vedette.clients.aws import Account
from vedette.clients.http import HttpClient
from vedette.config import Settings
from vedette.errors import FeedError
from vedette.integrations._base import Outlet, Sink
from vedette.store.store import SqlStore

_WORKERS = 2
_TROUBLE = frozenset({FeedStatus.FAILED, FeedStatus.HELD_BACK})
_FIRST_RETRY = timedelta(minutes=5)


class Passes(msgspec.Struct, frozen=True, kw_only=True):
    """What passes look at, and where changes go. `outlet` enters accounts for sinks, from the caller's own."""

    every: timedelta
    scope: Scope
    profile: str | None = None
    sinks: tuple[Sink, ...] = ()
    outlet: Callable[[Account], Outlet]
    database: Path | None = None


class Refreshes(msgspec.Struct, frozen=True, kw_only=True):
    """Where advisories come from: `mirror` None is the publishers."""

    every: timedelta
    mirror: Path | str | None = None


def pass_job(passes: Passes, settings: Settings, store: SqlStore, progress: Progress) -> Job:
    """Passes over the estate; each opens the advisory database that counts by then."""

    def work(now: datetime, check: Callable[[], None]) -> Done:
        def tell(stage: str, done: int, total: int | None) -> None:
            check()
            progress(stage, done, total)

        home = estate.home_account(settings, profile=passes.profile)
        with (
            scanning.advisory_database(passes.database, settings) as index,
            extraction.workers(settings, profile=passes.profile) as workers,
            estate.means_of(settings, home, store, index, workers) as means,
        ):
            report = run_pass(means, passes.scope, now=now, progress=tell)
            sent = publish(store, passes.sinks, passes.outlet(home), tell) if passes.sinks else ()
        return _passed(report, sent)

    return Job(name=PASSES, every=passes.every, work=work)


def refresh_job(
    refreshes: Refreshes, settings: Settings, progress: Progress, renewed: Callable[[], None]
) -> Job:
    """Refreshes of the feeds; `renewed` is called where there is another database than before."""

    def work(now: datetime, check: Callable[[], None]) -> Done:
        def tell(feed: str, what: str, done: int, total: int | None) -> None:
            check()
            progress(f"{feed} {what}".strip(), done, total)

        only = frozenset(feed.name for feed in FEEDS) - {"local"}
        options = RefreshOptions(
            state_dir=settings.feeds,
            database=settings.database,
            now=now,
            mirror=refreshes.mirror,
            only=only if refreshes.mirror is None else frozenset(),
        )
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        with (
            HttpClient() as client,
            worker_processes(_WORKERS) as executor,
        ):
            report = refresh(FEEDS, options, client=client, progress=tell, executor=executor)
        check()  # what one feed raises is that feed's failure, a stop as well
        if not report.digest:
            raise FeedError("no feed gave anything; there is no database")
        if report.build is not None:
            renewed()
        return _refreshed(report)

    return Job(name=REFRESHES, every=refreshes.every, work=work, first_retry=_FIRST_RETRY)


def _passed(report: PassReport, deliveries: tuple[Delivery, ...]) -> Done:
    figures = {
        "accounts": len(report.accounts),
        "resources": report.resources,
        "read": report.read,
        "reused": report.reused,
        "unread": report.unread,
        "judged": report.judged,
        "opened": report.opened,
        "updated": report.updated,
        "closed": report.closed,
        "active": report.active,
        "failures": len(report.failures),
        "partial": len(report.partial),
    }
    figures |= {f"delivered to {one.sink}": one.delivered for one in deliveries}
    refused = [one.sink for one in deliveries if one.failure or one.refused]
    reasons = [
        f"{one.account} {one.region} {one.operation}: {one.code}" for one in report.failures[:3]
    ]
    reasons += [f"{one.resource.id}: {one.reason}" for one in report.partial[:3]]
    reasons += [f"{name} did not take everything" for name in refused]
    return Done(
        complete=report.complete and not refused, figures=figures, reason="; ".join(reasons)
    )


def _refreshed(report: RefreshReport) -> Done:
    trouble = [one for one in report.feeds if one.status in _TROUBLE]
    return Done(
        complete=not trouble,
        figures={
            "feeds": len(report.feeds),
            "documents": sum(one.documents for one in report.feeds),
            "records": sum(one.records for one in report.feeds),
            "failures": sum(one.failures for one in report.feeds),
            "rebuilt": int(report.build is not None),
        },
        reason="; ".join(f"{one.name}: {one.status}: {one.detail}" for one in trouble[:5]),
    )
