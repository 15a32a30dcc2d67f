"""Counts of active findings by what they share, in an order and page by page: what a store answers in its own language."""

from enum import StrEnum

import msgspec

from vedette.findings.aggregate import SeverityCounts
from vedette.model.filter import All, Filter, TextTest


class CountBy(StrEnum):
    """What findings share."""

    ACCOUNT = "account"
    FUNCTION_LAYER = "function-layer"
    IMAGE_LAYER = "image-layer"
    MACHINE_IMAGE = "machine-image"
    PACKAGE = "package"
    REPOSITORY = "repository"
    RESOURCE = "resource"
    TITLE = "title"


GROUP_PARTS = {
    CountBy.ACCOUNT: ("account",),
    CountBy.FUNCTION_LAYER: ("account", "function", "resource_id", "layer"),
    CountBy.IMAGE_LAYER: ("account", "repository", "resource_id", "layer"),
    CountBy.MACHINE_IMAGE: ("account", "image"),
    CountBy.PACKAGE: ("account", "package"),
    CountBy.REPOSITORY: ("account", "repository"),
    CountBy.RESOURCE: ("account", "resource_id", "ref"),
    CountBy.TITLE: ("account", "title", "vulnerability_id"),
}
"""What names a group, in this order."""


class CountOrder(StrEnum):
    """What groups are ordered by; `RESOURCES` are those that are affected, `NETWORK` network findings."""

    ALL = "total"
    CRITICAL = "critical"
    HIGH = "high"
    NETWORK = "network"
    RESOURCES = "resources"


class Counting(msgspec.Struct, frozen=True, kw_only=True):
    """A question.

    `resources` is a filter of what all findings of a resource share (account, Region, facts, tags). `tests` are of the groups'
    parts, by name: all NOT_EQUALS must hold, and one of the others, if there are any. Groups that are equal in the order go by
    their parts.
    """

    by: CountBy
    resources: Filter = All(parts=())
    finding_type: str | None = None
    tests: tuple[tuple[str, tuple[TextTest, ...]], ...] = ()
    order: CountOrder = CountOrder.CRITICAL
    descending: bool = True


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A group and what is in it; `resources` where it is of several, `exploits` to `network` where it is of whole resources."""

    parts: tuple[str | None, ...]
    counts: SeverityCounts
    exploits: int = 0
    fixes: int = 0
    network: int = 0
    resources: int = 0
