import hashlib
import re
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vedette.advisories.code import code_digest
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.feeds._base import Record, RecordFailure
from vedette.advisories.starter import starter_batches, starter_database, starter_date
from vedette.advisories.starter.facts import CveFact, FeedFacts, feed_records
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    CveRecord,
    EndOfLife,
    Epss,
    FixState,
    Kev,
    Range,
    Rating,
)
from vedette.model.cvss import parse_vector
from vedette.model.package import SchemeName

FOLDER = Path(str(files("vedette.advisories.starter")))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("starter") / "starter.sqlite"
    starter_database(path)
    return path


def records() -> dict[tuple[str, str, str], Record]:
    found: dict[tuple[str, str, str], Record] = {}
    for feed, document, batch in starter_batches()[0]:
        for record in batch:
            assert not isinstance(record, RecordFailure), (document, record)
            assert not isinstance(record, EndOfLife)
            key = record.id if isinstance(record, Advisory | CveRecord) else record.cve
            assert (feed, document, key) not in found
            found[feed, document, key] = record
    return found


def test_it_is_what_it_says(database: Path) -> None:
    with AdvisoryDatabase.open(database) as starter:
        starter.verify()
        assert starter.starter
        assert starter.built_at == datetime(2026, 8, 15, tzinfo=UTC)
        assert {(feed.source.note, feed.failures, feed.dropped) for feed in starter.feeds} == {
            ("starter set of 2026-08-15", 0, 0)
        }
        assert {feed.name: feed.dated and feed.dated.date() for feed in starter.feeds} == {
            "alpine": date(2024, 12, 31),
            "amazon": date(2025, 1, 24),
            "debian": date(2025, 2, 11),
            "epss": date(2026, 8, 15),
            "kev": date(2026, 6, 2),
            "osv": date(2025, 2, 12),
            "starter": date(2025, 1, 15),
            "ubuntu": date(2024, 8, 6),
        }
        assert starter.ecosystems() == {
            "Alpine:v3.18",
            "Amazon Linux:2023",
            "Debian:11",
            "Debian:12",
            "PyPI",
            "Ubuntu:22.04",
            "npm",
        }
        assert starter.counts()["cve"] >= 200
        assert starter_date() == date(2026, 8, 15)


def test_every_range_can_be_compared(database: Path) -> None:
    seen = 0
    with AdvisoryDatabase.open(database) as starter:
        for record in records().values():
            if isinstance(record, Advisory):
                for one in record.affected:
                    seen += 1
                    for candidate in starter.candidates(one.ecosystem, one.name):
                        assert candidate.unparsed == ()
    assert seen > 2000


def test_a_fact_of_each_kind(database: Path) -> None:
    with AdvisoryDatabase.open(database) as starter:
        (amazon,) = (
            candidate
            for candidate in starter.candidates("Amazon Linux:2023", "libnghttp2")
            if "CVE-2023-44487" in candidate.advisory.related
        )
        assert starter.whole(amazon.advisory) == Advisory(
            id=AdvisoryId("ALAS2023-2023-392"),
            feed="amazon",
            modified=datetime(2023, 10, 18, 20, 10, tzinfo=UTC),
            published=datetime(2023, 10, 16, 13, 45, tzinfo=UTC),
            related=("CVE-2023-44487",),
            summary="HTTP/2 rapid reset: streams opened and cancelled at once exhaust a server",
            vendor_severity="Important",
        )
        assert amazon.affected == Affected(
            ecosystem="Amazon Linux:2023",
            name="libnghttp2",
            scheme=SchemeName.RPM,
            ranges=(Range(fixed="1.57.0-1.amzn2023.0.1"),),
            fix=FixState.FIXED,
        )
        assert starter.epss("CVE-2023-4911") == Epss(
            cve="CVE-2023-4911",
            probability=0.81422,
            percentile=0.99606,
            scored_on=date(2026, 8, 15),
        )
        assert starter.kev("CVE-2021-3156") == Kev(
            cve="CVE-2021-3156",
            added_on=date(2022, 4, 6),
            due_on=date(2022, 4, 27),
            ransomware=False,
        )
        assert starter.cve("CVE-2021-3156") == (
            CveRecord(
                id="CVE-2021-3156",
                feed="starter",
                published=datetime(2021, 1, 26, 21, 15, tzinfo=UTC),
                description="Baron Samedit: an escaped argument overflows the heap and gives any user root",
                ratings=(
                    Rating(
                        source="NVD",
                        vector=parse_vector("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"),
                    ),
                ),
                cwes=("CWE-193",),
            ),
        )
        found = starter.advisories("CVE-2024-22195", related=False)
        assert {advisory.feed for advisory in found} == {"alpine", "debian", "osv", "ubuntu"}
        (jinja,) = (advisory for advisory in found if advisory.feed == "osv")
        assert (jinja.id, jinja.feed, jinja.affected[0].ranges) == (
            "GHSA-h5c8-rqwp-cp95",
            "osv",
            (Range(fixed="3.1.3"),),
        )


def test_runs_of_one_package_belong_together_and_states_are_kept() -> None:
    facts = msgspec.convert(
        {
            "feed": "debian",
            "scheme": "deb",
            "taken": "2024-01-01",
            "by_source": True,
            "advisory": [
                {
                    "id": "CVE-1",
                    "affected": [
                        {
                            "names": ["a", "b"],
                            "release": "Debian:12",
                            "introduced": "1",
                            "fixed": "2",
                        },
                        {
                            "names": ["a"],
                            "release": "Debian:12",
                            "introduced": "3",
                            "last_affected": "4",
                        },
                        {
                            "names": ["a"],
                            "release": "Debian:11",
                            "state": "wont-fix",
                            "note": "ignored",
                        },
                        {"names": ["c"], "release": "Debian:11", "status": "not_affected"},
                    ],
                }
            ],
        },
        type=FeedFacts,
    )
    (advisory,) = feed_records(facts, {})

    def entry(name: str, release: int, *ranges: Range, **fields: Any) -> Affected:
        plain = Affected(
            ecosystem=f"Debian:{release}",
            name=name,
            scheme=SchemeName.DEB,
            ranges=ranges,
            by_source=True,
        )
        return msgspec.structs.replace(plain, **fields)

    assert advisory.affected == (
        entry(
            "a",
            12,
            Range(introduced="1", fixed="2"),
            Range(introduced="3", last_affected="4"),
            fix=FixState.FIXED,
        ),
        entry("b", 12, Range(introduced="1", fixed="2"), fix=FixState.FIXED),
        entry("a", 11, Range(), fix=FixState.WONT_FIX, note="ignored"),
        entry("c", 11, status=AffectedStatus.NOT_AFFECTED),
    )


def test_the_summaries_are_short_sentences_of_our_own() -> None:
    document = tomllib.loads((FOLDER / "cves.toml").read_text())
    cves = msgspec.convert(document["cve"], type=tuple[CveFact, ...])
    assert len({cve.summary for cve in cves}) >= len(cves) - 3
    for cve in cves:
        assert re.fullmatch(r"CVE-\d{4}-\d{4,}", cve.id)
        assert 15 < len(cve.summary) < 110, cve
        assert 0 <= cve.epss.probability <= 1


def test_the_readme_lists_it() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "tools/starter_table.py"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert (FOLDER / "README.md").read_text() == printed


def test_it_is_built_once(tmp_path: Path) -> None:
    target = tmp_path / "starter.sqlite"
    starter_database(target)
    before = target.stat()
    starter_database(target)
    assert target.stat().st_mtime_ns == before.st_mtime_ns
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    target.write_bytes(b"damaged")
    starter_database(target)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == digest


def test_other_code_builds_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "starter.sqlite"
    starter_database(target)
    monkeypatch.setattr("vedette.advisories.starter.code_digest", lambda: "other")
    starter_database(target)
    with AdvisoryDatabase.open(target) as database:
        assert database.code == "other"
    assert re.fullmatch("[0-9a-f]{64}", code_digest())
