"""Central directories in bulk say what they say one record after another."""

import struct
from collections.abc import Iterable

import hypothesis.strategies as st
import pytest
from hypothesis import given

from vedette.errors import LimitError, ParseError
from vedette.sources.dull import NOTHING_DULL, Dull, dull_names
from vedette.sources.limits import Limits
from vedette.sources.tree import Sieve
from vedette.sources.zip_bulk import lively
from vedette.sources.zip_directory import Directory, entries

_RECORD = struct.Struct("<4s6H3L5H2L")
_DULL = dull_names(
    Sieve(
        dull=frozenset({".py", ".md"}), names=frozenset({"wanted.py"}), folders=frozenset({"keep"})
    )
)
_LINK, _FILE = 0xA1FF << 16, 0x81A4 << 16


def record(name: bytes, *, extra: bytes = b"", comment: bytes = b"", mode: int = _FILE) -> bytes:
    lengths = len(name), len(extra), len(comment)
    head = (b"PK\1\2", 3 << 8, 20, 0, 8, 0, 0, 1, 2, 3, *lengths, 0, 0, mode, 4)
    return _RECORD.pack(*head) + name + extra + comment


def directory(records: Iterable[bytes], count: int | None = None) -> Directory:
    made = list(records)
    return Directory(
        data=b"".join(made), offset=0, shift=0, count=len(made) if count is None else count
    )


def names(found: Directory, dull: Dull = _DULL) -> list[bytes]:
    return [entry.name for entry in entries(found, Limits(), dull)]


@pytest.mark.parametrize(
    ("name", "is_dull"),
    [
        (b"a/b.py", True),
        (b"b.md", True),
        (b"a/b.so", False),
        (b"a/wanted.py", False),
        (b"keep/b.py", False),
        (b"other/keep/b.py", True),
        (b"./b.py", False),
        (b"/b.py", False),
        (b"a//b.py", False),
        (b"a/./b.py", False),
        (b"a/../b.py", False),
        (b"a/.b.py", False),
        (b".b.py", False),
        (b"a\\b.py", False),
        (b"a\0b.py", False),
        (b"a\nb.py", True),
        (b"", False),
    ],
)
def test_dull_names_are_passed_over(name: bytes, *, is_dull: bool) -> None:
    beside = [record(b"x/y.py"), record(name), record(b"x/z.so")]
    assert names(directory(beside)) == [*([] if is_dull else [name]), b"x/z.so"]
    assert (b"\\" not in name and b"\0" not in name and _DULL.is_dull(name)) is is_dull


def test_links_are_never_dull() -> None:
    made = directory([record(b"a.py"), record(b"b.py", mode=_LINK), record(b"c.so")])
    assert names(made) == [b"b.py", b"c.so"]


def test_extra_fields_and_comments_are_no_names() -> None:
    made = [record(b"a.so", extra=b"xx.py", comment=b"\\//"), record(b"b.py", comment=b"c.so")]
    assert names(directory(made)) == [b"a.so"]
    assert lively(b"".join(made), _DULL) == (2, [0])


@pytest.mark.parametrize("place", ["name", "extra", "comment"])
def test_a_mark_within_a_record_is_nothing_new(place: str) -> None:
    inner = record(b"hidden.so")
    made = {
        "name": record(b"PK\1\2.so"),
        "extra": record(b"a.so", extra=inner),
        "comment": record(b"a.so", comment=inner),
    }[place]
    data = made + record(b"b.so")
    assert lively(data, _DULL) is None
    first = made[46 : 46 + 8] if place == "name" else b"a.so"
    assert names(directory([made, record(b"b.so")])) == [first, b"b.so"]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\1\2", record(b"a.py")[:-1], b"x" + record(b"a")])
def test_what_is_no_directory(data: bytes) -> None:
    told = lively(data, _DULL)
    assert told == ((0, []) if not data else None)


def test_damage_after_dull_records_is_told() -> None:
    made = directory([record(b"a.so"), record(b"b.py")[:-1]])
    found = entries(made, Limits(), _DULL)
    assert next(found).name == b"a.so"
    with pytest.raises(ParseError, match="a damaged record"):
        next(found)


def test_the_number_of_records_is_compared() -> None:
    with pytest.raises(ParseError, match="2 entries, not 3"):
        names(directory([record(b"a.py"), record(b"b.py")], count=3))


def test_dull_records_count_too() -> None:
    made = directory([record(b"a.py")] * 3)
    with pytest.raises(LimitError, match="over 2 entries"):
        list(entries(made, Limits(entries=2), _DULL))


def test_where_nothing_is_dull_records_are_read_one_by_one() -> None:
    data = record(b"a.py")
    assert lively(data, NOTHING_DULL) is None
    assert names(directory([data]), NOTHING_DULL) == [b"a.py"]


def test_a_very_large_directory_is_read_one_by_one() -> None:
    data = record(b"a.py", comment=b"c" * 65535) * 260
    assert lively(data, _DULL) is None


_NAME = st.lists(
    st.sampled_from(
        [b"a", b"keep", b"wanted.py", b".", b"..", b"", b"b.py", b"c.so", b".d.py", b"e\\f.py"]
    ),
    max_size=4,
).map(b"/".join)


@given(st.lists(st.tuples(_NAME, st.binary(max_size=6), st.sampled_from([_LINK, _FILE]))))
def test_bulk_is_one_by_one(parts: list[tuple[bytes, bytes, int]]) -> None:
    made = directory(record(name, extra=extra, mode=mode) for name, extra, mode in parts)
    expected = [
        name for name, _, mode in parts if mode == _LINK or b"\\" in name or not _DULL.is_dull(name)
    ]
    if lively(made.data, _DULL) is None:  # a mark among the extra bytes, or nothing at all
        expected = [name for name, _, _ in parts]
    assert names(made) == expected
