"""The answer of one scan of one target."""

from datetime import datetime

import msgspec

from vedette.model.finding import Finding
from vedette.model.inventory import Inventory
from vedette.model.match import Undecided


class DatabaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Which advisory database was asked; `starter` means the small set that ships with the program."""

    digest: str
    built_at: datetime
    starter: bool


class ScanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one scan found, what it could not decide, and (in the inventory) what it could not read.

    `unjudged` says for which packages nobody has been asked (a distribution without advisories).
    """

    target: str
    inventory: Inventory
    database: DatabaseFacts | None
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    unjudged: tuple[str, ...] = ()
