"""A resource as Inspector's API has it (inspector2 API model, `Resource`): AWS's own details, and those that suit any provider."""

import re
from typing import Any

from vedette.integrations._base.words import cut, pruned
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
    ResourceRef,
    ResourceType,
)

_RUNTIME = re.compile(r"(nodejs|java|python|go|dotnetcore|dotnet|ruby)(\d[\w.]*)")
_RUNTIMES = frozenset(
    {
        *("NODEJS", "NODEJS_12_X", "NODEJS_14_X", "NODEJS_16_X", "NODEJS_18_X", "NODEJS_20_X"),
        *("NODEJS_22_X", "NODEJS_24_X", "JAVA_8", "JAVA_8_AL2", "JAVA_11", "JAVA_17", "JAVA_21"),
        *("JAVA_25", "PYTHON_3_7", "PYTHON_3_8", "PYTHON_3_9", "PYTHON_3_10", "PYTHON_3_11"),
        *("PYTHON_3_12", "PYTHON_3_13", "PYTHON_3_14", "GO_1_X", "DOTNETCORE_3_1", "DOTNET_6"),
        *("DOTNET_7", "DOTNET_8", "DOTNET_10", "RUBY_2_7", "RUBY_3_2", "RUBY_3_3"),
    }
)
_UNSUPPORTED = "UNSUPPORTED"
_ARCHITECTURES = {"x86_64": "X86_64", "arm64": "ARM64"}
_LAYERS = 5
_TEXT = 1024
_TAG = 256

_Json = dict[str, Any]


def inspector_resource(ref: ResourceRef, resource: Resource | None) -> _Json:
    """The resource, with times as datetimes.

    Args:
        ref: which. A local target keeps its own type, for which the API has no word.
        resource: what is known of it; None for its name alone.
    """
    known: _Json = {
        "partition": ref.partition,
        "region": ref.region,
        "providerAccountId": ref.account,
        "provider": None if ref.type is ResourceType.LOCAL else "AWS",
    }
    if resource is not None:
        known["tags"] = {tag.key: tag.value[:_TAG] for tag in resource.tags}
        known["details"] = _details(resource)
    return {"id": ref.id, "type": str(ref.type), **pruned(known)}


def _details(resource: Resource) -> _Json:
    match resource.facts:
        case Ec2Instance() as facts:
            return {"awsEc2Instance": _instance(facts), "vm": _vm(facts)}
        case ContainerImage() as facts:
            account = resource.ref.account
            return {
                "awsEcrContainerImage": _ecr_image(facts, account),
                "image": _image(facts, account),
            }
        case LambdaFunction() as facts:
            return {"awsLambdaFunction": _lambda(facts), "serverlessFunction": _function(facts)}
        case LocalTarget():  # pragma: no branch
            return {}


def _machine(facts: Ec2Instance) -> _Json:
    """What both forms of an instance say alike."""
    return {
        "type": facts.instance_type,
        "ipV4Addresses": list(facts.ipv4_addresses),
        "ipV6Addresses": list(facts.ipv6_addresses),
        "keyName": facts.key_name,
        "launchedAt": facts.launched_at,
        "platform": cut(facts.platform or "", _TEXT),
    }


def _instance(facts: Ec2Instance) -> _Json:
    own = {
        "imageId": facts.image_id,
        "iamInstanceProfileArn": facts.iam_instance_profile_arn,
        "vpcId": facts.vpc_id,
        "subnetId": facts.subnet_id,
    }
    return pruned(_machine(facts) | own)


def _vm(facts: Ec2Instance) -> _Json:
    own = {
        "vmImageReference": facts.image_id,
        "executionRole": facts.iam_instance_profile_arn,
        "networkId": facts.vpc_id,
        "subnetIds": [facts.subnet_id] if facts.subnet_id else None,
    }
    return pruned(_machine(facts) | own)


def _picture(facts: ContainerImage, account: str | None) -> _Json:
    """What both forms of an image say alike."""
    return {
        "repositoryName": facts.repository,
        "registry": account,
        "imageTags": list(facts.tags),
        "pushedAt": facts.pushed_at,
        "author": facts.author,
        "architecture": facts.architecture,
        "inUseCount": facts.in_use_count,
        "lastInUseAt": facts.last_in_use_at,
    }


def _ecr_image(facts: ContainerImage, account: str | None) -> _Json:
    return pruned({**_picture(facts, account), "imageHash": facts.digest})


def _image(facts: ContainerImage, account: str | None) -> _Json:
    return pruned({**_picture(facts, account), "imageDigest": facts.digest})


def _program(facts: LambdaFunction) -> _Json:
    """What both forms of a function say alike."""
    known = (_ARCHITECTURES.get(name) for name in facts.architectures[:1])
    return {
        "version": facts.version,
        "layers": list(facts.layers[:_LAYERS]),
        "packageType": facts.package_type.upper(),
        "architectures": [name for name in known if name],
        "lastModifiedAt": facts.last_modified_at,
    }


def _lambda(facts: LambdaFunction) -> _Json:
    own = {
        "functionName": facts.name,
        "runtime": _runtime(facts.runtime),
        "codeSha256": facts.code_sha256,
        "executionRoleArn": facts.execution_role_arn,
    }
    return pruned(_program(facts) | own)


def _function(facts: LambdaFunction) -> _Json:
    own = {
        "serverlessFunctionName": facts.name,
        "runtime": facts.runtime,
        "codeDigest": facts.code_sha256,
        "executionRole": facts.execution_role_arn,
    }
    return pruned(_program(facts) | own)


def _runtime(name: str | None) -> str:
    """Lambda's `python3.11` in Inspector's spelling, `PYTHON_3_11`; `UNSUPPORTED` where Inspector has no word for it."""
    found = _RUNTIME.fullmatch(name or "")
    word = "_".join(found.groups()).replace(".", "_").upper() if found else name or ""
    word = word.upper()
    return word if word in _RUNTIMES else _UNSUPPORTED
