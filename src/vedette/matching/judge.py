"""One package and all rows that the index has for it: what applies, what is denied, what cannot be told."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from vedette.matching.ecosystems import Lookup
from vedette.matching.index import AdvisoryIndex
from vedette.matching.names import is_about, names_of
from vedette.matching.ranges import (
    Inside,
    Membership,
    NoVersion,
    Outside,
    Unclear,
    Version,
    membership,
    names_no_versions,
    version_of,
)
from vedette.matching.scope import Objection, out_of_scope
from vedette.model.advisory import Advisory, Affected, AffectedStatus
from vedette.model.candidate import Candidate
from vedette.model.match import Match, MatchKind, Undecided
from vedette.model.package import Package, SchemeName

_DENYING = frozenset({AffectedStatus.NOT_AFFECTED, AffectedStatus.FIXED})


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher's statement that the package, in the version that was compared, does not have the flaw."""

    package: Package
    advisory: Advisory
    affected: Affected
    compared: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One `affected` entry beside the package: the look-up that found it, and what its ranges say.

    `objection` is why it does not, or may not, speak of this build of the package.
    """

    lookup: Lookup
    candidate: Candidate
    outcome: Membership
    objection: Objection | None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows say of one package."""

    matches: tuple[Match, ...]
    undecided: tuple[Undecided, ...]
    denials: tuple[Denial, ...]


def rows_of(
    package: Package, lookups: Sequence[Lookup], index: AdvisoryIndex
) -> dict[tuple[str, str], list[Row]]:
    """Every row for the package by the feed and id of its advisory, withdrawn advisories left out."""
    versions: dict[tuple[str, SchemeName], Version | NoVersion] = {}
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for lookup in lookups:
        for candidate in index.candidates(lookup.ecosystem, lookup.name):
            advisory, affected = candidate.advisory, candidate.affected
            if affected.by_source != lookup.by_source or advisory.withdrawn is not None:
                continue
            place = (lookup.version, affected.scheme)
            if place not in versions:
                versions[place] = version_of(*place)
            row = Row(
                lookup=lookup,
                candidate=candidate,
                outcome=membership(candidate, versions[place]),
                objection=out_of_scope(package, candidate),
            )
            rows[advisory.feed, advisory.id].append(row)
    return rows


def judge(package: Package, lookups: Sequence[Lookup], index: AdvisoryIndex) -> Judgement:
    """Judge one package.

    Several rows of one advisory (channels, branches, architectures) give one verdict: a denial counts most, then a fix
    reached in a channel, then a match, then a doubt. Whatever one advisory denies counts against the others too.
    """
    verdicts = [_verdict(package, rows) for rows in rows_of(package, lookups, index).values()]
    denials = tuple(one for one in verdicts if isinstance(one, Denial))
    denied = frozenset(name for one in denials for name in names_of(one.advisory))
    return Judgement(
        matches=tuple(
            one for one in verdicts if isinstance(one, Match) and not is_about(one.advisory, denied)
        ),
        undecided=tuple(
            one
            for one in verdicts
            if isinstance(one, Undecided) and not is_about(one.advisory, denied)
        ),
        denials=denials,
    )


def denies(row: Row) -> bool:
    """Whether the row says, beyond doubt, that the package does not have the flaw."""
    if row.candidate.affected.status not in _DENYING or doubt_about(row) or row.objection:
        return False
    return isinstance(row.outcome, Inside) or names_no_versions(row.candidate)


def is_mended(row: Row) -> bool:
    """Whether the package has reached the fix of one of several channels."""
    return (
        row.lookup.channel
        and row.candidate.affected.status is AffectedStatus.AFFECTED
        and isinstance(row.outcome, Outside)
        and row.outcome.fixed
    )


def doubt_about(row: Row) -> str | None:
    """Why the row may not speak of the package at all; None where it does, or certainly does not."""
    if row.objection is not None:
        return row.objection.reason if row.objection.doubtful else None
    return row.lookup.doubt


def _verdict(package: Package, rows: Sequence[Row]) -> Match | Undecided | Denial | None:
    """What the rows of one advisory say together."""
    denial = next(filter(denies, rows), None)
    if denial is not None:
        return Denial(
            package=package,
            advisory=denial.candidate.advisory,
            affected=denial.candidate.affected,
            compared=denial.lookup.version,
        )
    if any(map(is_mended, rows)):
        return None
    found = min(_applying(package, rows), key=_preference, default=None)
    reason = next(filter(None, map(why_undecided, rows)), None)
    if found is not None or reason is None:
        return found
    return Undecided(package=package, advisory=rows[0].candidate.advisory, reason=reason)


def _applying(package: Package, rows: Sequence[Row]) -> Iterator[Match]:
    for row in rows:
        affected = row.candidate.affected
        if affected.status is not AffectedStatus.AFFECTED or row.objection or row.lookup.doubt:
            continue
        if isinstance(row.outcome, Inside):
            yield Match(
                package=package,
                advisory=row.candidate.advisory,
                affected=affected,
                kind=row.lookup.kind,
                compared=row.lookup.version,
                range=row.outcome.range,
            )


def _preference(found: Match) -> tuple[bool, bool]:
    """The row that tells of a fix first, then the one about the package itself; `min` keeps the rows' order."""
    return (
        found.range is None or found.range.fixed is None,
        found.kind is not MatchKind.EXACT_DIRECT,
    )


def why_undecided(row: Row) -> str | None:
    """Why the row leaves it open whether the package is affected; None where it does not."""
    if row.objection is not None and not row.objection.doubtful:
        return None
    investigated = row.candidate.affected.status is AffectedStatus.UNDER_INVESTIGATION
    if row.candidate.affected.status in _DENYING or isinstance(row.outcome, Outside):
        return None
    if investigated:
        return "the publisher is still investigating"
    if isinstance(row.outcome, Unclear):
        return row.outcome.reason
    return doubt_about(row)
