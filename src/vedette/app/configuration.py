"""How an account's instances and images are scanned: Inspector's configuration, and what it means for a pass."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vedette.app.discovery.scope import Agentless
from vedette.app.documents import Key, documents, read, remove, revise
from vedette.app.ports import RecordStore

_KIND = "configuration"
_ADMINISTRATORS = "configuration-of-all"


class Duration(StrEnum):
    """How long an image is looked at again (Inspector's `EcrRescanDuration`)."""

    LIFETIME = "LIFETIME"
    DAYS_3 = "DAYS_3"
    DAYS_7 = "DAYS_7"
    DAYS_14 = "DAYS_14"
    DAYS_30 = "DAYS_30"
    DAYS_60 = "DAYS_60"
    DAYS_90 = "DAYS_90"
    DAYS_180 = "DAYS_180"

    @property
    def span(self) -> timedelta | None:
        """The time; None for as long as the image is there."""
        if self is Duration.LIFETIME:
            return None
        return timedelta(days=int(self.removeprefix("DAYS_")))


class ScanMode(StrEnum):
    """Whether instances without inventory are read from snapshots (Inspector's `Ec2ScanMode`)."""

    AGENT = "EC2_SSM_AGENT_BASED"
    HYBRID = "EC2_HYBRID"


class PullMode(StrEnum):
    """What counts as use of an image (Inspector's `EcrPullDateRescanMode`)."""

    PULLED = "LAST_PULL_DATE"
    IN_USE = "LAST_IN_USE_AT"


class ImageConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """How long images are looked at again after they were pushed, and after their last use.

    `since_use` None means that use does not matter.
    """

    since_push: Duration = Duration.LIFETIME
    since_use: Duration | None = None
    use: PullMode = PullMode.IN_USE
    updated_at: datetime | None = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of an account in a Region; None is what the administrator has, or else vedette's default."""

    images: ImageConfiguration | None = None
    instances: ScanMode | None = None

    def over(self, other: "Configuration") -> "Configuration":
        """This, and the other's where this says nothing."""
        return Configuration(
            images=self.images or other.images, instances=self.instances or other.instances
        )


DEFAULT = Configuration(images=ImageConfiguration())
"""Images for ever; instances as the server's own settings have it."""


def configuration_of(store: RecordStore, account: str, region: str) -> Configuration:
    """What is in force in an account and Region.

    Raises:
        StoreError: where the store fails.
    """
    own = read(store, _key(account, region), Configuration) or Configuration()
    shared = read(store, _shared(region), Configuration) or Configuration()
    return own.over(shared).over(DEFAULT)


def configurations(store: RecordStore) -> Callable[[str, str], Configuration]:
    """What is in force, by account and Region; read once.

    Raises:
        StoreError: where the store fails.
    """
    own = {(key.account, key.region): one for key, one in documents(store, _KIND, Configuration)}
    shared = {key.region: one for key, one in documents(store, _ADMINISTRATORS, Configuration)}

    def of(account: str, region: str) -> Configuration:
        mine = own.get((account, region), Configuration())
        return mine.over(shared.get(region, Configuration())).over(DEFAULT)

    return of


def configure(
    store: RecordStore, account: str | None, region: str, change: Configuration, *, now: datetime
) -> None:
    """Change what is said, for an account, or (None) for all that say nothing themselves.

    Raises:
        StoreError: where the store fails.
    """
    key = _shared(region) if account is None else _key(account, region)
    revise(store, key, Configuration(), change.over, now=now)


def inherit(
    store: RecordStore,
    account: str,
    region: str,
    *,
    images: bool,
    instances: bool,
    now: datetime,
) -> None:
    """Let an account have what the administrator has.

    Raises:
        StoreError: where the store fails.
    """

    def without(known: Configuration) -> Configuration:
        return Configuration(
            images=None if images else known.images,
            instances=None if instances else known.instances,
        )

    key = _key(account, region)
    if revise(store, key, Configuration(), without, now=now) == Configuration():
        remove(store, key)


def agentless_of(configuration: Configuration, allowed: Agentless) -> Agentless:
    """What may be done to read instances without inventory, where the server itself allows so much.

    Where the mode asks for snapshots and the server says nothing, those that are there are read, and none is made.
    """
    match configuration.instances:
        case None:
            return allowed
        case ScanMode.AGENT:
            return Agentless.NONE
        case ScanMode.HYBRID:  # pragma: no branch
            return Agentless.EXISTING if allowed is Agentless.NONE else allowed


def is_eligible(
    configuration: ImageConfiguration,
    *,
    pushed_at: datetime | None,
    used_at: datetime | None,
    now: datetime,
) -> bool:
    """Whether an image is still looked at; Inspector's `SCAN_ELIGIBILITY_EXPIRED` where it is not.

    It is while either time has not run out. What is not known does not run out.
    """
    span = configuration.since_push.span
    if span is None or pushed_at is None or now - pushed_at <= span:
        return True
    if configuration.since_use is None or used_at is None:
        return False
    since_use = configuration.since_use.span
    return since_use is None or now - used_at <= since_use


def _key(account: str, region: str) -> Key:
    return Key(kind=_KIND, account=account, region=region)


def _shared(region: str) -> Key:
    return Key(kind=_ADMINISTRATORS, region=region)
