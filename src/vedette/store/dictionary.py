"""Rows that many findings share, each kept once and named by a number."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select

from vedette.store.bulk import insert_many
from vedette.store.pieces import among

_Key = TypeVar("_Key", str, bytes)


def known_ids(
    connection: Connection, table: Table, name: str, keys: Collection[_Key]
) -> dict[_Key, int]:
    """The numbers of those that are there, by their keys, which column `name` holds."""
    column = table.c[name]
    found: dict[_Key, int] = {}
    for some in among(connection, column, sorted(keys)):
        query = select(column, table.c.id).where(some)
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def ids_of(
    connection: Connection, table: Table, name: str, rows: Mapping[_Key, Mapping[str, Any]]
) -> tuple[dict[_Key, int], list[_Key]]:
    """The numbers of rows by their keys, and which of them are new. Only one writer may do so at a time."""
    known = known_ids(connection, table, name, rows.keys())
    new = sorted(rows.keys() - known.keys())
    if not new:
        return known, []
    insert_many(connection, table, [rows[key] for key in new])
    return {**known, **known_ids(connection, table, name, new)}, new
