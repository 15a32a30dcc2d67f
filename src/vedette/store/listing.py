"""Lists of findings, page by page.

A page is looked for in two ways. First among the next few thousand findings in the order, which an index gives: where many
pass, the page is full at once. Where few pass, they are found by what they have, and sorted. The first takes the same time
however many there are, the second is only for few (docs/adr/0105-lists-in-two-ways.md).
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    any_,
    bindparam,
    func,
    null,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.visitors import iterate

from vedette.findings.ports import FindingPage
from vedette.findings.query import Sort, passes
from vedette.model.filter import Filter
from vedette.model.finding import Finding
from vedette.model.resource import Resource
from vedette.store import schema
from vedette.store.bounds import bounds_of
from vedette.store.codec import unpack_value
from vedette.store.columns import unkept
from vedette.store.database import Database
from vedette.store.filters import TooLargeError, condition_of
from vedette.store.order import SORTED_BY, Segment, column_of, segments, sorting_column
from vedette.store.paging import Place, place_of, question_of, token
from vedette.store.pieces import among
from vedette.store.statements import Statement, statement_of

_table = schema.findings
_values = schema.finding_values
_NEAR = 400
"""Findings that SQLite looks at in their order, at first: where most pass, that is a page."""
_WALKED = 3000
"""Those that are looked at next, by PostgreSQL at first."""
_FARTHEST = 20_000
"""Those that are looked at where enough of the first have passed to expect a full page among so many."""
_CHUNK = 500  # findings held at a time
_KEPT = 256
"""Lists whose statements are kept."""
_LARGEST = 8192
"""Bytes of a filter, and characters of a statement, that are kept."""
_MOST = 16
"""Statements of a list that are kept: there are few unless pages of every length are asked for."""

_VALUED = select(_values.c.number, _values.c.value)
_OF_ARRAY = _VALUED.where(_values.c.number == any_(bindparam("numbers", type_=ARRAY(BigInteger))))
_OF_JSON = _VALUED.where(
    _values.c.number.in_(
        select(func.json_each(bindparam("numbers", type_=String)).table_valued("value").c.value)
    )
)
"""One parameter, however many numbers."""

_Found = tuple[Finding, Row[Any]]


class Listings:
    """Lists that were asked for lately, with their statements."""

    def __init__(self, database: Database) -> None:
        self._new = partial(Listing, database)
        self._kept = lru_cache(maxsize=_KEPT)(self._new)

    def of(self, condition: Filter | None, sort: Sort) -> "Listing":
        """A list; the same one again, unless its filter is large."""
        try:
            small = len(msgspec.msgpack.encode(condition)) <= _LARGEST
        except UnicodeEncodeError:  # a filter may hold text that has no UTF-8
            small = False
        return self._kept(condition, sort) if small else self._new(condition, sort)


class Listing:
    """The findings that pass a filter, in an order."""

    def __init__(self, database: Database, condition: Filter | None, sort: Sort) -> None:
        self._database = database
        self._condition = condition
        self._sort = sort
        self._question = question_of(condition, sort)
        self._bounds = bounds_of(condition, sort)
        self._dense = True  # until fewer pass
        self._statements: dict[Hashable, Statement] = {}

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
        value = unkept(last.sorted_by) if isinstance(last.sorted_by, str) else last.sorted_by
        place = Place(question=self._question, value=value, number=last.number)
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
            for segment in segments(self._sort, place, self._bounds):
                rows += self._rows(connection, segment, wanted - len(rows))
                if len(rows) == wanted:
                    break
            values = _by_number(connection, [row.number for row in rows])
        # a row without a value has been removed meanwhile
        return [
            (unpack_value(values[row.number], Finding), row) for row in rows if row.number in values
        ]

    def _rows(self, connection: Connection, segment: Segment, wanted: int) -> Sequence[Row[Any]]:
        condition = self._condition
        if condition is None:
            return self._asked(
                connection, segment, "walk", wanted, lambda: segment.walk([_table.c.number], wanted)
            )
        rows = self._walked(connection, segment, condition, wanted)
        if rows is not None:
            return rows

        def sorting() -> Select[Any]:
            listed = connection.dialect.name == "sqlite"
            passing = condition_of(condition, listed=listed)
            return segment.sort([_table.c.number], passing, wanted)

        return self._asked(connection, segment, "sort", wanted, sorting)

    def _walked(
        self, connection: Connection, segment: Segment, condition: Filter, wanted: int
    ) -> Sequence[Row[Any]] | None:
        """What passes among the first; None where that is not enough, and there are more."""
        length = self._beginning(connection, wanted)

        def walking() -> Select[Any]:
            first = segment.walk(list(_columns(condition)), length).subquery()
            passing = condition_of(condition, first, singly=connection.dialect.name == "postgresql")
            query = select(first.c.number, first.c[SORTED_BY]).where(passing)
            return segment.ordered(query, first).limit(wanted)

        def going_on() -> Select[Any]:
            return segment.walk([_table.c.number], 1).offset(length)

        while True:
            rows = self._asked(connection, segment, "passing", (length, wanted), walking)
            if len(rows) == wanted:
                return rows
            if not self._asked(connection, segment, "more", length, going_on):
                return rows
            following = _further(length, wanted, len(rows))
            if following is None:
                return None
            length, self._dense = following, False

    def _beginning(self, connection: Connection, wanted: int) -> int:
        """How many are looked at, at first."""
        near = (
            self._dense and connection.dialect.name == "sqlite"
        )  # another statement costs it little
        return min(_WALKED, max(_NEAR, wanted)) if near else _WALKED

    def _asked(
        self,
        connection: Connection,
        segment: Segment,
        name: str,
        numbers: Hashable,
        make: Callable[[], Select[Any]],
    ) -> Sequence[Row[Any]]:
        """The answer to a statement; it is made when it is first asked."""
        key = name, numbers, segment.missing, segment.place is None
        statement = self._statements.get(key)
        if statement is None:
            statement = statement_of(connection, make())
            if len(statement.text) <= _LARGEST and len(self._statements) < _MOST:
                self._statements[key] = statement
        return statement.rows(connection, segment.given)

    def _by_python(self, place: Place | None) -> Iterator[_Found]:
        """For filters that are too large for an engine."""
        for segment in segments(self._sort, place, self._bounds):
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


def _further(length: int, wanted: int, passed: int) -> int | None:
    """How many are looked at next; None where that does not pay."""
    if length < _WALKED:
        return _WALKED
    # twice as far as it takes if as many pass everywhere
    needed = 2 * length * wanted // max(passed, 1)
    return None if length > _WALKED or needed > _FARTHEST else needed


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
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_OF_ARRAY, {"numbers": numbers})
    else:
        rows = connection.execute(_OF_JSON, {"numbers": str(numbers)})
    return dict(map(tuple, rows.all()))
