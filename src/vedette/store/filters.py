"""A filter of findings as a condition on columns.

Not everything is a column. A filter is translated as far as columns go into a condition that passes at least what the filter
passes; `exact` says that it passes nothing else. What is left is decided by `vedette.findings.query.passes`, the same for
every store. A condition is true or false for every row, never NULL, so that it can be turned round.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Column, ColumnElement, and_, false, func, or_, true

from vedette.model.filter import (
    All,
    Any,
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
from vedette.store.codec import micros
from vedette.store.columns import ExactText, can_be_kept, kept
from vedette.store.schema import findings

_MOST_PARTS = 200
"""SQLite takes expressions 1,000 deep; a larger filter is decided in Python."""

TEXTS: Mapping[TextField, Column[str]] = {
    TextField.ACCOUNT_ID: findings.c.account,
    TextField.FINDING_ID: findings.c.id,
    TextField.REGION: findings.c.region,
    TextField.RESOURCE_ID: findings.c.resource_id,
    TextField.RESOURCE_TYPE: findings.c.resource_type,
    TextField.SEVERITY: findings.c.severity,
    TextField.STATUS: findings.c.status,
    TextField.TITLE: findings.c.title,
    TextField.TYPE: findings.c.type,
    TextField.VENDOR_SEVERITY: findings.c.vendor_severity,
    TextField.VULNERABILITY_ID: findings.c.vulnerability_id,
    TextField.VULNERABILITY_SOURCE: findings.c.vulnerability_source,
}
NUMBERS: Mapping[NumberField, Column[float]] = {
    NumberField.EPSS: findings.c.epss,
    NumberField.RISK: findings.c.risk,
    NumberField.SCORE: findings.c.score,
}
TIMES: Mapping[TimeField, Column[int]] = {
    TimeField.FIRST_OBSERVED_AT: findings.c.first_observed_at,
    TimeField.LAST_OBSERVED_AT: findings.c.last_observed_at,
    TimeField.UPDATED_AT: findings.c.updated_at,
}


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on columns; `exact` where it passes what the filter passes and nothing else."""

    sql: ColumnElement[bool]
    exact: bool


OPEN = Condition(sql=true(), exact=False)
"""Passes everything, and decides nothing."""


def condition_of(wanted: Filter) -> Condition:
    """Translate a filter."""
    return _condition(wanted) if _parts(wanted) <= _MOST_PARTS else OPEN


def _parts(wanted: Filter) -> int:
    match wanted:
        case All(parts=parts) | Any(parts=parts):
            return 1 + sum(map(_parts, parts))
        case Not(part=part):
            return 1 + _parts(part)
        case Text() | Number() | Time() | Ports() | Tagged() | PackageMatch():  # pragma: no branch
            return 1


def _condition(wanted: Filter) -> Condition:
    match wanted:
        case All(parts=parts):
            return _all([_condition(part) for part in parts])
        case Any(parts=parts):
            return _any([_condition(part) for part in parts])
        case Not(part=part):
            inner = _condition(part)
            return Condition(sql=~inner.sql, exact=True) if inner.exact else OPEN
        case Text() | Number() | Time():
            return _field(wanted)
        case Ports() | Tagged() | PackageMatch():  # pragma: no branch
            return OPEN


def _all(parts: Sequence[Condition]) -> Condition:
    return Condition(
        sql=and_(true(), *(part.sql for part in parts)), exact=all(part.exact for part in parts)
    )


def _any(parts: Sequence[Condition]) -> Condition:
    return Condition(
        sql=or_(false(), *(part.sql for part in parts)), exact=all(part.exact for part in parts)
    )


def _field(wanted: Text | Number | Time) -> Condition:
    match wanted:
        case Text(field=field, test=test):
            return _text(TEXTS.get(field), test)
        case Number(field=field, lower=lower, upper=upper):
            return _between(NUMBERS.get(field), lower, upper)
        case Time(field=field, start=start, end=end):  # pragma: no branch
            first = None if start is None else micros(start)
            last = None if end is None else micros(end)
            return _between(TIMES.get(field), first, last)


def _text(column: Column[str] | None, test: TextTest) -> Condition:
    if column is None:
        return OPEN
    if not can_be_kept(test.value):
        nothing = test.operator is not TextOperator.NOT_EQUALS
        return Condition(sql=false() if nothing else true(), exact=True)
    return Condition(sql=_compared(column, test), exact=True)


def _compared(column: Column[str], test: TextTest) -> ColumnElement[bool]:
    there = column.is_not(None)
    match test.operator:
        case TextOperator.EQUALS:
            return and_(there, column == test.value)
        case TextOperator.NOT_EQUALS:
            return or_(~there, column != test.value)
        case TextOperator.PREFIX:  # pragma: no branch
            # LIKE ignores case on SQLite
            start = func.substr(column, 1, len(kept(test.value)), type_=ExactText)
            return and_(there, start == test.value)


def _between(
    column: Column[float] | Column[int] | None, lower: float | None, upper: float | None
) -> Condition:
    if column is None:
        return OPEN
    ends = [end for end in (lower, upper) if end is not None]
    if any(map(math.isnan, ends)):
        return Condition(sql=false(), exact=True)  # nothing compares with it
    tests: list[ColumnElement[bool]] = [column.is_not(None)]
    if lower is not None:
        tests.append(column >= lower)
    if upper is not None:
        tests.append(column <= upper)
    return Condition(sql=and_(*tests), exact=True)
