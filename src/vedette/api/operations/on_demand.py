"""Scans that somebody asks for (Inspector2 API: StartOnDemandScan, GetOnDemandScanStatus, ListOnDemandScans).

The model has machine images alone. Here the instances of the image are looked at again; the id of a resource does as well.
"""

from collections.abc import Mapping

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import conflict, invalid, not_found
from vedette.api.listing import ordered_page
from vedette.app.on_demand import OnDemandScan, Status, resources_of, scan_id, scans_of, start

_SCANS_A_PAGE = 100
_TYPE = "AMI"


def _start(call: Call, asked: Input) -> Output:
    identity = asked["resourceId"]
    token = asked.get("clientToken") or call.request_id
    known = _scans(call, identity)
    found = resources_of(
        call.services.store,
        identity,
        account=call.caller.account if call.caller.accounts is not None else None,
        region=call.region,
    )
    if not found:
        why = "vedette knows no resource with this id, and no instance of such an image"
        raise invalid(why, ("resourceId", why))
    place = (call.caller.account, call.region)
    store = call.services.store
    running = {one.id for one in known if one.status is Status.IN_PROGRESS}
    if running - {scan_id(place, identity, token)}:
        raise conflict("A scan of this is in progress", resource_id=identity, resource_type=_TYPE)
    scan = start(store, place, identity, found, token=token, now=call.now)
    call.services.look_now(tuple(ref.id for ref in found))
    return {"scanId": scan.id}


def _status(call: Call, asked: Input) -> Output:
    for scan in _scans(call, asked["resourceId"]):
        if scan.id == asked["scanId"]:
            return _described(scan)
    raise not_found(f"There is no scan {asked['scanId']} of {asked['resourceId']}")


def _list(call: Call, asked: Input) -> Output:
    scans = _scans(call, asked["resourceId"])
    shown, token = ordered_page(call, asked, scans, _SCANS_A_PAGE)
    return {"items": [_described(scan) for scan in shown], **token}


HANDLERS: Mapping[str, Handler] = {
    "GetOnDemandScanStatus": _status,
    "ListOnDemandScans": _list,
    "StartOnDemandScan": _start,
}

NOTES: Mapping[str, Note] = {
    "StartOnDemandScan": Note(
        support=Support.WORKS,
        why="looks at the instances of a machine image again, or at the resource whose id is given; "
        "images that no instance runs are not scanned",
    ),
}


def _scans(call: Call, resource_id: str) -> tuple[OnDemandScan, ...]:
    account = call.caller.account
    return scans_of(call.services.store, account, call.region, resource_id, now=call.now)


def _described(scan: OnDemandScan) -> Output:
    told: Output = {
        "scanId": scan.id,
        "resourceId": scan.resource_id,
        "resourceType": _TYPE,
        "scanStatus": str(scan.status),
        "startedAt": scan.started_at,
    }
    if scan.reason is not None:
        told["scanStatusReason"] = scan.reason
    if scan.completed_at is not None:
        told["completedAt"] = scan.completed_at
    return told
