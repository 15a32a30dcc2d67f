"""What assessments are made of. Each is known by its ARN, within an account and a Region."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.model.resource import Ec2Instance, Resource, ResourceRef, Tag


class RulesPackage(StrEnum):
    """What is looked for."""

    VULNERABILITIES = "vulnerabilities"
    NETWORK = "network"


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Instances by their tags: of each key that is named, one of the values."""

    arn: str
    tags: tuple[Tag, ...]
    created_at: datetime

    def has(self, resource: Resource) -> bool:
        """Whether an instance belongs to the group."""
        own = {tag.key: tag.value for tag in resource.tags}
        wanted: dict[str, set[str]] = {}
        for tag in self.tags:
            wanted.setdefault(tag.key, set()).add(tag.value)
        return all(
            key in own and (own[key] in values or values == {""}) for key, values in wanted.items()
        )


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A named scope: the instances of a group, or (None) all."""

    arn: str
    name: str
    group: str | None
    created_at: datetime
    updated_at: datetime


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked for in a target, and for how many seconds a run waits for a pass."""

    arn: str
    name: str
    target: str
    seconds: int
    packages: tuple[RulesPackage, ...]
    attributes: tuple[Tag, ...]
    created_at: datetime


class RunState(StrEnum):
    """Those of Classic's states that a run is in for longer than a moment."""

    COLLECTING = "COLLECTING_DATA"
    COMPLETED = "COMPLETED"
    WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    CANCELED = "CANCELED"


class AssessmentRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run: the instances of the target as they were when it began.

    It is over when a pass that began after it has looked at every instance, or its time is up (`COMPLETED_WITH_ERRORS`).
    """

    arn: str
    name: str
    template: Template
    instances: tuple[ResourceRef, ...]
    started_at: datetime
    state: RunState = RunState.COLLECTING
    ended_at: datetime | None = None


def is_instance(resource: Resource) -> bool:
    """Whether Classic looks at such a resource at all."""
    return isinstance(resource.facts, Ec2Instance)
