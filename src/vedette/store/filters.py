"""A filter of findings as a condition on columns.

Not everything is a column. A filter is translated as far as columns go into a condition that passes at least what the filter
passes; `exact` says that it passes nothing else. What is left is decided by `vedette.findings.query.passes`, the same for
every store.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Column, ColumnElement, and_, false, or_, true

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
from vedette.store.schema import findings

_TEXTS: dict[TextField, Column[str]] = {
    TextField.FINDING_ID: findings.c.id,
    TextField.RESOURCE_TYPE: findings.c.resource_type,
    TextField.SEVERITY: findings.c.severity,
    TextField.STATUS: findings.c.status,
}
_NUMBERS: dict[NumberField, Column[float]] = {
    NumberField.RISK: findings.c.risk,
    NumberField.SCORE: findings.c.score,
}
_TIMES: dict[TimeField, Column[int]] = {
    TimeField.FIRST_OBSERVED_AT: findings.c.first_observed_at,
    TimeField.LAST_OBSERVED_AT: findings.c.last_observed_at,
    TimeField.UPDATED_AT: findings.c.updated_at,
}


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on columns; `exact` where it passes what the filter passes and nothing else."""

    sql: ColumnElement[bool]
    exact: bool


_OPEN = Condition(sql=true(), exact=False)


def condition_of(wanted: Filter) -> Condition:
    """Translate a filter."""
    match wanted:
        case All(parts=parts):
            return _all([condition_of(part) for part in parts])
        case Any(parts=parts):
            return _any([condition_of(part) for part in parts])
        case Not(part=part):
            inner = condition_of(part)
            return Condition(sql=~inner.sql, exact=True) if inner.exact else _OPEN
        case Text(field=field, test=test):
            return _text(_TEXTS.get(field), test)
        case Number(field=field, lower=lower, upper=upper):
            return _between(_NUMBERS.get(field), lower, upper)
        case Time(field=time_field, start=start, end=end):
            first = None if start is None else micros(start)
            last = None if end is None else micros(end)
            return _between(_TIMES.get(time_field), first, last)
        case Ports() | Tagged() | PackageMatch():
            return _OPEN


def _all(parts: Sequence[Condition]) -> Condition:
    return Condition(
        sql=and_(true(), *(part.sql for part in parts)), exact=all(part.exact for part in parts)
    )


def _any(parts: Sequence[Condition]) -> Condition:
    return Condition(
        sql=or_(false(), *(part.sql for part in parts)), exact=all(part.exact for part in parts)
    )


def _text(column: Column[str] | None, test: TextTest) -> Condition:
    if column is None:
        return _OPEN
    match test.operator:
        case TextOperator.EQUALS:
            return Condition(sql=column == test.value, exact=True)
        case TextOperator.NOT_EQUALS:
            return Condition(sql=column != test.value, exact=True)
        case TextOperator.PREFIX:
            # SQLite's LIKE ignores case: it passes too much, never too little
            return Condition(sql=column.startswith(test.value, autoescape=True), exact=False)


def _between(
    column: Column[float] | Column[int] | None, lower: float | None, upper: float | None
) -> Condition:
    if column is None:
        return _OPEN
    ends: list[ColumnElement[bool]] = [column.is_not(None)]
    if lower is not None:
        ends.append(column >= lower)
    if upper is not None:
        ends.append(column <= upper)
    return Condition(sql=and_(*ends), exact=True)
