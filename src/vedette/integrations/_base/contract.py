"""What a report and a sink are."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from vedette.findings.lifecycle import Change
from vedette.model.finding import Finding
from vedette.model.resource import Resource, ResourceRef
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity

LATER = frozenset(
    {
        "InternalError",
        "InternalException",
        "InternalFailure",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
    }
)
"""What services say of one entry of many that they may take the next time."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A finding for a report, with what is known of its resource."""

    finding: Finding
    resource: Resource | None = None


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made for.

    Args:
        at: the time of the report; ages are counted up to it.
        subject: what it is about, in words: a target's name, `all accounts`.
        least: from which severity on a finding fails a test.
        gaps: what could not be read or judged, a sentence each: a report that has a place for them says so.
    """

    at: datetime
    subject: str
    least: Severity = Severity.UNTRIAGED
    gaps: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A format for findings.

    Args:
        name: the word for `--format`.
        title: the format as people know it, for the reference.
        media_type: as IANA has it.
        suffix: of files in it, with the dot.
        for_people: whether people read it from the top, so that the greatest risk comes first.
        write: the report piece by piece, in the order of the findings; the same bytes for the same findings and occasion. Memory
            does not grow with their number.
    """

    name: str
    title: str
    media_type: str
    suffix: str
    write: Callable[[Iterable[Entry], Occasion], Iterator[bytes]]
    for_people: bool = False


class ScanFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A format for the answer of one scan.

    Args:
        name: the word for `--format`.
        title: the format as people know it, for the reference.
        media_type: as IANA has it.
        render: the same bytes for the same scan; the severity is `Occasion.least`.
    """

    name: str
    title: str
    media_type: str
    render: Callable[[ScanReport, Severity], bytes]


class Caller(Protocol):
    """One AWS account's services; `vedette.clients.aws.Account` is one."""

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: object
    ) -> Mapping[str, Any]:
        """Make one call; raises ServiceError."""
        ...


Outlet = Callable[[str | None], Caller]
"""Account id → its services, None → those of the account that vedette itself runs as.

Raises ServiceError where the account cannot be entered.
"""


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of one account and Region, in order, with what is known of their resources."""

    account: str
    region: str
    changes: tuple[Change, ...]
    resources: Mapping[ResourceRef, Resource] = {}


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that a sink did not take, and its reason. It is sent again only when it changes."""

    finding: str
    reason: str


class Sink(msgspec.Struct, frozen=True, kw_only=True):
    """A place that findings are sent to.

    Args:
        name: the word in the configuration; also the name of its cursors in the change log.
        send: delivers changes in order, idempotent by finding id. Returns what was refused for good, one by one; raises
            ServiceError where something may be taken later, and the whole parcel comes again.
    """

    name: str
    send: Callable[[Parcel, Outlet], tuple[Refusal, ...]]
