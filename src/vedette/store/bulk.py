"""Many rows at once, past SQLAlchemy, which takes longer over every value than the engines do."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Float, Integer, LargeBinary, Table

from vedette.errors import StoreError
from vedette.store.columns import kept

Row = Mapping[str, Any]

_PIECE = 1000  # rows of text held at a time
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TYPES = {
    BigInteger: "bigint",
    Integer: "integer",
    Float: "double precision",
    LargeBinary: "bytea",
}


def insert_many(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that are not there yet, all with the same columns."""
    if rows:
        names = tuple(rows[0])
        insert_rows(connection, table, names, [tuple(row.values()) for row in rows])


def insert_rows(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Insert rows that are not there yet: a value for each name; with COPY on PostgreSQL."""
    if not rows:
        return
    quote = connection.dialect.identifier_preparer.quote
    target, columns = quote(table.name), ", ".join(map(quote, names))
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {target} ({columns}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {target} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names
    connection.exec_driver_sql(statement, [tuple(map(_bare, row)) for row in rows])


def update_rows(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Replace columns of rows that are there, found by the first of the names.

    PostgreSQL gets them as one document: a temporary table would take as long to make as hundreds of rows to write.
    """
    if not rows or len(names) == 1:
        return
    quote = connection.dialect.identifier_preparer.quote
    target, key, others = quote(table.name), quote(names[0]), [quote(name) for name in names[1:]]
    if connection.dialect.name == "postgresql":
        given = ", ".join(f"{name} = given.{name}" for name in others)
        columns = ", ".join(f"{quote(name)} {_type(table, name)}" for name in names)
        statement = (
            f"UPDATE {target} SET {given} FROM json_to_recordset(%s::json) AS given({columns})"  # noqa: S608 - our own names
            f" WHERE {target}.{key} = given.{key}"
        )
        document = [dict(zip(names, map(_told, row), strict=True)) for row in rows]
        connection.exec_driver_sql(statement, (msgspec.json.encode(document).decode(),))
        return
    given = ", ".join(f"{name} = ?" for name in others)
    statement = f"UPDATE {target} SET {given} WHERE {key} = ?"  # noqa: S608 - our own names
    connection.exec_driver_sql(statement, [tuple(map(_bare, (*row[1:], row[0]))) for row in rows])


def update_bytes(
    connection: Connection, table: Table, names: tuple[str, str], rows: Sequence[tuple[int, bytes]]
) -> None:
    """Replace one column of bytes, found by a number."""
    if connection.dialect.name != "postgresql":
        update_rows(connection, table, names, rows)
        return
    if not rows:
        return
    target, key, other = map(connection.dialect.identifier_preparer.quote, (table.name, *names))
    numbers, values = zip(*rows, strict=True)
    connection.exec_driver_sql(
        f"UPDATE {target} SET {other} = given.value"  # noqa: S608 - our own names
        " FROM unnest(%b::bigint[], %b::bytea[]) AS given(number, value)"
        f" WHERE {target}.{key} = given.number",
        (list(numbers), list(values)),
    )


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    driver: Any = connection.connection.dbapi_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for start in range(0, len(rows), _PIECE):
                lines = ["\t".join(map(_field, row)) for row in rows[start : start + _PIECE]]
                copy.write("\n".join(lines) + "\n")
    except connection.dialect.loaded_dbapi.Error as error:
        # what follows on other lines quotes values
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(f"the store failed: {reason}") from None


def _field(value: object) -> str:
    """As COPY's text format has it."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        plain = value.isprintable() and "\\" not in value
        return str(value) if plain else kept(value).translate(_ESCAPES)
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return repr(value)


def _told(value: object) -> object:
    """As JSON has it, which has no bytes, and no numbers that are infinite."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return repr(value) if isinstance(value, float) else _bare(value)


def _bare(value: object) -> object:
    """As the driver takes it: it would write an enumeration's name."""
    if type(value) is str:
        return kept(value)
    return kept(str(value)) if isinstance(value, str) else value


def _type(table: Table, name: str) -> str:
    kind = table.c[name].type
    return next((word for known, word in _TYPES.items() if isinstance(kind, known)), "text")
