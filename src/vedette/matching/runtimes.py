"""AWS Lambda's runtimes, judged by their identifier: whoever runs one past its end gets no security fixes from AWS.

Whether an end has come depends on the day: it is given, never read from a clock.
"""

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from vedette.matching.index import AdvisoryIndex
from vedette.matching.lambda_runtimes import DEPRECATED_ON, SOURCE
from vedette.matching.match import MatchResult
from vedette.matching.ranges import Version, version_of
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    EndOfLife,
    FixState,
    Range,
)
from vedette.model.match import Match, MatchKind
from vedette.model.package import Package, PackageManager, SchemeName
from vedette.model.purl import make_purl

PRODUCT = "aws-lambda"
"""endoflife.date's name."""

ECOSYSTEM = "AWS Lambda"
_FEED = "eol"
_RUNTIME = re.compile(r"(?P<family>[a-z]+?)(?:core)?(?P<version>[0-9]+(?:\.[0-9]+)*)(?P<rest>.*)")


class RuntimeEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The runtime's end has come: a match that becomes a finding as any other does."""

    match: Match


class RuntimeMaintained(msgspec.Struct, frozen=True, kw_only=True):
    """The runtime still gets fixes; `until` where its end is announced."""

    until: date | None


class RuntimeUnknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody says when the runtime ends."""

    reason: str


RuntimeVerdict = RuntimeEnded | RuntimeMaintained | RuntimeUnknown


class _End(msgspec.Struct, frozen=True, kw_only=True):
    day: date | None
    ended: bool
    source: str


def judge_runtime(runtime: str, index: AdvisoryIndex, *, today: date) -> RuntimeVerdict:
    """Whether a function's runtime is still maintained.

    Args:
        runtime: its identifier (`python3.8`, `nodejs16.x`).
        index: where the database's ends of life are, which count more than those that come with the program.
        today: the day that is asked about.
    """
    end = _end_of(runtime, index, today)
    if end is None:
        return RuntimeUnknown(reason=f"no end of life is known of the Lambda runtime {runtime}")
    if not end.ended:
        return RuntimeMaintained(until=end.day)
    return RuntimeEnded(match=_match(runtime, end, _successor(runtime, index, today)))


def with_runtime(
    result: MatchResult, runtime: str, index: AdvisoryIndex, *, today: date
) -> MatchResult:
    """The result for a function with what is to be said of its runtime; see `judge_runtime`."""
    match judge_runtime(runtime, index, today=today):
        case RuntimeEnded(match=found):
            matches = (*result.matches, found)
            ordered = sorted(matches, key=lambda one: (one.package.purl, one.advisory.id))
            return msgspec.structs.replace(result, matches=tuple(ordered))
        case RuntimeUnknown(reason=reason):
            return msgspec.structs.replace(result, unjudged=(*result.unjudged, reason))
        case RuntimeMaintained():  # pragma: no branch
            return result


def _end_of(runtime: str, index: AdvisoryIndex, today: date) -> _End | None:
    record = index.end_of_life(PRODUCT, runtime)
    if record is not None:
        day = _day(record)
        if day is not None or record.ended is not None:
            ended = today >= day if day is not None else bool(record.ended)
            return _End(day=day, ended=ended, source=f"https://endoflife.date/{PRODUCT}")
    if runtime not in DEPRECATED_ON:
        return None
    known = DEPRECATED_ON[runtime]
    return _End(day=known, ended=known is not None and today >= known, source=SOURCE)


def _day(record: EndOfLife) -> date | None:
    """AWS's deprecation is the end of support; the end of life there is only when functions can no longer be changed."""
    return record.support_ends_on or record.eol_on


def _match(runtime: str, end: _End, successor: str | None) -> Match:
    since = f" since {end.day.isoformat()}" if end.day else ""
    package = Package(
        purl=make_purl("generic", f"{PRODUCT}/{runtime}", _version(runtime)),
        ecosystem=ECOSYSTEM,
        name=runtime,
        version=_version(runtime),
        scheme=SchemeName.GENERIC,
        manager=PackageManager.OTHER,
    )
    affected = Affected(
        ecosystem=ECOSYSTEM,
        name=runtime,
        scheme=SchemeName.GENERIC,
        ranges=(Range(fixed=successor),),
        fix=FixState.NOT_FIXED if successor is None else FixState.FIXED,
        note="end-of-life",
    )
    advisory = Advisory(
        id=AdvisoryId(f"EOL-{PRODUCT}-{runtime}"),
        feed=_FEED,
        modified=None,
        summary=f"The Lambda runtime {runtime} has reached its end: AWS has applied no security fixes to it{since}",
        vendor_severity="high",
        references=(end.source,),
        affected=(affected,),
    )
    return Match(
        package=package,
        advisory=msgspec.structs.replace(advisory, affected=()),
        affected=affected,
        kind=MatchKind.EXACT_DIRECT,
        compared=package.version,
        range=affected.ranges[0],
    )


def _version(runtime: str) -> str:
    found = _RUNTIME.fullmatch(runtime)
    return found["version"] if found else runtime


def _successor(runtime: str, index: AdvisoryIndex, today: date) -> str | None:
    """The version of the next runtime of the same language that is maintained."""
    return next((text for _, text in sorted(_successors(runtime, index, today))), None)


def _successors(runtime: str, index: AdvisoryIndex, today: date) -> Iterator[tuple[bytes, str]]:
    own = _RUNTIME.fullmatch(runtime)
    mine = version_of(own["version"], SchemeName.GENERIC) if own else None
    if own is None or not isinstance(mine, Version):
        return
    for other in DEPRECATED_ON:
        found = _RUNTIME.fullmatch(other)
        if found is None or found["family"] != own["family"]:
            continue
        version = version_of(found["version"], SchemeName.GENERIC)
        end = _end_of(other, index, today)
        if isinstance(version, Version) and version.key > mine.key and end and not end.ended:
            yield version.key, found["version"]
