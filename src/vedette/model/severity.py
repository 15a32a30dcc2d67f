"""Severity as Inspector names it (inspector2 API model, `Severity`)."""

from enum import StrEnum


class Severity(StrEnum):
    """From worst to least; `UNTRIAGED` means that nobody has rated it yet."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    INFORMATIONAL = "INFORMATIONAL"
    UNTRIAGED = "UNTRIAGED"

    @property
    def rank(self) -> int:
        """6 for the worst, 1 for `UNTRIAGED`: for sorting and thresholds."""
        return len(Severity) - tuple(Severity).index(self)
