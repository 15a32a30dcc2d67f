"""What is known of every resource; `vedette.app.ports.EstateStore` on tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Select, Table, delete, exists, insert, select, update

from vedette.errors import StoreError
from vedette.model.coverage import Coverage, ScopeFailure
from vedette.model.finding import FindingStatus
from vedette.model.inventory import Inventory, KnownInventory
from vedette.model.network import NotReachable, UnknownReach
from vedette.model.resource import Resource, ResourceRef
from vedette.store import schema
from vedette.store.codec import micros, pack, ref_key, unpack_value
from vedette.store.database import Database
from vedette.store.log import only_writer
from vedette.store.packages import packages_named, replace_packages
from vedette.store.resource_rows import changed, write_searched_resources
from vedette.store.upsert import upsert

_CHUNK = 500  # values in one statement; SQLite takes 32,766
_FETCHED = 1000  # values held at a time

_Item = TypeVar("_Item")


class EstateTables:
    """Resources, inventories, evaluations, coverage."""

    _database: Database

    def resources(self, *, gone: bool = False) -> Iterator[Resource]:
        """All resources that are there, or those that are gone."""
        table = schema.resources
        there = table.c.gone_at.is_not(None) if gone else table.c.gone_at.is_(None)
        query = select(table.c.ref, table.c.value).where(there).order_by(table.c.ref)
        last = ""
        while True:
            # page by page: a reader that stops half-way must not hold a connection, nor one that goes on everything
            with self._database.reading() as connection:
                rows = connection.execute(query.where(table.c.ref > last).limit(_FETCHED)).all()
            for row in rows:
                yield unpack_value(row.value, Resource)
            if len(rows) < _FETCHED:
                return
            last = rows[-1].ref

    def resources_of(self, refs: Iterable[ResourceRef]) -> Mapping[ResourceRef, Resource]:
        """These resources, there or gone, as far as they are known."""
        table = schema.resources
        keys = sorted({ref_key(ref) for ref in refs})
        found: dict[ResourceRef, Resource] = {}
        with self._database.reading() as connection:
            for some in _chunks(keys):
                query = select(table.c.value).where(table.c.ref.in_(some)).order_by(table.c.ref)
                for value in connection.execute(query).scalars():
                    resource = unpack_value(value, Resource)
                    found[resource.ref] = resource
        return found

    def save_resources(
        self, seen: Iterable[Resource], *, looked_in: Sequence[tuple[str, str, str]], now: datetime
    ) -> tuple[ResourceRef, ...]:
        """Record what was seen; returns what has gone from the scopes that were listed completely."""
        several = tuple(seen)
        rows = [_resource_row(resource, now) for resource in several]
        keys = {str(row["ref"]) for row in rows}
        with self._database.writing() as connection:
            only_writer(connection)
            values = [(one, row["value"]) for one, row in zip(several, rows, strict=True)]
            write_searched_resources(connection, changed(connection, values))
            upsert(connection, schema.resources, rows, keep=frozenset({"first_seen_at"}))
            missing = [row for scope in looked_in for row in _missing(connection, scope, keys)]
            for some in _chunks(sorted(identity for identity, _ in missing)):
                # its findings will be closed: should it come back, it must be judged again
                connection.execute(
                    delete(schema.evaluations).where(schema.evaluations.c.resource.in_(some))
                )
                connection.execute(
                    update(schema.resources)
                    .where(schema.resources.c.id.in_(some))
                    .values(gone_at=micros(now))
                )
        return tuple(sorted(ref for _, ref in missing))

    def lingering(self) -> tuple[ResourceRef, ...]:
        """Resources that are gone and have findings that are not closed."""
        table, findings, owners = schema.resources, schema.findings, schema.finding_resources
        open_one = exists().where(
            owners.c.ref == table.c.ref,
            findings.c.resource == owners.c.id,
            findings.c.status != FindingStatus.CLOSED,
        )
        query = select(table.c.value).where(table.c.gone_at.is_not(None), open_one)
        found = self._values(query.order_by(table.c.ref))
        return tuple(unpack_value(value, Resource).ref for value in found)

    def inventory(self, ref: ResourceRef) -> KnownInventory | None:
        """The last inventory of a resource."""
        table = schema.inventories
        query = (
            select(table.c.fingerprint, table.c.value)
            .join(schema.resources)
            .where(schema.resources.c.ref == ref_key(ref))
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return KnownInventory(
            fingerprint=row.fingerprint, inventory=unpack_value(row.value, Inventory)
        )

    def fingerprints(self) -> Mapping[ResourceRef, str]:
        """What the inventories without failures were read from, by resource that is there."""
        table = schema.inventories
        return self._by_resource(select(table.c.fingerprint).where(table.c.failures == 0), table)

    def save_inventory(self, fingerprint: str, inventory: Inventory, *, now: datetime) -> None:
        """Replace the inventory of its resource and its rows in (package version → resources)."""
        row = {
            "fingerprint": fingerprint,
            "failures": len(inventory.failures),
            "taken_at": micros(now),
            "value": pack(inventory),
        }
        with self._database.writing() as connection:
            resource = _row_id(connection, inventory.resource)
            upsert(connection, schema.inventories, [{"resource": resource, **row}])
            replace_packages(connection, resource, inventory)

    def resources_with(self, ecosystem: str, name: str) -> tuple[tuple[ResourceRef, str], ...]:
        """Resources that have a package of this name, with its version."""
        with self._database.reading() as connection:
            return packages_named(connection, ecosystem, name)

    def evaluations(self) -> Mapping[ResourceRef, str]:
        """What the resources that are there were last judged with."""
        table = schema.evaluations
        return self._by_resource(select(table.c.fingerprint), table)

    def save_evaluation(self, ref: ResourceRef, fingerprint: str, *, now: datetime) -> None:
        """Record that the resource has been judged."""
        with self._database.writing() as connection:
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
        with self._database.writing() as connection:
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
        with self._database.reading() as connection:
            return connection.execute(query).scalars().all()

    def _by_resource(self, query: Select[str], table: Table) -> Mapping[ResourceRef, str]:
        resources = schema.resources
        joined = query.add_columns(resources.c.value).join_from(table, resources)
        with self._database.reading() as connection:
            rows = connection.execute(joined.where(resources.c.gone_at.is_(None))).all()
        return {unpack_value(row.value, _OnlyRef).ref: row.fingerprint for row in rows}

    def _replace(self, table: Table, values: Sequence[bytes]) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(table))
            if values:
                connection.execute(insert(table), [{"value": value} for value in values])


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    answer: NotReachable | UnknownReach


class _OnlyRef(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a resource as is needed."""

    ref: ResourceRef


def _chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _resource_row(resource: Resource, now: datetime) -> dict[str, Any]:
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


def _missing(
    connection: Connection, scope: tuple[str, str, str], seen: Collection[str]
) -> Iterator[tuple[int, ResourceRef]]:
    table = schema.resources
    account, region, kind = scope
    query = select(table.c.id, table.c.ref).where(
        table.c.account == account,
        table.c.region == region,
        table.c.type == kind,
        table.c.gone_at.is_(None),
    )
    missing = [row.id for row in connection.execute(query) if row.ref not in seen]
    for some in _chunks(missing):
        found = connection.execute(select(table.c.id, table.c.value).where(table.c.id.in_(some)))
        for identity, value in found:
            yield identity, unpack_value(value, Resource).ref


def _row_id(connection: Connection, ref: ResourceRef) -> int:
    query = select(schema.resources.c.id).where(schema.resources.c.ref == ref_key(ref))
    found = connection.execute(query).scalar()
    if found is None:
        raise StoreError(f"the store does not know the resource {ref.id}")
    return int(found)
