"""The Ubuntu CVE tracker's files (https://git.launchpad.net/ubuntu-cve-tracker/tree/README).

Candidate: CVE-2023-38545
PublicDate: 2023-10-18 04:15:00 UTC
Description:
 This flaw makes curl overflow …
Priority: high
CVSS:
 nvd: CVSS:3.1/AV:N/… [9.8 CRITICAL]
Patches_curl:
jammy_curl: released (7.81.0-1ubuntu1.14)
esm-infra/bionic_curl: not-affected
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.times import parse_time
from vedette.advisories.formats.ubuntu_releases import channel_of
from vedette.advisories.formats.ubuntu_state import Row, affected_by
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId, Rating

_ID = re.compile(
    r"CVE-[0-9]{4}-[0-9N]{4,19}"
)  # `CVE-2013-NNN1`: the tracker's own, where there is no CVE
_SECTION = re.compile(r"([A-Z][A-Za-z-]*)(?:_[^:\s]*)?\s*:(.*)")
_ROW = re.compile(r"([a-z0-9./-]+)_([a-z0-9][a-z0-9.+~-]*)\s*:\s*([a-zA-Z-]+)\s*(?:\((.*)\))?\s*")
_CVSS = re.compile(r"\s*([^\s:]+):\s*(\S+)")
_PASSED = ("upstream_", "devel_")
_PRIORITIES = frozenset({"negligible", "low", "medium", "high", "critical"})
_REJECTED = re.compile(r"\*\* ?REJECT(?:ED)? ?\*\*|Rejected reason:")
_KEPT = frozenset({"Description", "References", "CVSS"})
_REFERENCES_LIMIT = 100
_SOURCES = {"nvd": "NVD"}


class _File(msgspec.Struct):
    """A file taken apart: single fields, the lines of sections, and the rows."""

    fields: dict[str, str]
    sections: dict[str, list[str]]
    rows: list[Row]


def read_cve(text: str, unknown: Counter[str], problems: list[str]) -> Advisory:
    """One file; rows of releases that are not known are counted in `unknown`.

    Raises:
        ParseError: where it names no CVE.
    """
    file = _File(fields={}, sections={}, rows=[])
    _scan(text, file, unknown, problems)
    identifier = file.fields.get("Candidate", "")
    if not _ID.fullmatch(identifier):
        raise ParseError(f"not a CVE id: {identifier[:40]!r}")
    description = "\n".join(file.sections.get("Description", ())).strip()
    published = _time(file.fields.get("PublicDate", ""), problems)
    rejected = _REJECTED.match(description) is not None
    return Advisory(
        id=AdvisoryId(identifier),
        feed="ubuntu",
        modified=None,
        published=published,
        withdrawn=published if rejected else None,
        details=description,
        vendor_severity=_severity(file.fields.get("Priority", "")),
        ratings=_ratings(file.sections.get("CVSS", ()), problems),
        references=tuple(dict.fromkeys(file.sections.get("References", ())))[:_REFERENCES_LIMIT],
        affected=() if rejected else tuple(affected_by(file.rows, problems)),
    )


def _scan(text: str, file: _File, unknown: Counter[str], problems: list[str]) -> None:
    section: list[str] | None = None
    for line in text.splitlines():
        if line[:1] in {" ", "\t"}:
            if section is not None:
                section.append(line.strip())
        elif line[:1].islower():
            _row(line, file, unknown, problems)
        elif line and not line.startswith("#"):
            section = _heading(line, file, problems)


def _heading(line: str, file: _File, problems: list[str]) -> list[str] | None:
    """The section that opens, where its lines are kept."""
    match = _SECTION.fullmatch(line)
    if match is None:
        problems.append(f"not understood: {line[:80]!r}")
        return None
    name, value = match[1], match[2].strip()
    if name in _KEPT:
        return file.sections.setdefault(name, [value] if value else [])
    if line.startswith(f"{name}:"):
        file.fields.setdefault(name, value)
    return None


def _row(line: str, file: _File, unknown: Counter[str], problems: list[str]) -> None:
    if line.startswith(_PASSED) or ": DNE" in line:  # two lines of three, so told apart cheaply
        return
    match = _ROW.fullmatch(line)
    if match is None:
        problems.append(f"not understood: {line[:80]!r}")
        return
    channel = channel_of(match[1])
    if isinstance(channel, str):
        unknown[channel[:40]] += 1
    elif channel is not None:
        remark = match[4] or ""
        file.rows.append(Row(channel=channel, package=match[2], state=match[3], remark=remark))


def _severity(priority: str) -> str | None:
    """The priority's word; what follows on the line is its reason."""
    word = priority.partition(" ")[0].lower()
    return word.capitalize() if word in _PRIORITIES else None


def _ratings(lines: Iterable[str], problems: list[str]) -> tuple[Rating, ...]:
    ratings, bad = rate(_vectors(lines))
    problems.extend(bad)
    return ratings


def _vectors(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if match := _CVSS.match(line):
            yield _SOURCES.get(match[1], match[1]), match[2]


def _time(text: str, problems: list[str]) -> datetime | None:
    plain = text.removesuffix("UTC").strip()
    if plain in {"", "unknown"}:
        return None
    try:
        return parse_time(plain)
    except ParseError as error:
        problems.append(str(error))
        return None
