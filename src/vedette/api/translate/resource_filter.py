"""What Inspector's filters of coverage and of SBOM exports ask of a resource, and how they compare.

Of one criterion's comparisons with texts all NOT_EQUALS must hold, and one of the others, if there are any. Where a field has
several values one must be equal, but all must be unequal.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vedette.api.translate.coverage import runtime_of
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    Resource,
    ResourceType,
)

_Entries = Iterable[Mapping[str, str]]
Texts = Callable[[Resource], Iterable[str]]


def text_passes(entries: _Entries, values: Iterable[str]) -> bool:
    """Whether the values of a field pass the entries of one criterion."""
    has = frozenset(values)
    wanted: list[str] = []
    unwanted: list[str] = []
    for entry in entries:
        (wanted if entry["comparison"] == "EQUALS" else unwanted).append(entry["value"])
    return (not wanted or any(value in has for value in wanted)) and has.isdisjoint(unwanted)


def tags_pass(entries: _Entries, tags: Mapping[str, str]) -> bool:
    """Whether one of the entries names a tag, with its value where it has one."""
    return any(
        entry["key"] in tags and entry.get("value", tags[entry["key"]]) == tags[entry["key"]]
        for entry in entries
    )


def image_tags(resource: Resource) -> Iterable[str]:
    """The tags of an image."""
    facts = resource.facts
    return facts.tags if isinstance(facts, ContainerImage) else ()


def repository(resource: Resource) -> Iterable[str]:
    """The repository of an image."""
    facts = resource.facts
    return (facts.repository,) if isinstance(facts, ContainerImage) else ()


def registry(resource: Resource) -> Iterable[str]:
    """The registry of an image, which is its account."""
    is_image = resource.ref.type is ResourceType.ECR_CONTAINER_IMAGE
    return one(resource.ref.account) if is_image else ()


def function_name(resource: Resource) -> Iterable[str]:
    """The name of a function."""
    facts = resource.facts
    return (facts.name,) if isinstance(facts, LambdaFunction) else ()


def runtime(resource: Resource) -> Iterable[str]:
    """The runtime of a function as Inspector spells it, and as AWS Lambda does."""
    facts = resource.facts
    if not isinstance(facts, LambdaFunction):
        return ()
    return runtime_of(resource), facts.runtime or ""


def one(text: str | None) -> tuple[str, ...]:
    """The values of a field that has one or none."""
    return (text,) if text else ()


_TEXTS: Mapping[str, Texts] = {
    "accountId": lambda resource: one(resource.ref.account),
    "cloudContainerImageTags": image_tags,
    "cloudContainerRegistryName": registry,
    "cloudContainerRepositoryName": repository,
    "cloudProvider": lambda _resource: ("AWS",),
    "cloudProviderAccountId": lambda resource: one(resource.ref.account),
    "cloudProviderOrgId": lambda _resource: (),
    "cloudProviderRegion": lambda resource: one(resource.ref.region),
    "cloudServerlessFunctionName": function_name,
    "cloudServerlessFunctionRuntime": runtime,
    "ecrImageTags": image_tags,
    "ecrRepositoryName": repository,
    "lambdaFunctionName": function_name,
    "resourceId": lambda resource: (resource.ref.id,),
    "resourceType": lambda resource: (str(resource.ref.type),),
}
_TAGGED: Mapping[str, type[Ec2Instance | LambdaFunction]] = {
    "cloudServerlessFunctionTags": LambdaFunction,
    "cloudVmInstanceTags": Ec2Instance,
    "ec2InstanceTags": Ec2Instance,
    "lambdaFunctionTags": LambdaFunction,
}
CRITERIA = frozenset({*_TEXTS, *_TAGGED})
"""All of SBOM exports' that are understood: all that there are."""


def is_wanted(criteria: Mapping[str, Any] | None, resource: Resource) -> bool:
    """Whether a resource passes the criteria of an SBOM export (inspector2 API model, `ResourceFilterCriteria`)."""
    return all(_passes(name, entries, resource) for name, entries in (criteria or {}).items())


def has_tags(
    resource: Resource, kind: type[Ec2Instance | LambdaFunction], entries: _Entries
) -> bool:
    """Whether a resource of this kind has one of the tags."""
    if not isinstance(resource.facts, kind):
        return False
    return tags_pass(entries, {tag.key: tag.value for tag in resource.tags})


def _passes(name: str, entries: _Entries, resource: Resource) -> bool:
    texts = _TEXTS.get(name)
    if texts is not None:
        return text_passes(entries, texts(resource))
    return has_tags(resource, _TAGGED[name], entries)
