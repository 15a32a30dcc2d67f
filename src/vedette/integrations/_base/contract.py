"""What a report and a sink are."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from vedette.findings.lifecycle import Change
from vedette.model.resource import Resource, ResourceRef
from vedette.model.scan import ScanReport

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


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A format for the answer of one scan.

    Args:
        name: the word for `--format`.
        media_type: as IANA has it.
        render: the same bytes for the same scan.
    """

    name: str
    media_type: str
    render: Callable[[ScanReport], bytes]


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
