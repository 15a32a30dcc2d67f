"""Targets that are not in AWS."""

from vedette.model.resource import ResourceRef, ResourceType


def local_ref(target: str) -> ResourceRef:
    """The resource that a local target is: its name is its identity."""
    return ResourceRef(type=ResourceType.LOCAL, id=target)
