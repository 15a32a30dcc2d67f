"""Many new rows at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from vedette.errors import StoreError
from vedette.store.columns import kept

Row = Mapping[str, Any]


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that are not there yet, all with the same columns.

    Past SQLAlchemy, which takes longer over every value than the engines do; with COPY on PostgreSQL.
    """
    if not rows:
        return
    names = tuple(rows[0])
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(map(quote, names))
    values = [tuple(_bare(row[name]) for name in names) for row in rows]
    if connection.dialect.name != "postgresql":
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, values)
        return
    _copy(connection, quote(table.name), columns, values)


def replace_many(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Replace columns of rows that are there, found by column `key`; all with the same columns."""
    if not rows:
        return
    quote = connection.dialect.identifier_preparer.quote
    others = [name for name in rows[0] if name != key]
    names = (*others, key)
    values = [tuple(_bare(row[name]) for name in names) for row in rows]
    target, identity = quote(table.name), quote(key)
    if connection.dialect.name != "postgresql":
        given = ", ".join(f"{quote(name)} = ?" for name in others)
        connection.exec_driver_sql(
            f"UPDATE {target} SET {given} WHERE {identity} = ?",  # noqa: S608 - our own names
            values,
        )
        return
    columns = ", ".join(map(quote, names))
    given = ", ".join(f"{quote(name)} = given.{quote(name)}" for name in others)
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE given ON COMMIT DROP AS SELECT {columns} FROM {target} LIMIT 0"  # noqa: S608 - our own names
    )
    _copy(connection, "given", columns, values)
    connection.exec_driver_sql(
        f"UPDATE {target} SET {given} FROM given WHERE {target}.{identity} = given.{identity}"  # noqa: S608 - our own names
    )
    connection.exec_driver_sql("DROP TABLE given")


def _copy(
    connection: Connection, table: str, columns: str, values: Sequence[tuple[object, ...]]
) -> None:
    driver: Any = connection.connection.dbapi_connection
    statement = f"COPY {table} ({columns}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        # what follows on other lines quotes values
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(f"the store failed: {reason}") from None


def _bare(value: object) -> object:
    """As the driver takes it: it would write an enumeration's name."""
    if type(value) is str:
        return kept(value)
    return kept(str(value)) if isinstance(value, str) else value
