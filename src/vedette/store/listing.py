"""Lists of findings, page by page.

A page is looked for in two ways. First among the next few thousand findings in the order, which an index gives: where many
pass, the page is full at once. Where few pass, they are found by what they have, and sorted. The first takes the same time
however many there are, the second is only for few (docs/adr/0105-lists-in-two-ways.md).
"""

from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    null,
    select,
    type_coerce,
)
from sqlalchemy.sql.visitors import iterate

from vedette.findings.ports import FindingPage
from vedette.findings.query import Sort, passes
from vedette.model.filter import Filter
from vedette.model.finding import Finding
from vedette.model.resource import Resource
from vedette.store import schema
from vedette.store.codec import unpack_value
from vedette.store.database import Database
from vedette.store.filters import TooLargeError, condition_of
from vedette.store.order import Segment, column_of, segments
from vedette.store.paging import Place, Value, place_of, question_of, token
from vedette.store.pieces import chunks

_table = schema.findings
_values = schema.finding_values
_WALKED = 3000
"""Findings that are looked at in their order, at first."""
_FARTHEST = 20_000
"""Those that are looked at where enough of the first have passed to expect a full page among so many."""
_CHUNK = 500  # findings held at a time

_Found = tuple[Finding, Value]


class Listing:
    """The findings that pass a filter, in an order."""

    def __init__(self, database: Database, condition: Filter | None, sort: Sort) -> None:
        self._database = database
        self._condition = condition
        self._sort = sort
        self._question = question_of(condition, sort)

    def page(self, limit: int, after: str | None) -> FindingPage:
        """The page after a token.

        Raises:
            ConfigError: where `after` is not a token of this list.
        """
        kind = _table.c[column_of(self._sort)].type.python_type
        place = None if after is None else place_of(after, self._question, kind)
        found = self._found(place, limit + 1)
        if len(found) <= limit:
            return FindingPage(findings=tuple(finding for finding, _ in found))
        last, value = found[limit - 1]
        return FindingPage(
            findings=tuple(finding for finding, _ in found[:limit]),
            next=token(Place(question=self._question, value=value, identifier=last.id)),
        )

    def _found(self, place: Place | None, wanted: int) -> list[_Found]:
        try:
            return self._by_engine(place, wanted)
        except TooLargeError:
            found = self._by_python(place)
            return [one for one, _ in zip(found, range(wanted), strict=False)]

    def _by_engine(self, place: Place | None, wanted: int) -> list[_Found]:
        rows: list[Row[Any]] = []
        with self._database.reading() as connection:
            for segment in segments(self._sort, place, self._condition):
                rows += self._rows(connection, segment, wanted - len(rows))
                if len(rows) == wanted:
                    break
            values = _by_key(connection, _values.c.id, _values.c.value, {row.id for row in rows})
        # a row without a value has been removed meanwhile
        return [
            (unpack_value(values[row.id], Finding), row.sorted_by)
            for row in rows
            if row.id in values
        ]

    def _rows(self, connection: Connection, segment: Segment, wanted: int) -> Sequence[Row[Any]]:
        plain = _selected(segment, _table)
        if self._condition is None:
            return connection.execute(segment.walk(plain, wanted)).all()
        rows = self._walked(connection, segment, self._condition, wanted)
        if rows is not None:
            return rows
        listed = connection.dialect.name == "sqlite"
        chosen = plain.where(condition_of(self._condition, listed=listed))
        return connection.execute(segment.sort(chosen, wanted)).all()

    def _walked(
        self, connection: Connection, segment: Segment, condition: Filter, wanted: int
    ) -> Sequence[Row[Any]] | None:
        """What passes among the first; None where that is not enough, and there are more."""
        length, singly = _WALKED, connection.dialect.name == "postgresql"
        looked_at = select(*_columns(condition, segment.name))
        while True:
            first = segment.walk(looked_at, length).subquery()
            passing = condition_of(condition, first, singly=singly)
            query = _selected(segment, first).where(passing)
            rows = connection.execute(segment.ordered(query, first).limit(wanted)).all()
            if len(rows) == wanted:
                return rows
            more = segment.walk(select(_table.c.id), 1).offset(length)
            if connection.execute(more).first() is None:
                return rows
            # twice as far as it takes if as many pass everywhere
            needed = 2 * length * wanted // max(len(rows), 1)
            if length > _WALKED or needed > _FARTHEST:
                return None
            length = needed

    def _by_python(self, place: Place | None) -> Iterator[_Found]:
        """For filters that are too large for an engine."""
        for segment in segments(self._sort, place, self._condition):
            yield from self._passing(segment)

    def _passing(self, segment: Segment) -> Iterator[_Found]:
        while True:
            query = segment.walk(_selected(segment, _table), _CHUNK)
            with self._database.reading() as connection:
                rows = connection.execute(query).all()
                pairs = _whole(connection, rows)
            for row in rows:
                pair = pairs.get(row.id)
                if pair and (self._condition is None or passes(self._condition, *pair)):
                    yield pair[0], row.sorted_by
            if len(rows) < _CHUNK:
                return
            last = Place(question="", value=rows[-1].sorted_by, identifier=rows[-1].id)
            segment = segment.behind(last)


def _columns(condition: Filter, name: str) -> Iterator[ColumnElement[Any]]:
    """What a walk reads of each row, and nothing in the place of the rest: for SQLite, every column is work."""
    passing = condition_of(condition, _table.alias())
    asked = {part.key for part in iterate(passing) if isinstance(part, Column)}
    for one in _table.columns:
        read = one.key in asked or one.key in ("id", "place", "ref", name)
        yield one if read else type_coerce(null(), one.type).label(one.key)


def _selected(segment: Segment, rows: FromClause) -> Select[Any]:
    return select(rows.c.id, rows.c.ref, segment.value(rows).label("sorted_by"))


def _whole(
    connection: Connection, rows: Sequence[Row[Any]]
) -> Mapping[str, tuple[Finding, Resource | None]]:
    table = schema.resources
    values = _by_key(connection, _values.c.id, _values.c.value, {row.id for row in rows})
    packed = _by_key(connection, table.c.ref, table.c.value, {row.ref for row in rows})
    resources = {ref: unpack_value(value, Resource) for ref, value in packed.items()}
    return {
        row.id: (unpack_value(values[row.id], Finding), resources.get(row.ref))
        for row in rows
        if row.id in values
    }


def _by_key(
    connection: Connection, key: Column[str], value: Column[bytes], wanted: AbstractSet[str]
) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for some in chunks(sorted(wanted)):
        rows = connection.execute(select(key, value).where(key.in_(some)))
        found.update((row[0], row[1]) for row in rows)
    return found
