"""Take one resource's inventory, or say why not."""

from typing import TypeGuard

import msgspec

from vedette.app.discovery.scope import Scope
from vedette.app.inventories.functions import prepare_function
from vedette.app.inventories.images import prepare_image
from vedette.app.inventories.instances import prepare_instance
from vedette.app.inventories.taken import Prepared, Reading, Tools, Unread
from vedette.errors import Error, ServiceError
from vedette.model.inventory import Inventory, KnownInventory
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


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one resource.

    `reason` is Inspector's `ScanStatusReason`. `wanted` is False for what the tags leave out. An inventory may have failures
    of its own: then `reason` is not `SUCCESSFUL` and `detail` says which.
    """

    resource: Resource
    wanted: bool
    reason: str
    detail: str = ""
    fingerprint: str | None = None
    inventory: Inventory | None = None
    reused: bool = False


def take(resource: Resource, scope: Scope, tools: Tools, known: KnownInventory | None) -> Taken:
    """Read a resource, unless its content is known already.

    Args:
        resource: what to read.
        scope: whose tags decide whether it is wanted.
        tools: what readers work with.
        known: the last inventory, with the fingerprint of what it was read from.
    """
    if not scope.wants(resource):
        return Taken(
            resource=resource,
            wanted=False,
            reason="EXCLUDED_BY_TAG",
            detail="it has none of the tags that are asked for",
        )
    try:
        prepared = _prepare(resource, tools)
        if isinstance(prepared, Unread):
            return Taken(
                resource=resource, wanted=True, reason=prepared.reason, detail=prepared.detail
            )
        if _still_holds(known, prepared):
            return _taken(resource, known.fingerprint, known.inventory, reused=True)
        return _taken(resource, prepared.fingerprint, prepared.read(), reused=False)
    except ServiceError as error:
        reason = "ACCESS_DENIED" if error.code in _DENIED else "INTERNAL_ERROR"
        return Taken(resource=resource, wanted=True, reason=reason, detail=str(error))
    except Error as error:
        return Taken(resource=resource, wanted=True, reason="INTERNAL_ERROR", detail=str(error))


def _prepare(resource: Resource, tools: Tools) -> Prepared:
    match resource.facts:
        case Ec2Instance() as facts:
            return prepare_instance(resource, facts, tools)
        case ContainerImage() as facts:
            return prepare_image(resource, facts, tools)
        case LambdaFunction() as facts:
            return prepare_function(resource, facts, tools)
        case LocalTarget():
            return Unread(reason="RESOURCE_UNMANAGED", detail="a local target is scanned by hand")


def _taken(resource: Resource, fingerprint: str, inventory: Inventory, *, reused: bool) -> Taken:
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
        inventory=inventory,
        reused=reused,
    )


def _still_holds(known: KnownInventory | None, prepared: Reading) -> TypeGuard[KnownInventory]:
    # what failed may have been the network's fault: it is tried again in every pass
    return (
        known is not None
        and known.fingerprint == prepared.fingerprint
        and not known.inventory.failures
    )
