"""Tar archives that are damaged, or made to do damage: only failures come of them, and what can be read is read."""

import tarfile
import tracemalloc

import pytest
from hypothesis import given, settings, strategies as st

from tests.sources.build import Content, everything, failures, files, only, tar, walk
from vedette.model.inventory import FileFailure
from vedette.sources.limits import Limits
from vedette.sources.tree import File, Hiding
from vedette.sources.window import BLOCK

MEMBERS: dict[str, Content] = {
    "a": b"first",
    "b/" + "n" * 150: b"second" * 200,
    "hard": "=> a",
    "soft": "-> b",
    "c": b"third",
}
GOOD = tar(MEMBERS)


def pax(body: bytes, size: int | None = None) -> bytes:
    info = tarfile.TarInfo("pax")
    info.type, info.size = b"x", len(body) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT) + body + bytes(-len(body) % BLOCK)


@given(st.integers(0, len(GOOD)))
@settings(max_examples=150)
def test_cut_off_anywhere_what_was_before_is_kept(length: int) -> None:
    items = walk(GOOD[:length])
    whole = [item for item in walk(GOOD) if isinstance(item, File) and item.path != "hard"]
    kept = [item for item in items if isinstance(item, File) and item.path != "hard"]
    assert kept == whole[: len(kept)]
    if length and any(GOOD[length:]) and GOOD[:length].rstrip(b"\0"):
        assert failures(items)[-1][1].startswith("offset ")


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255), st.integers(1, 2000))
@settings(max_examples=250)
def test_any_byte_wrong_gives_failures_only(place: int, change: int, piece: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= change
    items = walk([bytes(data[at : at + piece]) for at in range(0, len(data), piece)])
    assert all(isinstance(item, File | Hiding | FileFailure) for item in items)
    assert sum(len(item.data) for item in items if isinstance(item, File)) <= 3 * len(GOOD)


@given(st.binary(max_size=3000))
@settings(max_examples=100)
def test_noise(data: bytes) -> None:
    assert all(isinstance(item, FileFailure) for item in walk(data))


@given(
    st.fixed_dictionaries(
        {
            place: st.binary(min_size=size, max_size=size)
            for place, size in {124: 12, 156: 1, 257: 8, 345: 2, 386: 24, 482: 13}.items()
        }
    )
)
@settings(max_examples=200)
def test_any_fields_with_a_good_checksum(fields: dict[int, bytes]) -> None:
    data = bytearray(GOOD)
    for place, value in fields.items():
        data[place : place + len(value)] = value
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:BLOCK])
    for item in walk(bytes(data)):
        assert isinstance(item, File | Hiding | FileFailure)


def test_a_bad_checksum_ends_the_walk_with_its_offset() -> None:
    data = bytearray(tar({"a": b"1", "b": b"2", "c": b"3"}, tarfile.USTAR_FORMAT))
    data[1024] ^= 1
    items = walk(bytes(data))
    assert files(items) == {"a": b"1"}
    assert failures(items) == [("", "offset 1024: a header with a bad checksum")]


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (b"-0000000001\0", "not a size: b'-0000000001\\x00'"),
        (b"\xff" * 12, "not a size: b'" + "\\xff" * 12 + "'"),
        (b"\x80" + b"\xff" * 11, "not a size: b'\\x80" + "\\xff" * 11 + "'"),
        (b"00000000009\0", "not an octal number: b'00000000009\\x00'"),
        (b"0x000000001\0", "not a size: b'0x000000001\\x00'"),
    ],
)
def test_sizes_that_are_none(field: bytes, reason: str) -> None:
    data = bytearray(tar({"a": b"", "b": b""}, tarfile.USTAR_FORMAT))
    data[BLOCK + 124 : BLOCK + 136] = field
    data[BLOCK + 148 : BLOCK + 156] = b" " * 8
    data[BLOCK + 148 : BLOCK + 156] = b"%06o\0 " % sum(data[BLOCK : 2 * BLOCK])
    items = walk(bytes(data))
    assert files(items) == {"a": b""}
    assert failures(items) == [("", f"offset 512: {reason}")]


def test_an_empty_size_is_none_at_all() -> None:
    data = bytearray(tar({"a": b""}, tarfile.USTAR_FORMAT))
    data[124:136] = bytes(12)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:BLOCK])
    assert files(walk(bytes(data))) == {"a": b""}


def test_the_end_may_not_be_missing() -> None:
    data = tar({"a": b"1"}, tarfile.USTAR_FORMAT)
    assert failures(walk(data[:1024])) == [("", "offset 1024: ends without the mark of its end")]
    assert failures(walk(data[:1524])) == [("", "offset 1524: ends within a header")]
    assert failures(walk(data[:1536])) == []
    lone = data[:1536] + data
    assert failures(walk(lone)) == [("", "offset 1024: a lone block of zeros")]
    assert files(walk(lone)) == {"a": b"1"}


def test_what_stands_after_the_end_is_not_read() -> None:
    assert files(walk(tar({"a": b"1"}) + tar({"b": b"2"}))) == {"a": b"1"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"nonsense path=", "a malformed pax record: b'nonsense path='"),
        (b"99 path=x\n", "a malformed pax record: b'99 path=x\\n'"),
        (b"9 path=xy\n", "a malformed pax record: b'9 path=xy\\n'"),
        (b"3 path=x\n", "a malformed pax record: b'3 path=x\\n'"),
        (b" 9 path=x\n", "a malformed pax record: b' 9 path=x\\n'"),
        (b"12 no equals\n9 path=x\n", "a malformed pax record: b'12 no equals\\n9 path=x\\n'"),
        (b"12 path=a\0b\n", "a pax path with a NUL"),
        (b"11 size=-1\n", "not a size: b'-1'"),
        (b"1018 path=" + b"x" * 1007 + b"\n", "a name of 1007 bytes, more than 1000"),
    ],
)
def test_pax_records_that_are_wrong_make_one_member_faulty(body: bytes, reason: str) -> None:
    items = walk(pax(body) + tar({"a": b"1", "b": b"2"}), limits=Limits(path=1000))
    assert files(items) == {"b": b"2"}
    assert failures(items) == [("a", reason)]
    links = pax(body) + tar({"a": "=> b", "s": b"", "b": b"2"})
    if not reason.startswith("not a size"):
        assert failures(walk(links, limits=Limits(path=1000))) == [("a", f"a hard link: {reason}")]
        assert failures(walk(links, only("b"), limits=Limits(path=1000))) == []
        links = pax(body) + tar({"a": "-> b", "b": b"2"})
        assert failures(walk(links, limits=Limits(path=1000))) == [
            ("a", f"a symbolic link: {reason}")
        ]
        assert failures(walk(links, only("b"), limits=Limits(path=1000))) == []


def test_times_and_attributes_cost_nothing() -> None:
    body = b"30 mtime=1350244992.023960108\n"
    assert files(walk(pax(body) + tar({"a": b"1"}))) == {"a": b"1"}


def test_gnu_names_over_the_bound() -> None:
    data = tar({"x" * 2000: b"1", "b": b"2", "l": "=> " + "y" * 2000}, tarfile.GNU_FORMAT)
    items = walk(data, limits=Limits(path=1000))
    assert files(items) == {"b": b"2"}
    assert failures(items) == [
        ("x" * 100, "a name of 2000 bytes, more than 1000"),
        ("l", "a hard link: a name of 2000 bytes, more than 1000"),
    ]


def test_extended_headers_are_bounded() -> None:
    items = walk(
        pax(b"path=" + b"x" * 2995) + tar({"a": b"1", "b": b"2"}), limits=Limits(header=2000)
    )
    assert (files(items), failures(items)) == (
        {"b": b"2"},
        [("a", "an extended header of 3000 bytes, more than 2000")],
    )
    assert failures(walk(pax(b"path=", 900))) == [("", "offset 0: ends within an extended header")]


def test_entries_are_bounded() -> None:
    items = walk(tar({str(n): b"" for n in range(20)}), limits=Limits(entries=10))
    assert len(files(items)) == 10
    assert failures(items) == [("", "offset 5120: over 10 headers")]


def test_failures_are_bounded() -> None:
    items = walk(tar({f"../{n}": b"" for n in range(50)}), limits=Limits(failures=3))
    assert [path for path, _ in failures(items)] == ["../0", "../1", "../2", ""]


def test_a_huge_member_is_not_allocated() -> None:
    info = tarfile.TarInfo("huge")
    info.size = 500 << 20
    data = info.tobuf(tarfile.GNU_FORMAT) + b"little"
    tracemalloc.start()
    try:
        items = walk(data, everything)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert failures(items) == [
        ("huge", "offset 512: the archive ends after 6 of 524288000 bytes"),
        ("", "offset 518: ends within the content of a member, 524287994 bytes early"),
    ]
    assert peak < 1 << 20
