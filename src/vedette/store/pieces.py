"""Pieces that fit into one statement."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    Text,
    any_,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

_CHUNK = 500
"""Values in one statement; SQLite takes 32,766."""

_Item = TypeVar("_Item")


def chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """The items, piece by piece."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def among(
    connection: Connection, column: Column[Any], values: Sequence[Any]
) -> Iterator[ColumnElement[bool]]:
    """Conditions that together say that a column has one of the values.

    PostgreSQL takes them as one array: a parameter for each would be longer in the making than in the looking up.
    """
    if connection.dialect.name == "postgresql":
        return iter([column == any_(_array(column, values))] if values else [])
    return (column.in_(some) for some in chunks(values))


def _array(column: Column[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    """Bytes as one text: the driver would write each by itself."""
    if not isinstance(column.type, LargeBinary):
        return literal(list(values), ARRAY(column.type))
    texts = func.string_to_array(literal(",".join(map(bytes.hex, values)), Text()), ",")
    each = select(func.decode(func.unnest(texts), "hex"))
    return func.array(each.scalar_subquery(), type_=ARRAY(LargeBinary()))
