"""Scans that somebody asks for: the next pass looks at the resources, and their coverage says what came of it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vedette.app.documents import Key, documents, keep, read, remove
from vedette.app.ports import EstateStore, RecordStore, Store
from vedette.model.coverage import Coverage, ScanType
from vedette.model.resource import Ec2Instance, Resource, ResourceRef

_KIND = "on-demand-scan"
_KEPT = timedelta(days=30)
_LONGEST = timedelta(hours=24)
_MOST = 1000
_TERMINATED = "RESOURCE_TERMINATED"
_REASONS: Mapping[str, str] = {
    "ACCESS_DENIED": "ACCESS_DENIED",
    "AGENTLESS_INSTANCE_COLLECTION_TIME_LIMIT_EXCEEDED": "EXTRACTION_COLLECTION_TIME_LIMIT_EXCEEDED",
    "AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED": "STORAGE_LIMIT_EXCEEDED",
    "IMAGE_SIZE_EXCEEDED": "STORAGE_LIMIT_EXCEEDED",
    "UNSUPPORTED_OS": "UNSUPPORTED_OS",
    _TERMINATED: _TERMINATED,
}
"""Reasons of coverage in the words of on-demand scans; all others are `INTERNAL_ERROR`."""


class Status(StrEnum):
    """Inspector's `OnDemandScanStatus`."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    FAILED = "FAILED"


class OnDemandScan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan that was asked for, of a resource or of all instances of a machine image."""

    id: str
    resource_id: str
    resources: tuple[ResourceRef, ...]
    started_at: datetime
    status: Status = Status.IN_PROGRESS
    reason: str | None = None
    completed_at: datetime | None = None


def resources_of(
    store: EstateStore, resource_id: str, *, account: str | None, region: str
) -> tuple[ResourceRef, ...]:
    """The resource with this id, or the instances of this machine image; at most 1,000.

    Args:
        store: where.
        resource_id: of a resource, or of a machine image.
        account: whose; None is anybody's.
        region: where they are.

    Raises:
        StoreError: where the store fails.
    """
    found: list[ResourceRef] = []
    for resource in store.resources():
        ref = resource.ref
        if ref.region != region or (account is not None and ref.account != account):
            continue
        if _is_meant(resource, resource_id):
            found.append(ref)
        if len(found) == _MOST:
            break
    return tuple(found)


def start(
    store: RecordStore,
    place: tuple[str, str],
    resource_id: str,
    resources: Iterable[ResourceRef],
    *,
    token: str,
    now: datetime,
) -> OnDemandScan:
    """Remember that a scan was asked for; the same token gives the same scan.

    Args:
        store: where.
        place: the account and Region that ask.
        resource_id: what they ask for.
        resources: what is looked at.
        token: tells requests apart.
        now: the time.

    Raises:
        StoreError: where the store fails.
    """
    account, region = place
    identity = scan_id(place, resource_id, token)
    key = Key(kind=_KIND, account=account, region=region, id=identity)
    known = read(store, key, OnDemandScan)
    if known is not None:
        return known
    scan = OnDemandScan(
        id=identity, resource_id=resource_id, resources=tuple(resources), started_at=now
    )
    keep(store, key, scan, now=now)
    return scan


def scan_id(place: tuple[str, str], resource_id: str, token: str) -> str:
    """The id of a scan: 32 hex digits."""
    text = "\0".join((*place, resource_id, token))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def scans_of(
    store: Store, account: str, region: str, resource_id: str, *, now: datetime
) -> tuple[OnDemandScan, ...]:
    """The scans of the last 30 days of one resource, the latest first, as they stand now.

    Raises:
        StoreError: where the store fails.
    """
    found = []
    for key, scan in documents(store, _KIND, OnDemandScan, account=account, region=region):
        if now - scan.started_at > _KEPT:
            remove(store, key)
        elif scan.resource_id == resource_id:
            found.append(_settled(store, key, scan, now=now))
    return tuple(sorted(found, key=lambda one: (one.started_at, one.id), reverse=True))


def _is_meant(resource: Resource, resource_id: str) -> bool:
    facts = resource.facts
    if isinstance(facts, Ec2Instance) and facts.image_id == resource_id:
        return True
    return resource.ref.id == resource_id


def _settled(store: Store, key: Key, scan: OnDemandScan, *, now: datetime) -> OnDemandScan:
    """The scan as it is by now; kept so, once it is over."""
    if scan.status is not Status.IN_PROGRESS:
        return scan
    wanted, looked = _looked(store, scan)
    after = _judged(scan, wanted, looked, now=now)
    if after != scan:
        keep(store, key, after, now=now)
    return after


def _looked(
    store: EstateStore, scan: OnDemandScan
) -> tuple[dict[ResourceRef, Coverage], datetime | None]:
    """The coverage of the scan's resources, and when a pass has begun after the scan was asked for."""
    wanted: dict[ResourceRef, Coverage] = {}
    asked = frozenset(scan.resources)
    looked: datetime | None = None
    for row in _packages(store):
        if row.resource in asked:
            wanted[row.resource] = row
        at = row.last_scanned_at
        if at is not None and at >= scan.started_at:
            looked = max(at, looked or at)
    return wanted, looked


def _packages(store: EstateStore) -> Iterator[Coverage]:
    return (row for row in store.coverage() if row.scan_type is ScanType.PACKAGE)


def _judged(
    scan: OnDemandScan,
    rows: Mapping[ResourceRef, Coverage],
    looked: datetime | None,
    *,
    now: datetime,
) -> OnDemandScan:
    if looked is None:
        if now - scan.started_at <= _LONGEST:
            return scan
        return _over(scan, "INTERNAL_ERROR", scan.started_at + _LONGEST)
    for ref in scan.resources:
        row = rows.get(ref)
        if row is None or not row.active:
            reason = _TERMINATED if row is None else row.reason
            return _over(scan, _REASONS.get(reason, "INTERNAL_ERROR"), looked)
    return _over(scan, None, looked)


def _over(scan: OnDemandScan, reason: str | None, at: datetime) -> OnDemandScan:
    status = Status.SUCCESSFUL if reason is None else Status.FAILED
    return msgspec.structs.replace(scan, status=status, reason=reason, completed_at=at)
