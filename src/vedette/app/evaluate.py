"""One pass: discover, take inventories, analyse the network, judge, record coverage.

Work is what differs: an inventory whose fingerprint is known is not read again, and a resource whose evidence is
the same as last time is not judged again.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime

import msgspec

from vedette.app.discovery.discover import discover
from vedette.app.discovery.scope import Discovery, Scope
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.take import Taken, take
from vedette.app.inventories.taken import Tools
from vedette.app.judge import Case, evidence_of, judge
from vedette.app.ports import Store
from vedette.app.progress import Progress, silent
from vedette.app.reachability import NetworkAnswers, analyse
from vedette.clients.aws import Account
from vedette.findings.lifecycle import Change, reconcile
from vedette.inventory.cache import LayerCache
from vedette.matching.index import AdvisoryIndex
from vedette.model.coverage import Coverage, ScanType, ScopeFailure
from vedette.model.finding import FindingStatus
from vedette.model.resource import Ec2Instance, InstanceState, Resource, ResourceRef

_WORKERS = 4


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass works with."""

    home: Account
    store: Store
    index: AdvisoryIndex
    scratch: Scratch
    cache: LayerCache | None = None


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
    found = discover(means.home, scope, progress)
    gone = means.store.save_resources(found.resources, looked_in=found.looked_in, now=now)
    means.store.save_scope_failures(found.failures)
    network = analyse(found.network)
    means.store.save_unreached(network.unreached)
    progress("network", 1, 1)
    taken = _take_all(means, found, scope, now=now, progress=progress)
    changes = [*_close_gone(means.store, gone, now=now)]
    judged, judged_changes = _judge_all(means, taken, network, now=now, progress=progress)
    changes.extend(judged_changes)
    rows = tuple(_coverage(taken, network, now))
    means.store.save_coverage([*rows, *_gone_coverage(gone)])
    return _report(found, taken, judged, changes, means.store, rows)


def _take_all(
    means: Means, found: Discovery, scope: Scope, *, now: datetime, progress: Progress
) -> tuple[Taken, ...]:
    tools = Tools(
        accounts=found.accounts,
        managed=found.managed,
        scratch=means.scratch,
        cache=means.cache,
        now=now,
    )
    taken: list[Taken] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting = [
            pool.submit(take, resource, scope, tools, means.store.inventory(resource.ref))
            for resource in found.resources
        ]
        for future in as_completed(waiting):
            one = future.result()
            if one.inventory is not None and not one.reused:
                means.store.save_inventory(str(one.fingerprint), one.inventory, now=now)
            taken.append(one)
            progress("inventory", len(taken), len(waiting))
    return tuple(sorted(taken, key=lambda one: one.resource.ref))


def _judge_all(
    means: Means,
    taken: Iterable[Taken],
    network: NetworkAnswers,
    *,
    now: datetime,
    progress: Progress,
) -> tuple[int, list[Change]]:
    cases = [
        Case(
            resource=one.resource,
            inventory=one.inventory,
            read_as=one.fingerprint,
            exposure=network.of(one.resource),
        )
        for one in taken
        if one.wanted
    ]
    judged = 0
    changes: list[Change] = []
    for done, case in enumerate(cases, 1):
        evidence = evidence_of(case, means.index)
        if means.store.evaluation(case.resource.ref) != evidence:
            mine = judge(case, means.index, means.store, now=now)
            means.store.apply(mine)
            means.store.save_evaluation(case.resource.ref, evidence, now=now)
            changes.extend(mine)
            judged += 1
        progress("match", done, len(cases))
    return judged, changes


def _close_gone(store: Store, gone: Iterable[ResourceRef], *, now: datetime) -> Iterator[Change]:
    for ref in gone:
        mine = tuple(reconcile(store.known(ref), (), now=now, complete=True))
        store.apply(mine)
        yield from mine


def _coverage(taken: Iterable[Taken], network: NetworkAnswers, now: datetime) -> Iterator[Coverage]:
    for one in taken:
        yield Coverage(
            resource=one.resource.ref,
            scan_type=ScanType.PACKAGE,
            active=one.inventory is not None,
            reason=one.reason,
            detail=one.detail,
            last_scanned_at=now if one.inventory is not None else None,
        )
        row = _network_coverage(one.resource, network, now) if one.wanted else None
        if row is not None:
            yield row


def _network_coverage(
    resource: Resource, network: NetworkAnswers, now: datetime
) -> Coverage | None:
    facts = resource.facts
    if not isinstance(facts, Ec2Instance):
        return None
    exposure = network.of(resource)
    stopped = facts.state is not InstanceState.RUNNING
    unknown = () if exposure is None else exposure.unknown
    reason = "EC2_INSTANCE_STOPPED" if stopped else "SUCCESSFUL"
    if exposure is None:
        reason = "ACCESS_DENIED"
    elif unknown:
        reason = "INTERNAL_ERROR"
    return Coverage(
        resource=resource.ref,
        scan_type=ScanType.NETWORK,
        active=exposure is not None and not stopped,
        reason=reason,
        detail="; ".join(sorted({answer.reason for answer in unknown})[:3]),
        last_scanned_at=now if exposure is not None else None,
    )


def _gone_coverage(gone: Iterable[ResourceRef]) -> Iterator[Coverage]:
    for ref in gone:
        for scan_type in ScanType:
            yield Coverage(
                resource=ref, scan_type=scan_type, active=False, reason="RESOURCE_TERMINATED"
            )


def _counted(changes: Iterable[Change]) -> Mapping[str, int]:
    counts = {"opened": 0, "updated": 0, "closed": 0}
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
    judged: int,
    changes: Iterable[Change],
    store: Store,
    rows: Iterable[Coverage],
) -> PassReport:
    return PassReport(
        accounts=tuple(sorted(found.accounts)),
        resources=len(found.resources),
        read=sum(one.inventory is not None and not one.reused for one in taken),
        reused=sum(one.reused for one in taken),
        unread=sum(one.inventory is None for one in taken),
        judged=judged,
        active=store.count_active(),
        failures=found.failures,
        partial=tuple(row for row in rows if row.reason in _MISSED),
        **_counted(changes),
    )


_MISSED = frozenset({"ACCESS_DENIED", "INTERNAL_ERROR"})
"""Reasons that mean that something went wrong, as opposed to what is simply not there to be scanned."""
