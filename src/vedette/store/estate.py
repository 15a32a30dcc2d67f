"""What is known of every resource; `vedette.app.ports.EstateStore` on tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Table,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from vedette.errors import StoreError
from vedette.model.coverage import Coverage, ScopeFailure
from vedette.model.inventory import Inventory, KnownInventory
from vedette.model.network import NotReachable, UnknownReach
from vedette.model.resource import Resource, ResourceRef
from vedette.store import schema
from vedette.store.codec import Packed, micros, pack, ref_key, unpack_value
from vedette.store.upsert import upsert

_CHUNK = 400  # pairs of a key in one statement; SQLite takes 32,766 parameters


class EstateTables:
    """Resources, inventories, evaluations, coverage."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def resources(self, *, gone: bool = False) -> Iterator[Resource]:
        """All resources that are there, or those that are gone."""
        table = schema.resources
        there = table.c.gone_at.is_not(None) if gone else table.c.gone_at.is_(None)
        for value in self._values(select(table.c.value).where(there).order_by(table.c.ref)):
            yield unpack_value(value, Resource)

    def save_resources(
        self, seen: Iterable[Resource], *, looked_in: Sequence[tuple[str, str, str]], now: datetime
    ) -> tuple[ResourceRef, ...]:
        """Record what was seen; returns what has gone from the scopes that were listed completely."""
        rows = [_resource_row(resource, now) for resource in seen]
        with self._engine.begin() as connection:
            upsert(connection, schema.resources, rows, keep=frozenset({"first_seen_at"}))
            return tuple(
                sorted(ref for scope in looked_in for ref in _mark_gone(connection, scope, now))
            )

    def inventory(self, ref: ResourceRef) -> KnownInventory | None:
        """The last inventory of a resource."""
        table = schema.inventories
        with self._engine.connect() as connection:
            row = connection.execute(
                select(table.c.fingerprint, table.c.value)
                .join(schema.resources)
                .where(schema.resources.c.ref == ref_key(ref))
            ).first()
        if row is None:
            return None
        return KnownInventory(
            fingerprint=row.fingerprint, inventory=unpack_value(row.value, Inventory)
        )

    def save_inventory(self, fingerprint: str, inventory: Inventory, *, now: datetime) -> None:
        """Replace the inventory of its resource and its rows in (package version → resources)."""
        with self._engine.begin() as connection:
            resource = _row_id(connection, inventory.resource)
            row = {
                "resource": resource,
                "fingerprint": fingerprint,
                "taken_at": micros(now),
                "value": pack(inventory),
            }
            upsert(connection, schema.inventories, [row])
            _replace_packages(connection, resource, inventory)

    def resources_with(self, ecosystem: str, name: str) -> tuple[tuple[ResourceRef, str], ...]:
        """Resources that have a package of this name, with its version."""
        versions, links, table = schema.package_versions, schema.package_resources, schema.resources
        query = (
            select(table.c.value, versions.c.version)
            .select_from(versions.join(links).join(table))
            .where(versions.c.ecosystem == ecosystem, versions.c.name == name)
            .where(table.c.gone_at.is_(None))
            .order_by(table.c.ref, versions.c.version)
        )
        with self._engine.connect() as connection:
            return tuple(
                (unpack_value(value, Resource).ref, version)
                for value, version in connection.execute(query)
            )

    def evaluation(self, ref: ResourceRef) -> str | None:
        """The fingerprint of what the resource was last judged with."""
        query = (
            select(schema.evaluations.c.fingerprint)
            .join(schema.resources)
            .where(schema.resources.c.ref == ref_key(ref))
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def save_evaluation(self, ref: ResourceRef, fingerprint: str, *, now: datetime) -> None:
        """Record that the resource has been judged."""
        with self._engine.begin() as connection:
            row = {
                "resource": _row_id(connection, ref),
                "fingerprint": fingerprint,
                "evaluated_at": micros(now),
            }
            upsert(connection, schema.evaluations, [row])

    def coverage(self) -> Iterator[Coverage]:
        """Coverage of every resource and scan type."""
        table = schema.coverage
        for value in self._values(select(table.c.value).order_by(table.c.ref, table.c.scan_type)):
            yield unpack_value(value, Coverage)

    def save_coverage(self, rows: Iterable[Coverage]) -> None:
        """Insert or replace coverage."""
        values = [
            {
                "ref": ref_key(row.resource),
                "scan_type": row.scan_type,
                "active": row.active,
                "reason": row.reason,
                "value": pack(row),
            }
            for row in rows
        ]
        with self._engine.begin() as connection:
            upsert(connection, schema.coverage, values)

    def scope_failures(self) -> tuple[ScopeFailure, ...]:
        """What the last discovery could not look at."""
        table = schema.scope_failures
        rows = self._values(select(table.c.value).order_by(table.c.id))
        return tuple(unpack_value(value, ScopeFailure) for value in rows)

    def save_scope_failures(self, failures: Iterable[ScopeFailure]) -> None:
        """Replace them."""
        self._replace(schema.scope_failures, [pack(failure) for failure in failures])

    def unreached(self) -> Iterator[NotReachable | UnknownReach]:
        """What the last network analysis found closed or could not judge."""
        table = schema.unreached
        for value in self._values(select(table.c.value).order_by(table.c.id)):
            yield unpack_value(value, _Answer).answer

    def save_unreached(self, answers: Iterable[NotReachable | UnknownReach]) -> None:
        """Replace them."""
        self._replace(schema.unreached, [pack(_Answer(answer=answer)) for answer in answers])

    def _values(self, query: Select[bytes]) -> Sequence[bytes]:
        # read to the end: a reader that stops half-way must not hold a connection
        with self._engine.connect() as connection:
            return connection.execute(query).scalars().all()

    def _replace(self, table: Table, values: Sequence[bytes]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(table))
            if values:
                connection.execute(insert(table), [{"value": value} for value in values])


class _Answer(Packed, frozen=True, kw_only=True):
    answer: NotReachable | UnknownReach


def _resource_row(resource: Resource, now: datetime) -> dict[str, object]:
    return {
        "ref": ref_key(resource.ref),
        "type": resource.ref.type,
        "account": resource.ref.account or "",
        "region": resource.ref.region or "",
        "first_seen_at": micros(now),
        "last_seen_at": micros(now),
        "gone_at": None,
        "value": pack(resource),
    }


def _mark_gone(
    connection: Connection, scope: tuple[str, str, str], now: datetime
) -> list[ResourceRef]:
    table = schema.resources
    account, region, kind = scope
    missing = (
        (table.c.account == account)
        & (table.c.region == region)
        & (table.c.type == kind)
        & (table.c.last_seen_at < micros(now))
        & table.c.gone_at.is_(None)
    )
    rows = connection.execute(select(table.c.value).where(missing)).all()
    connection.execute(update(table).where(missing).values(gone_at=micros(now)))
    return [unpack_value(value, Resource).ref for (value,) in rows]


def _row_id(connection: Connection, ref: ResourceRef) -> int:
    query = select(schema.resources.c.id).where(schema.resources.c.ref == ref_key(ref))
    found = connection.execute(query).scalar()
    if found is None:
        raise StoreError(f"the store does not know the resource {ref.id}")
    return int(found)


def _replace_packages(connection: Connection, resource: int, inventory: Inventory) -> None:
    table, links = schema.package_versions, schema.package_resources
    keys = sorted({(item.ecosystem, item.name, item.version) for item in inventory.packages})
    rows = [{"ecosystem": key[0], "name": key[1], "version": key[2]} for key in keys]
    upsert(connection, table, rows)
    connection.execute(delete(links).where(links.c.resource == resource))
    columns = tuple_(table.c.ecosystem, table.c.name, table.c.version)
    for start in range(0, len(keys), _CHUNK):
        found = connection.execute(
            select(table.c.id).where(columns.in_(keys[start : start + _CHUNK]))
        )
        linked = [{"package": identity, "resource": resource} for (identity,) in found]
        connection.execute(insert(links), linked)
