"""Which fields of a filter are columns, and which have few values."""

from collections.abc import Mapping
from enum import StrEnum

from vedette.findings.derived import Available, FindingType
from vedette.model.filter import NumberField, TextField, TextOperator, TextTest, TimeField
from vedette.model.finding import FindingStatus
from vedette.model.network import Transport
from vedette.model.resource import ResourceType
from vedette.model.severity import Severity

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
