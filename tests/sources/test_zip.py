"""Zip files as writers make them, `zipfile` among them, and as nobody should."""

import io
import shutil
import stat
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from tests.sources.build import everything, failures, files, hidings, only, zipped
from vedette.errors import ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Limits, Meter
from vedette.sources.tree import File, Hiding, HidingKind
from vedette.sources.zip import walk_zip
from vedette.sources.zip_directory import find_directory


def walk(
    data: bytes,
    wanted: Callable[[str], int] = everything,
    limits: Limits | None = None,
    prefix: str = "",
) -> list[File | Hiding | FileFailure]:
    def read_at(offset: int, size: int) -> bytes:
        assert offset >= 0
        assert size <= 1 << 30
        return data[offset : offset + size]

    limits = limits or Limits()
    meter = Meter(limits, extractor="zip")
    items: list[File | Hiding | FileFailure] = []
    try:
        directory = find_directory(read_at, len(data), limits)
        items.extend(walk_zip(read_at, directory, wanted, meter, prefix=prefix))
    except ParseError as error:
        items.extend(meter.failure("", str(error)))
    return items


def records(data: bytes) -> list[int]:
    """Where the central directory's records are."""
    found, at = [], data.find(b"PK\1\2")
    while at >= 0:
        found.append(at)
        at = data.find(b"PK\1\2", at + 4)
    return found


def patched(data: bytes, at: int, form: str, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, at, *values)
    return bytes(changed)


names = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0"), min_size=1).filter(
    lambda name: name not in {".", ".."}
)


@given(
    st.dictionaries(names, st.binary(max_size=3000), max_size=6),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=50),
)
@settings(max_examples=80)
def test_what_zipfile_writes_is_read(members: dict[str, bytes], method: int, before: bytes) -> None:
    items = walk(before + zipped(members, method))
    assert (files(items), failures(items)) == (members, [])


def test_only_what_is_wanted_is_given_below_the_prefix() -> None:
    data = zipped({"a": b"1", "b/": b"", "b/c": b"2", "./d": b"3"})
    assert files(walk(data, only("opt/b/c", "opt/d", "opt/b"), prefix="opt/")) == {
        "opt/b/c": b"2",
        "opt/d": b"3",
    }


def test_names_that_lead_elsewhere_are_failures_and_the_rest_is_read() -> None:
    members = {"../a": b"1", "/b": b"2", "c\\..\\d": b"3", "e/../f": b"4", "g": b"5"}
    items = walk(zipped(members))
    assert files(items) == {"g": b"5"}
    assert failures(items) == [
        ("../a", "a name with `..`"),
        ("/b", "an absolute name"),
        ("c\\..\\d", "a name with a backslash or a NUL"),
        ("e/../f", "a name with `..`"),
    ]


def test_a_name_with_a_nul() -> None:
    data = zipped({"aXb": b"1"}).replace(b"aXb", b"a\0b")
    assert failures(walk(data)) == [("a\0b", "a name with a backslash or a NUL")]


def test_names_in_the_formats_first_character_set() -> None:
    data = zipped({"cafX": b"1"}).replace(b"cafX", b"caf\x82")
    assert files(walk(data)) == {"caf\u00e9": b"1"}
    (at,) = records(data)
    assert files(walk(patched(data, at + 8, "<H", 1 << 11))) == {"caf\\x82": b"1"}


def test_where_a_name_comes_twice_both_are_given_in_order() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped([("a", b"1"), ("a", b"2")])
    assert [item.data for item in walk(data) if isinstance(item, File)] == [b"1", b"2"]


def test_symbolic_links_hide_and_are_not_followed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("wanted", "unwanted"):
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "some/where")
    items = walk(out.getvalue(), only("wanted"))
    assert hidings(items) == [(name, HidingKind.REPLACED) for name in ("wanted", "unwanted")]
    assert failures(items) == [("wanted", "a symbolic link, not followed: some/where")]
    broken = out.getvalue().replace(b"some/where", b"any/where!", 1)
    ((_, reason),) = failures(walk(broken, only("wanted")))
    assert reason == "a symbolic link, not followed: offset 36: a wrong CRC"


def test_files_over_their_bound() -> None:
    data = zipped({"a": b"12345", "b": b"1234"})
    items = walk(data, only("a", "b", most=4))
    assert (files(items), failures(items)) == ({"b": b"1234"}, [("a", "5 bytes, more than 4")])


def test_a_size_that_lies_is_found() -> None:
    data = zipped({"a": b"x" * 100_000, "b": b"1"})
    for size in (99_999, 100_001, 3):
        items = walk(patched(data, records(data)[0] + 24, "<L", size))
        assert files(items) == {"b": b"1"}
        ((_, reason),) = failures(items)
        assert reason.endswith(f"bytes, not {size}")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_checksums_are_compared(method: int) -> None:
    data = zipped({"a": b"12345" * 99, "b": b"1"}, method)
    items = walk(patched(data, records(data)[0] + 16, "<L", 5))
    assert (files(items), failures(items)) == ({"b": b"1"}, [("a", "offset 31: a wrong CRC")])


def test_what_cannot_be_read_is_a_failure() -> None:
    data = zipped({"a": b"12345" * 99, "b": b"1"})
    first = records(data)[0]
    cases = {
        "encrypted": patched(data, first + 8, "<H", 1),
        "compressed with method 9": patched(data, first + 10, "<H", 9),
        "offset 5: no local header": patched(data, first + 42, "<L", 5),
        f"offset {len(data)}: no local header": patched(data, first + 42, "<L", len(data)),
        "offset 0: a local header of another name": data.replace(b"a", b"c", 1),
        "deflate: Error": data[:31] + b"\xff" * 5 + data[36:],
    }
    for reason, changed in cases.items():
        items = walk(changed)
        assert files(items) == {"b": b"1"}
        ((_, said),) = failures(items)
        assert said.startswith(reason)


def overlapping(count: int, size: int) -> bytes:
    """Many records for one stream of zeros, the simplest of Fifield's bombs."""
    packer = zlib.compressobj(9, wbits=-15)
    content = packer.compress(bytes(size)) + packer.flush()
    crc = zlib.crc32(bytes(size))
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(content), size, 1, 0)
    record = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(content), size, 1, 0, 0, 0, 0, 0, 0
    )
    start = local + b"a" + content
    directory = (record + b"a") * count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(start), 0)
    return start + directory + end


def test_overlapping_members_are_read_once() -> None:
    items = walk(overlapping(500, 1_000_000))
    assert list(files(items)) == ["a"]
    assert failures(items) == [("a", "offset 0: its bytes are another member's too")] * 499


def test_overlaps_of_any_kind() -> None:
    inner = zipped({"in": b"2"}, zipfile.ZIP_STORED)
    data = zipped({"a": b"1", "out": inner, "z": b"3"}, zipfile.ZIP_STORED)
    hidden = data.index(b"PK\3\4", data.index(b"out") + 3)
    assert data[hidden + 30 : hidden + 32] == b"in"
    record = inner[records(inner)[0] : inner.rindex(b"PK\5\6")]
    record = patched(record, 42, "<L", hidden)
    end = data.rindex(b"PK\5\6")
    start = records(data)[-3] if len(records(data)) == 3 else records(data)[1]
    for rows in (data[start:end] + record, record + data[start:end]):
        whole = data[:start] + rows
        tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 4, 4, len(rows), start, 0)
        items = walk(whole + tail)
        assert {"a", "z"} <= files(items).keys()
        assert [reason.split(": ")[1] for _, reason in failures(items)] == [
            "its bytes are another member's too"
        ]


def test_a_bomb_of_one_member_is_not_inflated() -> None:
    data = zipped({"a": bytes(20_000_000)})
    items = walk(data, only("a", most=1_000_000))
    assert failures(items) == [("a", "20000000 bytes, more than 1000000")]
    lying = patched(data, records(data)[0] + 24, "<L", 1000)
    assert failures(walk(lying)) == [("a", "offset 31: 1001 bytes, not 1000")]


def test_counts_and_sizes_are_bounded() -> None:
    data = zipped({str(n): b"" for n in range(20)})
    items = walk(data, limits=Limits(entries=10))
    assert len(files(items)) == 10
    ((_, reason),) = failures(items)
    assert reason.endswith(": over 10 entries")
    assert failures(walk(data, limits=Limits(directory=100))) == [
        ("", "a central directory of 950 bytes, more than 100")
    ]


def test_the_end_of_the_directory_is_found_behind_a_comment() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        archive.comment = b"PK\5\6" + b"c" * 60_000 + b"PK\5\6" * 9
    assert files(walk(out.getvalue())) == {"a": b"1"}


@pytest.mark.parametrize("length", [0, 4, 21])
def test_what_is_no_zip(length: int) -> None:
    data = zipped({"a": b"1"})
    for broken in (data[:length], data[:-1], data + b"x", b"\0" * 100_000):
        ((_, reason),) = failures(walk(broken))
        assert reason.startswith(f"offset {len(broken)}: no end of a central directory")


def test_a_damaged_directory_keeps_what_is_before() -> None:
    data = zipped({"a": b"1", "b": b"2", "c": b"3"})
    place = records(data)[1]
    for changed in (patched(data, place, "<L", 0), patched(data, place + 28, "<H", 9999)):
        items = walk(changed)
        assert files(items) == {"a": b"1"}
        assert failures(items) == [
            ("", f"offset {place}: a damaged record of the central directory")
        ]


def test_a_count_that_lies() -> None:
    data = zipped({"a": b"1", "b": b"2"})
    items = walk(patched(data, data.rindex(b"PK\5\6") + 10, "<H", 3))
    assert files(items) == {"a": b"1", "b": b"2"}
    assert failures(items) == [("", "2 entries, not 3 as the central directory's end says")]


def test_a_directory_that_does_not_fit() -> None:
    data = zipped({"a": b"1"})
    end = data.rindex(b"PK\5\6")
    for changed in (patched(data, end + 12, "<L", 9999), patched(data, end + 16, "<L", 9999)):
        assert failures(walk(changed)) == [
            ("", f"offset {end}: a central directory that does not fit the file")
        ]


def zip64(data: bytes, *, shift: int = 0, wide: bool = True) -> bytes:
    """The same zip with one member, with zip64 records."""
    (record,) = records(data)
    end = data.rindex(b"PK\5\6")
    row = bytearray(data[record:end])
    if wide:
        stored, size = struct.unpack_from("<2L", row, 20)
        (header,) = struct.unpack_from("<L", row, 42)
        struct.pack_into("<2L", row, 20, 0xFFFFFFFF, 0xFFFFFFFF)
        struct.pack_into("<L", row, 42, 0xFFFFFFFF)
        extra = (
            struct.pack("<2H", 0x5455, 1) + b"x" + struct.pack("<2H3Q", 1, 24, size, stored, header)
        )
        struct.pack_into("<H", row, 30, len(extra))
        row += extra
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(row), record)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, record + len(row) + shift, 1)
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:record] + bytes(row) + end64 + locator + tail


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n"])
@pytest.mark.parametrize("wide", [True, False])
def test_zip64(before: bytes, *, wide: bool) -> None:
    data = before + zip64(zipped({"a": b"1" * 1000}), wide=wide)
    assert files(walk(data)) == {"a": b"1" * 1000}


@pytest.mark.parametrize("shift", [1 << 62, -10])
def test_zip64_with_a_locator_that_lies(shift: int) -> None:
    data = zip64(zipped({"a": b"1"}), shift=shift)
    assert files(walk(data)) == {"a": b"1"}
    broken = data.replace(b"PK\6\6", b"PK\6\5")
    ((_, reason),) = failures(walk(broken))
    assert reason.endswith("no zip64 end of the central directory")


def test_zip64_fields_that_are_missing() -> None:
    data = zip64(zipped({"a": b"1"}))
    broken = data.replace(struct.pack("<2H", 1, 24), struct.pack("<2H", 2, 24))
    assert failures(walk(broken)) == [("a", f"{0xFFFFFFFF} bytes, more than {512 << 20}")]


def test_a_full_count_without_zip64() -> None:
    data = zipped({"a": b"1"})
    items = walk(patched(data, data.rindex(b"PK\5\6") + 10, "<H", 0xFFFF))
    assert files(items) == {"a": b"1"}
    assert failures(items) == [("", "1 entries, not 65535 as the central directory's end says")]


def test_more_entries_than_the_format_could_first_count() -> None:
    data = zipped({str(n): b"" for n in range(65_536 + 5)})
    assert sum(isinstance(item, File) for item in walk(data)) == 65_541


GOOD = zipped({"a": b"first" * 9, "b/c": b"second", "d": bytes(500)})


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
@settings(max_examples=250)
def test_any_byte_wrong_gives_failures_only(place: int, change: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= change
    items = walk(bytes(data))
    right = files(walk(GOOD))
    for item in items:
        if isinstance(item, File):  # a name may be wrong, but no content
            assert item.data in right.values()


@given(st.integers(0, len(GOOD) - 1))
@settings(max_examples=60)
def test_cut_off_anywhere(length: int) -> None:
    assert [type(item) for item in walk(GOOD[:length])] == [FileFailure]


@pytest.mark.skipif(shutil.which("zip") is None, reason="needs Info-ZIP's zip")
def test_what_info_zip_writes(tmp_path: Path) -> None:
    (tmp_path / "caf\u00e9").write_bytes(b"1" * 5000)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_bytes(b"2")
    (tmp_path / "link").symlink_to("folder/file")
    command = ["zip", "-q", "-r", "-y", "made.zip", "caf\u00e9", "folder", "link"]
    subprocess.run(command, check=True, cwd=tmp_path)
    items = walk((tmp_path / "made.zip").read_bytes(), only("caf\u00e9", "folder/file"))
    assert files(items) == {"caf\u00e9": b"1" * 5000, "folder/file": b"2"}
    assert hidings(items) == [("link", HidingKind.REPLACED)]
