"""Counts of findings by severity."""

from collections.abc import Iterable

import msgspec

from vedette.model.finding import Finding
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
