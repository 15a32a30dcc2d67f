"""Between which values of the order everything that passes a filter lies, so that the walk begins where something passes."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from vedette.findings.query import Sort, SortField
from vedette.model.filter import (
    All,
    Any as AnyOf,
    Filter,
    Not,
    Number,
    PackageMatch,
    Ports,
    Tagged,
    Text,
    TextField,
    TextOperator,
    Time,
)
from vedette.model.severity import Severity
from vedette.store.codec import micros
from vedette.store.columns import can_be_kept

Value = float | str


class Bounds(msgspec.Struct, frozen=True):
    """The lowest and the highest value, both included; None where there is no end.

    Where there is an end, nothing passes that has no value.
    """

    lower: Value | None = None
    upper: Value | None = None


_NONE = Bounds()


def bounds_of(wanted: Filter | None, sort: Sort) -> Bounds:
    """Bounds of what passes; what is within them need not pass."""
    match wanted:
        case All(parts=parts):
            return _both([bounds_of(part, sort) for part in parts])
        case AnyOf(parts=parts):
            return _either([bounds_of(part, sort) for part in parts])
        case Text():
            return _of_text(wanted, sort)
        case Number(field=field, lower=lower, upper=upper) if field == sort.field.value:
            return _of_numbers(lower, upper)
        case Time(field=field, start=start, end=end) if field == sort.field.value:
            return Bounds(
                None if start is None else micros(start), None if end is None else micros(end)
            )
        case None | Not() | Number() | Time() | Ports() | Tagged() | PackageMatch():
            return _NONE


def _of_text(wanted: Text, sort: Sort) -> Bounds:
    test = wanted.test
    if test.operator is TextOperator.NOT_EQUALS:
        return _NONE
    if wanted.field is TextField.SEVERITY and sort.field is SortField.SEVERITY:
        begun = [severity for severity in Severity if severity.startswith(test.value)]
        ranks = [severity.rank for severity in begun]
        return Bounds(min(ranks), max(ranks)) if ranks else _NONE
    if test.operator is TextOperator.PREFIX:
        return _NONE
    same = wanted.field is not TextField.SEVERITY and wanted.field == sort.field.value
    return Bounds(test.value, test.value) if same and can_be_kept(test.value) else _NONE


def _of_numbers(lower: float | None, upper: float | None) -> Bounds:
    unclear = any(end is not None and math.isnan(end) for end in (lower, upper))
    return _NONE if unclear else Bounds(lower, upper)


def _both(parts: Sequence[Bounds]) -> Bounds:
    return Bounds(
        _end(max, [part.lower for part in parts if part.lower is not None]),
        _end(min, [part.upper for part in parts if part.upper is not None]),
    )


def _either(parts: Sequence[Bounds]) -> Bounds:
    lowers = [part.lower for part in parts]
    uppers = [part.upper for part in parts]
    return Bounds(
        None if None in lowers else _end(min, lowers),
        None if None in uppers else _end(max, uppers),
    )


def _end(choose: Any, values: Iterable[Value | None]) -> Value | None:
    chosen: Value | None = choose(values, default=None)
    return chosen
