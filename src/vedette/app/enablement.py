"""What is scanned where: the scan types of every account and Region.

Nothing has to be enabled: an account that nobody has said anything of is scanned as the organization's automatic
enablement has it, and that is everything from the beginning.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.app.documents import Key, documents, keep, read, revise
from vedette.app.ports import RecordStore
from vedette.errors import ConflictError
from vedette.model.resource import Resource, ResourceRef, ResourceType

KIND = "enablement"
_AUTOMATIC = "automatic-enablement"


class ScanKind(StrEnum):
    """Inspector's `ResourceScanType`s."""

    EC2 = "EC2"
    ECR = "ECR"
    LAMBDA = "LAMBDA"
    LAMBDA_CODE = "LAMBDA_CODE"
    CODE_REPOSITORY = "CODE_REPOSITORY"


SCANNED = frozenset({ScanKind.EC2, ScanKind.ECR, ScanKind.LAMBDA})
"""The types that vedette has; source code is not read."""

_OF: Mapping[ResourceType, ScanKind] = {
    ResourceType.EC2_INSTANCE: ScanKind.EC2,
    ResourceType.ECR_CONTAINER_IMAGE: ScanKind.ECR,
    ResourceType.LAMBDA_FUNCTION: ScanKind.LAMBDA,
}


class Enablement(msgspec.Struct, frozen=True, kw_only=True):
    """The scan types of one account in one Region, in order; none means that nothing is scanned there."""

    types: tuple[ScanKind, ...] = tuple(sorted(SCANNED))

    def has(self, kind: ScanKind) -> bool:
        """Whether a type is enabled."""
        return kind in self.types


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass must look at.

    `stated` is by account and Region, `automatic` by Region; what is in neither is scanned whole.
    """

    stated: Mapping[tuple[str, str], Enablement] = {}
    automatic: Mapping[str, Enablement] = {}

    def enablement(self, account: str, region: str) -> Enablement:
        """What is enabled in one account and Region."""
        stated = self.stated.get((account, region))
        return self.automatic.get(region, Enablement()) if stated is None else stated

    def wants(self, ref: ResourceRef) -> bool:
        """Whether a resource is to be scanned; what is of no account always is."""
        kind = _OF.get(ref.type)
        if kind is None or ref.account is None or ref.region is None:
            return True
        return self.enablement(ref.account, ref.region).has(kind)

    def wanted(self, resources: Iterable[Resource]) -> tuple[Resource, ...]:
        """Those that are to be scanned, in the same order."""
        return tuple(resource for resource in resources if self.wants(resource.ref))


def plan_of(store: RecordStore) -> Plan:
    """What the records say.

    Raises:
        StoreError: where the store fails.
    """
    stated = documents(store, KIND, Enablement)
    automatic = documents(store, _AUTOMATIC, Enablement)
    return Plan(
        stated={(key.account, key.region): one for key, one in stated},
        automatic={key.region: one for key, one in automatic},
    )


def enablement_of(store: RecordStore, account: str, region: str) -> Enablement:
    """What is enabled in one account and Region.

    Raises:
        StoreError: where the store fails.
    """
    stated = read(store, _key(account, region), Enablement)
    return automatic_in(store, region) if stated is None else stated


def automatic_in(store: RecordStore, region: str) -> Enablement:
    """What is enabled in a Region for accounts that nothing else is said of.

    Raises:
        StoreError: where the store fails.
    """
    return read(store, Key(kind=_AUTOMATIC, region=region), Enablement) or Enablement()


def set_automatic(
    store: RecordStore,
    region: str,
    types: Iterable[ScanKind],
    *,
    known: Iterable[str],
    now: datetime,
) -> None:
    """Change what new accounts get; those that are known keep what they have.

    Raises:
        StoreError: where the store fails.
    """
    before = automatic_in(store, region)
    for account in known:
        try:
            keep(store, _key(account, region), before, now=now, expected=0)
        except ConflictError:
            continue  # something is said of it already
    keep(store, Key(kind=_AUTOMATIC, region=region), _enabled(types), now=now)


def enable(
    store: RecordStore, account: str, region: str, types: Iterable[ScanKind], *, now: datetime
) -> Enablement:
    """Enable types beside those that are, and say what is enabled then.

    Raises:
        StoreError: where the store fails.
    """
    more = tuple(types)
    return revise(
        store,
        _key(account, region),
        automatic_in(store, region),
        lambda known: _enabled((*known.types, *more)),
        now=now,
    )


def disable(
    store: RecordStore, account: str, region: str, types: Iterable[ScanKind], *, now: datetime
) -> Enablement:
    """Disable types, and say what is enabled then.

    Raises:
        StoreError: where the store fails.
    """
    less = frozenset(types)
    return revise(
        store,
        _key(account, region),
        automatic_in(store, region),
        lambda known: _enabled(kind for kind in known.types if kind not in less),
        now=now,
    )


def _enabled(types: Iterable[ScanKind]) -> Enablement:
    return Enablement(types=tuple(sorted(set(types) & SCANNED)))


def _key(account: str, region: str) -> Key:
    return Key(kind=KIND, account=account, region=region)
