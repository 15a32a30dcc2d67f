"""Inspector's filters of findings (inspector2 API model, `FilterCriteria`) as the domain's.

Criteria are joined by and. Of one criterion's comparisons with texts all NOT_EQUALS must hold, and one of the others, if there
are any; of other kinds of entries one must hold. What vedette never has (source code, other clouds, machine images) equals nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vedette.model.filter import (
    All,
    Any as AnyOf,
    Filter,
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

EVERYTHING = All(parts=())
NOTHING = AnyOf(parts=())

TEXTS: Mapping[str, TextField | None] = {
    "awsAccountId": TextField.ACCOUNT_ID,
    "cloudImageArchitecture": TextField.ECR_ARCHITECTURE,
    "cloudImageDigest": TextField.ECR_DIGEST,
    "cloudImageRegistry": TextField.ECR_REGISTRY,
    "cloudImageRepositoryName": TextField.ECR_REPOSITORY,
    "cloudImageTags": TextField.ECR_TAG,
    "cloudProvider": TextField.CLOUD_PROVIDER,
    "cloudProviderAccountId": TextField.ACCOUNT_ID,
    "cloudProviderOrgId": None,
    "cloudProviderRegion": TextField.REGION,
    "cloudServerlessFunctionExecutionRole": TextField.LAMBDA_ROLE,
    "cloudServerlessFunctionName": TextField.LAMBDA_NAME,
    "cloudServerlessFunctionRuntime": TextField.LAMBDA_RUNTIME,
    "cloudVmImageReference": TextField.EC2_IMAGE_ID,
    "cloudVmNetworkId": TextField.EC2_VPC_ID,
    "cloudVmSubnetIds": TextField.EC2_SUBNET_ID,
    "codeRepositoryProjectName": None,
    "codeRepositoryProviderType": None,
    "codeVulnerabilityDetectorName": None,
    "codeVulnerabilityDetectorTags": None,
    "codeVulnerabilityFilePath": None,
    "componentId": TextField.COMPONENT_ID,
    "componentType": TextField.COMPONENT_TYPE,
    "ec2InstanceImageId": TextField.EC2_IMAGE_ID,
    "ec2InstanceSubnetId": TextField.EC2_SUBNET_ID,
    "ec2InstanceVpcId": TextField.EC2_VPC_ID,
    "ecrImageArchitecture": TextField.ECR_ARCHITECTURE,
    "ecrImageHash": TextField.ECR_DIGEST,
    "ecrImageRegistry": TextField.ECR_REGISTRY,
    "ecrImageRepositoryName": TextField.ECR_REPOSITORY,
    "ecrImageTags": TextField.ECR_TAG,
    "exploitAvailable": TextField.EXPLOIT_AVAILABLE,
    "findingArn": TextField.FINDING_ARN,
    "findingStatus": TextField.STATUS,
    "findingType": TextField.TYPE,
    "fixAvailable": TextField.FIX_AVAILABLE,
    "lambdaFunctionExecutionRoleArn": TextField.LAMBDA_ROLE,
    "lambdaFunctionLayers": TextField.LAMBDA_LAYER,
    "lambdaFunctionName": TextField.LAMBDA_NAME,
    "lambdaFunctionRuntime": TextField.LAMBDA_RUNTIME,
    "machineImageId": None,
    "machineImageName": None,
    "machineImageOwnerAccountId": None,
    "machineImagePlatform": None,
    "networkProtocol": TextField.PROTOCOL,
    "relatedVulnerabilities": TextField.RELATED_VULNERABILITY,
    "resourceId": TextField.RESOURCE_ID,
    "resourceType": TextField.RESOURCE_TYPE,
    "severity": TextField.SEVERITY,
    "title": TextField.TITLE,
    "vendorSeverity": TextField.VENDOR_SEVERITY,
    "vulnerabilityId": TextField.VULNERABILITY_ID,
    "vulnerabilitySource": TextField.VULNERABILITY_SOURCE,
}
"""Criteria of text; None for what no finding has."""
TIMES: Mapping[str, TimeField] = {
    "cloudImageLastInUseAt": TimeField.LAST_IN_USE_AT,
    "cloudImagePushedAt": TimeField.ECR_PUSHED_AT,
    "cloudServerlessFunctionLastModifiedAt": TimeField.LAMBDA_MODIFIED_AT,
    "ecrImageLastInUseAt": TimeField.LAST_IN_USE_AT,
    "ecrImagePushedAt": TimeField.ECR_PUSHED_AT,
    "firstObservedAt": TimeField.FIRST_OBSERVED_AT,
    "lambdaFunctionLastModifiedAt": TimeField.LAMBDA_MODIFIED_AT,
    "lastObservedAt": TimeField.LAST_OBSERVED_AT,
    "updatedAt": TimeField.UPDATED_AT,
}
NUMBERS: Mapping[str, NumberField] = {
    "cloudImageInUseCount": NumberField.IN_USE_COUNT,
    "ecrImageInUseCount": NumberField.IN_USE_COUNT,
    "epssScore": NumberField.EPSS,
    "inspectorScore": NumberField.SCORE,
}
_TAGS = "resourceTags"
_PORTS = "portRange"
_PACKAGES = "vulnerablePackages"
CRITERIA = frozenset({*TEXTS, *TIMES, *NUMBERS, _TAGS, _PORTS, _PACKAGES})
"""All that are understood: all that there are."""

_Entry = Mapping[str, Any]


def filter_of(criteria: Mapping[str, Any] | None) -> Filter:
    """The filter; everything, where there are no criteria."""
    parts = [_criterion(name, criteria[name]) for name in sorted(criteria)] if criteria else []
    return All(parts=tuple(parts))


def texts_filter(field: TextField | None, entries: Iterable[_Entry]) -> Filter:
    """One criterion's comparisons with texts; of a field that nothing has where there is no field."""
    tests = [text_test(entry) for entry in entries]
    wanted = [test for test in tests if test.operator is not TextOperator.NOT_EQUALS]
    if field is None:
        return NOTHING if wanted else EVERYTHING
    parts: list[Filter] = [
        Text(field=field, test=test) for test in tests if test.operator is TextOperator.NOT_EQUALS
    ]
    if wanted:
        parts.append(AnyOf(parts=tuple(Text(field=field, test=test) for test in wanted)))
    return All(parts=tuple(parts))


def any_of(entries: Iterable[_Entry], made: Callable[[_Entry], Filter]) -> Filter:
    """One entry of a criterion holds."""
    return AnyOf(parts=tuple(map(made, entries)))


def tagged(entry: _Entry) -> Filter:
    """A `MapFilter`."""
    return Tagged(key=entry["key"], value=entry.get("value"))


def within(field: NumberField) -> Callable[[_Entry], Filter]:
    """A `NumberFilter` of a field."""
    return lambda entry: Number(
        field=field, lower=entry.get("lowerInclusive"), upper=entry.get("upperInclusive")
    )


def between(field: TimeField) -> Callable[[_Entry], Filter]:
    """A `DateFilter` of a field."""
    return lambda entry: Time(
        field=field, start=entry.get("startInclusive"), end=entry.get("endInclusive")
    )


def _criterion(name: str, entries: Iterable[_Entry]) -> Filter:
    if name in TEXTS:
        return texts_filter(TEXTS[name], entries)
    if name in TIMES:
        return any_of(entries, between(TIMES[name]))
    if name in NUMBERS:
        return any_of(entries, within(NUMBERS[name]))
    return any_of(entries, {_TAGS: tagged, _PORTS: _ports, _PACKAGES: _package}[name])


def _ports(entry: _Entry) -> Filter:
    return Ports(begin=entry.get("beginInclusive", 0), end=entry.get("endInclusive", 65535))


def _package(entry: _Entry) -> Filter:
    epoch = entry.get("epoch")
    return PackageMatch(
        name=_optional(entry, "name"),
        version=_optional(entry, "version"),
        release=_optional(entry, "release"),
        arch=_optional(entry, "architecture"),
        path=_optional(entry, "filePath"),
        layer=_optional(entry, "sourceLayerHash"),
        layer_arn=_optional(entry, "sourceLambdaLayerArn"),
        epoch=None
        if epoch is None
        else Span(lower=epoch.get("lowerInclusive"), upper=epoch.get("upperInclusive")),
    )


def _optional(entry: _Entry, name: str) -> TextTest | None:
    return text_test(entry[name]) if name in entry else None


def text_test(entry: _Entry) -> TextTest:
    """A `StringFilter`."""
    return TextTest(operator=TextOperator(entry["comparison"]), value=entry["value"])
