"""Every document of a whole mirror: what it holds is read, and what cannot be is said."""

from collections import Counter
from pathlib import Path

import pytest

from tests.advisories.feeds.golden import documents
from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds._base import Feed, Record, RecordFailure
from vedette.model.advisory import Advisory, AffectedStatus
from vedette.versions import SCHEMES

_BY_NAME = {feed.name: feed for feed in FEEDS}


def _counts(feed: Feed, mirror: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for document in documents(feed, mirror):
        for result in feed.read(document):
            counts[type(result).__name__] += 1
            _check(result, feed)
    return counts


def _check(result: Record | RecordFailure, feed: Feed) -> None:
    if not isinstance(result, Advisory):
        return
    assert result.feed == feed.name
    for affected in result.affected:
        assert affected.scheme in SCHEMES
        assert affected.name
        denied = affected.status is AffectedStatus.NOT_AFFECTED
        assert denied is not bool(affected.ranges or affected.versions)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("amazon", {"Advisory": 5394}),
        ("alpine", {"Advisory": 74257, "RecordFailure": 4}),
        ("arch", {"Advisory": 2507}),
        ("azurelinux", {"Advisory": 5910}),
        ("bottlerocket", {"Advisory": 154}),
        ("debian", {"Advisory": 9120}),
        ("eol", {"EndOfLife": 8416}),
        ("epss", {"Epss": 360142}),
        ("exploits", {"Exploit": 63252, "RecordFailure": 17}),
        ("fedora", {"Advisory": 184}),
        ("friendsofphp", {"Advisory": 1157, "RecordFailure": 4}),
        ("kev", {"Kev": 1662}),
        ("photon", {"Advisory": 222}),
        ("rubysec", {"Advisory": 1162, "RecordFailure": 14}),
        ("suse", {"Advisory": 4, "RecordFailure": 1}),
    ],
)
def test_small_feeds(shared: Path, name: str, counts: dict[str, int]) -> None:
    assert _counts(_BY_NAME[name], shared / "feeds") == counts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("cve5", {"CveRecord": 44130}),
        ("nvd", {"Advisory": 121633, "CveRecord": 126110, "RecordFailure": 3}),
        ("oracle", {"Advisory": 7175}),
        ("osv", {"Advisory": 138968, "RecordFailure": 10}),
        ("redhat", {"Advisory": 26897, "RecordFailure": 7}),
        ("ubuntu", {"Advisory": 51478, "RecordFailure": 107}),
    ],
)
def test_large_feeds(shared: Path, name: str, counts: dict[str, int]) -> None:
    assert _counts(_BY_NAME[name], shared / "feeds") == counts
