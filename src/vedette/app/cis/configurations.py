"""Scan configurations: which benchmark level, when, and of which instances."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.app.documents import Key, documents, keep, read, remove
from vedette.app.ports import EstateStore, RecordStore
from vedette.model.resource import Resource, ResourceType

_KIND = "cis-configuration"
SELF, EVERYBODY = "SELF", "ALL_ACCOUNTS"
MOST_CONFIGURATIONS = 500


class Level(StrEnum):
    """Inspector's `CisSecurityLevel`."""

    LEVEL_1 = "LEVEL_1"
    LEVEL_2 = "LEVEL_2"


class TimeOfDay(msgspec.Struct, frozen=True, kw_only=True):
    """`HH:MM` in a time zone by its IANA name."""

    time: str
    zone: str


class Once(msgspec.Struct, frozen=True, kw_only=True, tag="once"):
    """At once, and not again."""


class Daily(msgspec.Struct, frozen=True, kw_only=True, tag="daily"):
    """Every day."""

    at: TimeOfDay


class Weekly(msgspec.Struct, frozen=True, kw_only=True, tag="weekly"):
    """On some days of each week (`MON`…)."""

    at: TimeOfDay
    days: tuple[str, ...]


class Monthly(msgspec.Struct, frozen=True, kw_only=True, tag="monthly"):
    """On the first such day of each month."""

    at: TimeOfDay
    day: str


Schedule = Once | Daily | Weekly | Monthly


class TargetTag(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A tag that targets have, with one of these values."""

    key: str
    values: tuple[str, ...]


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """Instances of some accounts (ids, `SELF`, `ALL_ACCOUNTS`) that have every one of the tags."""

    accounts: tuple[str, ...]
    tags: tuple[TargetTag, ...]


class CisConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """A scan configuration; `owner` is the account whose it is."""

    id: str
    owner: str
    region: str
    arn: str
    name: str
    level: Level
    schedule: Once | Daily | Weekly | Monthly
    targets: Targets

    @property
    def key(self) -> Key:
        """The record's."""
        return Key(kind=_KIND, account=self.owner, region=self.region, id=self.id)

    def aims_at(self, resource: Resource) -> bool:
        """Whether a resource is among the targets."""
        ref = resource.ref
        if ref.type is not ResourceType.EC2_INSTANCE or ref.region != self.region:
            return False
        accounts = self.targets.accounts
        own = SELF in accounts and ref.account == self.owner
        if not (own or EVERYBODY in accounts or ref.account in accounts):
            return False
        has = {tag.key: tag.value for tag in resource.tags}
        return all(has.get(tag.key) in tag.values for tag in self.targets.tags)


def save_configuration(
    store: RecordStore, configuration: CisConfiguration, *, now: datetime
) -> None:
    """Keep a configuration, new or changed.

    Raises:
        StoreError: where the store fails.
    """
    keep(store, configuration.key, configuration, now=now)


def configuration(
    store: RecordStore, owner: str, region: str, identity: str
) -> CisConfiguration | None:
    """One configuration.

    Raises:
        StoreError: where the store fails.
    """
    key = Key(kind=_KIND, account=owner, region=region, id=identity)
    return read(store, key, CisConfiguration)


def configurations(store: RecordStore, region: str) -> Iterator[CisConfiguration]:
    """All of a Region, by owner and id.

    Raises:
        StoreError: where the store fails.
    """
    return (found for _, found in documents(store, _KIND, CisConfiguration, region=region))


def remove_configuration(store: RecordStore, known: CisConfiguration) -> None:
    """Remove a configuration; what was reported of it stays.

    Raises:
        StoreError: where the store fails.
    """
    remove(store, known.key)


def targets_of(store: EstateStore, known: CisConfiguration) -> Iterator[Resource]:
    """The instances that a configuration aims at.

    Raises:
        StoreError: where the store fails.
    """
    return (resource for resource in store.resources() if known.aims_at(resource))
