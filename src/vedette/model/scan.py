"""The answer of one scan of one target."""

from datetime import datetime

import msgspec

from vedette.model.finding import Finding
from vedette.model.inventory import Inventory
from vedette.model.match import Undecided
from vedette.model.package import Package


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Which advisory database was asked; `starter` means the small set that ships with the program."""

    digest: str
    built_at: datetime
    starter: bool


class FixStep(msgspec.Struct, frozen=True, kw_only=True):
    """One upgrade of one package, to the smallest version that mends all its flaws that can be mended.

    Args:
        package: as it is installed.
        version: what to upgrade it to.
        leaves: ids of its flaws that have no fix, sorted.
        brings: ids of flaws that the version is known to have and the installed one has not, sorted.
    """

    package: Package
    version: str
    leaves: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


class ScanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one scan found, what it could not decide, and (in the inventory) what it could not read.

    `unjudged` says for which packages nobody has been asked (a distribution without advisories), `fix_plan` what to upgrade.
    """

    target: str
    inventory: Inventory
    database: DatabaseFacts | None
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    unjudged: tuple[str, ...] = ()
    fix_plan: tuple[FixStep, ...] = ()
