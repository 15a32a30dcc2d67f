"""Amazon EventBridge: one event a change, in the form of Inspector's own.

The source is `vedette`, since AWS refuses `aws.*` from anybody else; detail-type and detail are those of "Inspector2 Finding"
(Inspector User Guide, "EventBridge schema"), so that a rule for one is easily made a rule for both. `PutEvents` takes ten
entries, and less than 256 KB in all (EventBridge User Guide, "Calculating PutEvents event entry size").
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.errors import ServiceError
from vedette.integrations._base import (
    LATER,
    Caller,
    Outlet,
    Parcel,
    Refusal,
    Sink,
    inspector_finding,
)
from vedette.model.finding import Finding
from vedette.model.resource import Resource

SOURCE = "vedette"
DETAIL_TYPE = "Inspector2 Finding"
_AT_ONCE = 10
_TOO_LARGE = 256 * 1024
_TIME = 14  # bytes that EventBridge counts for the time
_REFERENCES = 10
_PACKAGES = (200, 40, 8)
"""How many packages are named: fewer where the event would be too large."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_Json = dict[str, Any]


def _date(moment: datetime) -> str:
    """As Inspector writes times in events, in English whatever the locale: `Wed Sep 04 16:59:44.356 UTC 2024`."""
    utc = moment.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    clock = f"{utc:%H:%M:%S}.{utc.microsecond // 1000:03}"
    return f"{day} {month} {utc.day:02} {clock} UTC {utc.year}"


def _dated(value: Any) -> Any:
    """Times as texts, at any depth."""
    match value:
        case datetime():
            return _date(value)
        case dict():
            return {name: _dated(one) for name, one in value.items()}
        case list():
            return [_dated(one) for one in value]
        case _:
            return value


def finding_detail(
    finding: Finding, resource: Resource | None, *, packages: int = _PACKAGES[0]
) -> _Json:
    """The finding as Inspector's events have it.

    Args:
        finding: of a resource in AWS.
        resource: what is known of it.
        packages: how many of its packages are named.
    """
    return _shortened(_dated(inspector_finding(finding, resource)), packages)


def _shortened(detail: _Json, packages: int) -> _Json:
    flaw = detail.get("packageVulnerabilityDetails")
    if flaw is None:
        return detail
    shorter = {
        "referenceUrls": flaw["referenceUrls"][:_REFERENCES],
        "vulnerablePackages": flaw["vulnerablePackages"][:packages],
    }
    return detail | {"packageVulnerabilityDetails": flaw | shorter}


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
    for packages in _PACKAGES:
        detail = _shortened(whole, packages)
        entry = {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": finding.updated_at,
            "Resources": [finding.key.resource.id],
            "Detail": msgspec.json.encode(detail).decode(),
        }
        size = _size(entry)
        if size < _TOO_LARGE:
            return _Sized(finding=finding, entry=entry, size=size)
    return None


def _batches(events: Sequence[_Sized]) -> Iterator[list[_Sized]]:
    batch: list[_Sized] = []
    size = 0
    for one in events:
        if batch and (len(batch) == _AT_ONCE or size + one.size >= _TOO_LARGE):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


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
    for batch in _batches(fitting):
        refused.extend(_put(outlet(None), parcel.region, batch))
    return tuple(refused)


SINK = Sink(name="eventbridge", send=_send)
