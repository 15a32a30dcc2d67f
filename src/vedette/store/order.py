"""The orders of findings in SQL: `vedette.findings.query.ordered` in the engine's language.

An order has up to two segments: the findings that have a value, and those that have none. Each is walked by an index, or sorted.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    tuple_,
)

from vedette.findings.query import Sort, SortField
from vedette.model.filter import Filter
from vedette.store import schema
from vedette.store.bounds import Bounds, bounds_of
from vedette.store.columns import ExactText, hidden, kept
from vedette.store.finding_rows import place_of
from vedette.store.paging import Place
from vedette.store.schema import HEAD
from vedette.store.text_tests import raw

_table = schema.findings
_NAMES: Mapping[SortField, str] = {
    SortField.ACCOUNT_ID: "account",
    SortField.FINDING_ID: "id",
    SortField.SEVERITY: "severity_rank",
}


class Segment(msgspec.Struct, frozen=True):
    """A part of an order: the findings with a value, or those without one; from the start, or behind a place."""

    name: str
    descending: bool
    missing: bool
    place: Place | None
    bounds: Bounds = Bounds()

    def behind(self, place: Place) -> "Segment":
        """What of it comes behind a place in it."""
        return msgspec.structs.replace(self, place=place)

    def value(self, rows: FromClause) -> ColumnElement[Any]:
        """What rows are sorted by."""
        column = rows.c[self.name]
        return schema.head(column) if self.name in schema.LONG else column

    def walk(self, query: Select[Any], count: int) -> Select[Any]:
        """The first of the segment, by the index."""
        return self.ordered(query.where(self._range(hide=False)), _table).limit(count)

    def sort(self, query: Select[Any], count: int) -> Select[Any]:
        """The first of the segment, by sorting what passes: the index must not be walked to its end."""
        keys = [_hidden(key) for key in self._keys(_table)]
        query = query.where(self._range(hide=True))
        return query.order_by(*map(self._directed, keys)).limit(count)

    def ordered(self, query: Select[Any], rows: FromClause) -> Select[Any]:
        """In the order."""
        return query.order_by(*map(self._directed, self._keys(rows)))

    def _keys(self, rows: FromClause) -> list[ColumnElement[Any]]:
        if self.missing or self.name == "id":
            return [rows.c.id]
        return [self.value(rows), rows.c.place, rows.c.id]

    def _directed(self, key: ColumnElement[Any]) -> ColumnElement[Any]:
        return key.desc() if self.descending else key.asc()

    def _range(self, *, hide: bool) -> ColumnElement[bool]:
        column = _table.c[self.name]
        within = () if hide else self._within()
        there = and_(column.is_(None) if self.missing else column.is_not(None), *within)
        if self.place is None:
            return there
        keys = self._keys(_table)
        past = tuple_(*[_hidden(key) for key in keys] if hide else keys)
        here = self._here(self.place)
        return and_(there, past < here if self.descending else past > here)

    def _within(self) -> Iterator[ColumnElement[bool]]:
        value = self.value(_table)
        if self.bounds.lower is not None:
            yield value >= self._end(self.bounds.lower)
        if self.bounds.upper is not None:
            yield value <= self._end(self.bounds.upper)

    def _end(self, bound: float | str) -> Any:
        if isinstance(bound, str):
            return raw(kept(bound)[:HEAD] if self.name in schema.LONG else kept(bound))
        return bound

    def _here(self, place: Place) -> tuple[Any, ...]:
        if self.missing or self.name == "id":
            return (place.identifier,)
        return place.value, _order(place.identifier), place.identifier


def column_of(sort: Sort) -> str:
    """The name of the column that findings are sorted by."""
    return _NAMES.get(sort.field, sort.field.value)


def segments(sort: Sort, place: Place | None, condition: Filter | None = None) -> Iterator[Segment]:
    """What comes behind a place, and may pass a filter."""
    name, bounds = column_of(sort), bounds_of(condition, sort)
    if place is None or place.value is not None:
        yield Segment(name, sort.descending, missing=False, place=place, bounds=bounds)
    if _table.c[name].nullable and bounds == Bounds():
        behind = place if place is not None and place.value is None else None
        yield Segment(name, descending=False, missing=True, place=behind)


def _order(identifier: str) -> int:
    """The place of an id that a token names; of one that is none, any."""
    try:
        return place_of(identifier)
    except ValueError:
        return 0


def _hidden(key: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, which no index has."""
    if isinstance(key.type, ExactText | String):
        return hidden(key)
    return key + 0
