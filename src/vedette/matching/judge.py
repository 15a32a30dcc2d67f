"""One package and all rows that the index has for it: what applies, what is denied, what cannot be told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from vedette.matching.ecosystems import Lookup
from vedette.matching.names import is_about, names_of
from vedette.matching.overrule import Claim, overruled
from vedette.matching.ranges import Inside, Outside, Unclear, names_no_versions
from vedette.matching.rows import Asked, Row, doubt_about, telling_rows
from vedette.matching.upgrades import Upgrade, upgrade_for
from vedette.model.advisory import Advisory, Affected, AffectedStatus
from vedette.model.match import Match, MatchKind, Undecided
from vedette.model.package import Package

_DENYING = frozenset({AffectedStatus.NOT_AFFECTED, AffectedStatus.FIXED})


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher's statement that the package, in the version that was compared, does not have the flaw.

    `flaws` are those that it denies, where these are not all that the advisory is about; `reason` is why it counts more than
    another statement.
    """

    package: Package
    advisory: Advisory
    affected: Affected
    compared: str
    flaws: tuple[str, ...] = ()
    reason: str = ""


_Verdict = Match | Undecided | Denial | None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows say of one package."""

    matches: tuple[Match, ...]
    undecided: tuple[Undecided, ...]
    denials: tuple[Denial, ...]
    upgrade: Upgrade | None


def judge(package: Package, lookups: Sequence[Lookup], index: Asked) -> Judgement:
    """Judge one package.

    Several rows of one advisory (channels, branches, architectures) give one verdict: a denial counts most, then a fix
    reached in a channel, then a match, then a doubt. Whatever one advisory denies counts against the others too.
    """
    rows = telling_rows(package, lookups, index)
    verdicts = [_verdict(package, found) for found in rows.values()]
    denials = (
        *(one for one in verdicts if isinstance(one, Denial)),
        *_overruled(package, rows, verdicts),
    )
    denied = frozenset(name for one in denials for name in denied_names(one))
    matches = tuple(
        one for one in verdicts if isinstance(one, Match) and not is_about(one.advisory, denied)
    )
    return Judgement(
        matches=matches,
        undecided=tuple(
            one
            for one in verdicts
            if isinstance(one, Undecided) and not is_about(one.advisory, denied)
        ),
        denials=denials,
        upgrade=upgrade_for(package, matches, rows.values()),
    )


def denied_names(denial: Denial) -> frozenset[str]:
    """The ids of everything that is denied."""
    return frozenset(denial.flaws) or names_of(denial.advisory)


def _overruled(
    package: Package, rows: Mapping[tuple[str, str], Sequence[Row]], verdicts: Iterable[_Verdict]
) -> Iterator[Denial]:
    claims = (
        claim
        for verdict, found in zip(verdicts, rows.values(), strict=True)
        if (claim := _claim(verdict, found)) is not None
    )
    for one in overruled(rows.values(), claims):
        yield Denial(
            package=package,
            advisory=one.row.candidate.advisory,
            affected=one.row.candidate.affected,
            compared=one.row.lookup.version,
            flaws=one.flaws,
            reason=one.reason,
        )


def _claim(verdict: _Verdict, rows: Sequence[Row]) -> Claim | None:
    match verdict:
        case Match(advisory=advisory, affected=affected, range=run):
            return Claim(advisory=advisory, affected=affected, fixed=run.fixed if run else None)
        case Undecided(advisory=advisory):
            affected = next(row for row in rows if why_undecided(row)).candidate.affected
            return Claim(advisory=advisory, affected=affected, fixed=None)
        case Denial() | None:  # pragma: no branch
            return None


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


def _verdict(package: Package, rows: Sequence[Row]) -> _Verdict:
    """What the rows of one advisory say together: nothing, where none of them is about this version."""
    if all(isinstance(row.outcome, Outside) for row in rows):
        return None
    denial = next((row for row in rows if denies(row) and _counts(row, package, rows)), None)
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


def _counts(denial: Row, package: Package, rows: Sequence[Row]) -> bool:
    """Whether a denial is about this build: another channel speaks of its own, which the archive's row on this one outweighs."""
    if not denial.lookup.channel or denial.lookup.ecosystem == package.ecosystem:
        return True
    return not any(
        row.lookup.ecosystem == package.ecosystem
        and row.candidate.affected.status is AffectedStatus.AFFECTED
        and isinstance(row.outcome, Inside)
        for row in rows
    )


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
