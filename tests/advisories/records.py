"""Small made-up records."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from vedette.advisories.build import Batch, BuildOptions, BuildReport, build_database
from vedette.advisories.feeds._base import Record
from vedette.advisories.state import FeedSource
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    CveRecord,
    EndOfLife,
    Epss,
    Exploit,
    ExploitKind,
    FixState,
    Kev,
    Range,
    Rating,
)
from vedette.model.cvss import CvssVector
from vedette.model.package import SchemeName

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
VECTOR = CvssVector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")


def affected(
    name: str = "openssl",
    *ranges: Range,
    ecosystem: str = "Debian:12",
    scheme: SchemeName = SchemeName.DEB,
) -> Affected:
    return Affected(
        ecosystem=ecosystem,
        name=name,
        scheme=scheme,
        ranges=ranges or (Range(fixed="3.0.11-1~deb12u2"),),
        fix=FixState.FIXED,
        by_source=True,
    )


def advisory(identifier: str = "CVE-2024-0001", *packages: Affected, **fields: Any) -> Advisory:
    plain = Advisory(
        id=AdvisoryId(identifier),
        feed="debian",
        modified=NOW,
        affected=packages or (affected(),),
    )
    return msgspec.structs.replace(plain, **fields)


FULL = advisory(
    "DSA-1",
    affected(),
    affected("libssl", Range(introduced="1.0", last_affected="1.1-2"), ecosystem="Debian:11"),
    published=datetime(2024, 4, 30, tzinfo=UTC),
    aliases=("GHSA-aaaa-bbbb-cccc",),
    related=("CVE-2024-0001", "CVE-2024-0002"),
    summary="A flaw",
    details="Long words about it. " * 40,
    vendor_severity="high",
    ratings=(Rating(source="NVD", vector=VECTOR),),
    cwes=("CWE-79",),
    references=("https://example.org/1",),
)
CVE = CveRecord(
    id="CVE-2024-0001", feed="nvd", modified=NOW, description="What it is", cwes=("CWE-79",)
)
EPSS = Epss(cve="CVE-2024-0001", probability=0.25, percentile=0.5, scored_on=date(2024, 4, 30))
KEV = Kev(
    cve="CVE-2024-0001",
    added_on=date(2024, 4, 1),
    due_on=date(2024, 4, 22),
    ransomware=True,
    action="Mend it.",
)
EXPLOIT = Exploit(
    cve="CVE-2024-0001",
    source="Exploit-DB",
    reference="https://example.org/exploits/1",
    published=date(2024, 4, 2),
    kind=ExploitKind.PROOF_OF_CONCEPT,
)
END_OF_LIFE = EndOfLife(
    product="debian", cycle="12", source="distro-info", eol_on=date(2026, 6, 10)
)
EVERYTHING: tuple[Batch, ...] = (
    ("debian", "debian/list", (FULL, advisory())),
    ("epss", "epss/today", (EPSS,)),
    ("kev", "kev/list", (KEV,)),
    ("nvd", "nvd/2024", (CVE,)),
)


def build(
    target: Path, *batches: Batch, feeds: tuple[FeedSource, ...] = (), built_at: datetime = NOW
) -> BuildReport:
    return build_database(target, batches, options=BuildOptions(built_at=built_at), feeds=feeds)


def built(target: Path, *records: Record) -> BuildReport:
    return build(target, ("debian", "debian/list", records))
