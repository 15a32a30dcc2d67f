"""Statements on one flaw of a distribution's package that contradict each other: the newer, more precise one counts.

A distribution's word reaches the database in several ways: its tracker, its lists of updates, OSV's conversion of either, each as
old as it happens to be. See docs/adr/0076-which-of-two-statements-counts.md.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from vedette.matching.names import cves_of, is_update
from vedette.matching.ranges import Outside
from vedette.matching.rows import Row
from vedette.model.advisory import Advisory, Affected, AffectedStatus
from vedette.model.package import SchemeName

_DISTRIBUTIONS = frozenset({SchemeName.APK, SchemeName.DEB, SchemeName.RPM})
_BRANCH = re.compile(r"\.(?P<branch>el[0-9]+_[0-9]+)(?:[._]|$)")
"""The minor release that a package of the Red Hat family was built for: `el9_2`."""


class Overruling(msgspec.Struct, frozen=True, kw_only=True):
    """A row that says that the package does not have the flaws, and why it counts more than those that say it has."""

    row: Row
    flaws: tuple[str, ...]
    reason: str


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What an advisory says against the package: that it has the flaw, or may have it; `fixed` is the end of the range."""

    advisory: Advisory
    affected: Affected
    fixed: str | None


def overruled(groups: Iterable[Sequence[Row]], claims: Iterable[Claim]) -> list[Overruling]:
    """What counts more than the claims, a flaw at a time: only what counts more than all of them.

    Args:
        groups: the package's rows, one group for each advisory.
        claims: what would stand.
    """
    by_flaw: dict[str, list[Claim]] = defaultdict(list)
    for one in claims:
        if one.affected.scheme in _DISTRIBUTIONS:
            for flaw in cves_of(one.advisory):
                by_flaw[flaw].append(one)
    if not by_flaw:
        return []
    return list(_rulings(_clear(groups, by_flaw), by_flaw))


def _clear(
    groups: Iterable[Sequence[Row]], wanted: Mapping[str, Sequence[Claim]]
) -> dict[str, list[Row]]:
    """For each flaw, the rows of advisories that all say that this version is none of theirs."""
    found: dict[str, list[Row]] = defaultdict(list)
    for rows in groups:
        if not _may_be_about(rows[0].candidate.advisory, wanted):
            continue
        spoken = [row for row in rows if row.objection is None and row.lookup.doubt is None]
        if spoken and all(map(_is_outside, spoken)):
            for flaw in wanted.keys() & set(cves_of(spoken[0].candidate.advisory)):
                found[flaw].extend(spoken)
    return found


def _may_be_about(advisory: Advisory, wanted: Mapping[str, object]) -> bool:
    """Whether an id that counts ends in one that is wanted: sooner told than what the advisory is about."""
    if _ends_in(wanted, (advisory.id, *advisory.aliases)):
        return True
    return is_update(advisory.id) and _ends_in(wanted, advisory.related)


def _ends_in(wanted: Mapping[str, object], names: Iterable[str]) -> bool:
    return any(name[name.find("CVE-") :] in wanted for name in names)


def _is_outside(row: Row) -> bool:
    status = row.candidate.affected.status
    return status is AffectedStatus.AFFECTED and isinstance(row.outcome, Outside)


def _rulings(
    clear: Mapping[str, Sequence[Row]], claims: Mapping[str, Sequence[Claim]]
) -> Iterable[Overruling]:
    for flaw in sorted(clear):
        for row in clear[flaw]:
            reasons = [_why(row, one) for one in claims[flaw]]
            if all(reasons):
                yield Overruling(row=row, flaws=(flaw,), reason=str(reasons[0]))
                break


def _why(row: Row, claim: Claim) -> str | None:
    """Why the row counts more than the claim; None where it does not."""
    affected = row.candidate.affected
    if (affected.ecosystem, affected.name) != (claim.affected.ecosystem, claim.affected.name):
        return None
    clear, other = row.candidate.advisory, claim.advisory
    if is_update(clear.id):
        return _own_branch(row, claim) if is_update(other.id) else _mended_since(row, claim)
    if is_update(other.id) and clear.feed == other.feed:
        return f"{clear.id} says it of this flaw, {other.id} of all that it mends"
    return _newer(clear, other)


def _newer(clear: Advisory, other: Advisory) -> str | None:
    spoken, before = _moment(clear), _moment(other)
    if spoken is None or before is None or spoken <= before:
        return None
    return f"{clear.id} of {spoken:%Y-%m-%d} is newer than {other.id} of {before:%Y-%m-%d}"


def _moment(advisory: Advisory) -> datetime | None:
    return advisory.modified or advisory.published


def _mended_since(row: Row, claim: Claim) -> str | None:
    """An update is a fact: what knew of no fix, and does not say when it knew that, is older."""
    clear, other = row.candidate.advisory, claim.advisory
    if claim.fixed is not None or not _has_its_fix(row):
        return None
    if _moment(other) is None and clear.feed != other.feed:
        return f"{clear.id} mends it, of which {other.id} does not know"
    return _newer(clear, other)


def _own_branch(row: Row, claim: Claim) -> str | None:
    """One flaw is mended in each minor release by an update of its own; the installed build has that of its release."""
    branch = _branch(row.lookup.version)
    if branch is None or not _has_its_fix(row) or _branch(claim.fixed or "") == branch:
        return None
    ends = {_branch(run.fixed) for run in row.candidate.affected.ranges if run.fixed is not None}
    if branch not in ends:
        return None
    return f"{row.candidate.advisory.id} mends it in {branch}, from which the installed build is"


def _has_its_fix(row: Row) -> bool:
    return isinstance(row.outcome, Outside) and row.outcome.fixed


def _branch(version: str) -> str | None:
    found = _BRANCH.search(version)
    return found["branch"] if found else None
