"""OSV records: https://ossf.github.io/osv-schema/ (1.7)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from packaging.utils import canonicalize_name

from vedette.advisories.formats.osv_ecosystems import Target, target_of
from vedette.advisories.formats.osv_ranges import Event, narrowed, normalise
from vedette.advisories.formats.osv_severity import (
    Severity,
    SpecificSeverity,
    severity_word,
    source_of,
    vectors,
)
from vedette.advisories.formats.osv_versions import VERSIONS_LIMIT, uncovered
from vedette.advisories.formats.ratings import rate
from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.advisory import Advisory, AdvisoryId, Affected, AffectedStatus, FixState, Range
from vedette.model.package import SchemeName

_REFERENCES_LIMIT = 100
_AFFECTED_LIMIT = 50_000
_CWE = re.compile(r"CWE-[0-9]+")
_UPDATE = re.compile(
    r"(?:AL[SBE]A|RL[SBE]A|RXSA|RH[SBE]A|ELSA|DSA|DLA|DTSA|USN|LSN|MGASA|OESA|(?:open)?SUSE-\w+)[-:]"
)
"""Ids of updates: they mend several flaws, so what they list as aliases are no aliases."""
_MODULE = re.compile(r"(?<!\S)[A-Za-z0-9][\w.+-]*:[\w.+-]*[\w+-](?![^\s,;])")
_MODULAR = re.compile(r"[.+]module[+_]el[0-9]")
_UPPER_BOUND = re.compile(r"(<=?)\s*(\S+)")


class _Package(msgspec.Struct):
    ecosystem: str = ""
    name: str = ""


class _Range(msgspec.Struct):
    type: str
    events: list[Event] | None = None


class _EcosystemSpecific(msgspec.Struct):
    urgency: Any = None
    custom_ranges: Any = None


class _AffectedSpecific(msgspec.Struct):
    last_known_affected_version_range: Any = None


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[Severity] | None = None
    ecosystem_specific: _EcosystemSpecific | None = None
    database_specific: _AffectedSpecific | None = None


class _Reference(msgspec.Struct):
    url: str = ""


class _Specific(msgspec.Struct):
    severity: Any = None
    cwe_ids: Any = None


class _Record(msgspec.Struct):
    id: str
    modified: str
    published: str | None = None
    withdrawn: str | None = None
    aliases: list[str] | None = None
    related: list[str] | None = None
    upstream: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[Severity] | None = None
    affected: list[_Affected] | None = None
    references: list[_Reference] | None = None
    database_specific: _Specific | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one record gave.

    `advisory` is None where nothing in the record concerns an ecosystem that we can order; `skipped` are the
    OSV ecosystems of such packages, one for each; `problems` are parts that were left out, and why.
    """

    advisory: Advisory | None
    skipped: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


_DECODER = msgspec.json.Decoder(_Record)


def read_record(data: bytes, feed: str) -> Outcome:
    """One OSV document.

    Raises:
        ParseError: where it is not an OSV record.
    """
    try:
        record = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not an OSV record: {error}") from error
    if not record.id.strip():
        raise ParseError("an OSV record without an id")
    entries = record.affected or []
    if len(entries) > _AFFECTED_LIMIT:
        raise ParseError(f"more than {_AFFECTED_LIMIT} affected packages").within(record.id)
    skipped = tuple(_skipped(entries))
    problems: list[str] = []
    affected = tuple(_affected(record, entries, problems))
    if not affected and record.withdrawn is None:
        return Outcome(advisory=None, skipped=skipped, problems=tuple(problems))
    advisory = _advisory(record, feed, affected, problems)
    return Outcome(advisory=advisory, skipped=skipped, problems=tuple(problems))


def _skipped(entries: Sequence[_Affected]) -> Iterator[str]:
    """Entries without a package speak of a repository's commits or of C sources: nothing installed has that name."""
    for entry in entries:
        ecosystem = entry.package.ecosystem if entry.package else ""
        if ecosystem and target_of(ecosystem) is None:
            yield ecosystem


def _advisory(
    record: _Record, feed: str, affected: tuple[Affected, ...], problems: list[str]
) -> Advisory:
    source = source_of(record.id)
    everywhere = [*(record.severity or ()), *_severities(record.affected or ())]
    ratings, bad = rate((source, text) for text in vectors(everywhere))
    problems.extend(bad)
    aliases, related = _joined(record)
    return Advisory(
        id=AdvisoryId(record.id),
        feed=feed,
        modified=_time(record.modified, problems),
        published=_time(record.published, problems),
        withdrawn=_withdrawn(record, problems),
        aliases=aliases,
        related=related,
        summary=record.summary or "",
        details=record.details or "",
        vendor_severity=_vendor_severity(record, everywhere),
        ratings=ratings,
        cwes=_cwes(record.database_specific),
        references=_urls(record),
        affected=affected,
    )


def _severities(entries: Sequence[_Affected]) -> Iterator[Severity]:
    for entry in entries:
        yield from entry.severity or ()


def _time(text: str | None, problems: list[str]) -> datetime | None:
    if not text:
        return None
    try:
        return parse_time(text)
    except ParseError as error:
        problems.append(str(error))
        return None


def _withdrawn(record: _Record, problems: list[str]) -> datetime | None:
    """A withdrawal counts even where its time is unreadable: it was then withdrawn when last modified."""
    if record.withdrawn is None:
        return None
    at = _time(record.withdrawn, problems) or _time(record.modified, problems)
    if at is None:
        raise ParseError("withdrawn at a time that cannot be read").within(record.id)
    return at


def _vendor_severity(record: _Record, everywhere: Sequence[Severity]) -> str | None:
    specific = record.database_specific
    return severity_word(
        SpecificSeverity(
            said=specific.severity if specific else None,
            scores=tuple(everywhere),
            summary=record.summary or "",
            urls=tuple(reference.url for reference in record.references or ()),
        )
    )


def _joined(record: _Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Aliases and related ids, sorted.

    `upstream` of a distribution's own record of a CVE (`DEBIAN-CVE-…`) is the flaw itself, hence an alias.
    """
    aliases, related = set(record.aliases or ()), set(record.related or ())
    for upstream in record.upstream or ():
        (aliases if record.id.endswith(f"-{upstream}") else related).add(upstream)
    if _UPDATE.match(record.id):
        aliases, related = set(), aliases | related
    aliases.discard(record.id)
    return tuple(sorted(aliases)), tuple(sorted(related - aliases))


def _cwes(specific: _Specific | None) -> tuple[str, ...]:
    ids = specific.cwe_ids if specific else None
    if not isinstance(ids, list):
        return ()
    return tuple(sorted({text for text in ids if isinstance(text, str) and _CWE.fullmatch(text)}))


def _urls(record: _Record) -> tuple[str, ...]:
    urls = dict.fromkeys(reference.url for reference in record.references or () if reference.url)
    return tuple(urls)[:_REFERENCES_LIMIT]


def _affected(
    record: _Record, entries: Sequence[_Affected], problems: list[str]
) -> Iterator[Affected]:
    for entry in entries:
        target = target_of(entry.package.ecosystem) if entry.package else None
        if entry.package is not None and target is not None:
            name = _name(entry.package, target)
            one = _one(entry, name, target, record)
            if isinstance(one, str):
                problems.append(f"{target.ecosystem} {name!r}: {one}")
            elif one is not None and not _is_said_better(one):
                yield one
                for other in target.also:
                    yield msgspec.structs.replace(one, ecosystem=other)


def _is_said_better(affected: Affected) -> bool:
    """Red Hat's feed per CVE tells several updates for one flaw apart and knows what is not fixed; of modules it lacks the builds."""
    modular = affected.module is not None or affected.note == "modular"
    return affected.ecosystem.startswith("Red Hat:") and not modular


def _name(package: _Package, target: Target) -> str:
    """The name under which its ecosystem knows the package, whatever its spelling: PEP 503 for PyPI, lower case where no case counts."""
    match target.ecosystem:
        case "PyPI":
            return canonicalize_name(package.name)
        case "GitHub Actions" | "Hex" | "NuGet" | "Packagist":
            return package.name.lower()
        case "crates.io":
            return package.name.lower().replace("_", "-")
        case _:
            return package.name


def _one(entry: _Affected, name: str, target: Target, record: _Record) -> Affected | str | None:
    """The entry in our words; None where it speaks of commits only; a reason where it cannot be used."""
    if not name:
        return "a package without a name"
    lists = [run.events or [] for run in entry.ranges or () if run.type != "GIT"]
    ranges = _bounded(narrowed(_all_runs(lists, target), _custom(entry), target.scheme), entry)
    versions = uncovered(entry.versions or (), ranges, target.scheme)
    if len(versions) > VERSIONS_LIMIT:
        return f"more than {VERSIONS_LIMIT} versions that no range holds"
    if not ranges and not versions and not any(lists):
        return None
    urgency = entry.ecosystem_specific.urgency if entry.ecosystem_specific else None
    module, note = _module(ranges, record.summary or "")
    nothing = not ranges and not versions
    return Affected(
        ecosystem=target.ecosystem,
        name=name,
        scheme=target.scheme,
        ranges=ranges,
        versions=versions,
        module=module,
        status=AffectedStatus.NOT_AFFECTED if nothing else AffectedStatus.AFFECTED,
        fix=_fix(ranges, urgency),
        by_source=target.by_source,
        note=urgency if urgency in {"unimportant", "end-of-life"} else note,
    )


def _custom(entry: _Affected) -> list[list[Event]]:
    """Go's `custom_ranges`; none where they are not written as ranges are."""
    given = entry.ecosystem_specific.custom_ranges if entry.ecosystem_specific else None
    try:
        runs = msgspec.convert(given or [], list[_Range])
    except msgspec.ValidationError:
        return []
    return [run.events for run in runs if run.events]


def _all_runs(lists: Iterable[Sequence[Event]], target: Target) -> tuple[Range, ...]:
    runs = (run for events in lists for run in normalise(events, target.scheme))
    if target.scheme is SchemeName.RPM:
        runs = (msgspec.structs.replace(run, fixed=_plain(run.fixed)) for run in runs)
    return tuple(dict.fromkeys(runs))


def _plain(evr: str | None) -> str | None:
    """An rpm version without the epoch 0, which is none."""
    return None if evr is None else evr.removeprefix("0:")


def _bounded(ranges: tuple[Range, ...], entry: _Affected) -> tuple[Range, ...]:
    """GitHub's `last_known_affected_version_range` ends a single run that has no end of its own."""
    known = (
        entry.database_specific.last_known_affected_version_range
        if entry.database_specific
        else None
    )
    match = _UPPER_BOUND.fullmatch(known) if isinstance(known, str) else None
    if match is None or len(ranges) != 1 or ranges[0].fixed or ranges[0].last_affected:
        return ranges
    if match[1] == "<":
        return (Range(introduced=ranges[0].introduced, fixed=match[2]),)
    return (Range(introduced=ranges[0].introduced, last_affected=match[2]),)


def _module(ranges: Sequence[Range], summary: str) -> tuple[str | None, str | None]:
    """The module stream of a modular rpm, which only the summary names; `modular` where it does not."""
    if not any(run.fixed and _MODULAR.search(run.fixed) for run in ranges):
        return None, None
    streams = set(_MODULE.findall(summary))
    return (streams.pop(), None) if len(streams) == 1 else (None, "modular")


def _fix(ranges: Sequence[Range], urgency: Any) -> FixState:
    if any(run.fixed for run in ranges):
        return FixState.FIXED
    if urgency == "end-of-life":
        return FixState.WONT_FIX
    if any(run.last_affected for run in ranges) or not ranges:
        return FixState.UNKNOWN
    return FixState.NOT_FIXED
