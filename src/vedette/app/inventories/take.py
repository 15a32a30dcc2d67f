"""Take one resource's inventory, or say why not."""

import hashlib

import msgspec

from vedette.app.discovery.scope import Scope
from vedette.app.inventories.extraction import extract
from vedette.app.inventories.functions import prepare_function
from vedette.app.inventories.images import prepare_image
from vedette.app.inventories.instances import prepare_instance
from vedette.app.inventories.taken import Job, Prepared, Tools, Unread, Workbench
from vedette.errors import Error, ServiceError
from vedette.model.inventory import Inventory
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
)

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
)
_SHOWN_FAILURES = 3


EXPIRED = "SCAN_ELIGIBILITY_EXPIRED"
"""Inspector's reason for images that are not looked at any more."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one resource.

    `reason` is Inspector's `ScanStatusReason`. `wanted` is False for what the tags leave out. `fingerprint` names what
    was read, or is known from before (`reused`); it is None where there is no inventory. An inventory may have failures of its own: then
    `reason` is not `SUCCESSFUL` and `detail` says which. `content` names the inventory itself: the fingerprint, or after failures,
    which may be others next time, a digest of what was read all the same.
    """

    resource: Resource
    wanted: bool
    reason: str
    detail: str = ""
    fingerprint: str | None = None
    content: str | None = None
    inventory: Inventory | None = None
    reused: bool = False


def take(resource: Resource, scope: Scope, tools: Tools, known: str | None) -> Taken:
    """Read a resource, unless its content is known already.

    Args:
        resource: what to read.
        scope: whose tags decide whether it is wanted.
        tools: what readers work with.
        known: the fingerprint of what the last inventory was read from; None where there is none, or where it had
            failures (they may have been the network's fault: it is tried again in every pass).
    """
    if not scope.wants(resource):
        return Taken(
            resource=resource,
            wanted=False,
            reason="EXCLUDED_BY_TAG",
            detail="it has none of the tags that are asked for",
        )
    try:
        prepared = _prepare(resource, scope, tools)
        if isinstance(prepared, Unread):
            return _unread(resource, prepared)
        if known == prepared.fingerprint:
            return Taken(
                resource=resource,
                wanted=True,
                reason="SUCCESSFUL",
                fingerprint=known,
                content=known,
                reused=True,
            )
        found = prepared.read(lambda job: _extract(job, tools))
        if isinstance(found, Unread):
            return _unread(resource, found)
        dated = msgspec.structs.replace(found, taken_at=tools.now)
        return _read(resource, prepared.fingerprint, dated)
    except ServiceError as error:
        reason = "ACCESS_DENIED" if error.code in _DENIED else "INTERNAL_ERROR"
        return Taken(resource=resource, wanted=True, reason=reason, detail=str(error))
    except Error as error:
        return Taken(resource=resource, wanted=True, reason="INTERNAL_ERROR", detail=str(error))


def expired_image(image: Resource) -> Taken:
    """An image that is not looked at any more, since it was pushed and last used too long ago."""
    return Taken(
        resource=image,
        wanted=False,
        reason=EXPIRED,
        detail="it was pushed, and last used, longer ago than the account's configuration has images looked at",
    )


def _prepare(resource: Resource, scope: Scope, tools: Tools) -> Prepared:
    match resource.facts:
        case Ec2Instance() as facts:
            return prepare_instance(resource, facts, tools, scope.agentless)
        case ContainerImage() as facts:
            return prepare_image(resource, facts)
        case LambdaFunction() as facts:
            return prepare_function(resource, facts)
        case LocalTarget():  # pragma: no branch
            return Unread(reason="RESOURCE_UNMANAGED", detail="a local target is scanned by hand")


def _extract(job: Job, tools: Tools) -> Inventory | Unread:
    bench = Workbench(account=tools.accounts.__getitem__, scratch=tools.scratch, cache=tools.cache)
    if tools.workers is None:
        return extract(job, bench)
    return tools.workers.extract(job, lambda mine: extract(mine, bench))


def _unread(resource: Resource, why: Unread) -> Taken:
    return Taken(resource=resource, wanted=True, reason=why.reason, detail=why.detail)


def _read(resource: Resource, fingerprint: str, inventory: Inventory) -> Taken:
    failures = inventory.failures
    shown = [f"{failure.path}: {failure.reason}" for failure in failures[:_SHOWN_FAILURES]]
    if len(failures) > _SHOWN_FAILURES:
        shown.append(f"and {len(failures) - _SHOWN_FAILURES} more")
    return Taken(
        resource=resource,
        wanted=True,
        reason="INTERNAL_ERROR" if failures else "SUCCESSFUL",
        detail="; ".join(shown),
        fingerprint=fingerprint,
        content=_digest(inventory) if failures else fingerprint,
        inventory=inventory,
    )


def _digest(inventory: Inventory) -> str:
    undated = msgspec.structs.replace(inventory, taken_at=None)
    return hashlib.sha256(msgspec.json.encode(undated, order="sorted")).hexdigest()
