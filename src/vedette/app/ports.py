"""What the use cases need from the store; `vedette.store` implements it on SQLite and PostgreSQL.

Every method raises StoreError where the store fails.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from vedette.findings.ports import FindingStore, LoggedChange
from vedette.model.coverage import Coverage, ScopeFailure
from vedette.model.inventory import Inventory, KnownInventory
from vedette.model.network import NotReachable, UnknownReach
from vedette.model.record import Record
from vedette.model.resource import Resource, ResourceRef


class EstateStore(Protocol):
    """What is known of every resource: last seen, read and evaluated."""

    def resources(self, *, gone: bool = False) -> Iterator[Resource]:
        """All resources that are there (or, with `gone`, those that are not any more), by account, Region, type and id."""
        ...

    def resources_of(self, refs: Iterable[ResourceRef]) -> Mapping[ResourceRef, Resource]:
        """These resources, there or gone, as far as they are known."""
        ...

    def save_resources(
        self, seen: Iterable[Resource], *, looked_in: Sequence[tuple[str, str, str]], now: datetime
    ) -> tuple[ResourceRef, ...]:
        """Record what a discovery saw, in one transaction.

        Args:
            seen: all resources found.
            looked_in: the (account, region, resource type) scopes that were listed completely. A resource in such
                a scope that was not seen is marked as gone, and its evaluation is forgotten; others are left as they
                were.
            now: the time of the discovery.

        Returns:
            The resources that have gone, in order.
        """
        ...

    def lingering(self) -> tuple[ResourceRef, ...]:
        """Resources that are gone but have findings that are not closed, by account, Region, type and id."""
        ...

    def inventory(self, ref: ResourceRef) -> KnownInventory | None:
        """The last inventory of a resource."""
        ...

    def fingerprints(self) -> Mapping[ResourceRef, str]:
        """What the inventories without failures were read from, by resource that is there."""
        ...

    def save_inventory(self, fingerprint: str, inventory: Inventory, *, now: datetime) -> None:
        """Replace the inventory of `inventory.resource`, and its rows in (package version → resources)."""
        ...

    def resources_with(self, ecosystem: str, name: str) -> tuple[tuple[ResourceRef, str], ...]:
        """Resources that have a package of this name, with the version, by the keyed table; in order."""
        ...

    def evaluations(self) -> Mapping[ResourceRef, str]:
        """The fingerprint of what each resource was last judged with: inventory, database, exposure, rules."""
        ...

    def save_evaluation(self, ref: ResourceRef, fingerprint: str, *, now: datetime) -> None:
        """Record that the resource has been judged."""
        ...

    def coverage(self) -> Iterator[Coverage]:
        """Coverage of every resource and scan type, in order."""
        ...

    def save_coverage(self, rows: Iterable[Coverage]) -> None:
        """Insert or replace coverage by (resource, scan type)."""
        ...

    def scope_failures(self) -> tuple[ScopeFailure, ...]:
        """What the last discovery could not look at."""
        ...

    def save_scope_failures(self, failures: Iterable[ScopeFailure]) -> None:
        """Replace the failures with those of the last discovery."""
        ...

    def unreached(self) -> Iterator[NotReachable | UnknownReach]:
        """What the last network analysis found closed or could not judge, in order."""
        ...

    def save_unreached(self, answers: Iterable[NotReachable | UnknownReach]) -> None:
        """Replace the answers with those of the last analysis."""
        ...

    def purge(self, now: datetime) -> None:
        """Remove what is over and has been kept long enough."""
        ...


class ChangeLog(Protocol):
    """The log of changes by place, an (account, Region) pair, with a cursor for each reader and place."""

    def places_behind(self, reader: str) -> tuple[tuple[str, str], ...]:
        """The places that have changes which this reader has not had; in order."""
        ...

    def changes_at(
        self, reader: str, place: tuple[str, str], limit: int
    ) -> tuple[LoggedChange, ...]:
        """At most `limit` changes of a place after the reader's cursor for it, by number.

        A change is given only when no change of the place with a smaller number can still appear.
        """
        ...

    def advance_at(self, reader: str, place: tuple[str, str], number: int) -> None:
        """Set the reader's cursor for a place to a change that was delivered; never back."""
        ...


class RecordStore(Protocol):
    """Small documents by kind, account, Region and id: saved filters, configurations, accounts, credentials.

    What is not of one account or Region has it empty. Lists are in order of account, Region and id.
    """

    def record(self, kind: str, account: str, region: str, identifier: str) -> Record | None:
        """One record."""
        ...

    def records(
        self,
        kind: str,
        *,
        account: str | None = None,
        region: str | None = None,
        after: tuple[str, str, str] | None = None,
        limit: int | None = None,
    ) -> tuple[Record, ...]:
        """The records of a kind, of one account and Region where given.

        Args:
            kind: of record.
            account: None is all.
            region: None is all.
            after: account, Region and id of the last record of the page before.
            limit: the most records; None is all.
        """
        ...

    def put_record(self, record: Record, *, expected: int | None = None) -> Record:
        """Keep a record, new or instead of the one that is there, and say with which version.

        Args:
            record: its own `version` is not looked at.
            expected: the version that must be there, 0 for none; None asks for nothing.

        Raises:
            ConflictError: where another version is there.
        """
        ...

    def remove_record(self, kind: str, account: str, region: str, identifier: str) -> bool:
        """Remove a record, and say whether there was one."""
        ...


class Store(EstateStore, ChangeLog, FindingStore, RecordStore, Protocol):
    """The whole store."""

    def count_active(self) -> int:
        """How many findings are active."""
        ...

    def edition(self) -> str:
        """A text that is the same as long as every answer of the store is; it means nothing to another process."""
        ...
