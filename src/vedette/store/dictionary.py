"""Rows that many findings share, each kept once and named by a number."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Table, func, select

from vedette.store.bulk import insert_rows
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
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Mapping[_Key, tuple[object, ...]],
) -> tuple[dict[_Key, int], list[_Key]]:
    """The numbers of rows by their keys, and which of them are new. Only one writer may do so at a time.

    Args:
        connection: in the writer's transaction.
        table: where they are.
        names: the columns; the first is the key's.
        rows: by key; without the key.
    """
    known = known_ids(connection, table, names[0], rows.keys())
    new = sorted(rows.keys() - known.keys())
    if not new:
        return known, []
    last = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    added: dict[_Key, int] = dict(zip(new, range(last + 1, last + 1 + len(new)), strict=True))
    given = [_row(added[key], key, rows[key]) for key in new]
    insert_rows(connection, table, ("id", *names), given)
    return {**known, **added}, new


def _row(number: int, key: object, values: tuple[object, ...]) -> tuple[object, ...]:
    return number, key, *values
