"""An advisory as its publisher states it, normalised; never merged across publishers.

The shape follows the OSV schema (https://ossf.github.io/osv-schema/), with the vendor states
(will not fix, not affected) that distributions publish beside it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType

import msgspec

from vedette.model.cvss import CvssVector
from vedette.model.package import SchemeName

AdvisoryId = NewType("AdvisoryId", str)
"""The publisher's own id (`CVE-2021-44228`, `ALAS2023-2023-001`, `GHSA-…`), spelt as published."""


class FixState(StrEnum):
    """Whether the publisher has, will have, or refuses a fix."""

    FIXED = "fixed"
    NOT_FIXED = "not-fixed"
    WONT_FIX = "wont-fix"
    UNKNOWN = "unknown"


class AffectedStatus(StrEnum):
    """VEX statuses as a publisher's statement about a package."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A run of versions: `introduced <= v < fixed`, or `introduced <= v <= last_affected`.

    `introduced` is `"0"` for "from the beginning". With neither end every later version is affected.
    """

    introduced: str = "0"
    fixed: str | None = None
    last_affected: str | None = None


class Affected(msgspec.Struct, frozen=True, kw_only=True):
    """One package that an advisory speaks of.

    `name` is a source or a binary package as the publisher means it: see `by_source`. `versions` are exact
    versions that are affected whatever the ranges say. `arches` empty means any. `note` keeps the
    publisher's word for the state (`no-dsa`, `ignored`, `end-of-life`).
    """

    ecosystem: str
    name: str
    scheme: SchemeName
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    arches: tuple[str, ...] = ()
    module: str | None = None
    status: AffectedStatus = AffectedStatus.AFFECTED
    fix: FixState = FixState.UNKNOWN
    by_source: bool = False
    note: str | None = None


class Rating(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A CVSS vector and who gave it (`NVD`, `CISA-ADP`, `GitHub`, `Amazon`…)."""

    source: str
    vector: CvssVector


class Advisory(msgspec.Struct, frozen=True, kw_only=True):
    """What one publisher says about one flaw, or about one update that mends several.

    `aliases` are ids of the same flaw; `related` are the flaws that an update mends (the CVEs of an ALAS,
    DSA, USN): the two are not the same and only `aliases` join advisories.
    """

    id: AdvisoryId
    feed: str
    modified: datetime | None
    published: datetime | None = None
    withdrawn: datetime | None = None
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    vendor_severity: str | None = None
    ratings: tuple[Rating, ...] = ()
    cwes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    affected: tuple[Affected, ...] = ()


class Epss(msgspec.Struct, frozen=True, kw_only=True):
    """FIRST's EPSS: probability of exploitation within 30 days, and its percentile; both 0 to 1."""

    cve: str
    probability: float
    percentile: float | None
    scored_on: date


class Kev(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of CISA's catalogue of Known Exploited Vulnerabilities."""

    cve: str
    added_on: date
    due_on: date | None
    ransomware: bool
    action: str = ""


class ExploitKind(StrEnum):
    """What evidence of exploitation is: how far somebody has got with it."""

    EXPLOITED = "exploited"
    """Somebody reports attacks."""
    WEAPONIZED = "weaponized"
    """A module of an attack framework."""
    PROOF_OF_CONCEPT = "proof-of-concept"
    """Code or a description with which an attack can be made."""
    SCANNER = "scanner"
    """A check that tells whether the flaw is there; most of them do so by using it."""


class Exploit(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Evidence that a flaw is, or can be, exploited.

    Args:
        cve: the flaw.
        source: who collected it (`Metasploit`, `Exploit-DB`, `GitHub`…).
        reference: where it is: a URL.
        published: the day of it, as the source says.
        kind: what it is.
    """

    cve: str
    source: str
    reference: str
    published: date | None
    kind: ExploitKind


class EndOfLife(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a product's release is maintained.

    Args:
        product: endoflife.date's name (`python`, `ubuntu`, `aws-lambda`).
        cycle: the release (`3.8`, `22.04`, `nodejs16.x`).
        source: who says so.
        released_on: the day of the release.
        support_ends_on: after this day there are security fixes only, or (AWS) no new functions.
        eol_on: after this day there are no fixes.
        extended_until: fixes for those who pay for them, or by other maintainers (LTS), end on this day.
        ended: whether the end has come, where the source tells no day; None where it does not say.
        latest: its latest version.
    """

    product: str
    cycle: str
    source: str
    released_on: date | None = None
    support_ends_on: date | None = None
    eol_on: date | None = None
    extended_until: date | None = None
    ended: bool | None = None
    latest: str | None = None


class Ssvc(msgspec.Struct, frozen=True, kw_only=True):
    """Who decided on a flaw, and how, by CISA's SSVC (https://www.cisa.gov/ssvc); in SSVC's own words, empty where not said.

    Args:
        source: who decided (`CISA-ADP`).
        exploitation: `none`, `poc` or `active`.
        automatable: `yes` or `no`.
        technical_impact: `partial` or `total`.
        decided_at: when.
    """

    source: str
    exploitation: str = ""
    automatable: str = ""
    technical_impact: str = ""
    decided_at: datetime | None = None


class CveRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What CVE and NVD records say about a CVE itself: ratings, CWEs, references, SSVC; no ranges."""

    id: str
    feed: str
    published: datetime | None = None
    modified: datetime | None = None
    rejected: bool = False
    description: str = ""
    ratings: tuple[Rating, ...] = ()
    cwes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    ssvc: Ssvc | None = None
