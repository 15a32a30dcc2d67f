"""States of the Ubuntu CVE tracker's rows → what is affected.

The states are those of the tracker's README: `needs-triage`, `needed`, `pending`, `deferred`, `released`, `ignored`,
`not-affected` (and `DNE`: the release does not have the package).
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from vedette.advisories.formats.ubuntu_releases import Channel
from vedette.model.advisory import Affected, AffectedStatus, FixState, Range
from vedette.model.package import SchemeName

_VERSION = re.compile(r"(?:[0-9]+:)?[0-9][A-Za-z0-9.+~:-]*")
_WAS = re.compile(r"\bwas (needed|pending|deferred|released)\b")
_CEASED = re.compile(r"end of |superseded by |was needs-triage|out of (?:standard )?support")
_OPEN = frozenset({"needed", "pending", "deferred", "needs-triage", "ignored"})


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row: `jammy_curl: released (7.81.0-1ubuntu1.14)`."""

    channel: Channel
    package: str
    state: str
    remark: str


def affected_by(rows: Iterable[Row], problems: list[str]) -> Iterator[Affected]:
    """One entry per package and ecosystem, in order."""
    chosen: dict[tuple[str, str], Row] = {}
    for row in rows:
        place = row.channel.ecosystem, row.package
        known = chosen.get(place)
        if known is None or _preferred(row) < _preferred(known):
            chosen[place] = row
    for (ecosystem, package), row in sorted(chosen.items(), key=lambda item: item[0]):
        archive = chosen.get((ecosystem.replace(":Pro:", ":"), package))
        seen = row if row.channel.rank is None or archive is None else _beside(row, archive)
        if seen is not None:
            yield _affected(seen, problems)


def _preferred(row: Row) -> tuple[bool, int]:
    return row.state != "released", row.channel.rank or 0


def _beside(row: Row, archive: Row) -> Row | None:
    """A Pro row that calls its own build unaffected, while the archive's is open, names the version that mends it."""
    if row.state != "not-affected" or archive.state not in _OPEN or _ceased(archive):
        return row
    if _version(row) is None:
        return None
    return msgspec.structs.replace(row, state="released")


def _ceased(row: Row) -> bool:
    """Whether the archive's row only says that nobody looks any more: it is then no statement about the flaw."""
    return (
        row.state == "ignored"
        and _CEASED.search(row.remark) is not None
        and not _WAS.search(row.remark)
    )


def _version(row: Row) -> str | None:
    first = row.remark.strip(" ()").partition(" ")[0].rstrip(",")
    return first if _VERSION.fullmatch(first) else None


def _affected(row: Row, problems: list[str]) -> Affected:
    """A state that cannot be understood leaves the flaw open; it is reported too."""
    version = _version(row)
    match row.state:
        case "released" if version is not None:
            return _entry(row, AffectedStatus.AFFECTED, FixState.FIXED, Range(fixed=version))
        case "not-affected":
            return _entry(row, AffectedStatus.NOT_AFFECTED, FixState.UNKNOWN, None)
        case "needed" | "pending" | "deferred":
            return _entry(row, AffectedStatus.AFFECTED, FixState.NOT_FIXED, Range())
        case "ignored":
            ceased = _ceased(row)
            status = AffectedStatus.UNDER_INVESTIGATION if ceased else AffectedStatus.AFFECTED
            return _entry(row, status, FixState.WONT_FIX, Range())
        case "needs-triage":
            return _entry(row, AffectedStatus.UNDER_INVESTIGATION, FixState.UNKNOWN, Range())
        case _:
            problems.append(
                f"{row.channel.ecosystem} {row.package}: state {row.state!r} ({row.remark[:60]})"
            )
            return _entry(row, AffectedStatus.UNDER_INVESTIGATION, FixState.UNKNOWN, Range())


def _entry(row: Row, status: AffectedStatus, fix: FixState, run: Range | None) -> Affected:
    said = f"{row.state} ({row.remark})" if row.remark else row.state
    return Affected(
        ecosystem=row.channel.ecosystem,
        name=row.package,
        scheme=SchemeName.DEB,
        ranges=(run,) if run else (),
        status=status,
        fix=fix,
        by_source=True,
        note=None if fix is FixState.FIXED else said,
    )
