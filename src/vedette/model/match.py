"""Verdicts of matching one package with one advisory."""

from enum import StrEnum

import msgspec

from vedette.model.advisory import Advisory, Affected, Range
from vedette.model.package import Package


class MatchKind(StrEnum):
    """How the package was found: by its own name, by its source package's, or by CPE."""

    EXACT_DIRECT = "exact-direct"
    EXACT_INDIRECT = "exact-indirect"
    CPE = "cpe"


class Match(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The package is affected; `range` and `compared` prove it.

    `compared` is the version that was compared (the source package's where the advisory is by source);
    `range` is None where an explicit list of versions decided.
    """

    package: Package
    advisory: Advisory
    affected: Affected
    kind: MatchKind
    compared: str
    range: Range | None


class Undecided(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nobody can say whether the package is affected, and why."""

    package: Package
    advisory: Advisory
    reason: str


Verdict = Match | Undecided
