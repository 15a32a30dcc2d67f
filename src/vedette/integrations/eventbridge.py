"""Amazon EventBridge: one event a change, in the form of Inspector's own.

`PutEvents` takes ten entries, and less than 256 KB in all (EventBridge User Guide, "Calculating PutEvents event entry size").
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from vedette.errors import ServiceError
from vedette.integrations._base import (
    DETAIL_TYPE,
    EVENT_PACKAGES,
    LATER,
    SOURCE,
    Caller,
    Outlet,
    Parcel,
    Refusal,
    Sink,
    batches,
    finding_detail,
    json_bytes,
    shortened,
)
from vedette.model.finding import Finding
from vedette.model.resource import Resource

_AT_ONCE = 10
_TOO_LARGE = 256 * 1024
_TIME = 14  # bytes that EventBridge counts for the time

_Json = dict[str, Any]


def _size(entry: Mapping[str, Any]) -> int:
    texts = (entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"])
    return _TIME + sum(len(text.encode()) for text in texts)


class _Sized(msgspec.Struct, frozen=True, kw_only=True):
    finding: Finding
    entry: _Json
    size: int


def _sized(finding: Finding, resource: Resource | None) -> _Sized | None:
    """The event with as many packages as fit; None where no form fits."""
    whole = finding_detail(finding, resource)
    for packages in EVENT_PACKAGES:
        detail = shortened(whole, packages)
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": finding.updated_at,
            "Resources": [finding.key.resource.id],
            "Detail": json_bytes(detail).decode(),
        }
        size = _size(entry)
        if size < _TOO_LARGE:
            return _Sized(finding=finding, entry=entry, size=size)
    return None


def _put(caller: Caller, region: str, batch: Sequence[_Sized]) -> Iterator[Refusal]:
    answer = caller.call("events", "put_events", region, Entries=[one.entry for one in batch])
    results = answer.get("Entries", ())
    if len(results) != len(batch):
        raise _failure(f"{len(results)} results for {len(batch)} entries", "Malformed")
    for one, result in zip(batch, results, strict=True):
        code = result.get("ErrorCode")
        if not code:
            continue
        reason = str(result.get("ErrorMessage"))
        if code in LATER:
            raise _failure(reason, code)
        yield Refusal(finding=one.finding.id, reason=f"{code}: {reason}")


def _failure(reason: str, code: str) -> ServiceError:
    return ServiceError(reason, service="events", operation="put_events", code=code)


def _send(parcel: Parcel, outlet: Outlet) -> tuple[Refusal, ...]:
    """Every change in order, on the default bus of vedette's own account in the finding's Region."""
    refused: list[Refusal] = []
    fitting: list[_Sized] = []
    for change in parcel.changes:
        finding = change.after
        sized = _sized(finding, parcel.resources.get(finding.key.resource))
        if sized is None:
            refused.append(Refusal(finding=finding.id, reason="the event is larger than 256 KB"))
        else:
            fitting.append(sized)
    for batch in batches(fitting, lambda one: one.size, count=_AT_ONCE, total=_TOO_LARGE - 1):
        refused.extend(_put(outlet(None), parcel.region, batch))
    return tuple(refused)


SINK = Sink(name="eventbridge", send=_send)
