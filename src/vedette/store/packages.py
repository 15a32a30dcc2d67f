"""(package version → resources): which resources have a package, without reading an inventory."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, delete, insert, select, tuple_

from vedette.model.inventory import Inventory
from vedette.model.package import Package
from vedette.model.resource import Resource, ResourceRef
from vedette.store import schema
from vedette.store.codec import digest_key, unpack_value
from vedette.store.upsert import upsert

_CHUNK = 400  # pairs in one statement; SQLite takes 32,766 parameters


def replace_packages(connection: Connection, resource: int, inventory: Inventory) -> None:
    """Link a resource (by its row's number) to the packages of its inventory, and to no others."""
    table, links = schema.package_versions, schema.package_resources
    rows = {(row["name_key"], row["version_key"]): row for row in _rows(inventory.packages)}
    known = _identities(connection, rows)
    upsert(connection, table, [row for key, row in rows.items() if key not in known])
    known |= _identities(connection, rows.keys() - known.keys())
    wanted = set(known.values())
    mine = links.c.resource == resource
    linked = set(connection.execute(select(links.c.package).where(mine)).scalars())
    for package in sorted(linked - wanted):
        connection.execute(delete(links).where(mine, links.c.package == package))
    new = [{"package": package, "resource": resource} for package in sorted(wanted - linked)]
    if new:
        connection.execute(insert(links), new)


def packages_named(
    connection: Connection, ecosystem: str, name: str
) -> tuple[tuple[ResourceRef, str], ...]:
    """The resources that have a package of this name, with its version; in order."""
    versions, links, table = schema.package_versions, schema.package_resources, schema.resources
    query = (
        select(table.c.value, versions.c.version)
        .select_from(versions.join(links).join(table))
        .where(versions.c.name_key == digest_key(ecosystem, name))
        .where(table.c.gone_at.is_(None))
        .order_by(table.c.ref, versions.c.version)
    )
    rows = connection.execute(query).all()
    return tuple((unpack_value(row.value, Resource).ref, row.version) for row in rows)


def _rows(packages: Iterable[Package]) -> Iterator[dict[str, Any]]:
    for package in packages:
        yield {
            "name_key": digest_key(package.ecosystem, package.name),
            "version_key": digest_key(package.version),
            "ecosystem": package.ecosystem,
            "name": package.name,
            "version": package.version,
        }


def _identities(
    connection: Connection, wanted: Iterable[tuple[bytes, bytes]]
) -> dict[tuple[bytes, bytes], int]:
    table = schema.package_versions
    columns = tuple_(table.c.name_key, table.c.version_key)
    keys = sorted(wanted)
    found: dict[tuple[bytes, bytes], int] = {}
    for start in range(0, len(keys), _CHUNK):
        some = select(table).where(columns.in_(keys[start : start + _CHUNK]))
        for row in connection.execute(some):
            found[bytes(row.name_key), bytes(row.version_key)] = row.id
    return found
