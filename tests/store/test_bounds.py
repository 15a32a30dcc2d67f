"""Bounds of what passes a filter, in an order."""

from datetime import UTC, datetime, timedelta

import pytest

from vedette.findings.query import Sort, SortField
from vedette.model.filter import (
    All,
    Any,
    Filter,
    Not,
    Number,
    NumberField,
    Ports,
    Text,
    TextField,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.store.bounds import Bounds, bounds_of

_MOMENT = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1)
_OPEN = Bounds()


def _is(field: TextField, value: str, operator: TextOperator = TextOperator.EQUALS) -> Filter:
    return Text(field=field, test=TextTest(operator=operator, value=value))


def _risk(lower: float | None, upper: float | None) -> Filter:
    return Number(field=NumberField.RISK, lower=lower, upper=upper)


_LOW = _is(TextField.SEVERITY, "LOW")
_HIGH = _is(TextField.SEVERITY, "HIGH")
_TITLE = _is(TextField.TITLE, "a")


@pytest.mark.parametrize(
    ("wanted", "field", "bounds"),
    [
        (None, SortField.RISK, _OPEN),
        (_LOW, SortField.SEVERITY, Bounds(3, 3)),
        (_LOW, SortField.RISK, _OPEN),
        (_is(TextField.SEVERITY, "L", TextOperator.PREFIX), SortField.SEVERITY, Bounds(3, 3)),
        (_is(TextField.SEVERITY, "", TextOperator.PREFIX), SortField.SEVERITY, Bounds(1, 6)),
        (_is(TextField.SEVERITY, "none"), SortField.SEVERITY, _OPEN),
        (_is(TextField.SEVERITY, "LOW", TextOperator.NOT_EQUALS), SortField.SEVERITY, _OPEN),
        (_TITLE, SortField.TITLE, Bounds("a", "a")),
        (_is(TextField.TITLE, "\ud800"), SortField.TITLE, _OPEN),
        (_is(TextField.TITLE, "a", TextOperator.PREFIX), SortField.TITLE, _OPEN),
        (_risk(1, 2), SortField.RISK, Bounds(1, 2)),
        (_risk(1, None), SortField.SCORE, _OPEN),
        (_risk(float("nan"), 2), SortField.RISK, _OPEN),
        (
            Time(field=TimeField.UPDATED_AT, start=_MOMENT),
            SortField.UPDATED_AT,
            Bounds(1_000_000, None),
        ),
        (Time(field=TimeField.UPDATED_AT, end=_MOMENT), SortField.UPDATED_AT, Bounds(None, 10**6)),
        (Time(field=TimeField.UPDATED_AT, end=_MOMENT), SortField.RISK, _OPEN),
        (Ports(begin=1, end=2), SortField.RISK, _OPEN),
        (Not(part=_LOW), SortField.SEVERITY, _OPEN),
        (Any(parts=(_LOW, _HIGH)), SortField.SEVERITY, Bounds(3, 5)),
        (Any(parts=(_LOW, _TITLE)), SortField.SEVERITY, _OPEN),
        (Any(parts=()), SortField.SEVERITY, _OPEN),
        (All(parts=(_LOW, _TITLE)), SortField.SEVERITY, Bounds(3, 3)),
        (All(parts=(_risk(1, 5), _risk(2, None))), SortField.RISK, Bounds(2, 5)),
    ],
)
def test_bounds_are_those_of_the_order(
    wanted: Filter | None, field: SortField, bounds: Bounds
) -> None:
    assert bounds_of(wanted, Sort(field=field)) == bounds
