"""Resources of accounts and Regions whose scanning is switched off: they are not looked at, and a day later nothing is said of them.

Inspector forgets findings 24 hours after it is disabled (User Guide, "Understanding findings"); here they close, so that they come
back as the same findings when it is enabled again within a week.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from vedette.app.enablement import KIND
from vedette.app.ports import Store
from vedette.model.coverage import Coverage, ScanType
from vedette.model.finding import FindingStatus
from vedette.model.resource import Resource, ResourceRef, ResourceType

AFTER_DISABLING = timedelta(hours=24)
_REASON = "PENDING_DISABLE"


def overdue(store: Store, disabled: Iterable[Resource], *, now: datetime) -> Iterator[ResourceRef]:
    """Those that have findings that must close now; they are to be judged anew, should they be enabled again.

    Raises:
        StoreError: where the store fails.
    """
    since: dict[tuple[str, str], datetime | None] = {}
    for resource in disabled:
        ref = resource.ref
        place = (ref.account or "", ref.region or "")
        if place not in since:
            record = store.record(KIND, *place, "")
            since[place] = None if record is None else record.updated_at
        changed = since[place]
        if changed is not None and now - changed < AFTER_DISABLING:
            continue
        yield from to_close(store, (ref,), now=now)


def to_close(store: Store, refs: Iterable[ResourceRef], *, now: datetime) -> Iterator[ResourceRef]:
    """Those with findings that are not closed; they are to be judged anew, should they be looked at again.

    Raises:
        StoreError: where the store fails.
    """
    for ref in refs:
        if any(one.status is not FindingStatus.CLOSED for one in store.known(ref)):
            store.save_evaluation(ref, "", now=now)
            yield ref


def coverage_of_disabled(disabled: Iterable[Resource]) -> Iterator[Coverage]:
    """Their rows."""
    for resource in disabled:
        instance = resource.ref.type is ResourceType.EC2_INSTANCE
        for scan_type in ScanType if instance else (ScanType.PACKAGE,):
            yield Coverage(resource=resource.ref, scan_type=scan_type, active=False, reason=_REASON)
