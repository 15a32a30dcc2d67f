"""A finding: one claim about one resource, with its proof."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

from vedette.model.advisory import AdvisoryId, Epss, Exploit, FixState, Kev, Range, Rating
from vedette.model.cvss import CvssVector
from vedette.model.match import MatchKind
from vedette.model.network import Exposure
from vedette.model.package import Package
from vedette.model.resource import ResourceRef
from vedette.model.severity import Severity

FindingId = NewType("FindingId", str)
"""32 hex digits of the SHA-256 of the key; made only by `vedette.findings.identity`."""


class FindingStatus(StrEnum):
    """Inspector's finding statuses."""

    ACTIVE = "ACTIVE"
    SUPPRESSED = "SUPPRESSED"
    CLOSED = "CLOSED"


class FindingKey(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What the finding claims, of which resource.

    `subject` is the vulnerability's id, or `network/EDGE/INTERFACE/PROTOCOL/BEGIN-END`.
    """

    resource: ResourceRef
    subject: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The advisory record and range that a match stands on."""

    kind: MatchKind
    advisory: AdvisoryId
    feed: str
    compared: str
    range: Range | None


class VulnerablePackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package that has the flaw, the version that mends it, and why we say so.

    `note` is what else is to be known of the fix: `only with Ubuntu Pro`, or the publisher's own word for the state
    (`no-dsa`, `postponed`, `end-of-life`, `unimportant`). `waived` is the VEX statement that says that this package does not
    have the flaw.
    """

    package: Package
    fixed_in: str | None
    fix: FixState
    proofs: tuple[Proof, ...]
    note: str | None = None
    waived: str | None = None


class Vulnerability(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Evidence of a package finding. `id` is the CVE where there is one; `aliases` the other ids.

    `exploits` are the strongest few, those first.
    """

    id: str
    source: str
    packages: tuple[VulnerablePackage, ...]
    aliases: tuple[str, ...] = ()
    advisories: tuple[AdvisoryId, ...] = ()
    ratings: tuple[Rating, ...] = ()
    cwes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    vendor_severity: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    epss: Epss | None = None
    kev: Kev | None = None
    exploits: tuple[Exploit, ...] = ()


class Reachable(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Evidence of a network finding."""

    exposure: Exposure


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """One step from the base score to the finding's score, with its reason."""

    metric: str
    reason: str


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Inspector's adjusted CVSS score, 0.0 to 10.0, and vedette's own risk, 0 to 100.

    `risk_terms` name every term of the risk in the order in which they were applied.
    """

    value: float | None
    vector: CvssVector | None
    source: str | None
    adjustments: tuple[Adjustment, ...] = ()
    risk: float = 0.0
    risk_terms: tuple[Adjustment, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and its life.

    `database` is the digest of the advisory database that it was judged with (None for network findings).
    """

    id: FindingId
    key: FindingKey
    evidence: Vulnerability | Reachable
    title: str
    description: str
    remediation: str
    severity: Severity
    score: Score
    status: FindingStatus
    first_observed_at: datetime
    last_observed_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    suppressed_by: str | None = None
    database: str | None = None
