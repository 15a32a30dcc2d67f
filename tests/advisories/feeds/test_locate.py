"""Where each publisher's documents are found."""

from collections.abc import Mapping
from contextlib import suppress

import pytest

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds import alpine, cve5, debian, epss, kev, local, nvd, osv, ubuntu
from vedette.advisories.feeds._base import Document, Feed, FetchSmall
from vedette.errors import FeedError


class _Publisher:
    """Answers by URL; anything else does not exist."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers

    def __call__(self, document: Document) -> bytes:
        try:
            return self._answers[document.url].encode()
        except KeyError as error:
            raise FeedError(f"{document.url}: 404") from error


_NOBODY = _Publisher({})


def _documents(feed: Feed, publisher: FetchSmall) -> list[Document]:
    found = list(feed.locate(publisher))
    documents = [one for one in found if isinstance(one, Document)]
    assert documents == found
    return documents


def test_documents_that_have_one_address() -> None:
    fixed = (cve5, debian, epss, kev, local, ubuntu)
    found = {
        document.name: document.url for feed in fixed for document in _documents(feed.FEED, _NOBODY)
    }
    assert found == {
        "cve5/vulnrichment-develop.tar.gz": "https://github.com/cisagov/vulnrichment/archive/refs/heads/develop.tar.gz",
        "debian/data/DLA/list": "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DLA/list",
        "debian/data/DSA/list": "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DSA/list",
        "debian/data/DTSA/list": "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DTSA/list",
        "debian/tracker/data/json": "https://security-tracker.debian.org/tracker/data/json",
        "epss/epss_scores-current.csv.gz": "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        "kev/known_exploited_vulnerabilities.json": "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        "ubuntu/ubuntu-cve-tracker-master.tar.gz": "https://git.launchpad.net/ubuntu-cve-tracker/snapshot/ubuntu-cve-tracker-master.tar.gz",
    }


def test_osv_ecosystems_that_are_listed_and_can_be_ordered() -> None:
    bucket = "https://osv-vulnerabilities.storage.googleapis.com"
    listed = "AlmaLinux\nAndroid\nDebian\nDebian:12\nRocky Linux\nPyPI\nnpm\nUnheard Of\n"
    publisher = _Publisher({f"{bucket}/ecosystems.txt": listed})
    assert list(osv.FEED.locate(publisher)) == [
        Document(name="osv/AlmaLinux/all.zip", url=f"{bucket}/AlmaLinux/all.zip"),
        Document(name="osv/Debian/all.zip", url=f"{bucket}/Debian/all.zip"),
        Document(name="osv/PyPI/all.zip", url=f"{bucket}/PyPI/all.zip"),
        Document(name="osv/Rocky Linux/all.zip", url=f"{bucket}/Rocky%20Linux/all.zip"),
        Document(name="osv/npm/all.zip", url=f"{bucket}/npm/all.zip"),
    ]


def test_alpine_branches_and_repositories_by_their_listings() -> None:
    url = "https://secdb.alpinelinux.org"
    publisher = _Publisher(
        {
            f"{url}/": '<a href="../">..</a> <a href="edge/">edge/</a> <a href="./v3.9/">v3.9/</a> <a href="license.txt">x</a>',
            f"{url}/edge/": '<a href="main.json">m</a> <a href="community.json">c</a> <a href="main.yaml">y</a>',
            f"{url}/v3.9/": '<a href="/v3.9/main.json">m</a>',
        }
    )
    assert [(one.name, one.url) for one in _documents(alpine.FEED, publisher)] == [
        ("alpine/edge/community.json", f"{url}/edge/community.json"),
        ("alpine/edge/main.json", f"{url}/edge/main.json"),
        ("alpine/v3.9/main.json", f"{url}/v3.9/main.json"),
    ]
    with pytest.raises(FeedError, match="not the listing that was expected"):
        list(alpine.FEED.locate(_Publisher({f"{url}/": "under construction"})))


def test_nvd_years_up_to_the_last_change() -> None:
    url = "https://nvd.nist.gov/feeds/json/cve/2.0"
    meta = "lastModifiedDate:2004-01-02T03:00:01-04:00\r\nsize:1\r\nsha256:AB\r\n"
    publisher = _Publisher({f"{url}/nvdcve-2.0-modified.meta": meta})
    assert [one.url for one in _documents(nvd.FEED, publisher)] == [
        f"{url}/nvdcve-2.0-2002.json.gz",
        f"{url}/nvdcve-2.0-2003.json.gz",
        f"{url}/nvdcve-2.0-2004.json.gz",
        f"{url}/nvdcve-2.0-modified.json.gz",
    ]
    with pytest.raises(FeedError, match="no lastModifiedDate"):
        list(nvd.FEED.locate(_Publisher({f"{url}/nvdcve-2.0-modified.meta": "<html>"})))


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_publishers_are_asked_over_https(feed: Feed) -> None:
    """And every document's name is one that a mirror has it by."""
    asked: list[str] = []

    def fetch(document: Document) -> bytes:
        asked.append(document.url)
        raise FeedError("offline")

    with suppress(FeedError):
        asked.extend(one.url for one in feed.locate(fetch) if isinstance(one, Document))
    assert all(url.startswith("https://") for url in asked)
