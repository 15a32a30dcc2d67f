"""The starter set's facts against the publishers' data that they are from, read by the feeds' own readers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds._base import LocalDocument, Record
from vedette.advisories.starter import starter_batches
from vedette.model.advisory import Advisory, CveRecord, Epss, Kev, Range

READERS = {feed.name: feed for feed in FEEDS}
Fact = tuple[str, str, str, Range | str]


@pytest.fixture(autouse=True)
def _slow_is_opt_in(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("slow") and "slow" not in request.config.getoption("-m"):
        pytest.skip("reads a large feed: opt in with -m slow")


def starter(feed: str, ecosystem: str = "") -> Iterator[Record]:
    for name, _, records in starter_batches()[0]:
        for record in records:
            assert isinstance(record, Advisory | CveRecord | Epss | Kev)
            spoken = isinstance(record, Advisory) and {one.ecosystem for one in record.affected}
            if name == feed and (not ecosystem or (spoken and ecosystem in spoken)):
                yield record


def published(mirror: Path, feed: str, *documents: str) -> Iterator[Record]:
    for name in documents:
        for record in READERS[feed].read(LocalDocument(name=name, path=mirror / name)):
            if isinstance(record, Advisory | CveRecord | Epss | Kev):
                yield record


def ranges(records: Iterator[Record], ecosystem: str) -> set[Fact]:
    return {
        (record.id, one.name, ecosystem, fact)
        for record in records
        if isinstance(record, Advisory)
        for one in record.affected
        if one.ecosystem == ecosystem
        for fact in one.ranges or (str(one.status),)
    }


@pytest.mark.parametrize(
    ("starter_feed", "ecosystem", "feed", "documents"),
    [
        ("amazon", "Amazon Linux:2023", "amazon", ["amazon/2023/core/updateinfo.xml.gz"]),
        (
            "alpine",
            "Alpine:v3.18",
            "alpine",
            ["alpine/v3.18/main.json", "alpine/v3.18/community.json"],
        ),
        pytest.param("osv", "PyPI", "osv", ["osv/PyPI/all.zip"], marks=pytest.mark.slow),
        pytest.param("osv", "npm", "osv", ["osv/npm/all.zip"], marks=pytest.mark.slow),
        pytest.param(
            "debian", "Debian:12", "osv", ["osv/Debian/all.tar.xz"], marks=pytest.mark.slow
        ),
        pytest.param(
            "debian", "Debian:11", "osv", ["osv/Debian/all.tar.xz"], marks=pytest.mark.slow
        ),
        pytest.param(
            "ubuntu",
            "Ubuntu:22.04",
            "ubuntu",
            ["ubuntu/ubuntu-cve-tracker-master.tar.xz"],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_every_range_is_the_publishers(
    shared: Path, starter_feed: str, ecosystem: str, feed: str, documents: list[str]
) -> None:
    ours = ranges(starter(starter_feed, ecosystem), ecosystem)
    theirs = ranges(published(shared / "feeds", feed, *documents), ecosystem)
    assert len(ours) > 50
    assert sorted(map(str, ours - theirs)) == []


def test_every_kev_entry_is_the_publishers(shared: Path) -> None:
    name = "kev/known_exploited_vulnerabilities.json"
    theirs = {
        (entry.cve, entry.added_on, entry.due_on, entry.ransomware)
        for entry in published(shared / "feeds", "kev", name)
        if isinstance(entry, Kev)
    }
    ours = {
        (entry.cve, entry.added_on, entry.due_on, entry.ransomware)
        for entry in starter("kev")
        if isinstance(entry, Kev)
    }
    assert len(ours) >= 15
    assert ours <= theirs
    known = {record.id for record in starter("starter") if isinstance(record, CveRecord)}
    assert {entry[0] for entry in ours} == {entry[0] for entry in theirs} & known


@pytest.mark.slow
def test_every_score_is_the_publishers(shared: Path) -> None:
    theirs = set(published(shared / "feeds", "epss", "epss/epss_scores-current.csv.gz"))
    ours = set(starter("epss"))
    assert len(ours) >= 200
    assert ours <= theirs


@pytest.mark.slow
def test_every_vector_is_the_publishers(shared: Path) -> None:
    mirror = shared / "feeds"
    names = [path.relative_to(mirror).as_posix() for path in mirror.glob("nvd/nvdcve-*.json.xz")]
    theirs: dict[str, set[str]] = {}
    for record in (
        *published(mirror, "nvd", *names),
        *published(mirror, "cve5", "cve5/vulnrichment-develop.tar.xz"),
        *published(mirror, "ubuntu", "ubuntu/ubuntu-cve-tracker-master.tar.xz"),
        *published(mirror, "osv", "osv/PyPI/all.zip", "osv/npm/all.zip", "osv/Debian/all.tar.xz"),
    ):
        if isinstance(record, Advisory | CveRecord):
            for flaw in (record.id, *(record.aliases if isinstance(record, Advisory) else ())):
                theirs.setdefault(flaw, set()).update(rating.vector for rating in record.ratings)
    wrong = [
        (record.id, rating)
        for record in starter("starter")
        if isinstance(record, CveRecord)
        for rating in record.ratings
        if rating.vector not in theirs.get(record.id, set())
    ]
    assert wrong == []
