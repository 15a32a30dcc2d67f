"""Arch Linux: Arch Vulnerability Groups (https://security.archlinux.org, `all.json`)."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from vedette.advisories.feeds._base import Document, Feed, FetchSmall, LocalDocument, RecordFailure
from vedette.advisories.formats.compressed import read_document
from vedette.errors import ParseError
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    FixState,
    Range,
)
from vedette.model.package import SchemeName

_NAME = "arch/all.json"
_URL = "https://security.archlinux.org/all.json"
_LIMIT = 64 << 20


class _Group(msgspec.Struct):
    name: str
    packages: list[str]
    status: str
    severity: str = ""
    type: str = ""
    affected: str | None = None
    fixed: str | None = None
    issues: list[str] = []
    advisories: list[str] = []


def _locate(_fetch: FetchSmall) -> Iterable[Document]:
    return (Document(name=_NAME, url=_URL),)


def _read(document: LocalDocument) -> Iterator[Advisory | RecordFailure]:
    try:
        groups = msgspec.json.decode(read_document(document.path, _LIMIT), type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"not the list of groups: {error}") from error
    for position, raw in enumerate(groups):
        try:
            yield _advisory(msgspec.json.decode(raw, type=_Group))
        except (ParseError, msgspec.DecodeError, UnicodeDecodeError) as error:
            yield RecordFailure(document=document.name, place=f"[{position}]", reason=str(error))


def _advisory(group: _Group) -> Advisory:
    if not group.name or not all(group.packages):
        raise ParseError("no name or no package")
    stated = _stated(group)
    return Advisory(
        id=AdvisoryId(group.name),
        feed="arch",
        modified=None,
        related=tuple(sorted({*group.issues, *group.advisories})),
        summary=group.type,
        vendor_severity=group.severity if group.severity not in {"", "Unknown"} else None,
        references=(f"https://security.archlinux.org/{group.name}",),
        affected=tuple(
            Affected(
                ecosystem="Arch Linux",
                name=name,
                scheme=SchemeName.ALPM,
                **stated,
            )
            for name in sorted(set(group.packages))
        ),
    )


def _stated(group: _Group) -> dict[str, Any]:
    """What the status says; `affected` is one version that has the flaw, not the first."""
    match group.status:
        case "Fixed" if group.fixed:
            return {"ranges": (Range(fixed=group.fixed),), "fix": FixState.FIXED}
        case "Not affected":
            return {"status": AffectedStatus.NOT_AFFECTED, "note": group.status}
        case "Vulnerable" | "Testing":
            return {"ranges": (Range(),), "fix": FixState.NOT_FIXED, "note": group.status}
        case "Fixed":
            raise ParseError("fixed without a version")
        case _:
            status = AffectedStatus.UNDER_INVESTIGATION
            return {"ranges": (Range(),), "status": status, "note": group.status or None}


FEED = Feed(
    name="arch",
    title="Arch Linux security tracker",
    licence="not stated",
    locate=_locate,
    mirrored=(_NAME, f"{_NAME}.gz"),
    read=_read,
)
