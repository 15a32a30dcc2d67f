"""What taking an inventory needs, and what comes of it."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from vedette.app.inventories.scratch import Scratch
from vedette.clients.aws import Account, Response
from vedette.inventory.cache import LayerCache
from vedette.inventory.catalogue.installed import INSTALLED
from vedette.model.arn import AccountId
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What readers work with.

    `managed` is what SSM says of instances, without an entry for a place where SSM refused to say.
    """

    accounts: Mapping[AccountId, Account]
    managed: Mapping[tuple[AccountId, str], Mapping[str, Response]]
    scratch: Scratch
    cache: LayerCache | None
    now: datetime


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that is not read: Inspector's `ScanStatusReason`, and our sentence."""

    reason: str
    detail: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A resource ready to be read.

    `fingerprint` names the content and the extractors: an inventory with the same fingerprint would be the same.
    """

    fingerprint: str
    read: Callable[[], Inventory | Unread]


Prepared = Reading | Unread


def fingerprint(ref: ResourceRef, *content: str) -> str:
    """The name of some content as read by these extractors: 64 hex digits."""
    plugins = sorted(f"{extractor.name}/{extractor.version}" for extractor in INSTALLED)
    text = "\0".join((ref.type, ref.id, *content, *plugins))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
