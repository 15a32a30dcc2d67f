"""Counts by severity."""

import pytest

from tests.findings.make import (
    FUNCTION,
    INSTANCE,
    LOCAL,
    exposure,
    finding,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.findings.aggregate import Group, GroupBy, SeverityCounts, aggregate, count
from vedette.model.finding import Reachable, Score
from vedette.model.severity import Severity

_GLIBC = tuple(vulnerable(package("Debian:12", name, "1-1")) for name in ("libc6", "libc-bin"))
_ROWS = [
    finding(vulnerability(packages=_GLIBC), severity=Severity.CRITICAL, title="A"),
    finding(
        vulnerability(packages=_GLIBC),
        resource=FUNCTION,
        severity=Severity.CRITICAL,
        title="A",
        score=Score(value=None, vector=None, source=None, risk=77.0),
    ),
    finding(vulnerability(id="CVE-2024-0002"), severity=Severity.LOW, title="B"),
    finding(
        vulnerability(id="CVE-2024-0003"), resource=LOCAL, severity=Severity.UNTRIAGED, title="C"
    ),
    finding(Reachable(exposure=exposure()), severity=Severity.MEDIUM, title="D"),
]


def test_every_severity_is_counted() -> None:
    rows = [finding(severity=severity) for severity in (*Severity, Severity.HIGH)]
    assert count(rows) == SeverityCounts(
        all=7, critical=1, high=2, medium=1, low=1, informational=1, untriaged=1
    )
    assert count([]) == SeverityCounts()


def test_a_group_has_its_counts_and_its_highest_risk() -> None:
    worst, other = aggregate(_ROWS, GroupBy.PACKAGE)[:2]
    assert worst == Group(key="libc-bin", counts=SeverityCounts(all=2, critical=2), risk=77.0)
    assert other.key == "libc6"


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        (GroupBy.ACCOUNT, ["111122223333"]),
        (GroupBy.PACKAGE, ["libc-bin", "libc6", "lib"]),
        (GroupBy.RESOURCE, [INSTANCE.ref.id, FUNCTION.ref.id, LOCAL.ref.id]),
        (GroupBy.SEVERITY, ["CRITICAL", "LOW", "MEDIUM", "UNTRIAGED"]),
        (GroupBy.TITLE, ["A", "B", "C", "D"]),
        (GroupBy.TYPE, ["PACKAGE_VULNERABILITY", "NETWORK_REACHABILITY"]),
        (GroupBy.VULNERABILITY, ["CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003"]),
    ],
)
def test_groups_the_worst_first(by: GroupBy, keys: list[str]) -> None:
    assert [group.key for group in aggregate(_ROWS, by)] == keys
    assert aggregate(reversed(_ROWS), by) == aggregate(_ROWS, by)
