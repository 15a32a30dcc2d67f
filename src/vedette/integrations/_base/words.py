"""Words that several reports and sinks share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.model.finding import VulnerablePackage
from vedette.model.package import Package, SchemeName

_NOTHING: tuple[Any, ...] = (None, [], {}, "")
_WITH_RELEASE = frozenset({SchemeName.APK, SchemeName.DEB, SchemeName.RPM})


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
    return {name: value for name, value in members.items() if value or value not in _NOTHING}
