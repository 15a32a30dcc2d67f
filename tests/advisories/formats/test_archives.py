"""Zip and tar archives, good and hostile."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from vedette.advisories.formats import archives
from vedette.advisories.formats.archives import Member, MemberFailure, members
from vedette.errors import LimitError, ParseError


def _wanted(name: str) -> bool:
    return name.endswith(".json")


def _zip(folder: Path, files: Sequence[tuple[str, bytes]]) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return path


def _tar(folder: Path, files: Sequence[tuple[str, bytes]]) -> Path:
    path = folder / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


_FILES = [("x/a.json", b"1"), ("../b.json", b"22"), ("c.txt", b"no"), ("/d.json", b"4" * 9)]


@pytest.mark.parametrize("make", [_zip, _tar])
def test_wanted_members_in_order(tmp_path: Path, make: object) -> None:
    path = _zip(tmp_path, _FILES) if make is _zip else _tar(tmp_path, _FILES)
    assert list(members(path, _wanted, 8)) == [
        Member(name="x/a.json", data=b"1"),
        Member(name="../b.json", data=b"22"),
        MemberFailure(name="/d.json", reason="more than 8 bytes"),
    ]


def test_links_devices_and_folders_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("a.json")
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)
    assert list(members(path, _wanted)) == []
    assert list(members(_zip(tmp_path, [("d.json/", b"")]), _wanted)) == []


def test_a_spoilt_zip_member_leaves_the_others(tmp_path: Path) -> None:
    path = _zip(tmp_path, [("a.json", b"abcdefgh" * 100), ("b.json", b"2")])
    data = bytearray(path.read_bytes())
    data[40:50] = bytes(10)
    path.write_bytes(data)
    first, second = members(path, _wanted)
    assert isinstance(first, MemberFailure)
    assert first.reason.startswith("cannot be read: ")
    assert second == Member(name="b.json", data=b"2")


def test_an_encrypted_zip_member(tmp_path: Path) -> None:
    path = _zip(tmp_path, [("a.json", b"1")])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (result,) = members(path, _wanted)
    assert isinstance(result, MemberFailure)
    assert "encrypted" in result.reason


def test_a_zip_bomb_is_cut_at_the_limit(tmp_path: Path) -> None:
    path = _zip(tmp_path, [("a.json", bytes(50 << 20)), ("b.json", b"2")])
    assert path.stat().st_size < 100_000
    assert list(members(path, _wanted)) == [
        MemberFailure(name="a.json", reason=f"more than {archives.MEMBER_LIMIT} bytes"),
        Member(name="b.json", data=b"2"),
    ]


def test_a_zip_whose_directory_is_broken(tmp_path: Path) -> None:
    path = _zip(tmp_path, [("a.json", b"1")])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02")] = 0
    path.write_bytes(data)
    with pytest.raises(ParseError, match="not a readable zip archive"):
        list(members(path, _wanted))


def test_a_cut_tar(tmp_path: Path) -> None:
    path = _tar(tmp_path, [("a.json", b"1"), ("b.json", b"2" * 5000)])
    data = gzip.decompress(path.read_bytes())
    path.write_bytes(data[:1600])
    found = members(path, _wanted)
    assert next(found) == Member(name="a.json", data=b"1")
    with pytest.raises(ParseError, match="neither a zip nor a readable tar archive"):
        list(found)


def test_a_huge_extended_header(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type = tarfile.XHDTYPE
    info.size = 1 << 33
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    with pytest.raises(LimitError, match="an extended header of 8589934592 bytes"):
        list(members(path, _wanted))


@pytest.mark.parametrize("make", [_zip, _tar])
def test_too_many_members(tmp_path: Path, make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MEMBERS_LIMIT", 2)
    path = _zip(tmp_path, _FILES) if make is _zip else _tar(tmp_path, _FILES)
    with pytest.raises(LimitError, match="more than 2 members"):
        list(members(path, _wanted))
