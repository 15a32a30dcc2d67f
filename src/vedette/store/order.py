"""The orders of findings in SQL: `vedette.findings.query.ordered` in the engine's language.

An order has up to two segments: the findings that have a value, and those that have none. Each is walked by an index, or sorted.
Findings that are equal go by number, which is what they came in. What findings share with others is walked by the index of the
table that has it, and by the findings of each of its rows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    cast,
    null,
    select,
    tuple_,
)

from vedette.findings.query import Sort, SortField
from vedette.store import schema
from vedette.store.bounds import Bounds
from vedette.store.columns import ExactText, hidden, kept
from vedette.store.paging import Place
from vedette.store.schema import HEAD, SHARED
from vedette.store.text_tests import raw

_table = schema.findings
_NAMES: Mapping[SortField, str] = {
    SortField.ACCOUNT_ID: "account",
    SortField.FINDING_ID: "id",
    SortField.SEVERITY: "severity_rank",
}
SORTED_BY = "sorted_by"
"""What the value of the order is called in selections."""
_VALUE, _NUMBER = "place_value", "place_number"


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

    @property
    def given(self) -> Mapping[str, Any]:
        """The values of its statements that are the place's: all places behind which it begins have the same ones."""
        return {} if self.place is None else {_VALUE: self.place.value, _NUMBER: self.place.number}

    def walk(self, columns: list[ColumnElement[Any]], count: int) -> Select[Any]:
        """The first of the segment, by the index."""
        query = self._selected(columns).where(self._range(hide=False))
        return query.order_by(*map(self._directed, self._keys())).limit(count)

    def sort(
        self, columns: list[ColumnElement[Any]], passing: ColumnElement[bool], count: int
    ) -> Select[Any]:
        """The first of the segment, by sorting what passes: the index must not be walked to its end."""
        query = self._selected(columns).where(self._range(hide=True), passing)
        keys = map(_hidden, self._keys())
        return query.order_by(*map(self._directed, keys)).limit(count)

    def ordered(self, query: Select[Any], rows: FromClause) -> Select[Any]:
        """Rows of a walk, in the order."""
        keys = [rows.c.number] if self.missing else [rows.c[SORTED_BY], rows.c.number]
        return query.order_by(*map(self._directed, keys))

    def _selected(self, columns: list[ColumnElement[Any]]) -> Select[Any]:
        value = self._value()
        shown = cast(null(), value.type) if self.missing else value
        query = select(*columns, shown.label(SORTED_BY))
        if self.name not in SHARED:
            return query.select_from(_table)
        table, column = SHARED[self.name]
        return query.select_from(table.join(_table, column == table.c.id))

    def _value(self) -> ColumnElement[Any]:
        """What findings are sorted by."""
        column = sorting_column(self.name)
        return schema.head(column) if self.name in schema.LONG else column

    def _keys(self) -> list[ColumnElement[Any]]:
        if self.missing:
            return [_table.c.number]
        return [self._value(), _table.c.number]

    def _directed(self, key: ColumnElement[Any]) -> ColumnElement[Any]:
        return key.desc() if self.descending else key.asc()

    def _range(self, *, hide: bool) -> ColumnElement[bool]:
        column = sorting_column(self.name)
        within = () if hide else self._within()
        there = and_(column.is_(None) if self.missing else column.is_not(None), *within)
        if self.place is None:
            return there
        keys = self._keys()
        past = tuple_(*[_hidden(key) for key in keys] if hide else keys)
        here = self._here(keys, self.place)
        if self.name in SHARED and not self.missing and not hide:
            # no index has both
            there = and_(there, keys[0] <= here[0] if self.descending else keys[0] >= here[0])
        behind = tuple_(*here)
        return and_(there, past < behind if self.descending else past > behind)

    def _within(self) -> Iterator[ColumnElement[bool]]:
        value = self._value()
        if self.bounds.lower is not None:
            yield value >= self._end(self.bounds.lower)
        if self.bounds.upper is not None:
            yield value <= self._end(self.bounds.upper)

    def _end(self, bound: float | str) -> Any:
        if isinstance(bound, str):
            return raw(kept(bound)[:HEAD] if self.name in schema.LONG else kept(bound))
        return bound

    def _here(self, keys: list[ColumnElement[Any]], place: Place) -> tuple[Any, ...]:
        number = bindparam(_NUMBER, place.number, BigInteger())
        if self.missing:
            return (number,)
        return bindparam(_VALUE, place.value, keys[0].type), number


def sorting_column(name: str) -> Column[Any]:
    """The column of a name, wherever it is."""
    return SHARED[name][0].c[name] if name in SHARED else _table.c[name]


def column_of(sort: Sort) -> str:
    """The name of the column that findings are sorted by."""
    return _NAMES.get(sort.field, sort.field.value)


def segments(sort: Sort, place: Place | None, bounds: Bounds) -> Iterator[Segment]:
    """What comes behind a place, and lies within bounds."""
    name = column_of(sort)
    if place is None or place.value is not None:
        yield Segment(name, sort.descending, missing=False, place=place, bounds=bounds)
    if sorting_column(name).nullable and bounds == Bounds():
        behind = place if place is not None and place.value is None else None
        yield Segment(name, descending=False, missing=True, place=behind)


def _hidden(key: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, which no index has."""
    if isinstance(key.type, ExactText | String):
        return hidden(key)
    return key + 0
