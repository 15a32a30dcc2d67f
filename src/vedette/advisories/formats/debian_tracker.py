"""The Debian security tracker's JSON: source package → flaw → release → state."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from vedette.advisories.formats.debian_releases import ecosystem_of
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

_URGENCIES = ("low", "medium", "high")
"""From least to worst; `unimportant`, `end-of-life` and `not yet assigned` are no severities."""
_NOTED = frozenset({"unimportant", "end-of-life"})
_NEVER = "0"


class _Release(msgspec.Struct):
    status: str
    urgency: str = ""
    fixed_version: str | None = None
    nodsa: str | None = None
    nodsa_reason: str | None = None


class _Flaw(msgspec.Struct):
    description: str = ""
    releases: dict[str, msgspec.Raw] = {}


Place = tuple[str, str]
"""A place in the document, and what is wrong there."""


def statements(data: bytes, unknown: Counter[str]) -> Iterator[Advisory | Place]:
    """One advisory per flaw, over all packages, by id; `unknown` counts releases that have no number.

    Raises:
        ParseError: where the document is not the tracker's JSON.
    """
    flaws: dict[str, list[tuple[str, msgspec.Raw]]] = {}
    try:
        packages = msgspec.json.decode(data, type=dict[str, dict[str, msgspec.Raw]])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"not the security tracker's JSON: {error}") from error
    for package, known in packages.items():
        for flaw, raw in known.items():
            flaws.setdefault(flaw, []).append((package, raw))
    for identifier, parts in sorted(flaws.items()):
        yield from _flaw(identifier, sorted(parts, key=lambda part: part[0]), unknown)


def _flaw(
    identifier: str, parts: list[tuple[str, msgspec.Raw]], unknown: Counter[str]
) -> Iterator[Advisory | Place]:
    affected: list[Affected] = []
    urgencies: set[str] = set()
    description = ""
    for package, raw in parts:
        try:
            flaw = msgspec.json.decode(raw, type=_Flaw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield f"{package} {identifier}", str(error)
            continue
        description = description or flaw.description
        for codename, state in sorted(flaw.releases.items()):
            try:
                release = _release(state)
                one = _affected(package, ecosystem_of(codename, unknown), release)
            except ParseError as error:
                yield f"{package} {identifier} {codename}", str(error)
                continue
            urgencies.add(release.urgency.strip("*"))
            affected.extend([one] if one else ())
    if affected:
        yield Advisory(
            id=AdvisoryId(identifier),
            feed="debian",
            modified=None,
            details=description,
            vendor_severity=_worst(urgencies),
            affected=tuple(affected),
        )


def _release(raw: msgspec.Raw) -> _Release:
    try:
        return msgspec.json.decode(raw, type=_Release)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(str(error)) from error


def _worst(urgencies: set[str]) -> str | None:
    known = [word for word in _URGENCIES if word in urgencies]
    return known[-1].capitalize() if known else None


def _affected(package: str, ecosystem: str | None, release: _Release) -> Affected | None:
    """What the tracker says of one package in one release.

    Raises:
        ParseError: for a state that is not one of the tracker's.
    """
    if ecosystem is None:
        return None
    note = release.urgency if release.urgency in _NOTED else None
    ranges: tuple[Range, ...]
    match release.status:
        case "resolved" if release.fixed_version == _NEVER:
            status, fix, ranges = AffectedStatus.NOT_AFFECTED, FixState.UNKNOWN, ()
        case "resolved" if release.fixed_version:
            run = Range(fixed=release.fixed_version)
            status, fix, ranges = AffectedStatus.AFFECTED, FixState.FIXED, (run,)
        case "open":
            status, fix, ranges = AffectedStatus.AFFECTED, _unfixed(release), (Range(),)
            note = _reason(release) or note
        case "undetermined":
            status, fix = AffectedStatus.UNDER_INVESTIGATION, FixState.UNKNOWN
            ranges = (Range(),)
        case _:
            raise ParseError(f"state {release.status!r} with version {release.fixed_version!r}")
    return Affected(
        ecosystem=ecosystem,
        name=package,
        scheme=SchemeName.DEB,
        ranges=ranges,
        status=status,
        fix=fix,
        by_source=True,
        note=note,
    )


def _unfixed(release: _Release) -> FixState:
    given_up = release.nodsa_reason == "ignored" or release.urgency == "end-of-life"
    return FixState.WONT_FIX if given_up else FixState.NOT_FIXED


def _reason(release: _Release) -> str | None:
    """Why there is no DSA: `ignored`, `postponed`, or `no-dsa` where the tracker gives no more."""
    return None if release.nodsa is None else release.nodsa_reason or "no-dsa"
