"""How findings live: opened, updated, closed, reopened. Pure, and the same again changes nothing.

As with Inspector a finding closes by itself when the flaw is gone, and one that comes back within seven days is the same
finding again.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from vedette.model.coverage import ScanType
from vedette.model.finding import Finding, FindingStatus, Reachable, Vulnerability
from vedette.model.resource import ResourceRef

REOPENS_WITHIN = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A finding before and after; `before` is None for a new one."""

    before: Finding | None
    after: Finding


class Scope(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What one scan looks at: one resource in one way."""

    resource: ResourceRef
    scan_type: ScanType


def scope_of(finding: Finding) -> Scope:
    """The scan that the finding comes from."""
    match finding.evidence:
        case Reachable():
            return Scope(resource=finding.key.resource, scan_type=ScanType.NETWORK)
        case Vulnerability():  # pragma: no branch
            return Scope(resource=finding.key.resource, scan_type=ScanType.PACKAGE)


def reconcile(
    known: Iterable[Finding],
    seen: Iterable[Finding],
    *,
    now: datetime,
    complete: bool | frozenset[Scope],
) -> Iterator[Change]:
    """What changes when `seen` is found where `known` was, by finding id.

    Args:
        known: every finding of the resources that were scanned, closed ones too.
        seen: what the scan found, suppression already applied; their times are not looked at.
        now: the time of the scan.
        complete: whether everything was read, or the scopes that were. Only there does a finding that was not seen
            close: a part that could not be read hides findings, it does not mend them.
    """
    old = {finding.id: finding for finding in known}
    new = {finding.id: finding for finding in seen}
    for identifier in sorted(old.keys() | new.keys()):
        before, after = old.get(identifier), new.get(identifier)
        if after is not None:
            if before is None or content_of(before) != content_of(after):
                yield Change(before=before, after=_observed(before, after, now))
        elif before is not None and _is_over(before, complete):
            yield Change(before=before, after=_closed(before, now))


def content_of(finding: Finding) -> Finding:
    """What must differ for a finding to have changed: neither times nor the database that it was judged with.

    EPSS moves a little every day; a change below one percentage point is none.
    """
    evidence = finding.evidence
    if isinstance(evidence, Vulnerability) and evidence.epss is not None:
        epss = msgspec.structs.replace(
            evidence.epss,
            probability=round(evidence.epss.probability, 2),
            percentile=None,
            scored_on=_EPOCH.date(),
        )
        evidence = msgspec.structs.replace(evidence, epss=epss)
    return msgspec.structs.replace(
        finding,
        evidence=evidence,
        first_observed_at=_EPOCH,
        last_observed_at=_EPOCH,
        updated_at=_EPOCH,
        database=None,
    )


def _is_over(unseen: Finding, complete: bool | frozenset[Scope]) -> bool:  # noqa: FBT001 - as `reconcile` has it
    if unseen.status is FindingStatus.CLOSED:
        return False
    return complete if isinstance(complete, bool) else scope_of(unseen) in complete


def _observed(before: Finding | None, after: Finding, now: datetime) -> Finding:
    return msgspec.structs.replace(
        after,
        first_observed_at=_first_observed_at(before, now),
        last_observed_at=now,
        updated_at=now,
        closed_at=None,
    )


def _first_observed_at(before: Finding | None, now: datetime) -> datetime:
    if before is None:
        return now
    if before.closed_at is not None and now - before.closed_at > REOPENS_WITHIN:
        return now
    return before.first_observed_at


def _closed(before: Finding, now: datetime) -> Finding:
    return msgspec.structs.replace(
        before, status=FindingStatus.CLOSED, closed_at=now, updated_at=now
    )
