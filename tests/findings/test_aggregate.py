"""Counts by severity."""

from tests.findings.make import finding
from vedette.findings.aggregate import SeverityCounts, count
from vedette.model.severity import Severity


def test_every_severity_is_counted() -> None:
    rows = [finding(severity=severity) for severity in (*Severity, Severity.HIGH)]
    assert count(rows) == SeverityCounts(
        all=7, critical=1, high=2, medium=1, low=1, informational=1, untriaged=1
    )
    assert count([]) == SeverityCounts()
