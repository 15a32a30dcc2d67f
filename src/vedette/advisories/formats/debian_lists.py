"""`data/DSA/list` and its like: updates with the flaws that they mend and the fixed version of each release.

[31 Jul 2025] DSA-5970-1 sope - security update
        {CVE-2025-53603}
        [bookworm] - sope 5.8.0-1+deb12u1
        NOTE: a remark
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

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

_LINE_LIMIT = 1 << 16
_HEADING = re.compile(r"\[([^\]]+)\]\s+((?:DSA|DLA|DTSA)-[0-9]+(?:-[0-9]+)?)\b\s*(.*)")
_PACKAGE = re.compile(r"\[([a-z]+)\]\s+-\s+(\S+)(?:\s+(<[a-z-]+>|[^\s<(]\S*))?(?:\s+\(.*\))?")
_FLAWS = re.compile(r"\{([^}]*)\}")
_DATES = ("%d %b %Y", "%d %B %Y")
_ORDINAL = re.compile(r"([A-Z][a-z]+) ([0-9]{1,2})(?:st|nd|rd|th)?, ([0-9]{4})")
_STATES = {
    "<not-affected>": (AffectedStatus.NOT_AFFECTED, FixState.UNKNOWN),
    "<unfixed>": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "<end-of-life>": (AffectedStatus.AFFECTED, FixState.WONT_FIX),
    "<ignored>": (AffectedStatus.AFFECTED, FixState.WONT_FIX),
    "<no-dsa>": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "<postponed>": (AffectedStatus.AFFECTED, FixState.NOT_FIXED),
    "<undetermined>": (AffectedStatus.UNDER_INVESTIGATION, FixState.UNKNOWN),
}


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    heading: str
    lines: list[tuple[int, str]]


Place = tuple[str, str]
"""A place in the document, and what is wrong there."""


def entries(stream: IO[bytes], unknown: Counter[str]) -> Iterator[Advisory | Place]:
    """One advisory per update, in the list's order; `unknown` counts releases that have no number.

    Raises:
        ParseError: where a line is too long to be one.
    """
    for entry in _split(stream):
        heading = _HEADING.fullmatch(entry.heading)
        if heading is None:
            yield f"line {entry.number}", f"not a heading: {entry.heading[:80]!r}"
            continue
        problems: list[Place] = []
        advisory = _advisory(heading, entry, unknown, problems)
        yield from problems
        if advisory is not None:
            yield advisory


def _split(stream: IO[bytes]) -> Iterator[_Entry]:
    entry: _Entry | None = None
    for number, line in enumerate(_lines(stream), start=1):
        if not line.strip():
            continue
        if entry is None or line[:1].strip():
            if entry is not None:
                yield entry
            entry = _Entry(number=number, heading=line.strip(), lines=[])
        else:
            entry.lines.append((number, line.strip()))
    if entry is not None:
        yield entry


def _lines(stream: IO[bytes]) -> Iterator[str]:
    while raw := stream.readline(_LINE_LIMIT):
        if len(raw) == _LINE_LIMIT:
            raise ParseError(f"a line of {_LINE_LIMIT} bytes or more")
        yield raw.decode("utf-8", "replace")


def _advisory(
    heading: re.Match[str], entry: _Entry, unknown: Counter[str], problems: list[Place]
) -> Advisory | None:
    """None for announcements that name no package (`DSA-4205-1 jessie end-of-life`)."""
    flaws: set[str] = set()
    affected: list[Affected] = []
    for number, line in entry.lines:
        if listed := _FLAWS.fullmatch(line):
            flaws.update(listed[1].split())
        elif line.startswith("["):
            affected.extend(_package(number, line, unknown, problems))
        elif not line.startswith(("NOTE:", "TODO:")):
            problems.append((f"line {number}", f"not understood: {line[:80]!r}"))
    if not affected:
        return None
    published = _date(heading[1])
    if published is None:
        problems.append((f"line {entry.number}", f"not a date: {heading[1][:40]!r}"))
    return Advisory(
        id=AdvisoryId(heading[2]),
        feed="debian",
        modified=None,
        published=published,
        related=tuple(sorted(flaws)),
        summary=heading[3],
        affected=tuple(affected),
    )


def _package(
    number: int, line: str, unknown: Counter[str], problems: list[Place]
) -> Iterator[Affected]:
    match = _PACKAGE.fullmatch(line)
    if match is None or match[3] is None:
        problems.append((f"line {number}", f"not a package and its version: {line[:80]!r}"))
        return
    ecosystem = ecosystem_of(match[1], unknown)
    if ecosystem is None:
        return
    state = match[3]
    if state.startswith("<") and state not in _STATES:
        problems.append((f"line {number}", f"not a state: {state[:40]!r}"))
        return
    status, fix = _STATES.get(state, (AffectedStatus.AFFECTED, FixState.FIXED))
    denied = status is AffectedStatus.NOT_AFFECTED
    run = Range() if state.startswith("<") else Range(fixed=state)
    yield Affected(
        ecosystem=ecosystem,
        name=match[2],
        scheme=SchemeName.DEB,
        ranges=() if denied else (run,),
        status=status,
        fix=fix,
        by_source=True,
        note=state.strip("<>") if state.startswith("<") else None,
    )


def _date(text: str) -> datetime | None:
    """`31 Jul 2025`, or `August 26th, 2005` as DTSA has it."""
    ordinal = _ORDINAL.fullmatch(text.strip())
    plain = f"{ordinal[2]} {ordinal[1]} {ordinal[3]}" if ordinal else text.strip()
    for form in _DATES:
        try:
            return datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
