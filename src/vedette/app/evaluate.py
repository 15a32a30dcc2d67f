"""One pass: discover, take inventories, analyse the network, judge, record coverage.

Work is what differs: an inventory whose fingerprint is known is not read again, and a resource whose evidence is
the same as last time is not judged again. Nothing is remembered from pass to pass but what the store holds, so that one that
was broken off is made good by the next. Of inventories only as many are held in memory as are being read, or judged together.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import msgspec

from vedette.app.base_images import forget_layers, save_layers
from vedette.app.coverage import coverage_of, coverage_of_gone, coverage_of_new, is_missed
from vedette.app.disabled import coverage_of_disabled, overdue, to_close
from vedette.app.discovery.discover import discover
from vedette.app.discovery.scope import Discovery, Scope
from vedette.app.image_uses import save_uses
from vedette.app.images_in_use import with_uses
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.take import EXPIRED, Taken, expired_image, take
from vedette.app.inventories.taken import Tools, Workers
from vedette.app.judge import Case, Matched, Standing, evidence_of, judge
from vedette.app.matched import matched_cases
from vedette.app.parallel import completed
from vedette.app.ports import Store
from vedette.app.progress import Progress, silent
from vedette.app.reachability import NetworkAnswers, analyse
from vedette.app.settled import Settled, settled
from vedette.app.suppression import settle_all, standing_of
from vedette.clients.aws import Account
from vedette.errors import StoreError
from vedette.findings.lifecycle import Change, reconcile
from vedette.inventory.cache import LayerCache
from vedette.matching.index import AdvisoryIndex
from vedette.model.coverage import Coverage, ScopeFailure
from vedette.model.finding import FindingStatus
from vedette.model.resource import Resource, ResourceRef

_WORKERS = 4
_TRIES = 3


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass works with. Without `workers` everything is extracted in threads of this process."""

    home: Account
    store: Store
    index: AdvisoryIndex
    scratch: Scratch
    cache: LayerCache | None = None
    workers: Workers | None = None


class PassReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass did.

    `read` counts inventories that were extracted anew, `reused` those that had not changed.
    """

    accounts: tuple[str, ...]
    resources: int
    read: int
    reused: int
    unread: int
    judged: int
    opened: int
    updated: int
    closed: int
    active: int
    failures: tuple[ScopeFailure, ...]
    partial: tuple[Coverage, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing that should have been seen was missed."""
        return not self.failures and not self.partial


def run_pass(
    means: Means, scope: Scope, *, now: datetime, progress: Progress = silent
) -> PassReport:
    """Look at everything once.

    Raises:
        ServiceError: where the caller's own credentials are refused.
        StoreError: where the store cannot be used.
    """
    store = means.store
    found = discover(means.home, scope, progress, now=now)
    for place, uses in found.uses.items():
        save_uses(store, *place, uses, unseen=found.unseen.get(place, ()), now=now)
    used = with_uses(store, found.resources, found.uses.keys() - found.unseen.keys())
    found = msgspec.structs.replace(found, resources=used)
    for ref in store.save_resources(found.resources, looked_in=found.looked_in, now=now):
        forget_layers(store, ref)
    store.save_scope_failures(found.failures)
    standing = standing_of(store)
    settle_all(store, standing.rules, now=now)
    held = settled(store, found.accounts, now=now)
    disabled = tuple(one for one in found.resources if not held.plan.wants(one.ref))
    found = msgspec.structs.replace(found, resources=held.enabled(found.resources))
    store.save_coverage(coverage_of_new(store.coverage(), found.resources))
    network = analyse(found.network, found.resources)
    store.save_unreached(network.unreached)
    progress("network", 1, 1)
    taken = _take_all(means, found, scope, held, now=now, progress=progress)
    counts: Counter[str] = Counter()
    expired = (one.resource.ref for one in taken if one.reason == EXPIRED)
    # of all that are gone, not only those of this pass: the one before may have been broken off
    for ref in (
        *store.lingering(),
        *overdue(store, disabled, now=now),
        *to_close(store, expired, now=now),
    ):
        counts.update(_close(store, ref, now=now))
    counts.update(_judge_all(means, taken, network, standing, now=now, progress=progress))
    rows = tuple(row for one in taken for row in coverage_of(one, network, now))
    gone = (resource.ref for resource in store.resources(gone=True))
    store.save_coverage([*rows, *coverage_of_gone(gone), *coverage_of_disabled(disabled)])
    store.purge(now)
    return _report(found, taken, counts, store, rows)


def _take_all(
    means: Means,
    found: Discovery,
    scope: Scope,
    held: Settled,
    *,
    now: datetime,
    progress: Progress,
) -> tuple[Taken, ...]:
    """What came of every resource, in order; inventories are in the store, and not in the answer."""
    tools = Tools(
        accounts=found.accounts,
        managed=found.managed,
        scratch=means.scratch,
        cache=means.cache,
        now=now,
        workers=means.workers,
    )
    known = means.store.fingerprints()

    def work(resource: Resource) -> Taken:
        if held.has_expired(resource, now=now):
            return expired_image(resource)
        return take(resource, held.scope_of(resource, scope), tools, known.get(resource.ref))

    taken: list[Taken] = []
    # beside as many as are extracted elsewhere, as many as wait for AWS or prepare the next
    threads = _WORKERS if means.workers is None else means.workers.at_once + _WORKERS
    with ThreadPoolExecutor(threads) as pool:
        for one in completed(pool, work, found.resources, ahead=threads * 2):
            if one.inventory is not None:
                means.store.save_inventory(str(one.fingerprint), one.inventory, now=now)
                save_layers(means.store, one.inventory, now=now)
            taken.append(
                msgspec.structs.replace(one, inventory=None) if one.inventory is not None else one
            )
            progress("inventory", len(taken), len(found.resources))
    return tuple(sorted(taken, key=lambda one: one.resource.ref))


def _judge_all(
    means: Means,
    taken: Iterable[Taken],
    network: NetworkAnswers,
    standing: Standing,
    *,
    now: datetime,
    progress: Progress,
) -> Counter[str]:
    cases = [
        Case(
            resource=one.resource,
            read_as=one.content,
            exposure=network.of(one.resource),
        )
        for one in taken
        if one.wanted
    ]
    last = means.store.evaluations()
    differing: list[tuple[Case, str]] = []
    for case in cases:
        evidence = evidence_of(case, means.index, standing.fingerprint, today=now.date())
        if last.get(case.resource.ref) != evidence:
            differing.append((case, evidence))
    counts: Counter[str] = Counter(judged=len(differing))
    done = len(cases) - len(differing)
    if done:
        progress("match", done, len(cases))
    judged = matched_cases(means.store, means.index, (case for case, _ in differing))
    for (case, evidence), matched in zip(differing, judged, strict=True):
        counts.update(_settle(means, case, matched, standing, now=now))
        means.store.save_evaluation(case.resource.ref, evidence, now=now)
        done += 1
        progress("match", done, len(cases))
    return counts


def _settle(
    means: Means, case: Case, matched: Matched | None, standing: Standing, *, now: datetime
) -> Counter[str]:
    def changes() -> tuple[Change, ...]:
        mine = means.store.known(case.resource.ref)
        return judge(case, matched, means.index, mine, now=now, standing=standing)

    return _applied(means.store, changes)


def _close(store: Store, ref: ResourceRef, *, now: datetime) -> Counter[str]:
    return _applied(store, lambda: tuple(reconcile(store.known(ref), (), now=now, complete=True)))


def _applied(
    store: Store, changes: Callable[[], tuple[Change, ...]], tries: int = _TRIES
) -> Counter[str]:
    """Apply changes, found out anew where somebody else has changed the findings meanwhile."""
    found = changes()
    try:
        store.apply(found)
    except StoreError:
        if tries == 1:
            raise
        return _applied(store, changes, tries - 1)
    return _counted(found)


def _counted(changes: Iterable[Change]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for change in changes:
        before = change.before
        if change.after.status is FindingStatus.CLOSED:
            counts["closed"] += 1
        elif before is None or before.status is FindingStatus.CLOSED:
            counts["opened"] += 1
        else:
            counts["updated"] += 1
    return counts


def _report(
    found: Discovery,
    taken: tuple[Taken, ...],
    counts: Counter[str],
    store: Store,
    rows: Iterable[Coverage],
) -> PassReport:
    there = sum(one.fingerprint is not None for one in taken)
    reused = sum(one.reused for one in taken)
    return PassReport(
        accounts=tuple(sorted(found.accounts)),
        resources=len(found.resources),
        read=there - reused,
        reused=reused,
        unread=len(taken) - there,
        judged=counts["judged"],
        opened=counts["opened"],
        updated=counts["updated"],
        closed=counts["closed"],
        active=store.count_active(),
        failures=found.failures,
        partial=tuple(filter(is_missed, rows)),
    )
