"""AWS Security Hub: findings in the AWS Security Finding Format, by `BatchImportFindings`, and the same as a report.

A call takes 100 findings of one account and 6 MB, and a finding at most 240 KB (Security Hub Partner Integration Guide,
"Guidelines for using the BatchImportFindings API").
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from vedette.errors import ServiceError
from vedette.integrations._base import (
    ASFF_PACKAGES,
    LATER,
    Caller,
    Entry,
    Occasion,
    Outlet,
    Parcel,
    Refusal,
    Report,
    Sink,
    asff,
    batches,
    json_bytes,
    json_list,
)
from vedette.model.finding import (
    Finding,
)
from vedette.model.resource import (
    Resource,
)

_AT_ONCE = 100
_LARGEST = 240_000
_LARGEST_CALL = 6_000_000
_PACKAGES = (ASFF_PACKAGES, 20, 4)
"""How many packages are named: fewer where the finding would be too large."""

_Json = dict[str, Any]


class _Sized(msgspec.Struct, frozen=True, kw_only=True):
    finding: Finding
    document: _Json
    size: int


def _sized(finding: Finding, resource: Resource | None) -> _Sized | None:
    """The finding with as many packages as fit; None where no form fits."""
    for packages in _PACKAGES:
        document = asff(finding, resource, packages=packages)
        size = len(json.dumps(document))  # as botocore writes it
        if size <= _LARGEST:
            return _Sized(finding=finding, document=document, size=size)
    return None


def _import(caller: Caller, region: str, batch: Sequence[_Sized]) -> Iterator[Refusal]:
    by_arn = {one.document["Id"]: one.finding.id for one in batch}
    answer = caller.call(
        "securityhub", "batch_import_findings", region, Findings=[one.document for one in batch]
    )
    if "SuccessCount" not in answer:
        raise _failure("an answer without SuccessCount", "Malformed")
    for failed in answer.get("FailedFindings", ()):
        code = str(failed.get("ErrorCode"))
        reason = str(failed.get("ErrorMessage"))
        if code in LATER:
            raise _failure(reason, code)
        arn = str(failed.get("Id"))
        yield Refusal(finding=by_arn.get(arn, arn), reason=f"{code}: {reason}")


def _failure(reason: str, code: str) -> ServiceError:
    return ServiceError(reason, service="securityhub", operation="batch_import_findings", code=code)


def _send(parcel: Parcel, outlet: Outlet) -> tuple[Refusal, ...]:
    """The last state of each finding, once."""
    last = {change.after.id: change.after for change in parcel.changes}
    refused: list[Refusal] = []
    fitting: list[_Sized] = []
    for finding in last.values():
        sized = _sized(finding, parcel.resources.get(finding.key.resource))
        if sized is None:
            refused.append(Refusal(finding=finding.id, reason="the finding is larger than 240 KB"))
        else:
            fitting.append(sized)
    if fitting:
        caller = outlet(parcel.account)
        for batch in batches(fitting, lambda one: one.size, count=_AT_ONCE, total=_LARGEST_CALL):
            refused.extend(_import(caller, parcel.region, batch))
    return tuple(refused)


SINK = Sink(name="security-hub", send=_send)


def _write(entries: Iterable[Entry], occasion: Occasion) -> Iterator[bytes]:
    """`{"Findings": […]}`, as the command line's `--cli-input-json` takes it, 100 at once."""
    del occasion
    yield b'{"Findings":['
    yield from json_list(json_bytes(_fitting(entry)) for entry in entries)
    yield b"\n]}\n"


def _fitting(entry: Entry) -> _Json:
    """With as many packages as Security Hub takes; the smallest form where none fits."""
    sized = _sized(entry.finding, entry.resource)
    if sized is not None:
        return sized.document
    return asff(entry.finding, entry.resource, packages=_PACKAGES[-1])


REPORT = Report(
    name="asff",
    title="AWS Security Finding Format",
    media_type="application/json",
    suffix=".asff.json",
    write=_write,
)
