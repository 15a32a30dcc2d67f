"""What a report and a sink are, and the words that several of them share."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from vedette.findings.lifecycle import Change
from vedette.model.finding import VulnerablePackage
from vedette.model.package import Package, SchemeName
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

_WITH_RELEASE = frozenset({SchemeName.APK, SchemeName.DEB, SchemeName.RPM})


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


class VersionParts(msgspec.Struct, frozen=True, kw_only=True):
    """A version as Inspector takes it apart: `release` only for packages of an operating system."""

    epoch: int
    version: str
    release: str | None


def version_parts(package: Package) -> VersionParts:
    """Epoch, version and release of an OS package; others have a version only."""
    if package.scheme not in _WITH_RELEASE:
        return VersionParts(epoch=0, version=package.version, release=None)
    epoch, colon, rest = package.version.partition(":")
    if not colon or not (epoch.isascii() and epoch.isdecimal()):
        epoch, rest = "0", package.version
    version, dash, release = rest.rpartition("-")
    return VersionParts(
        epoch=int(epoch), version=version if dash else rest, release=release if dash else None
    )


def fixed_in(entry: VulnerablePackage) -> str:
    """The version that mends it, in Inspector's words where there is none."""
    return entry.fixed_in or "NotAvailable"


def cut(text: str, length: int) -> str:
    """At most so many characters; the last one says that there was more."""
    return text if len(text) <= length else text[: length - 1] + "…"


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def pruned(members: Mapping[str, Any]) -> dict[str, Any]:
    """Without the members that have no value: AWS's JSON leaves them out."""
    return {name: value for name, value in members.items() if value not in (None, [], {}, "")}
