"""Where each publisher's documents are found."""

from collections.abc import Mapping
from contextlib import suppress

import pytest

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.feeds import (
    alpine,
    arch,
    azurelinux,
    bottlerocket,
    cve5,
    debian,
    eol,
    epss,
    exploits,
    fedora,
    friendsofphp,
    kev,
    local,
    nvd,
    oracle,
    osv,
    photon,
    redhat,
    rubysec,
    suse,
    ubuntu,
)
from vedette.advisories.feeds._base import Document, Feed, FetchSmall, Unlocated
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
    fixed = (
        arch,
        azurelinux,
        bottlerocket,
        cve5,
        debian,
        eol,
        epss,
        exploits,
        friendsofphp,
        kev,
        local,
        oracle,
        rubysec,
        suse,
        ubuntu,
    )
    found = {
        document.name: document.url for feed in fixed for document in _documents(feed.FEED, _NOBODY)
    }
    assert found == {
        "arch/all.json": "https://security.archlinux.org/all.json",
        "azurelinux/azurelinux-3.0-oval.xml": "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/azurelinux-3.0-oval.xml",
        "azurelinux/cbl-mariner-2.0-oval.xml": "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/cbl-mariner-2.0-oval.xml",
        "bottlerocket/core-kit-advisories.tar.gz": "https://github.com/bottlerocket-os/bottlerocket-core-kit/archive/refs/heads/develop.tar.gz",
        "eol/api/v1/products/full": "https://endoflife.date/api/v1/products/full",
        "eol/debian-packages/debian.csv": "https://salsa.debian.org/debian/distro-info-data/-/raw/main/debian.csv",
        "eol/debian-packages/ubuntu.csv": "https://salsa.debian.org/debian/distro-info-data/-/raw/main/ubuntu.csv",
        "exploits/exploitdb/files_exploits.csv": "https://gitlab.com/exploit-database/exploitdb/-/raw/main/files_exploits.csv",
        "exploits/metasploit/modules_metadata_base.json": "https://raw.githubusercontent.com/rapid7/metasploit-framework/master/db/modules_metadata_base.json",
        "exploits/nuclei-cves.json": "https://raw.githubusercontent.com/projectdiscovery/nuclei-templates/main/cves.json",
        "exploits/poc-in-github.tar.gz": "https://github.com/nomi-sec/PoC-in-GitHub/archive/refs/heads/master.tar.gz",
        "oracle/oval/com.oracle.elsa-all.xml.bz2": "https://linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2",
        "cve5/vulnrichment-develop.tar.gz": "https://github.com/cisagov/vulnrichment/archive/refs/heads/develop.tar.gz",
        "debian/data/DLA/list": "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DLA/list",
        "debian/data/DSA/list": "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DSA/list",
        "debian/data/DTSA/list": "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DTSA/list",
        "debian/tracker/data/json": "https://security-tracker.debian.org/tracker/data/json",
        "epss/epss_scores-current.csv.gz": "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        "kev/known_exploited_vulnerabilities.json": "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        "friendsofphp/security-advisories-master.tar.gz": "https://github.com/FriendsOfPHP/security-advisories/archive/refs/heads/master.tar.gz",
        "rubysec/ruby-advisory-db-master.tar.gz": "https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz",
        "suse/csaf-vex.tar.bz2": "https://ftp.suse.com/pub/projects/security/csaf-vex.tar.bz2",
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
        "https://github.com/anchore/nvd-data-overrides/archive/refs/heads/main.tar.gz",
    ]
    with pytest.raises(FeedError, match="no lastModifiedDate"):
        list(nvd.FEED.locate(_Publisher({f"{url}/nvdcve-2.0-modified.meta": "<html>"})))


def test_red_hats_latest_archive() -> None:
    url = "https://security.access.redhat.com/data/csaf/v2/vex"
    publisher = _Publisher({f"{url}/archive_latest.txt": "csaf_vex_2026-08-04.tar.zst\n"})
    assert _documents(redhat.FEED, publisher) == [
        Document(name="redhat/csaf_vex.tar.zst", url=f"{url}/csaf_vex_2026-08-04.tar.zst")
    ]
    with pytest.raises(FeedError, match="not the name of an archive"):
        list(redhat.FEED.locate(_Publisher({f"{url}/archive_latest.txt": "../../x.tar.zst"})))


def test_photon_releases_that_the_index_names() -> None:
    url = "https://packages.vmware.com/photon/photon_cve_metadata"
    index = f"{url}/photon_versions.json"
    publisher = _Publisher({index: '{"branches": ["5.0", "4.0", "../x"]}'})
    assert [one.url for one in _documents(photon.FEED, publisher)] == [
        f"{url}/cve_data_photon4.0.json",
        f"{url}/cve_data_photon5.0.json",
    ]
    with pytest.raises(FeedError, match="photon_versions"):
        list(photon.FEED.locate(_Publisher({index: "<html>"})))


def test_fedora_releases_by_the_listing() -> None:
    url = "https://dl.fedoraproject.org/pub/fedora/linux/updates"
    repomd = (
        '<repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="updateinfo">'
        '<location href="repodata/abc-updateinfo.xml.zst"/></data></repomd>'
    )
    place = "Everything/x86_64"
    publisher = _Publisher(
        {
            f"{url}/": '<a href="41/">41/</a><a href="100/">x</a><a href="40/">x</a><a href="testing/">t</a>',
            f"{url}/40/{place}/repodata/repomd.xml": repomd,
            f"{url}/41/{place}/repodata/repomd.xml": "<html>",
            f"{url}/100/{place}/repodata/repomd.xml": repomd.replace("updateinfo", "other"),
        }
    )
    found, lost = fedora.FEED.locate(publisher)
    assert found == Document(
        name="fedora/40/updateinfo.xml",
        url=f"{url}/40/{place}/repodata/abc-updateinfo.xml.zst",
    )
    assert isinstance(lost, Unlocated)
    assert lost.name == "fedora/41/updateinfo.xml"
    assert "not a readable repomd.xml" in lost.reason
    with pytest.raises(FeedError, match="not the listing that was expected"):
        list(fedora.FEED.locate(_Publisher({f"{url}/": "moved"})))


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
