"""Amazon Linux: which packages of real installations its real advisories concern, and where documents are found."""

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vedette.advisories.feeds import amazon
from vedette.advisories.feeds._base import Document, LocalDocument, Unlocated
from vedette.errors import FeedError
from vedette.model.advisory import Advisory, Affected
from vedette.versions import SCHEMES

_KEY = SCHEMES["rpm"].key


def _advisories(shared: Path, folder: str, name: str | None = None) -> Iterator[Advisory]:
    path = shared / "feeds" / "amazon" / folder / "updateinfo.xml.gz"
    document = LocalDocument(name=name or f"amazon/{folder}/updateinfo.xml.gz", path=path)
    for result in amazon.FEED.read(document):
        assert isinstance(result, Advisory), result
        yield result


def _installed(shared: Path, name: str) -> dict[tuple[str, str], bytes]:
    """(name, architecture) → key of the installed version."""
    text = (shared / "fixtures" / "rpmdb" / "expected" / name).read_text("utf-8")
    packages = {}
    for row in csv.reader(io.StringIO(text), delimiter="¶"):
        epoch = f"{row[0]}:" if row[0] else ""
        packages[row[1], row[4]] = _KEY(f"{epoch}{row[2]}-{row[3]}")
    return packages


def _concerned(
    affected: Affected, installed: dict[tuple[str, str], bytes]
) -> Iterator[tuple[str, str]]:
    for arch in affected.arches:
        key = installed.get((affected.name, arch))
        if key is None:
            continue
        for run in affected.ranges:
            assert run.fixed is not None
            if _KEY(run.introduced) <= key < _KEY(run.fixed):
                yield affected.name, arch


def _pairs(shared: Path, repository: str, name: str) -> set[tuple[str, str]]:
    """(package, advisory) pairs."""
    installed = _installed(shared, name)
    return {
        (package, str(advisory.id))
        for advisory in _advisories(shared, repository)
        for affected in advisory.affected
        for package, _ in _concerned(affected, installed)
    }


def test_amazon_linux_2023_installation(shared: Path) -> None:
    pairs = _pairs(shared, "2023/core", "amazonlinux2023-plain.csv")
    assert len(pairs) == 75
    assert len({package for package, _ in pairs}) == 30
    assert len({advisory for _, advisory in pairs}) == 49


def test_amazon_linux_2_installation(shared: Path) -> None:
    assert len(_pairs(shared, "2/core", "amazonlinux2-plain.csv")) == 94


def test_kernel_6_12_advisory_does_not_concern_kernel_6_1(shared: Path) -> None:
    advisories = {
        advisory.id: advisory
        for advisory in _advisories(
            shared, "newer-sample/amazon/2023", "amazon/2023/core/updateinfo.xml.gz"
        )
    }
    installed = {
        (name, "x86_64"): _KEY(version)
        for name in ("kernel-tools", "bpftool", "kernel-headers")
        for version in ("6.1.134-150.224.amzn2023",)
    }
    older = {place: _KEY("6.12.20-23.97.amzn2023") for place in installed}
    kernel = next(advisory for name, advisory in advisories.items() if name.endswith("2025-935"))
    assert not [x for affected in kernel.affected for x in _concerned(affected, installed)]
    assert {x for affected in kernel.affected for x in _concerned(affected, older)} == set(older)


_REPOMD = """<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
  <data type="primary"><checksum type="sha256">{sum}</checksum><location href="repodata/primary.xml.gz"/></data>
  {data}
</repomd>"""
_DATA = '<data type="updateinfo"><checksum type="{kind}">{sum}</checksum><location href="{href}"/></data>'
_SUM = "ab" * 32
_BASES = ("2/core", "al2023/core", "al2023/kernel-livepatch", "al2023/nvidia")


def _publisher(data: str, catalogue: bytes = b'{"topics": []}') -> Callable[[Document], bytes]:
    def fetch(document: Document) -> bytes:
        if document.url.endswith("/mirror.list"):
            return f"\n{document.url.removesuffix('/mirror.list')}/guid/$basearch/\n".replace(
                "https", "http"
            ).encode()
        if document.url.endswith("extras-catalog.json"):
            return catalogue
        assert document.url.endswith("/guid/x86_64/repodata/repomd.xml")
        return _REPOMD.format(sum=_SUM, data=data).encode()

    return fetch


def test_documents_are_found_by_the_repositories_indexes() -> None:
    catalogue = (
        b'{"topics": [{"n": "tomcat9", "inst": ["tomcat"]}, {"n": "../x"}, {"n": "docker"}]}'
    )
    data = _DATA.format(kind="sha256", sum=_SUM.upper(), href="repodata/updateinfo.xml.gz")
    found = list(amazon.FEED.locate(_publisher(data, catalogue)))
    assert [document.name for document in found] == [
        "amazon/2/core/updateinfo.xml.gz",
        "amazon/2023/core/updateinfo.xml.gz",
        "amazon/2023/kernel-livepatch/updateinfo.xml.gz",
        "amazon/2023/nvidia/updateinfo.xml.gz",
        "amazon/2/extras/docker/updateinfo.xml.gz",
        "amazon/2/extras/tomcat9/updateinfo.xml.gz",
    ]
    assert {getattr(document, "sha256", None) for document in found} == {_SUM}
    assert getattr(found[-1], "url", None) == (
        "https://cdn.amazonlinux.com/2/extras/tomcat9/latest/x86_64/guid/x86_64/repodata/updateinfo.xml.gz"
    )


def test_a_repository_without_advisories_gives_no_document() -> None:
    assert list(amazon.FEED.locate(_publisher(""))) == []


def test_a_checksum_of_another_kind_is_not_taken_for_sha256() -> None:
    data = _DATA.format(kind="sha", sum="ab" * 20, href="u.xml.gz")
    assert [getattr(one, "sha256", "") for one in amazon.FEED.locate(_publisher(data))] == [
        None
    ] * 4


def _lost(fetch: Callable[[Document], bytes]) -> list[Unlocated]:
    return [one for one in amazon.FEED.locate(fetch) if isinstance(one, Unlocated)]


@pytest.mark.parametrize("href", ["", "/etc/passwd", "../../x", "https://example.org/x"])
def test_an_index_cannot_point_elsewhere(href: str) -> None:
    data = _DATA.format(kind="sha256", sum=_SUM, href=href)
    lost = _lost(_publisher(data))
    assert len(lost) == 4
    assert all("not a path in the repository" in one.reason for one in lost)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"mirror.list": b"ftp://x\n"}, "no mirror in the list"),
        ({"repomd.xml": b"<repomd>"}, "not a readable repomd.xml"),
        ({"repomd.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><repomd/>'}, "not a readable repomd.xml"),
    ],
)
def test_an_unreadable_index_costs_its_repository(answers: dict[str, bytes], message: str) -> None:
    ordinary = _publisher(_DATA.format(kind="sha256", sum=_SUM, href="u.xml.gz"))

    def fetch(document: Document) -> bytes:
        if "al2023/core" in document.url:
            return answers.get(document.url.rsplit("/", 1)[1]) or ordinary(document)
        return ordinary(document)

    (lost,) = _lost(fetch)
    assert lost.name == "amazon/2023/core/updateinfo.xml.gz"
    assert message in lost.reason
    assert len(list(amazon.FEED.locate(fetch))) == 4


@pytest.mark.parametrize(("catalogue", "message"), [(b"{}", "topics"), (b"<html>", "malformed")])
def test_an_unreadable_catalogue_fails_the_feed(catalogue: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        list(amazon.FEED.locate(_publisher("", catalogue)))


def test_a_document_of_no_known_repository(tmp_path: Path) -> None:
    path = tmp_path / "updateinfo.xml.gz"
    path.write_bytes(gzip.compress(b"<updates/>"))
    with pytest.raises(Exception, match="not a repository of Amazon Linux"):
        list(amazon.FEED.read(LocalDocument(name="updateinfo.xml.gz", path=path)))
