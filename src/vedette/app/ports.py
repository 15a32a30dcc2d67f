"""What the use cases need from the store; `vedette.store` implements it on SQLite and PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from vedette.findings.ports import FindingStore
from vedette.model.coverage import Coverage, ScopeFailure
from vedette.model.inventory import Inventory, KnownInventory
from vedette.model.network import NotReachable, UnknownReach
from vedette.model.resource import Resource, ResourceRef


class EstateStore(Protocol):
    """What is known of every resource: last seen, read and evaluated."""

    def resources(self, *, gone: bool = False) -> Iterator[Resource]:
        """All resources that are there (or, with `gone`, those that are not any more), in order of their refs."""
        ...

    def save_resources(
        self, seen: Iterable[Resource], *, looked_in: Sequence[tuple[str, str, str]], now: datetime
    ) -> tuple[ResourceRef, ...]:
        """Record what a discovery saw, in one transaction.

        Args:
            seen: all resources found.
            looked_in: the (account, region, resource type) scopes that were listed completely. A resource in such
                a scope that was not seen is marked as gone; others are left as they were.
            now: the time of the discovery.

        Returns:
            The resources that have gone, in order.
        """
        ...

    def inventory(self, ref: ResourceRef) -> KnownInventory | None:
        """The last inventory of a resource."""
        ...

    def save_inventory(self, fingerprint: str, inventory: Inventory, *, now: datetime) -> None:
        """Replace the inventory of `inventory.resource`, and its rows in (package version → resources)."""
        ...

    def resources_with(self, ecosystem: str, name: str) -> tuple[tuple[ResourceRef, str], ...]:
        """Resources that have a package of this name, with the version, by the keyed table; in order."""
        ...

    def evaluation(self, ref: ResourceRef) -> str | None:
        """The fingerprint of what the resource was last judged with: inventory, database, exposure, rules."""
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


class Store(EstateStore, FindingStore, Protocol):
    """The whole store."""

    def count_active(self) -> int:
        """How many findings are active."""
        ...
