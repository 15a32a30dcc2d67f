"""The software inventory of one resource."""

from datetime import datetime

import msgspec

from vedette.model.digest import Digest
from vedette.model.distro import Distro
from vedette.model.listening import Socket
from vedette.model.package import Package
from vedette.model.resource import ResourceRef


class FileFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be read: which plug-in or stage, where, and why."""

    extractor: str
    path: str
    reason: str
    layer: Digest | None = None


def failure_order(failure: FileFailure) -> tuple[str, str, str, str]:
    """What failures are sorted by; as they are they could not be where a layer has no digest."""
    return failure.extractor, failure.path, failure.reason, failure.layer or ""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """Packages and failures of one resource; both sorted, so that equal content is equal.

    `repositories` are the ecosystems of the additional repositories that are enabled
    (`Amazon Linux:2:extras/docker`), sorted; None where nobody looked. `layers` are those of an image, the lowest first.
    `sockets` are all that listen; None where nobody looked.
    """

    resource: ResourceRef
    distro: Distro | None
    packages: tuple[Package, ...]
    failures: tuple[FileFailure, ...] = ()
    running_kernel: str | None = None
    taken_at: datetime | None = None
    repositories: tuple[str, ...] | None = None
    layers: tuple[Digest, ...] = ()
    sockets: tuple[Socket, ...] | None = None


class KnownInventory(msgspec.Struct, frozen=True, kw_only=True):
    """An inventory and the fingerprint of what it was read from and with.

    The fingerprint covers the content (image digest, code digest, SSM entries) and the versions of all
    extractors: where it is equal, reading again would give the same.
    """

    fingerprint: str
    inventory: Inventory
