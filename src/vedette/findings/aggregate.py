"""Counts of findings by severity, for each resource, package or flaw."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from vedette.findings.derived import finding_type
from vedette.model.finding import Finding, Reachable, Vulnerability
from vedette.model.severity import Severity


class SeverityCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many findings there are, in all and of each severity."""

    all: int = 0
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    informational: int = 0
    untriaged: int = 0


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of the findings that share a key; `risk` is the highest of theirs."""

    key: str
    counts: SeverityCounts
    risk: float


class GroupBy(StrEnum):
    """What findings can be counted by."""

    ACCOUNT = "account"
    PACKAGE = "package"
    RESOURCE = "resource"
    SEVERITY = "severity"
    TITLE = "title"
    TYPE = "type"
    VULNERABILITY = "vulnerability"


def count(findings: Iterable[Finding]) -> SeverityCounts:
    """Count findings by severity."""
    amounts = dict.fromkeys(Severity, 0)
    for finding in findings:
        amounts[finding.severity] += 1
    return SeverityCounts(
        all=sum(amounts.values()),
        critical=amounts[Severity.CRITICAL],
        high=amounts[Severity.HIGH],
        medium=amounts[Severity.MEDIUM],
        low=amounts[Severity.LOW],
        informational=amounts[Severity.INFORMATIONAL],
        untriaged=amounts[Severity.UNTRIAGED],
    )


def aggregate(findings: Iterable[Finding], by: GroupBy) -> tuple[Group, ...]:
    """Counts for each key, the worst first: by critical, then high findings, then all, then by key.

    A finding with several packages counts under each; one that has no such key counts under none.
    """
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for key in _KEYS[by](finding):
            grouped[key].append(finding)
    groups = (
        Group(key=key, counts=count(found), risk=max(one.score.risk for one in found))
        for key, found in grouped.items()
    )
    return tuple(sorted(groups, key=_worst_first))


def _worst_first(group: Group) -> tuple[int, int, int, str]:
    return -group.counts.critical, -group.counts.high, -group.counts.all, group.key


def _packages(finding: Finding) -> tuple[str, ...]:
    match finding.evidence:
        case Vulnerability(packages=packages):
            return tuple(sorted({one.package.name for one in packages}))
        case Reachable():  # pragma: no branch
            return ()


def _vulnerability(finding: Finding) -> tuple[str, ...]:
    match finding.evidence:
        case Vulnerability(id=identifier):
            return (identifier,)
        case Reachable():  # pragma: no branch
            return ()


def _account(finding: Finding) -> tuple[str, ...]:
    account = finding.key.resource.account
    return () if account is None else (account,)


_KEYS: dict[GroupBy, Callable[[Finding], tuple[str, ...]]] = {
    GroupBy.ACCOUNT: _account,
    GroupBy.PACKAGE: _packages,
    GroupBy.RESOURCE: lambda finding: (finding.key.resource.id,),
    GroupBy.SEVERITY: lambda finding: (finding.severity.value,),
    GroupBy.TITLE: lambda finding: (finding.title,),
    GroupBy.TYPE: lambda finding: (finding_type(finding).value,),
    GroupBy.VULNERABILITY: _vulnerability,
}
