"""Pieces that fit into one statement."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, any_, literal
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
        return iter([column == any_(literal(list(values), ARRAY(column.type)))] if values else [])
    return (column.in_(some) for some in chunks(values))
