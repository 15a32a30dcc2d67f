"""Which fields of a filter are columns, and which have few values; tests of single columns."""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false

from vedette.findings.derived import Available, FindingType
from vedette.model.filter import (
    Filter,
    NumberField,
    Text,
    TextField,
    TextOperator,
    TextTest,
    TimeField,
)
from vedette.model.finding import FindingStatus
from vedette.model.network import Transport
from vedette.model.resource import ResourceType
from vedette.model.severity import Severity
from vedette.store.columns import can_be_kept

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
    TextField.SEVERITY: "severity_rank",
    TextField.STATUS: "status",
    TextField.SUPPRESSED_BY: "suppressed_by",
    TextField.TITLE: "title",
    TextField.TYPE: "type",
    TextField.VENDOR_SEVERITY: "vendor_severity",
    TextField.VULNERABILITY_ID: "vulnerability_id",
    TextField.VULNERABILITY_SOURCE: "vulnerability_source",
}
WORDS: Mapping[TextField, tuple[StrEnum, ...]] = {
    TextField.EXPLOIT_AVAILABLE: tuple(Available),
    TextField.FIX_AVAILABLE: tuple(Available),
    TextField.PROTOCOL: tuple(Transport),
    TextField.RESOURCE_TYPE: tuple(ResourceType),
    TextField.SEVERITY: tuple(Severity),
    TextField.STATUS: tuple(FindingStatus),
    TextField.TYPE: tuple(FindingType),
}
"""Fields with few values: then a test is a list of those that pass it, which an index answers."""
RARE_ANSWERS: Mapping[TextField, frozenset[StrEnum]] = {
    TextField.EXPLOIT_AVAILABLE: frozenset({Available.YES}),
    TextField.FIX_AVAILABLE: frozenset({Available.NO, Available.PARTIAL}),
}
"""What few findings have, and `vedette.store.schema.rare` says in SQL."""
NUMBERS: Mapping[NumberField, str] = {
    NumberField.EPSS: "epss",
    NumberField.RISK: "risk",
    NumberField.SCORE: "score",
}
TIMES: Mapping[TimeField, str] = {
    TimeField.ECR_PUSHED_AT: "ecr_pushed_at",
    TimeField.FIRST_OBSERVED_AT: "first_observed_at",
    TimeField.LAST_OBSERVED_AT: "last_observed_at",
    TimeField.UPDATED_AT: "updated_at",
}


def passes(word: str, test: TextTest) -> bool:
    """Whether a word passes a test."""
    match test.operator:
        case TextOperator.EQUALS:
            return word == test.value
        case TextOperator.NOT_EQUALS:
            return word != test.value
        case TextOperator.PREFIX:  # pragma: no branch
            return word.startswith(test.value)


def span(
    column: ColumnElement[int], lower: float | None, upper: float | None
) -> ColumnElement[bool]:
    """Between two numbers, if they are numbers."""
    if any(end is not None and math.isnan(end) for end in (lower, upper)):
        return false()
    return between(column, lower, upper)


def between(
    column: ColumnElement[float] | ColumnElement[int], lower: float | None, upper: float | None
) -> ColumnElement[bool]:
    """There, and between two numbers, both included."""
    tests: list[ColumnElement[bool]] = [column.is_not(None)]
    if lower is not None:
        tests.append(column >= lower)
    if upper is not None:
        tests.append(column <= upper)
    return and_(*tests)


def lists_of(parts: Sequence[Filter]) -> tuple[dict[TextField, list[str]], list[Filter]]:
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
