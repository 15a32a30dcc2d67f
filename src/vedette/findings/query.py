"""Filters and sorting in Python: what a store's own language must agree with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.findings.fields import number, texts, time
from vedette.findings.layers import layer_arn
from vedette.model.filter import (
    All,
    Any,
    Filter,
    Not,
    Number,
    NumberField,
    PackageMatch,
    Ports,
    Span,
    Tagged,
    Text,
    TextField,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.model.finding import Finding, Reachable, Vulnerability, VulnerablePackage
from vedette.model.package import Package, SchemeName
from vedette.model.resource import Resource, ResourceRef

_WITH_RELEASE = frozenset({SchemeName.APK, SchemeName.DEB, SchemeName.RPM})
_EPOCH_DIGITS = 10

ORDERED_TEXT = 64
SortValue = tuple[float, str]


class SortField(StrEnum):
    """What findings can be sorted by."""

    ACCOUNT_ID = "account_id"
    COMPONENT_TYPE = "component_type"
    ECR_PUSHED_AT = "ecr_pushed_at"
    ECR_REGISTRY = "ecr_registry"
    ECR_REPOSITORY = "ecr_repository"
    EPSS = "epss"
    FINDING_ID = "finding_id"
    FIRST_OBSERVED_AT = "first_observed_at"
    LAST_OBSERVED_AT = "last_observed_at"
    PROTOCOL = "protocol"
    RESOURCE_ID = "resource_id"
    RESOURCE_TYPE = "resource_type"
    RISK = "risk"
    SCORE = "score"
    SEVERITY = "severity"
    STATUS = "status"
    TITLE = "title"
    TYPE = "type"
    UPDATED_AT = "updated_at"
    VENDOR_SEVERITY = "vendor_severity"
    VULNERABILITY_ID = "vulnerability_id"
    VULNERABILITY_SOURCE = "vulnerability_source"


_NUMBERS = frozenset({SortField.EPSS, SortField.RISK, SortField.SCORE})
_TIMES = frozenset(
    {
        SortField.ECR_PUSHED_AT,
        SortField.FIRST_OBSERVED_AT,
        SortField.LAST_OBSERVED_AT,
        SortField.UPDATED_AT,
    }
)


class Sort(msgspec.Struct, frozen=True, kw_only=True):
    """An order of findings. Equal ones go as they came, in the same direction; those without a value come last, as they came.

    Texts count by their beginning of `ORDERED_TEXT` characters.
    """

    field: SortField = SortField.RISK
    descending: bool = True


def passes(condition: Filter, finding: Finding, resource: Resource | None = None) -> bool:
    """Whether the finding passes a filter.

    Args:
        condition: the filter.
        finding: the finding.
        resource: its resource, for fields that only AWS knows and for tags; without it these have no values.
    """
    match condition:
        case All(parts=parts):
            return all(passes(part, finding, resource) for part in parts)
        case Any(parts=parts):
            return any(passes(part, finding, resource) for part in parts)
        case Not(part=part):
            return not passes(part, finding, resource)
        case Text() | Number() | Time() | Tagged():
            return _field_passes(condition, finding, resource)
        case Ports() | PackageMatch():  # pragma: no branch
            return _evidence_passes(condition, finding, resource)


def ordered(
    findings: Iterable[Finding],
    sort: Sort,
    resources: Mapping[ResourceRef, Resource] | None = None,
) -> list[Finding]:
    """The findings, given as they came, in the order asked for; `resources` as far as they are known."""
    known = resources or {}
    have: list[tuple[SortValue, Finding]] = []
    rest: list[Finding] = []
    for finding in findings:
        value = sort_value(sort.field, finding, known.get(finding.key.resource))
        if value is None:
            rest.append(finding)
        else:
            have.append((value, finding))
    have.sort(key=lambda pair: pair[0])
    if sort.descending:
        have.reverse()
    return [finding for _, finding in have] + rest


def sort_value(
    field: SortField, finding: Finding, resource: Resource | None = None
) -> SortValue | None:
    """What the finding is sorted by, a number and a text; None where it has no value."""
    if field is SortField.SEVERITY:
        return float(finding.severity.rank), ""
    if field in _NUMBERS:
        amount = number(NumberField(field.value), finding, resource)
        return None if amount is None else (amount, "")
    if field in _TIMES:
        moment = time(TimeField(field.value), finding, resource)
        return None if moment is None else (moment.timestamp(), "")
    values = texts(TextField(field.value), finding, resource)
    return (0.0, values[0][:ORDERED_TEXT]) if values else None


def passes_text(test: TextTest, values: Sequence[str]) -> bool:
    """Whether one of the values is equal or begins alike, or (`NOT_EQUALS`) none is equal."""
    match test.operator:
        case TextOperator.EQUALS:
            return test.value in values
        case TextOperator.PREFIX:
            return any(value.startswith(test.value) for value in values)
        case TextOperator.NOT_EQUALS:  # pragma: no branch
            return test.value not in values


def _field_passes(
    condition: Text | Number | Time | Tagged, finding: Finding, resource: Resource | None
) -> bool:
    match condition:
        case Text(field=field, test=test):
            return passes_text(test, texts(field, finding, resource))
        case Number(field=field, lower=lower, upper=upper):
            return _between(number(field, finding, resource), lower, upper)
        case Time(field=field, start=start, end=end):
            moment = time(field, finding, resource)
            return moment is not None and _starts(start, moment) and (end is None or moment <= end)
        case Tagged(key=key, value=value):  # pragma: no branch
            tags = () if resource is None else resource.tags
            return any(tag.key == key and value in (None, tag.value) for tag in tags)


def _starts(start: datetime | None, moment: datetime) -> bool:
    return start is None or start <= moment


def _between(value: float | None, lower: float | None, upper: float | None) -> bool:
    if value is None:
        return False
    return (lower is None or lower <= value) and (upper is None or value <= upper)


def _evidence_passes(
    condition: Ports | PackageMatch, finding: Finding, resource: Resource | None
) -> bool:
    match condition, finding.evidence:
        case Ports(begin=begin, end=end), Reachable(exposure=exposure):
            return begin <= exposure.ports.begin and exposure.ports.end <= end
        case PackageMatch() as wanted, Vulnerability(packages=packages):
            return any(_package_passes(wanted, one, resource) for one in packages)
        case _:
            return False  # a filter for the other kind of finding


def _package_passes(
    wanted: PackageMatch, one: VulnerablePackage, resource: Resource | None
) -> bool:
    package = one.package
    epoch, version, release = version_parts(package)
    locations = package.locations
    arns = (layer_arn(resource, place) for place in locations)
    tests = (
        (wanted.name, (package.name,)),
        (wanted.version, (version,)),
        (wanted.release, (release,)),
        (wanted.arch, (package.arch or "",)),
        (wanted.path, tuple(place.path for place in locations)),
        (wanted.layer, tuple(place.layer for place in locations if place.layer is not None)),
        (wanted.layer_arn, tuple(arn for arn in arns if arn is not None)),
    )
    span = wanted.epoch or Span()
    return _between(epoch, span.lower, span.upper) and all(
        passes_text(test, values) for test, values in tests if test is not None
    )


def version_parts(package: Package) -> tuple[int, str, str]:
    """Epoch, version and release; other packages than those of an operating system have a version only."""
    if package.scheme not in _WITH_RELEASE:
        return 0, package.version, ""
    epoch, colon, rest = package.version.partition(":")
    if not colon or not epoch.isdecimal() or len(epoch) > _EPOCH_DIGITS:
        epoch, rest = "0", package.version
    version, dash, release = rest.rpartition("-")
    return (int(epoch), version, release) if dash else (int(epoch), rest, "")
