"""What a report and a sink are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from vedette.findings.lifecycle import Change
from vedette.model.scan import ScanReport


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


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that a sink did not take, and its reason. It is not sent again by itself."""

    finding: str
    reason: str


class Sink(msgspec.Struct, frozen=True, kw_only=True):
    """A place that findings are sent to.

    Args:
        name: the word in the configuration; also the name of its cursor in the change log.
        send: delivers changes in order, idempotent by finding id. Returns what was refused one by one; raises
            ServiceError where nothing could be delivered, and the same changes come again later.
    """

    name: str
    send: Callable[[Sequence[Change], Outlet], tuple[Refusal, ...]]
