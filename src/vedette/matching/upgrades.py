"""The one version of a package that mends all its flaws which have a fix, and brings none that are known."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from vedette.matching.names import cves_of, other_ids
from vedette.matching.ranges import Version, lies_in, version_of
from vedette.matching.rows import Row
from vedette.model.advisory import AffectedStatus
from vedette.model.candidate import Candidate, KeyedRange
from vedette.model.match import Match
from vedette.model.package import Package

_TRIED = 100
"""Versions that are looked at one by one; the first that no range holds is nearly always among the first few."""


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """What to update a package to.

    Args:
        package: as it is installed.
        version: the smallest that mends everything of it that can be mended.
        leaves: ids of its flaws that have no fix, sorted.
        brings: ids of flaws that the version is known to have and the installed one has not, sorted; empty wherever a version
            without any is known.
    """

    package: Package
    version: str
    leaves: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    candidate: Candidate
    ranges: tuple[KeyedRange, ...]


def upgrade_for(
    package: Package, matches: Sequence[Match], groups: Iterable[Sequence[Row]]
) -> Upgrade | None:
    """The one version that mends everything; None where there is nothing to mend, or no fix.

    Args:
        package: any package.
        matches: all that it has.
        groups: its rows, from which the ranges of other flaws are known too.
    """
    if not matches:
        return None
    spoken = _spoken(groups)
    theirs = {(one.advisory.feed, one.advisory.id) for one in matches}
    matched = [one for one in spoken if _id(one) in theirs]
    fixable = [
        one
        for one in matched
        if one.candidate.affected.scheme is matches[0].affected.scheme
        and any(keyed.range.fixed for keyed in one.ranges)
    ]
    floor = version_of(matches[0].compared, matches[0].affected.scheme)
    if not fixable or not isinstance(floor, Version):
        return None
    ends = _ends(fixable, floor)
    others = [
        one
        for one in spoken
        if _id(one) not in theirs and one.candidate.affected.scheme is matches[0].affected.scheme
    ]
    best = _first_free(ends, [*fixable, *others]) or _first_free(ends, fixable)
    if best is None:
        return None
    mended = {_id(one) for one in fixable}
    return Upgrade(
        package=package,
        version=best.text,
        leaves=_names(one for one in matched if _id(one) not in mended),
        brings=_names(one for one in others if _held(best, one.ranges)),
    )


def _spoken(groups: Iterable[Sequence[Row]]) -> list[_Known]:
    return [
        _Known(candidate=row.candidate, ranges=row.candidate.ranges)
        for rows in groups
        for row in rows
        if row.objection is None
        and row.lookup.doubt is None
        and row.candidate.affected.status is AffectedStatus.AFFECTED
    ]


def _id(known: _Known) -> tuple[str, str]:
    return known.candidate.advisory.feed, known.candidate.advisory.id


def _ends(fixable: Iterable[_Known], floor: Version) -> list[Version]:
    """Every fixed end above the installed version, in order."""
    found: dict[bytes, Version] = {}
    for one in fixable:
        for keyed in one.ranges:
            text, key = keyed.range.fixed, keyed.high
            if text is not None and key is not None and key > floor.key:
                found[key] = Version(text=text, key=key, order=floor.order)
    return [found[key] for key in sorted(found)]


def _first_free(ends: Sequence[Version], known: Collection[_Known]) -> Version | None:
    """The first version that no range holds: a sweep over the ranges by their beginnings, then a look at each."""
    runs = sorted((run for one in known for run in one.ranges), key=lambda run: run.low)
    return next((end for end in _above(ends, runs) if not _held(end, runs)), None)


def _above(ends: Sequence[Version], runs: Sequence[KeyedRange]) -> Iterator[Version]:
    """The versions that no key range holds, at most `_TRIED`."""
    reach: bytes | None = b""
    place = given = 0
    for end in ends:
        while place < len(runs) and runs[place].low <= end.key:
            high = runs[place].high
            reach = None if reach is None or high is None else max(reach, high)
            place += 1
        if reach is not None and reach <= end.key and given < _TRIED:
            given += 1
            yield end


def _held(end: Version, runs: Iterable[KeyedRange]) -> bool:
    return any(lies_in(run, end) for run in runs)


def _names(known: Iterable[_Known]) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                name
                for one in known
                for name in cves_of(one.candidate.advisory)
                or (min(other_ids(one.candidate.advisory)),)
            }
        )
    )
