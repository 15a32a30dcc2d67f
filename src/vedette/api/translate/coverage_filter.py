"""Inspector's filters of coverage (inspector2 API model, `CoverageFilterCriteria`).

Criteria are joined by and. Of one criterion's comparisons with texts all NOT_EQUALS must hold, and one of the others,
if there are any. Where a field has several values one must be equal, but all must be unequal.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from vedette.api.translate.coverage import runtime_of, status_code
from vedette.app.covered import Covered
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    ResourceType,
)

Texts = Callable[[Covered], Iterable[str]]
Passes = Callable[[Covered], bool]


def passes_of(criteria: Mapping[str, Any] | None) -> Passes:
    """A test of rows."""
    tests = [_criterion(name, entries) for name, entries in (criteria or {}).items()]
    return lambda row: all(test(row) for test in tests)


def text_passes(entries: Iterable[Mapping[str, str]], values: Iterable[str]) -> bool:
    """Whether the values of a field pass the entries of one criterion."""
    has = frozenset(values)
    wanted = [entry["value"] for entry in entries if entry["comparison"] == "EQUALS"]
    unwanted = (entry["value"] for entry in entries if entry["comparison"] == "NOT_EQUALS")
    return (not wanted or any(value in has for value in wanted)) and has.isdisjoint(unwanted)


def tags_pass(entries: Iterable[Mapping[str, str]], tags: Mapping[str, str]) -> bool:
    """Whether one of the entries names a tag, with its value where it has one."""
    return any(
        entry["key"] in tags and entry.get("value", tags[entry["key"]]) == tags[entry["key"]]
        for entry in entries
    )


def image_tags(row: Covered) -> Iterable[str]:
    """The tags of an image."""
    facts = row.resource and row.resource.facts
    return facts.tags if isinstance(facts, ContainerImage) else ()


def repository(row: Covered) -> Iterable[str]:
    """The repository of an image."""
    facts = row.resource and row.resource.facts
    return (facts.repository,) if isinstance(facts, ContainerImage) else ()


def registry(row: Covered) -> Iterable[str]:
    """The registry of an image, which is its account."""
    is_image = row.coverage.resource.type is ResourceType.ECR_CONTAINER_IMAGE
    return _one(row.coverage.resource.account) if is_image else ()


def account(row: Covered) -> Iterable[str]:
    """The account."""
    return _one(row.coverage.resource.account)


def region(row: Covered) -> Iterable[str]:
    """The Region."""
    return _one(row.coverage.resource.region)


def function_name(row: Covered) -> Iterable[str]:
    """The name of a function."""
    facts = row.resource and row.resource.facts
    return (facts.name,) if isinstance(facts, LambdaFunction) else ()


def runtime(row: Covered) -> Iterable[str]:
    """The runtime of a function as Inspector spells it, and as AWS Lambda does."""
    if row.resource is None or not isinstance(row.resource.facts, LambdaFunction):
        return ()
    return runtime_of(row.resource), row.resource.facts.runtime or ""


def _nothing(_row: Covered) -> Iterable[str]:
    """Of source code, and of other clouds' organizations, there is nothing."""
    return ()


TEXTS: Mapping[str, Texts] = {
    "accountId": account,
    "cloudContainerImageTags": image_tags,
    "cloudContainerRegistryName": registry,
    "cloudContainerRepositoryName": repository,
    "cloudProvider": lambda _row: ("AWS",),
    "cloudProviderAccountId": account,
    "cloudProviderOrgId": _nothing,
    "cloudProviderRegion": region,
    "cloudServerlessFunctionName": function_name,
    "cloudServerlessFunctionRuntime": runtime,
    "codeRepositoryProjectName": _nothing,
    "codeRepositoryProviderType": _nothing,
    "codeRepositoryProviderTypeVisibility": _nothing,
    "ecrImageTags": image_tags,
    "ecrRepositoryName": repository,
    "lambdaFunctionName": function_name,
    "lambdaFunctionRuntime": runtime,
    "lastScannedCommitId": _nothing,
    "resourceId": lambda row: (row.coverage.resource.id,),
    "resourceType": lambda row: (str(row.coverage.resource.type),),
    "scanMode": lambda row: _one(row.mode),
    "scanStatusCode": lambda row: (status_code(row),),
    "scanStatusReason": lambda row: (row.coverage.reason,),
    "scanType": lambda row: (str(row.coverage.scan_type),),
}

_TAGGED: Mapping[str, type[Ec2Instance | LambdaFunction] | None] = {
    "cloudServerlessFunctionTags": LambdaFunction,
    "cloudVmInstanceTags": Ec2Instance,
    "ec2InstanceTags": Ec2Instance,
    "lambdaFunctionTags": LambdaFunction,
    "machineImageTags": None,
}
_TIMES: Mapping[str, Callable[[Covered], datetime | None]] = {
    "ecrImageLastInUseAt": lambda row: row.use.last_in_use if row.use else None,
    "imagePulledAt": lambda _row: None,  # ECR's time of the last pull is not kept
    "lastScannedAt": lambda row: row.coverage.last_scanned_at,
}
CRITERIA = frozenset({*TEXTS, *_TAGGED, *_TIMES, "ecrImageInUseCount"})
"""All that are understood: all that there are."""


def _criterion(name: str, entries: list[Mapping[str, Any]]) -> Passes:
    if name in TEXTS:
        texts = TEXTS[name]
        return lambda row: text_passes(entries, texts(row))
    if name in _TAGGED:
        kind = _TAGGED[name]
        return lambda row: _has_tags(row, kind, entries)
    if name in _TIMES:
        time = _TIMES[name]
        return lambda row: _is_within(time(row), entries, "startInclusive", "endInclusive")
    return lambda row: _is_within(_in_use(row), entries, "lowerInclusive", "upperInclusive")


def _has_tags(
    row: Covered,
    kind: type[Ec2Instance | LambdaFunction] | None,
    entries: list[Mapping[str, str]],
) -> bool:
    if kind is None or row.resource is None or not isinstance(row.resource.facts, kind):
        return False
    return tags_pass(entries, {tag.key: tag.value for tag in row.resource.tags})


def _in_use(row: Covered) -> int | None:
    is_image = row.coverage.resource.type is ResourceType.ECR_CONTAINER_IMAGE
    return (row.use.running if row.use else 0) if is_image else None


def _is_within(value: Any, entries: list[Mapping[str, Any]], lower: str, upper: str) -> bool:
    if value is None:
        return False
    return any(entry.get(lower, value) <= value <= entry.get(upper, value) for entry in entries)


def _one(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()
