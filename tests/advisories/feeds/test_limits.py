"""Documents that are larger than they should be."""

import gzip
import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from vedette.advisories.feeds import (
    cve5,
    debian,
    eol,
    epss,
    exploits,
    friendsofphp,
    local,
    nvd,
    osv,
    redhat,
    rubysec,
    suse,
    ubuntu,
)
from vedette.advisories.feeds._base import Feed, LocalDocument, Record, RecordFailure
from vedette.advisories.formats import redhat_cve
from vedette.advisories.formats.archives import MEMBER_LIMIT
from vedette.advisories.formats.osv import read_record
from vedette.errors import LimitError, ParseError
from vedette.model.advisory import Advisory, CveRecord

_HUGE = bytes(MEMBER_LIMIT + 1)
_TOO_LARGE = f"more than {MEMBER_LIMIT} bytes"


def _tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def _ids(results: list[Record | RecordFailure]) -> list[str]:
    """Ids of records; document, place and reason of failures."""
    found = []
    for result in results:
        match result:
            case Advisory() | CveRecord():
                found.append(str(result.id))
            case RecordFailure():
                found.append(f"{result.document}: {result.place}: {result.reason}")
            case _:
                raise AssertionError(result)
    return found


def test_a_huge_osv_record_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("GHSA-1.json", _HUGE)
        archive.writestr(
            "GHSA-2.json",
            '{"id": "GHSA-2", "modified": "2024-01-01T00:00:00Z", "affected":'
            ' [{"package": {"ecosystem": "npm", "name": "a"}, "versions": ["1.0.0"]}]}',
        )
    results = list(osv.FEED.read(LocalDocument(name="osv/npm/all.zip", path=path)))
    assert _ids(results) == [f"osv/npm/all.zip: GHSA-1.json: {_TOO_LARGE}", "GHSA-2"]


def test_a_huge_cve_record_leaves_the_others(tmp_path: Path) -> None:
    record = b'{"cveMetadata": {"cveId": "CVE-2024-0002", "state": "PUBLISHED"}, "containers": {}}'
    path = _tar(
        tmp_path / "a.tar.gz", {"x/CVE-2024-0001.json": _HUGE, "x/CVE-2024-0002.json": record}
    )
    results = list(cve5.FEED.read(LocalDocument(name="cve5/a.tar.gz", path=path)))
    assert _ids(results) == [f"cve5/a.tar.gz: CVE-2024-0001.json: {_TOO_LARGE}", "CVE-2024-0002"]


def test_a_huge_file_of_the_cve_tracker_leaves_the_others(tmp_path: Path) -> None:
    path = _tar(
        tmp_path / "a.tar.gz",
        {"active/CVE-2024-0001": _HUGE, "active/CVE-2024-0002": b"Candidate: CVE-2024-0002\n"},
    )
    results = list(ubuntu.FEED.read(LocalDocument(name="ubuntu/a.tar.gz", path=path)))
    assert _ids(results) == [f"ubuntu/a.tar.gz: CVE-2024-0001: {_TOO_LARGE}", "CVE-2024-0002"]


@pytest.mark.parametrize(
    ("feed", "name", "before"),
    [
        (debian.FEED, "debian/data/DSA/list", b""),
        (
            epss.FEED,
            "epss/epss_scores-current.csv.gz",
            b"#model_version:v1,score_date:2026-08-15T00:00:00+0000\ncve,epss,percentile\n",
        ),
        (epss.FEED, "epss/epss_scores-current.csv.gz", b""),
    ],
)
def test_an_endless_line(feed: Feed, name: str, before: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(gzip.compress(before + b"x" * (1 << 20)))
    with pytest.raises(ParseError, match=r"a line of [0-9]+ bytes or more"):
        list(feed.read(LocalDocument(name=name, path=path)))


def test_a_record_that_names_too_many_packages() -> None:
    entry = '{"package": {"ecosystem": "npm", "name": "a"}}'
    text = f'{{"id": "X-1", "modified": "", "affected": [{", ".join([entry] * 50_001)}]}}'
    with pytest.raises(ParseError, match="X-1: more than 50000 affected packages"):
        read_record(text.encode(), "osv")


def test_a_package_with_too_many_versions() -> None:
    versions = ", ".join(f'"1.0.{number}"' for number in range(20_001))
    text = (
        '{"id": "X-1", "modified": "2024-01-01T00:00:00Z", "affected":'
        f' [{{"package": {{"ecosystem": "npm", "name": "a"}}, "versions": [{versions}]}}]}}'
    )
    outcome = read_record(text.encode(), "osv")
    assert outcome.advisory is None
    assert outcome.problems == ("npm 'a': more than 20000 versions that no range holds",)


def test_a_nest_of_arrays() -> None:
    text = '{"id": "X-1", "modified": "", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"
    with pytest.raises(ParseError, match="not an OSV record"):
        read_record(text.encode(), "osv")


def test_a_huge_local_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(_HUGE)
    with pytest.raises(LimitError, match=r"bytes when decompressed"):
        list(local.FEED.read(LocalDocument(name="a.json", path=path)))


def test_huge_files_in_archives_leave_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of feeds that read a file for each CVE or product."""
    monkeypatch.setattr(suse, "_MEMBER_LIMIT", 1 << 20)
    mebibyte = bytes((1 << 20) + 1)
    cases = (
        (suse, "suse/csaf-vex.tar.gz", "cve-2024-0001.json", mebibyte, "cve-2024-0001.json"),
        (
            nvd,
            "nvd/nvd-data-overrides-main.tar.gz",
            "data/CVE-2024-0001.json",
            _HUGE,
            "CVE-2024-0001.json",
        ),
        (rubysec, "rubysec/a.tar.gz", "x/gems/a/b.yml", mebibyte, "a/b.yml"),
        (friendsofphp, "friendsofphp/a.tar.gz", "x/v/p/a.yaml", mebibyte, "v/p/a.yaml"),
        (redhat, "redhat/csaf_vex.tar.gz", "cve-2024-0001.json", _HUGE, "cve-2024-0001.json"),
        (
            exploits,
            "exploits/poc-in-github.tar.gz",
            "CVE-2024-0001.json",
            _HUGE,
            "CVE-2024-0001.json",
        ),
        (
            eol,
            "eol/endoflife.date-products.tar.gz",
            "products/a.md",
            bytes((2 << 20) + 1),
            "products/a.md",
        ),
    )
    for number, (feed, name, member, data, place) in enumerate(cases):
        path = _tar(tmp_path / f"{number}.tar.gz", {member: data})
        (failure,) = feed.FEED.read(LocalDocument(name=name, path=path))
        assert isinstance(failure, RecordFailure)
        assert (failure.place, failure.reason) == (place, f"more than {len(data) - 1} bytes")


def test_a_line_of_exploits_that_never_ends(tmp_path: Path) -> None:
    path = tmp_path / "nuclei-cves.json"
    path.write_bytes(b" " * (2 << 20))
    with pytest.raises(LimitError, match="a line of"):
        list(exploits.FEED.read(LocalDocument(name="exploits/nuclei-cves.json", path=path)))


def test_too_many_statements_of_red_hat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redhat_cve, "_STATEMENTS_LIMIT", 1)
    text = b'{"name": "CVE-2024-0001", "package_state": [{}, {}]}'
    with pytest.raises(ParseError, match="more than 1 statements"):
        redhat_cve.read_cve(text, Counter(), [])
