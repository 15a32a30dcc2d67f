"""INSERT … ON CONFLICT for both engines."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]

_KEYS = {"resources": ["ref"], "package_versions": ["name_key", "version_key"]}
"""The unique keys of tables whose primary key is only a number."""


def upsert(
    connection: Connection, table: Table, rows: Sequence[Row], *, keep: frozenset[str] = frozenset()
) -> None:
    """Insert rows, or replace those with the same unique key.

    Args:
        connection: in the caller's transaction.
        table: where to.
        rows: all with the same columns. They are written in the order of their keys, so that two writers cannot
            wait for one another.
        keep: columns that an existing row keeps.
    """
    if not rows:
        return
    key = _KEYS.get(table.name) or [column.name for column in table.primary_key]
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    changed = [name for name in rows[0] if name not in keep and name not in key]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=key, set_={name: statement.excluded[name] for name in changed}
        ),
        sorted(rows, key=lambda row: [row[name] for name in key]),
    )
