"""Findings that a scan can neither confirm nor end, because nobody could judge what they are about."""

from collections.abc import Iterable, Iterator

from vedette.matching.match import MatchResult
from vedette.matching.names import names_of
from vedette.model.finding import Finding, FindingStatus, Vulnerability
from vedette.model.package import Package

_Name = tuple[str, str]


def carried(
    known: Iterable[Finding], seen: Iterable[Finding], result: MatchResult
) -> Iterator[Finding]:
    """Known findings to be counted as seen, just as they are: otherwise `reconcile` would close them.

    That is so where one of the finding's packages is still there (in whatever version), and either the database has nothing
    for its ecosystem now, or the flaw has become `Undecided` for it. Not knowing is not mending.

    Args:
        known: the resource's findings.
        seen: what was built from `result`.
        result: what matching said of the whole inventory.
    """
    unjudged = {_name(package) for package in result.unjudged_packages}
    undecided = {
        (_name(one.package), flaw) for one in result.undecided for flaw in names_of(one.advisory)
    }
    found = {finding.id for finding in seen}
    for finding in known:
        evidence = finding.evidence
        if not isinstance(evidence, Vulnerability) or finding.id in found:
            continue
        if finding.status is FindingStatus.CLOSED:
            continue
        names = {_name(one.package) for one in evidence.packages}
        doubts = {(name, flaw) for name in names for flaw in (evidence.id, *evidence.aliases)}
        if not (names.isdisjoint(unjudged) and doubts.isdisjoint(undecided)):
            yield finding


def _name(package: Package) -> _Name:
    return package.ecosystem, package.name
