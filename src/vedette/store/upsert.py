"""INSERT … ON CONFLICT for both engines."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def upsert(
    connection: Connection, table: Table, rows: Sequence[Row], *, keep: frozenset[str] = frozenset()
) -> None:
    """Insert rows, or replace those with the same unique key.

    Args:
        connection: in the caller's transaction.
        table: its primary key is the unique key, or its only unique constraint where the key is a number.
        rows: all with the same columns.
        keep: columns that an existing row keeps.
    """
    if not rows:
        return
    key = _key(table)
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    changed = [name for name in rows[0] if name not in keep and name not in key]
    action = (
        statement.on_conflict_do_update(
            index_elements=key, set_={name: statement.excluded[name] for name in changed}
        )
        if changed
        else statement.on_conflict_do_nothing(index_elements=key)
    )
    connection.execute(action, list(rows))


_KEYS = {
    "resources": ["ref"],
    "inventories": ["resource"],
    "package_versions": ["ecosystem", "name", "version"],
    "evaluations": ["resource"],
    "coverage": ["ref", "scan_type"],
    "findings": ["id"],
    "cursors": ["name"],
}


def _key(table: Table) -> list[str]:
    return _KEYS[table.name]
