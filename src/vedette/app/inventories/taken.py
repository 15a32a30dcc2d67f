"""What taking an inventory needs, and what comes of it."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from vedette.app.inventories.scratch import Scratch
from vedette.clients.aws import Account, Response
from vedette.inventory.cache import LayerCache
from vedette.inventory.catalogue.installed import INSTALLED
from vedette.model.arn import AccountId, Arn
from vedette.model.digest import Digest
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef


class ImageJob(msgspec.Struct, frozen=True, kw_only=True, tag="image"):
    """An image to be extracted: its manifest in a repository of the registry of `ref`'s account and Region."""

    ref: ResourceRef
    repository: str
    digest: Digest


class FunctionJob(msgspec.Struct, frozen=True, kw_only=True, tag="function"):
    """A function to be extracted: its code by Lambda's own hash, and its layers in their order."""

    ref: ResourceRef
    code_sha256: str
    layers: tuple[Arn, ...] = ()


class SnapshotJob(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot"):
    """A disk to be extracted: an EBS snapshot in `ref`'s account and Region."""

    ref: ResourceRef
    snapshot: str


Job = ImageJob | FunctionJob | SnapshotJob
"""What is to be extracted and where its bytes are, as data: no credentials, and no URL that is as good as some."""


class Workbench(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is done with, wherever it is done: `account` enters one (ServiceError where it cannot be entered)."""

    account: Callable[[AccountId], Account]
    scratch: Scratch
    cache: LayerCache | None = None


class Unread(msgspec.Struct, frozen=True, kw_only=True, tag="unread"):
    """A resource that is not read: Inspector's `ScanStatusReason`, and our sentence."""

    reason: str
    detail: str


Extract = Callable[[Job], Inventory | Unread]
"""Does a job and waits for it; raises as reading does: ServiceError, SourceError, ParseError."""


class Workers(Protocol):
    """Who does jobs elsewhere; called from as many threads as there may be jobs."""

    @property
    def at_once(self) -> int:
        """How many jobs are done at the same time."""
        ...

    def extract(self, job: Job, here: Extract) -> Inventory | Unread:
        """Do a job, or have it done `here`, in the calling thread.

        Raises:
            ServiceError, SourceError, ParseError: as reading does; SourceError also for a worker that was lost.
        """
        ...


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What readers work with.

    `managed` is what SSM says of instances, without an entry for a place where SSM refused to say. Without `workers`
    everything is read in the threads that ask.
    """

    accounts: Mapping[AccountId, Account]
    managed: Mapping[tuple[AccountId, str], Mapping[str, Response]]
    scratch: Scratch
    cache: LayerCache | None
    now: datetime
    workers: Workers | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A resource ready to be read.

    `fingerprint` names the content and the extractors: an inventory with the same fingerprint would be the same. What
    is more than a few calls' work `read` leaves to the way of doing jobs that it is given.
    """

    fingerprint: str
    read: Callable[[Extract], Inventory | Unread]


Prepared = Reading | Unread


def fingerprint(ref: ResourceRef, *content: str) -> str:
    """The name of some content as read by these extractors: 64 hex digits."""
    plugins = sorted(f"{extractor.name}/{extractor.version}" for extractor in INSTALLED)
    text = "\0".join((ref.type, ref.id, *content, *plugins))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
