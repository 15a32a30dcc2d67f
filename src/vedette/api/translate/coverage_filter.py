"""Inspector's filters of coverage (inspector2 API model, `CoverageFilterCriteria`), which are joined by and."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from vedette.api.translate import resource_filter
from vedette.api.translate.coverage import status_code
from vedette.api.translate.resource_filter import has_tags, one, text_passes
from vedette.app.covered import Covered
from vedette.model.resource import ContainerImage, Ec2Instance, LambdaFunction, ResourceType

Texts = Callable[[Covered], Iterable[str]]
Passes = Callable[[Covered], bool]


def passes_of(criteria: Mapping[str, Any] | None) -> Passes:
    """A test of rows."""
    tests = [_criterion(name, entries) for name, entries in (criteria or {}).items()]
    return lambda row: all(test(row) for test in tests)


def account(row: Covered) -> Iterable[str]:
    """The account."""
    return one(row.coverage.resource.account)


def region(row: Covered) -> Iterable[str]:
    """The Region."""
    return one(row.coverage.resource.region)


def repository(row: Covered) -> Iterable[str]:
    """The repository of an image."""
    return _of(resource_filter.repository)(row)


def _of(texts: resource_filter.Texts) -> Texts:
    """What is known of the resource, if anything is."""
    return lambda row: () if row.resource is None else texts(row.resource)


def _nothing(_row: Covered) -> Iterable[str]:
    """Of source code, and of other clouds' organizations, there is nothing."""
    return ()


TEXTS: Mapping[str, Texts] = {
    "accountId": account,
    "cloudContainerImageTags": _of(resource_filter.image_tags),
    "cloudContainerRegistryName": _of(resource_filter.registry),
    "cloudContainerRepositoryName": repository,
    "cloudProvider": lambda _row: ("AWS",),
    "cloudProviderAccountId": account,
    "cloudProviderOrgId": _nothing,
    "cloudProviderRegion": region,
    "cloudServerlessFunctionName": _of(resource_filter.function_name),
    "cloudServerlessFunctionRuntime": _of(resource_filter.runtime),
    "codeRepositoryProjectName": _nothing,
    "codeRepositoryProviderType": _nothing,
    "codeRepositoryProviderTypeVisibility": _nothing,
    "ecrImageTags": _of(resource_filter.image_tags),
    "ecrRepositoryName": repository,
    "lambdaFunctionName": _of(resource_filter.function_name),
    "lambdaFunctionRuntime": _of(resource_filter.runtime),
    "lastScannedCommitId": _nothing,
    "resourceId": lambda row: (row.coverage.resource.id,),
    "resourceType": lambda row: (str(row.coverage.resource.type),),
    "scanMode": lambda row: one(row.mode),
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


def _pulled(row: Covered) -> datetime | None:
    facts = row.resource and row.resource.facts
    return facts.last_pulled_at if isinstance(facts, ContainerImage) else None


_TIMES: Mapping[str, Callable[[Covered], datetime | None]] = {
    "ecrImageLastInUseAt": lambda row: row.use.last_in_use if row.use else None,
    "imagePulledAt": _pulled,
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
        return lambda row: (
            kind is not None and row.resource is not None and has_tags(row.resource, kind, entries)
        )
    if name in _TIMES:
        time = _TIMES[name]
        return lambda row: _is_within(time(row), entries, "startInclusive", "endInclusive")
    return lambda row: _is_within(_in_use(row), entries, "lowerInclusive", "upperInclusive")


def _in_use(row: Covered) -> int | None:
    is_image = row.coverage.resource.type is ResourceType.ECR_CONTAINER_IMAGE
    return (row.use.running if row.use else 0) if is_image else None


def _is_within(value: Any, entries: list[Mapping[str, Any]], lower: str, upper: str) -> bool:
    if value is None:
        return False
    return any(entry.get(lower, value) <= value <= entry.get(upper, value) for entry in entries)
