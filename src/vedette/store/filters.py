"""A filter of findings as a condition in SQL: `vedette.findings.query.passes` in the engine's language.

A condition is true or false for every row, never NULL, so that it can be turned round. It is about any selection that has the
columns of the findings table, so that it can be asked of the first thousand rows of an order alone.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
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

from vedette.findings.derived import Available, FindingType
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
from vedette.model.finding import FindingStatus
from vedette.model.network import Transport
from vedette.model.resource import ResourceType
from vedette.model.severity import Severity
from vedette.store import schema
from vedette.store.codec import micros
from vedette.store.columns import ExactText, can_be_kept, hidden
from vedette.store.finding_rows import OF_SEVERAL
from vedette.store.resource_rows import TAG, tag_text
from vedette.store.schema import LONG
from vedette.store.text_tests import Start, compared, computed, raw, stored

_MOST_PARTS = 200
"""SQLite takes expressions 1,000 deep; a larger filter is decided in Python."""
_MOST_VALUES = 10_000
"""SQLite takes 32,766 parameters."""

COLUMNS: Mapping[TextField, str] = {
    TextField.ACCOUNT_ID: "account",
    TextField.ECR_REGISTRY: "ecr_registry",
    TextField.ECR_REPOSITORY: "ecr_repository",
    TextField.EDGE: "edge",
    TextField.EXPLOIT_AVAILABLE: "exploit_available",
    TextField.FINDING_ID: "id",
    TextField.FIX_AVAILABLE: "fix_available",
    TextField.PROTOCOL: "protocol",
    TextField.REGION: "region",
    TextField.RESOURCE_ID: "resource_id",
    TextField.RESOURCE_TYPE: "resource_type",
    TextField.SEVERITY: "severity",
    TextField.STATUS: "status",
    TextField.SUPPRESSED_BY: "suppressed_by",
    TextField.TITLE: "title",
    TextField.TYPE: "type",
    TextField.VENDOR_SEVERITY: "vendor_severity",
    TextField.VULNERABILITY_ID: "vulnerability_id",
    TextField.VULNERABILITY_SOURCE: "vulnerability_source",
}
_WORDS: Mapping[TextField, tuple[StrEnum, ...]] = {
    TextField.EXPLOIT_AVAILABLE: tuple(Available),
    TextField.FIX_AVAILABLE: tuple(Available),
    TextField.PROTOCOL: tuple(Transport),
    TextField.RESOURCE_TYPE: tuple(ResourceType),
    TextField.SEVERITY: tuple(Severity),
    TextField.STATUS: tuple(FindingStatus),
    TextField.TYPE: tuple(FindingType),
}
"""Fields with few values: then a test is a list of those that pass it, which an index answers."""
_NUMBERS: Mapping[NumberField, str] = {
    NumberField.EPSS: "epss",
    NumberField.RISK: "risk",
    NumberField.SCORE: "score",
}
_TIMES: Mapping[TimeField, str] = {
    TimeField.ECR_PUSHED_AT: "ecr_pushed_at",
    TimeField.FIRST_OBSERVED_AT: "first_observed_at",
    TimeField.LAST_OBSERVED_AT: "last_observed_at",
    TimeField.UPDATED_AT: "updated_at",
}
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
            lists, rest = _lists(parts)
            if any(len(values) > _MOST_VALUES for values in lists.values()):
                return _MOST_PARTS + 1
            return 1 + len(lists) + sum(map(_parts, rest))
        case Not(part=part):
            return 1 + _parts(part)
        case Text() | Number() | Time() | Ports() | Tagged() | PackageMatch():  # pragma: no branch
            return 1


def _lists(parts: Sequence[Filter]) -> tuple[dict[TextField, list[str]], list[Filter]]:
    """The values that columns may equal, and the other parts of a disjunction."""
    lists: dict[TextField, list[str]] = {}
    rest: list[Filter] = []
    for part in parts:
        match part:
            case Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value)) if (
                field in COLUMNS and can_be_kept(value)
            ):
                lists.setdefault(field, []).append(value)
            case _:
                rest.append(part)
    return lists, rest


class _Translation:
    """Conditions on one selection of rows."""

    def __init__(self, rows: FromClause, *, listed: bool = False, singly: bool = False) -> None:
        self._rows = rows.c
        self._listed = listed
        self._singly = singly
        self._whole = rows is schema.findings

    def of(self, wanted: Filter) -> _Condition:
        match wanted:
            case All(parts=parts):
                return and_(true(), *map(self.of, parts))
            case AnyOf(parts=parts):
                return self._any(parts)
            case Not(part=part):
                return ~self.of(part)
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
        lists, rest = _lists(parts)
        listed = [self._one_of(field, values) for field, values in lists.items()]
        return or_(false(), *listed, *map(self.of, rest))

    def _one_of(self, field: TextField, values: Sequence[str]) -> _Condition:
        column = self._rows[COLUMNS[field]]
        known = sorted(set(values))
        if COLUMNS[field] not in LONG:
            return and_(column.is_not(None), column.in_(known))
        start = computed(column)
        heads = sorted({start.of(value) for value in known})
        return and_(
            column.is_not(None), start.column.in_(map(raw, heads)), hidden(column).in_(known)
        )

    def _field(self, wanted: Text | Number | Time) -> _Condition:
        match wanted:
            case Text(field=field, test=test):
                return self._text(field, test)
            case Number(field=field, lower=lower, upper=upper):
                return self._amount(field, _NUMBERS.get(field), lower, upper)
            case Time(field=field, start=start, end=end):  # pragma: no branch
                first = None if start is None else micros(start)
                last = None if end is None else micros(end)
                return self._amount(field, _TIMES.get(field), first, last)

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
        column = self._rows[COLUMNS[field]]
        if field in _WORDS:
            passing = [word for word in _WORDS[field] if _passes(word, test)]
            listed = and_(column.is_not(None), column.in_(passing))
            nullable = schema.findings.c[COLUMNS[field]].nullable
            if test.operator is TextOperator.NOT_EQUALS and nullable:
                return or_(column.is_(None), listed)
            return listed
        if COLUMNS[field] in LONG:
            return compared(column, test, computed(column))
        return compared(column, test)

    def _provider(self, test: TextTest) -> _Condition:
        """All are of AWS, but those of the machine itself, which have no provider."""
        missing = test.operator is TextOperator.NOT_EQUALS
        passing = [
            kind
            for kind in ResourceType
            if (missing if kind is ResourceType.LOCAL else _passes("AWS", test))
        ]
        return self._rows.resource_type.in_(passing)

    def _arn(self, test: TextTest) -> _Condition:
        """The ARN is made of columns; its id alone is looked up."""
        parts = ("arn:", "partition", ":inspector2:", "region", ":", "account", ":finding/", "id")
        arn: ColumnElement[str] = literal("", ExactText)
        for place, part in enumerate(parts):
            arn = arn + (self._rows[part] if place % 2 else literal(part, ExactText))
        there = and_(self._rows.region.is_not(None), self._rows.account.is_not(None))
        if test.operator is TextOperator.EQUALS:
            identifier = test.value.rpartition("/")[2]
            return and_(there, self._rows.id == identifier, arn == test.value)
        return compared(case((there, arn)), test)

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
            return _between(self._rows[name], lower, upper)
        table = schema.resource_amounts
        found = and_(table.c.field == field, _between(table.c.amount, lower, upper))
        return self._among(self._rows.ref, select(table.c.ref).where(found), table.c.ref)

    def _of_finding(self, field: TextField, test: TextTest) -> _Condition:
        table = schema.finding_texts
        start = stored(table.c.head)

        def found(one: TextTest) -> _Condition:
            query = select(table.c.finding).where(table.c.field == field)
            query = query.where(compared(table.c.value, one, start))
            return self._among(self._rows.number, query, table.c.finding)

        return _some(found, test)

    def of_resource(self, field: str, test: TextTest) -> _Condition:
        table = schema.resource_texts
        start = stored(table.c.head)

        def found(one: TextTest) -> _Condition:
            query = select(table.c.ref).where(table.c.field == field)
            query = query.where(compared(table.c.value, one, start))
            return self._among(self._rows.ref, query, table.c.ref)

        if test.operator is not TextOperator.NOT_EQUALS or not self._whole:
            return _some(found, test)
        # of all findings: which resources pass, instead of which findings do not
        owners = schema.finding_resources
        of_owner = _Translation(owners).of_resource(field, test)
        passing = select(owners.c.ref).where(of_owner)
        if self._listed:
            return self._rows.ref.in_(passing)
        listed = func.array(passing.scalar_subquery(), type_=ARRAY(schema.findings.c.ref.type))
        return self._rows.ref == any_(listed)

    def _among(
        self, row: ColumnElement[Any], found: Select[Any], column: ColumnElement[Any]
    ) -> _Condition:
        """A row's value is among what another table says."""
        if self._listed:
            return row.in_(found)
        single = found.where(column == row)
        return (single.offset(literal_column("0")) if self._singly else single).exists()

    def _package(self, wanted: PackageMatch) -> _Condition:
        links, packages = schema.finding_packages, schema.affected_packages
        tests = [
            compared(column, test, start)
            for column, test, start in (
                (packages.c.name, wanted.name, stored(packages.c.head)),
                (packages.c.version, wanted.version, None),
                (packages.c.release, wanted.release, None),
                (packages.c.arch, wanted.arch, None),
            )
            if test is not None
        ]
        places = schema.affected_places
        for column, test, start in (
            (places.c.path, wanted.path, stored(places.c.head)),
            (places.c.layer, wanted.layer, None),
        ):
            if test is not None:
                tests.append(_placed(column, test, start))
        if wanted.epoch is not None:
            tests.append(_span(packages.c.epoch, wanted.epoch.lower, wanted.epoch.upper))
        query = select(links.c.finding)
        if tests:
            query = query.join(packages, packages.c.id == links.c.package).where(*tests)
        return self._among(self._rows.number, query, links.c.finding)


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


def _passes(word: str, test: TextTest) -> bool:
    match test.operator:
        case TextOperator.EQUALS:
            return word == test.value
        case TextOperator.NOT_EQUALS:
            return word != test.value
        case TextOperator.PREFIX:  # pragma: no branch
            return word.startswith(test.value)


def _span(column: ColumnElement[int], lower: float | None, upper: float | None) -> _Condition:
    if any(end is not None and math.isnan(end) for end in (lower, upper)):
        return false()
    return _between(column, lower, upper)


def _between(
    column: ColumnElement[float] | ColumnElement[int], lower: float | None, upper: float | None
) -> _Condition:
    tests: list[_Condition] = [column.is_not(None)]
    if lower is not None:
        tests.append(column >= lower)
    if upper is not None:
        tests.append(column <= upper)
    return and_(*tests)
