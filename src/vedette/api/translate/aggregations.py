"""Aggregations in the words of the service model: what each type counts, filters and answers (inspector2 API model)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from vedette.api.call import Call, Output
from vedette.api.translate.filters import NOTHING, any_of, between, tagged, texts_filter, within
from vedette.findings.counting import CountBy, Counted, CountOrder
from vedette.integrations._base.inspector_resource import inspector_resource
from vedette.model.filter import Filter, NumberField, TextField, TimeField
from vedette.model.resource import Resource, ResourceType

Told = Callable[[Call, Counted, Resource | None], Output]

_ORDERS: Mapping[str, CountOrder] = {
    "AFFECTED_IMAGES": CountOrder.RESOURCES,
    "AFFECTED_INSTANCES": CountOrder.RESOURCES,
    "ALL": CountOrder.ALL,
    "CRITICAL": CountOrder.CRITICAL,
    "HIGH": CountOrder.HIGH,
    "NETWORK_FINDINGS": CountOrder.NETWORK,
}
_CLOUD: Mapping[str, TextField | None] = {
    "cloudAccountIds": TextField.ACCOUNT_ID,
    "cloudOrgIds": None,
    "cloudProviders": TextField.CLOUD_PROVIDER,
    "cloudRegions": TextField.REGION,
}
_PARTITIONS = "cloudPartitions"


class Aggregation(msgspec.Struct, frozen=True, kw_only=True):
    """One type.

    Args:
        member: of the request's and the answer's union.
        by: what is counted; None for what vedette never has.
        resource_type: of the resources that are counted; None is all.
        texts: filters of resources by text.
        tags: the filter of resources by tags.
        parts: filters of the groups by text, with the part's name.
        told: a group in the answer's words.
    """

    member: str
    by: CountBy | None
    told: Told
    resource_type: ResourceType | None = None
    texts: Mapping[str, TextField | None] = {}
    tags: str | None = None
    parts: Mapping[str, str] = {}


def order_of(request: Mapping[str, Any]) -> tuple[CountOrder, bool]:
    """The order asked for, and whether the greatest come first; that is how they come where none is."""
    by = _ORDERS[request.get("sortBy", "CRITICAL")]
    return by, request.get("sortOrder", "DESC") == "DESC"


def resources_asked(
    aggregation: Aggregation, request: Mapping[str, Any], partition: str
) -> list[Filter]:
    """The request's filters of resources."""
    filters = [
        texts_filter(field, request[name])
        for name, field in aggregation.texts.items()
        if name in request
    ]
    if aggregation.tags in request:
        filters.append(any_of(request[str(aggregation.tags)], tagged))
    if "lastInUseAt" in request:
        filters.append(any_of(request["lastInUseAt"], between(TimeField.LAST_IN_USE_AT)))
    if "inUseCount" in request:
        filters.append(any_of(request["inUseCount"], within(NumberField.IN_USE_COUNT)))
    if not _is_one(request.get(_PARTITIONS, ()), partition):
        filters.append(NOTHING)
    scans = request.get("scanSources")
    if scans and "INSTANCE_SCAN" not in scans:
        filters.append(NOTHING)
    return filters


def _is_one(entries: Sequence[Mapping[str, str]], value: str) -> bool:
    """Whether a text passes, of which every resource has the same."""
    wanted = [one for one in entries if one["comparison"] != "NOT_EQUALS"]
    refused = any(one["value"] == value for one in entries if one["comparison"] == "NOT_EQUALS")
    found = any(
        value == one["value"] or (one["comparison"] == "PREFIX" and value.startswith(one["value"]))
        for one in wanted
    )
    return not refused and (found or not wanted)


def severity_counts(counted: Counted) -> Output:
    """`SeverityCounts`."""
    counts: Output = msgspec.to_builtins(counted.counts)
    return counts


def _account(_call: Call, counted: Counted, _resource: Resource | None) -> Output:
    return {
        "accountId": counted.parts[0],
        "exploitAvailableCount": counted.exploits,
        "fixAvailableCount": counted.fixes,
    }


def _finding_type(call: Call, counted: Counted, resource: Resource | None) -> Output:
    return {**_account(call, counted, resource), **_cloud(call, counted)}


def _cloud(call: Call, counted: Counted) -> Output:
    return {
        "cloudProvider": "AWS",
        "cloudAccountId": counted.parts[0],
        "cloudRegion": call.region,
        "cloudPartition": call.partition,
    }


def _package(_call: Call, counted: Counted, _resource: Resource | None) -> Output:
    return {"accountId": counted.parts[0], "packageName": counted.parts[1]}


def _title(_call: Call, counted: Counted, _resource: Resource | None) -> Output:
    account, title, flaw = counted.parts
    told = {"accountId": account, "title": title}
    return told if flaw is None else {**told, "vulnerabilityId": flaw}


def _repository(call: Call, counted: Counted, _resource: Resource | None) -> Output:
    return {
        "accountId": counted.parts[0],
        "repository": counted.parts[1],
        "affectedImages": counted.resources,
        **_cloud(call, counted),
    }


def _machine_image(call: Call, counted: Counted, _resource: Resource | None) -> Output:
    return {
        "accountId": counted.parts[0],
        "ami": counted.parts[1],
        "affectedInstances": counted.resources,
        "scanSource": "INSTANCE_SCAN",
        **_cloud(call, counted),
    }


def _layer(call: Call, counted: Counted, _resource: Resource | None) -> Output:
    account, repository, resource, layer = counted.parts
    return {
        "accountId": account,
        "repository": repository,
        "resourceId": resource,
        "layerHash": layer,
        **_cloud(call, counted),
    }


def _function_layer(_call: Call, counted: Counted, _resource: Resource | None) -> Output:
    names = ("accountId", "functionName", "resourceId", "layerArn")
    return dict(zip(names, counted.parts, strict=True))


def _details(resource: Resource | None, member: str) -> tuple[Output, Output]:
    """The resource's details as its findings have them, and its tags."""
    if resource is None:
        return {}, {}
    told = inspector_resource(resource.ref, resource)
    return told.get("details", {}).get(member, {}), told.get("tags", {})


def _member(names: Mapping[str, str], details: Output) -> Output:
    return {name: details[source] for name, source in names.items() if source in details}


def _instance(_call: Call, counted: Counted, resource: Resource | None) -> Output:
    details, tags = _details(resource, "awsEc2Instance")
    return {
        "instanceId": counted.parts[1],
        "accountId": counted.parts[0],
        "instanceTags": tags,
        "networkFindings": counted.network,
        **_member({"ami": "imageId", "operatingSystem": "platform"}, details),
    }


def _image(_call: Call, counted: Counted, resource: Resource | None) -> Output:
    details, _ = _details(resource, "awsEcrContainerImage")
    names = {
        "imageSha": "imageHash",
        "repository": "repositoryName",
        "architecture": "architecture",
        "imageTags": "imageTags",
    }
    return {
        "resourceId": counted.parts[1],
        "accountId": counted.parts[0],
        **_member(names, details),
        **_use(resource),
    }


def _use(resource: Resource | None) -> Output:
    facts = resource and resource.facts
    used = {
        "inUseCount": getattr(facts, "in_use_count", None),
        "lastInUseAt": getattr(facts, "last_in_use_at", None),
    }
    return {name: value for name, value in used.items() if value is not None}


def _function(_call: Call, counted: Counted, resource: Resource | None) -> Output:
    details, tags = _details(resource, "awsLambdaFunction")
    names = {
        "functionName": "functionName",
        "runtime": "runtime",
        "lastModifiedAt": "lastModifiedAt",
    }
    return {
        "resourceId": counted.parts[1],
        "accountId": counted.parts[0],
        "lambdaTags": tags,
        **_member(names, details),
    }


def _neutral(call: Call, counted: Counted) -> Output:
    """What the provider-neutral types say alike."""
    return {
        "resourceId": counted.parts[1],
        "accountId": counted.parts[0],
        "exploitAvailableActiveFindingsCount": counted.exploits,
        "fixAvailableActiveFindingsCount": counted.fixes,
        **_cloud(call, counted),
    }


def _vm(call: Call, counted: Counted, resource: Resource | None) -> Output:
    details, tags = _details(resource, "vm")
    names = {"vmImageReference": "vmImageReference", "operatingSystem": "platform"}
    return {
        **_neutral(call, counted),
        "tags": tags,
        "networkFindings": counted.network,
        **_member(names, details),
    }


def _container(call: Call, counted: Counted, resource: Resource | None) -> Output:
    details, _ = _details(resource, "image")
    names = {
        "imageDigest": "imageDigest",
        "repository": "repositoryName",
        "registry": "registry",
        "architecture": "architecture",
        "imageTags": "imageTags",
    }
    return {**_neutral(call, counted), **_member(names, details), **_use(resource)}


def _serverless(call: Call, counted: Counted, resource: Resource | None) -> Output:
    details, tags = _details(resource, "serverlessFunction")
    names = {
        "functionName": "serverlessFunctionName",
        "runtime": "runtime",
        "lastModifiedAt": "lastModifiedAt",
    }
    return {**_neutral(call, counted), "tags": tags, **_member(names, details)}


def _none(_call: Call, _counted: Counted, _resource: Resource | None) -> Output:
    return {}


_INSTANCES: Mapping[str, TextField | None] = {
    "amis": TextField.EC2_IMAGE_ID,
    "vmImageReferences": TextField.EC2_IMAGE_ID,
    "operatingSystems": TextField.EC2_PLATFORM,
    "instanceIds": TextField.RESOURCE_ID,
    "resourceIds": TextField.RESOURCE_ID,
    **_CLOUD,
}
_IMAGES: Mapping[str, TextField | None] = {
    "resourceIds": TextField.RESOURCE_ID,
    "imageShas": TextField.ECR_DIGEST,
    "imageDigests": TextField.ECR_DIGEST,
    "repositories": TextField.ECR_REPOSITORY,
    "registries": TextField.ECR_REGISTRY,
    "architectures": TextField.ECR_ARCHITECTURE,
    "imageTags": TextField.ECR_TAG,
    **_CLOUD,
}
_FUNCTIONS: Mapping[str, TextField | None] = {
    "resourceIds": TextField.RESOURCE_ID,
    "functionNames": TextField.LAMBDA_NAME,
    "runtimes": TextField.LAMBDA_RUNTIME,
    **_CLOUD,
}

AGGREGATIONS: Mapping[str, Aggregation] = {
    "ACCOUNT": Aggregation(member="accountAggregation", by=CountBy.ACCOUNT, told=_account),
    "AMI": Aggregation(
        member="amiAggregation",
        by=CountBy.MACHINE_IMAGE,
        told=_machine_image,
        parts={"amis": "image"},
    ),
    "AWS_EC2_INSTANCE": Aggregation(
        member="ec2InstanceAggregation",
        by=CountBy.RESOURCE,
        told=_instance,
        resource_type=ResourceType.EC2_INSTANCE,
        texts=_INSTANCES,
        tags="instanceTags",
    ),
    "AWS_ECR_CONTAINER": Aggregation(
        member="awsEcrContainerAggregation",
        by=CountBy.RESOURCE,
        told=_image,
        resource_type=ResourceType.ECR_CONTAINER_IMAGE,
        texts=_IMAGES,
    ),
    "AWS_LAMBDA_FUNCTION": Aggregation(
        member="lambdaFunctionAggregation",
        by=CountBy.RESOURCE,
        told=_function,
        resource_type=ResourceType.LAMBDA_FUNCTION,
        texts=_FUNCTIONS,
        tags="functionTags",
    ),
    "CODE_REPOSITORY": Aggregation(member="codeRepositoryAggregation", by=None, told=_none),
    "CONTAINER_IMAGE": Aggregation(
        member="containerImageAggregation",
        by=CountBy.RESOURCE,
        told=_container,
        resource_type=ResourceType.ECR_CONTAINER_IMAGE,
        texts=_IMAGES,
    ),
    "FINDING_TYPE": Aggregation(
        member="findingTypeAggregation", by=CountBy.ACCOUNT, told=_finding_type
    ),
    "IMAGE_LAYER": Aggregation(
        member="imageLayerAggregation",
        by=CountBy.IMAGE_LAYER,
        told=_layer,
        texts=_IMAGES,
        parts={"layerHashes": "layer"},
    ),
    "LAMBDA_LAYER": Aggregation(
        member="lambdaLayerAggregation",
        by=CountBy.FUNCTION_LAYER,
        told=_function_layer,
        texts=_FUNCTIONS,
        parts={"layerArns": "layer"},
    ),
    "PACKAGE": Aggregation(
        member="packageAggregation",
        by=CountBy.PACKAGE,
        told=_package,
        parts={"packageNames": "package"},
    ),
    "REPOSITORY": Aggregation(
        member="repositoryAggregation",
        by=CountBy.REPOSITORY,
        told=_repository,
        parts={"repositories": "repository"},
    ),
    "SERVERLESS_FUNCTION": Aggregation(
        member="serverlessFunctionAggregation",
        by=CountBy.RESOURCE,
        told=_serverless,
        resource_type=ResourceType.LAMBDA_FUNCTION,
        texts=_FUNCTIONS,
        tags="functionTags",
    ),
    "TITLE": Aggregation(
        member="titleAggregation",
        by=CountBy.TITLE,
        told=_title,
        parts={"titles": "title", "vulnerabilityIds": "vulnerability_id"},
    ),
    "VM_INSTANCE": Aggregation(
        member="vmInstanceAggregation",
        by=CountBy.RESOURCE,
        told=_vm,
        resource_type=ResourceType.EC2_INSTANCE,
        texts=_INSTANCES,
        tags="instanceTags",
    ),
}
