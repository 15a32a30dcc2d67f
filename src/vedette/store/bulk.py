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
    if connection.dialect.name != "postgresql":
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names
        values = [tuple(_bare(row[name]) for name in names) for row in rows]
        connection.exec_driver_sql(statement, values)
        return
    driver: Any = connection.connection.dbapi_connection
    statement = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([_bare(row[name]) for name in names])
    except connection.dialect.loaded_dbapi.Error as error:
        # what follows on other lines quotes values
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(f"the store failed: {reason}") from None


def _bare(value: object) -> object:
    """As the driver takes it: it would write an enumeration's name."""
    return kept(str(value)) if isinstance(value, str) else value
