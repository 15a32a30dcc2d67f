"""One package beside all entries that the index has for it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import msgspec

from vedette.matching.builds import Objection
from vedette.matching.ecosystems import Lookup
from vedette.matching.index import AdvisoryIndex
from vedette.matching.ranges import (
    Membership,
    NoVersion,
    Outside,
    Version,
    membership,
    span_membership,
    version_of,
)
from vedette.matching.scope import out_of_scope
from vedette.model.candidate import Candidate
from vedette.model.package import Package, SchemeName

_REMEMBERED = 30_000
"""Entries, of some 1.5 KiB each."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One `affected` entry beside the package: the look-up that found it, and what its ranges say.

    `objection` is why it does not, or may not, speak of this build of the package.
    """

    lookup: Lookup
    candidate: Candidate
    outcome: Membership
    objection: Objection | None


class Answers:
    """What the index answers, remembered while one host is judged: the packages of one source ask the same.

    Args:
        index: the advisories.
    """

    def __init__(self, index: AdvisoryIndex) -> None:
        self._index = index
        self._known: dict[tuple[str, str], tuple[Candidate, ...]] = {}
        self._size = 0

    def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
        """As the index's own; at most `_REMEMBERED` entries are kept."""
        asked = (ecosystem, name)
        found = self._known.get(asked)
        if found is None:
            found = self._index.candidates(ecosystem, name)
            self._size += 1 + len(found)
            if self._size > _REMEMBERED:
                self._known.clear()
                self._size = 1 + len(found)
            self._known[asked] = found
        return found


class Asked(Protocol):
    """The one question that judging a package asks."""

    def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
        """As `AdvisoryIndex.candidates`."""
        ...


_Compared = tuple[Lookup, Candidate, Membership]


def rows_of(
    package: Package, lookups: Sequence[Lookup], index: Asked
) -> dict[tuple[str, str], list[Row]]:
    """Every row for the package by the feed and id of its advisory, withdrawn advisories left out."""
    return _rows(package, _compared(lookups, index))


def telling_rows(
    package: Package, lookups: Sequence[Lookup], index: Asked
) -> dict[tuple[str, str], list[Row]]:
    """The same, or none where all of them say no more than that the version is not theirs: so it is with most packages."""
    compared = _compared(lookups, index)
    return _rows(package, compared) if any(map(_tells, compared)) else {}


def _compared(lookups: Sequence[Lookup], index: Asked) -> list[_Compared]:
    versions: dict[tuple[str, SchemeName], Version | NoVersion] = {}
    found: list[_Compared] = []
    for lookup in lookups:
        for candidate in index.candidates(lookup.ecosystem, lookup.name):
            affected = candidate.affected
            if (
                affected.by_source is not lookup.by_source
                or candidate.advisory.withdrawn is not None
            ):
                continue
            place = (lookup.version, affected.scheme)
            version = versions.get(place)
            if version is None:
                version = versions[place] = version_of(*place)
            outcome = (
                membership(candidate, version)
                if lookup.upto is None
                else span_membership(candidate, version, version_of(lookup.upto, affected.scheme))
            )
            found.append((lookup, candidate, outcome))
    return _counting(found) if any(lookup.unless for lookup in lookups) else found


def _counting(found: list[_Compared]) -> list[_Compared]:
    """Without the rows of advisories that say it in another place for this host."""
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for lookup, candidate, _ in found:
        places[candidate.advisory.feed, candidate.advisory.id].add(lookup.ecosystem)
    return [
        one
        for one in found
        if places[one[1].advisory.feed, one[1].advisory.id].isdisjoint(one[0].unless)
    ]


def _tells(compared: _Compared) -> bool:
    return not isinstance(compared[2], Outside)


def _rows(package: Package, compared: Sequence[_Compared]) -> dict[tuple[str, str], list[Row]]:
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for lookup, candidate, outcome in compared:
        advisory = candidate.advisory
        row = Row(
            lookup=lookup,
            candidate=candidate,
            outcome=outcome,
            objection=out_of_scope(package, candidate),
        )
        rows[advisory.feed, advisory.id].append(row)
    return rows


def doubt_about(row: Row) -> str | None:
    """Why the row may not speak of the package at all; None where it does, or certainly does not."""
    if row.objection is not None:
        return row.objection.reason if row.objection.doubtful else None
    return row.lookup.doubt
