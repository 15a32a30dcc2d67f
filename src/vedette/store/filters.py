"""A filter of findings as a condition in SQL: `vedette.findings.query.passes` in the engine's language.

A condition is true or false for every row, never NULL, so that it can be turned round. It is about any selection that has the
columns of the findings table, so that it can be asked of the first thousand rows of an order alone.
"""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    any_,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from vedette.model.filter import (
    All,
    Any as AnyOf,
    Filter,
    Not,
    Number,
    NumberField,
    PackageMatch,
    Ports,
    Tagged,
    Text,
    TextField,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.model.resource import ResourceType
from vedette.model.severity import Severity
from vedette.store import schema
from vedette.store.codec import micros
from vedette.store.columns import ExactText, can_be_kept, hidden
from vedette.store.filter_columns import (
    COLUMNS,
    NUMBERS,
    RARE_ANSWERS,
    TIMES,
    WORDS,
    between,
    lists_of,
    passes,
    span,
)
from vedette.store.finding_rows import OF_SEVERAL
from vedette.store.layers import in_layers
from vedette.store.resource_rows import TAG, tag_text
from vedette.store.schema import LONG, SHARED, rare
from vedette.store.text_tests import Start, compared, computed, raw, stored

_MOST_PARTS = 200
"""SQLite takes expressions 1,000 deep; a larger filter is decided in Python."""
_MOST_VALUES = 10_000
"""SQLite takes 32,766 parameters."""

_TELLING = frozenset({TextField.COMPONENT_ID, TextField.RELATED_VULNERABILITY})
"""Fields of which a value is that of few findings."""
_Condition = ColumnElement[bool]


class TooLargeError(Exception):
    """The filter has more parts than an engine takes."""


def condition_of(
    wanted: Filter,
    rows: FromClause = schema.findings,
    *,
    listed: bool = False,
    singly: bool = False,
) -> _Condition:
    """The condition on rows that have the columns of the findings table.

    Args:
        wanted: the filter.
        rows: what it is about.
        listed: what other tables say is a list that rows are looked up by, instead of a question about each row. SQLite
            does as it is told, PostgreSQL as it thinks best.
        singly: they are asked about each row, whatever PostgreSQL thinks: it does not see that few rows will be.

    Raises:
        TooLargeError: where only Python can decide.
    """
    if _parts(wanted) > _MOST_PARTS:
        raise TooLargeError
    return _Translation(rows, listed=listed, singly=singly).of(wanted)


def _parts(wanted: Filter) -> int:
    match wanted:
        case All(parts=parts):
            return 1 + sum(map(_parts, parts))
        case AnyOf(parts=parts):
            lists, rest = lists_of(parts)
            if any(len(values) > _MOST_VALUES for values in lists.values()):
                return _MOST_PARTS + 1
            return 1 + len(lists) + sum(map(_parts, rest))
        case Not(part=part):
            return 1 + _parts(part)
        case Text() | Number() | Time() | Ports() | Tagged() | PackageMatch():  # pragma: no branch
            return 1


class _Translation:
    """Conditions on one selection of rows."""

    def __init__(
        self,
        rows: FromClause,
        *,
        listed: bool = False,
        singly: bool = False,
        turned: bool = False,
    ) -> None:
        self._from = rows
        self._rows = rows.c
        self._turned = turned
        self._listed = listed
        self._singly = singly
        self._whole = rows is schema.findings

    def _opposite(self) -> "_Translation":
        """For what is turned round: not being in an array is found out entry by entry."""
        return _Translation(self._from, listed=self._listed, singly=self._singly, turned=True)

    def of(self, wanted: Filter) -> _Condition:
        match wanted:
            case All(parts=parts):
                return and_(true(), *map(self.of, parts))
            case AnyOf(parts=parts):
                return self._any(parts)
            case Not(part=part):
                return ~self._opposite().of(part)
            case Text() | Number() | Time():
                return self._field(wanted)
            case Ports(begin=begin, end=end):
                first, last = self._rows.port_begin, self._rows.port_end
                return and_(first.is_not(None), first >= begin, last <= end)
            case Tagged(key=key, value=value):
                operator = TextOperator.PREFIX if value is None else TextOperator.EQUALS
                test = TextTest(operator=operator, value=tag_text(key, value or ""))
                return self.of_resource(TAG, test)
            case PackageMatch():  # pragma: no branch
                return self._package(wanted)

    def _any(self, parts: Sequence[Filter]) -> _Condition:
        lists, rest = lists_of(parts)
        listed = [self._one_of(field, values) for field, values in lists.items()]
        return or_(false(), *listed, *map(self.of, rest))

    def _one_of(self, field: TextField, values: Sequence[str]) -> _Condition:
        known = sorted(set(values))
        if field in WORDS:
            return self._words(field, [word for word in WORDS[field] if word in known])
        name = COLUMNS[field]

        def test(column: ColumnElement[Any]) -> _Condition:
            if name not in LONG:
                return and_(column.is_not(None), column.in_(known))
            start = computed(column)
            heads = sorted({start.of(value) for value in known})
            listed = start.column.in_(map(raw, heads))
            return and_(column.is_not(None), listed, hidden(column).in_(known))

        return self._of_column(name, test)

    def _field(self, wanted: Text | Number | Time) -> _Condition:
        match wanted:
            case Text(field=field, test=test):
                return self._text(field, test)
            case Number(field=field, lower=lower, upper=upper):
                return self._amount(field, NUMBERS.get(field), lower, upper)
            case Time(field=field, start=start, end=end):  # pragma: no branch
                first = None if start is None else micros(start)
                last = None if end is None else micros(end)
                return self._amount(field, TIMES.get(field), first, last)

    def _text(self, field: TextField, test: TextTest) -> _Condition:
        if not can_be_kept(test.value):
            return true() if test.operator is TextOperator.NOT_EQUALS else false()
        if field in COLUMNS:
            return self._column(field, test)
        if field is TextField.FINDING_ARN:
            return self._arn(test)
        if field is TextField.CLOUD_PROVIDER:
            return self._provider(test)
        if field in OF_SEVERAL:
            return self._of_finding(field, test)
        return self.of_resource(field, test)

    def _column(self, field: TextField, test: TextTest) -> _Condition:
        name = COLUMNS[field]
        if field in WORDS:
            listed = self._words(field, [word for word in WORDS[field] if passes(word, test)])
            nullable = schema.findings.c[name].nullable
            if test.operator is TextOperator.NOT_EQUALS and nullable:
                return or_(self._rows[name].is_(None), listed)
            return listed
        if name not in self._rows and test.operator is TextOperator.NOT_EQUALS:
            same = TextTest(operator=TextOperator.EQUALS, value=test.value)
            return self.of(Not(part=Text(field=field, test=same)))
        return self._of_column(
            name,
            lambda column: compared(
                column, test, self._start(computed(column)) if name in LONG else None
            ),
        )

    def _words(self, field: TextField, passing: Sequence[StrEnum]) -> _Condition:
        column = self._rows[COLUMNS[field]]
        if field is TextField.SEVERITY:
            return column.in_([Severity(word).rank for word in passing])
        listed = and_(column.is_not(None), column.in_(passing))
        few = bool(passing) and RARE_ANSWERS.get(field, frozenset()).issuperset(passing)
        return and_(listed, rare(column)) if few else listed

    def _of_column(self, name: str, test: Callable[[ColumnElement[Any]], _Condition]) -> _Condition:
        """A column passes a test, wherever it is."""
        if name in self._rows:
            return test(self._rows[name])
        shared, row = SHARED[name]
        table = shared.alias()
        found = select(table.c.id).where(test(table.c[name]))
        few = name in ("resource_id", "title", "vulnerability_id")
        return self._among(self._rows[row.key], found, table.c.id, few=few)

    def _provider(self, test: TextTest) -> _Condition:
        """All are of AWS, but those of the machine itself, which have no provider."""
        missing = test.operator is TextOperator.NOT_EQUALS
        passing = [
            kind
            for kind in ResourceType
            if (missing if kind is ResourceType.LOCAL else passes("AWS", test))
        ]
        return self._rows.resource_type.in_(passing)

    def _arn(self, test: TextTest) -> _Condition:
        """The ARN is made of columns; its id alone is looked up."""
        owners = schema.finding_resources.alias()  # an order may have the table itself
        row: dict[str, ColumnElement[str]] = {
            "partition": owners.c.partition,
            "region": owners.c.region,
            "account": owners.c.account,
            "id": self._rows.id,
        }
        arn: ColumnElement[str] = literal("", ExactText)
        parts = ("arn:", "partition", ":inspector2:", "region", ":", "account", ":finding/", "id")
        for place, part in enumerate(parts):
            arn = arn + (row[part] if place % 2 else literal(part, ExactText))
        there = and_(owners.c.region.is_not(None), owners.c.account.is_not(None))
        mine = owners.c.id == self._rows.resource
        if test.operator is TextOperator.EQUALS:
            identifier = test.value.rpartition("/")[2]
            found = exists().where(mine, there, arn == test.value)
            return and_(self._rows.id == identifier, found)
        return exists().where(mine, compared(case((there, arn)), test))

    def _amount(
        self,
        field: NumberField | TimeField,
        name: str | None,
        lower: float | None,
        upper: float | None,
    ) -> _Condition:
        if any(end is not None and math.isnan(end) for end in (lower, upper)):
            return false()  # nothing compares with it
        if name is not None:
            return self._of_column(name, lambda column: between(column, lower, upper))
        table = schema.resource_amounts
        found = and_(table.c.field == field, between(table.c.amount, lower, upper))
        return self._of_owner(select(table.c.ref).where(found), table.c.ref)

    def _of_finding(self, field: TextField, test: TextTest) -> _Condition:
        table = schema.set_texts
        start = self._start(stored(table.c.head))

        if test.operator is TextOperator.NOT_EQUALS:
            same = TextTest(operator=TextOperator.EQUALS, value=test.value)
            return self.of(Not(part=Text(field=field, test=same)))
        query = select(table.c.text_set).where(table.c.field == field)
        query = query.where(compared(table.c.value, test, start))
        few = field in _TELLING
        return self._among(self._rows.text_set, query, table.c.text_set, few=few)

    def of_resource(self, field: str, test: TextTest) -> _Condition:
        table = schema.resource_texts
        start = self._start(stored(table.c.head))

        def found(one: TextTest) -> _Condition:
            query = select(table.c.ref).where(table.c.field == field)
            return self._of_owner(query.where(compared(table.c.value, one, start)), table.c.ref)

        if test.operator is not TextOperator.NOT_EQUALS or not self._whole:
            return _some(found, test)
        # of all findings: which resources pass, instead of which findings do not
        owners = schema.finding_resources.alias()  # an order may have the table itself
        passing = select(owners.c.id).where(_Translation(owners).of_resource(field, test))
        if self._listed:
            return self._rows.resource.in_(passing)
        listed = func.array(passing.scalar_subquery(), type_=ARRAY(BigInteger()))
        return self._rows.resource == any_(listed)

    def _of_owner(self, found: Select[Any], column: ColumnElement[Any]) -> _Condition:
        """The resource's name is among what another table says."""
        if "ref" in self._rows:
            return self._among(self._rows.ref, found, column)
        owners = schema.finding_resources.alias()  # an order may have the table itself
        query = found.with_only_columns(owners.c.id).where(owners.c.ref == column)
        return self._among(self._rows.resource, query, owners.c.id)

    def _start(self, start: Start) -> Start | None:
        """Not where rows are asked one by one: PostgreSQL would read all that begin so, for each."""
        return None if self._singly else start

    def _among(
        self,
        row: ColumnElement[Any],
        found: Select[Any],
        column: ColumnElement[Any],
        *,
        few: bool = False,
    ) -> _Condition:
        """A row's value is among what another table says; `few` are looked up by an index, wherever in the filter they are."""
        if self._listed:
            return row.in_(found)
        if few and self._whole and not self._turned:
            listed = func.array(found.scalar_subquery(), type_=ARRAY(BigInteger()))
            return row == any_(listed)
        single = found.where(column == row)
        return (single.offset(literal_column("0")) if self._singly else single).exists()

    def _package(self, wanted: PackageMatch) -> _Condition:
        links, packages = schema.finding_packages, schema.affected_packages
        tests = [
            compared(column, test, start)
            for column, test, start in (
                (packages.c.name, wanted.name, self._start(stored(packages.c.head))),
                (packages.c.version, wanted.version, None),
                (packages.c.release, wanted.release, None),
                (packages.c.arch, wanted.arch, None),
            )
            if test is not None
        ]
        places = schema.affected_places
        for column, test, start in (
            (places.c.path, wanted.path, self._start(stored(places.c.head))),
            (places.c.layer, wanted.layer, None),
        ):
            if test is not None:
                tests.append(_placed(column, test, start))
        if wanted.layer_arn is not None:
            tests.append(in_layers(links, wanted.layer_arn))
        if wanted.epoch is not None:
            tests.append(span(packages.c.epoch, wanted.epoch.lower, wanted.epoch.upper))
        query = select(links.c.finding)
        if tests:
            query = query.join(packages, packages.c.id == links.c.package).where(*tests)
        few = wanted.name is not None and wanted.name.operator is TextOperator.EQUALS
        return self._among(self._rows.number, query, links.c.finding, few=few)


def _some(found: Callable[[TextTest], _Condition], test: TextTest) -> _Condition:
    """One of several values passes, or none is equal."""
    if test.operator is not TextOperator.NOT_EQUALS:
        return found(test)
    return ~found(TextTest(operator=TextOperator.EQUALS, value=test.value))


def _placed(column: ColumnElement[str], test: TextTest, start: "Start | None") -> _Condition:
    places, packages = schema.affected_places, schema.affected_packages
    if not can_be_kept(test.value):
        return true() if test.operator is TextOperator.NOT_EQUALS else false()
    return _some(
        lambda one: exists().where(places.c.package == packages.c.id, compared(column, one, start)),
        test,
    )
