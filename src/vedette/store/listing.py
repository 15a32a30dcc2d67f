"""Lists of findings, page by page.

A page is looked for in two ways. First among the next few thousand findings in the order, which an index gives: where many
pass, the page is full at once. Where few pass, they are found by what they have, and sorted. The first takes the same time
however many there are, the second is only for few (docs/adr/0105-lists-in-two-ways.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, null, select, type_coerce
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
from vedette.store.order import SORTED_BY, Segment, column_of, segments, sorting_column
from vedette.store.paging import Place, place_of, question_of, token
from vedette.store.pieces import among

_table = schema.findings
_values = schema.finding_values
_WALKED = 3000
"""Findings that are looked at in their order, at first."""
_FARTHEST = 20_000
"""Those that are looked at where enough of the first have passed to expect a full page among so many."""
_CHUNK = 500  # findings held at a time

_Found = tuple[Finding, Row[Any]]


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
        kind = sorting_column(column_of(self._sort)).type.python_type
        place = None if after is None else place_of(after, self._question, kind)
        found = self._found(place, limit + 1)
        if len(found) <= limit:
            return FindingPage(findings=tuple(finding for finding, _ in found))
        _, last = found[limit - 1]
        place = Place(question=self._question, value=last.sorted_by, number=last.number)
        return FindingPage(
            findings=tuple(finding for finding, _ in found[:limit]), next=token(place)
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
            values = _by_number(connection, [row.number for row in rows])
        # a row without a value has been removed meanwhile
        return [
            (unpack_value(values[row.number], Finding), row) for row in rows if row.number in values
        ]

    def _rows(self, connection: Connection, segment: Segment, wanted: int) -> Sequence[Row[Any]]:
        if self._condition is None:
            return connection.execute(segment.walk([_table.c.number], wanted)).all()
        rows = self._walked(connection, segment, self._condition, wanted)
        if rows is not None:
            return rows
        listed = connection.dialect.name == "sqlite"
        passing = condition_of(self._condition, listed=listed)
        return connection.execute(segment.sort([_table.c.number], passing, wanted)).all()

    def _walked(
        self, connection: Connection, segment: Segment, condition: Filter, wanted: int
    ) -> Sequence[Row[Any]] | None:
        """What passes among the first; None where that is not enough, and there are more."""
        length, singly = _WALKED, connection.dialect.name == "postgresql"
        looked_at = list(_columns(condition))
        while True:
            first = segment.walk(looked_at, length).subquery()
            passing = condition_of(condition, first, singly=singly)
            query = select(first.c.number, first.c[SORTED_BY]).where(passing)
            rows = connection.execute(segment.ordered(query, first).limit(wanted)).all()
            if len(rows) == wanted:
                return rows
            more = segment.walk([_table.c.number], 1).offset(length)
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
            query = segment.walk([_table.c.number, _table.c.resource], _CHUNK)
            with self._database.reading() as connection:
                rows = connection.execute(query).all()
                pairs = _whole(connection, rows)
            for row in rows:
                pair = pairs.get(row.number)
                if pair and (self._condition is None or passes(self._condition, *pair)):
                    yield pair[0], row
            if len(rows) < _CHUNK:
                return
            last = Place(question="", value=rows[-1].sorted_by, number=rows[-1].number)
            segment = segment.behind(last)


def _columns(condition: Filter) -> Iterator[ColumnElement[Any]]:
    """What a walk reads of each row, and nothing in the place of the rest: for SQLite, every column is work."""
    rows = _table.alias()
    passing = condition_of(condition, rows)
    asked = {
        part.key for part in iterate(passing) if isinstance(part, Column) and part.table is rows
    }
    for one in _table.columns:
        read = one.key in asked or one.key == "number"
        yield one if read else type_coerce(null(), one.type).label(one.key)


def _whole(
    connection: Connection, rows: Sequence[Row[Any]]
) -> Mapping[int, tuple[Finding, Resource | None]]:
    table, owners = schema.resources, schema.finding_resources
    values = _by_number(connection, [row.number for row in rows])
    resources: dict[int, Resource] = {}
    for some in among(connection, owners.c.id, sorted({row.resource for row in rows})):
        query = select(owners.c.id, table.c.value).where(table.c.ref == owners.c.ref, some)
        found = connection.execute(query)
        resources.update((row.id, unpack_value(row.value, Resource)) for row in found)
    return {
        row.number: (unpack_value(values[row.number], Finding), resources.get(row.resource))
        for row in rows
        if row.number in values
    }


def _by_number(connection: Connection, numbers: Sequence[int]) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    for some in among(connection, _values.c.number, numbers):
        rows = connection.execute(select(_values.c.number, _values.c.value).where(some))
        found.update((row[0], row[1]) for row in rows)
    return found
