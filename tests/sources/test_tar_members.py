"""Usual headers are read in few steps, and all the same as they are with care."""

import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings, strategies as st

from tests.sources.build import Content, tar
from vedette.errors import Error, LimitError
from vedette.sources.dull import NOTHING_DULL, Dull, dull_names
from vedette.sources.limits import Limits
from vedette.sources.tar_extension import NOTHING
from vedette.sources.tar_header import DIRECTORY, REGULAR, Checksums
from vedette.sources.tar_members import Member, _careful, _header, members
from vedette.sources.tree import Sieve
from vedette.sources.window import BLOCK, StreamWindow

_LIMITS = Limits(path=400)
_DULL = dull_names(
    Sieve(
        dull=frozenset({".py"}),
        names=frozenset({"setup.py"}),
        folders=frozenset({"keep", "a/keep"}),
    )
)
_LONG = "long/" * 30
_MEMBERS: dict[str, Content] = {
    "a": "/ ",
    "a/b.py": b"b",
    "a/setup.py": b"c" * 600,
    f"{_LONG}d.py": b"d",
    f"{_LONG}setup.py": b"d",
    f"{_LONG}folder": "/ ",
    f"{_LONG}link": "-> a",
    "keep": "/ ",
    "a/keep": "/ ",
    "a/.hidden": "/ ",
    "a/.hidden/x.py": b"x",
    "a/keep/y.py": b"y",
    "a/keep/deep": "/ ",
    "a/keep/deep/z.py": b"z",
    "keep/e.py": b"e",
    "hard": "=> a/b.py",
    "soft": "-> a/b.py",
    "a/f.so": b"f" * 513,
    "a/g.py": b"",
    "./a/h.py": b"h",
    "/a/i.py": b"i",
    "j.py": b"j",
    "/j.py": b"j",
    "a//k.py": b"k",
    "a/.l.py": b"l",
    "a/.py": b"m",
    "a/py": b"n",
    "ünïcode.py": b"o",
}


def _times(names: dict[str, Content]) -> Iterator[tuple[str, Content | tarfile.TarInfo]]:
    """With a pax record for each file's time, as GNU tar writes them."""
    for name, content in names.items():
        info = tarfile.TarInfo(name)
        if isinstance(content, bytes) and not content:
            info.mtime = 1.5
            yield name, info
        else:
            yield name, content


_ARCHIVES = (
    tar(_MEMBERS),
    tar(_MEMBERS, tarfile.GNU_FORMAT),
    tar(_times(dict.fromkeys(_MEMBERS, b""))),
)


def _with_care(data: bytes, dull: Dull) -> Iterator[Member]:
    """Header by header, each with care; what is dull is left out, and directories that mean what they say."""
    window, offset, known, checksums = _window(data, len(data) or 1), 0, NOTHING, Checksums()
    for _ in range(_LIMITS.entries):
        head = _header(window, offset, checksums)
        if head is None:
            return
        member, offset, known = _careful(head, window, offset, known, _LIMITS)
        if member is not None and not (member.kind == REGULAR and dull.is_dull(member.name)):
            yield member


def _window(data: bytes, piece: int) -> StreamWindow:
    return StreamWindow(iter([data[at : at + piece] for at in range(0, len(data), piece)]))


def _outcome(found: Iterator[Member]) -> tuple[list[Member], str]:
    """All but directories, which nobody asks for, and how it ends."""
    kept: list[Member] = []
    try:
        kept.extend(member for member in found if member.kind != DIRECTORY)
    except Error as error:
        return kept, str(error)
    return kept, "the end"


def _same(data: bytes, piece: int, dull: Dull) -> None:
    assert _outcome(members(_window(data, piece), _LIMITS, dull)) == _outcome(
        _with_care(data, dull)
    )


@pytest.mark.parametrize("dull", [_DULL, NOTHING_DULL])
@pytest.mark.parametrize("archive", range(len(_ARCHIVES)))
@pytest.mark.parametrize("piece", [100, 512, 1000, 1 << 18])
def test_usual_headers_are_read_as_with_care(archive: int, piece: int, dull: Dull) -> None:
    data = _ARCHIVES[archive]
    _same(data, piece, dull)
    found, end = _outcome(members(_window(data, piece), _LIMITS, dull))
    assert end == "the end"
    whole = 28 if archive == 2 else 22  # six are directories elsewhere
    assert len(found) == (whole - 5 if dull is _DULL else whole)


_PLACES = st.sampled_from([0, 1, 99, 100, 124, 134, 135, 148, 155, 156, 157, 257, 345, 508])


@given(
    st.sampled_from(_ARCHIVES),
    st.integers(0, 60),
    _PLACES,
    st.binary(min_size=1, max_size=12),
    st.sampled_from(["mended", "as it was"]),
)
@settings(max_examples=400)
@example(_ARCHIVES[0], 1, 135, b"7", "mended")
def test_headers_with_anything_in_them_are_read_as_with_care(
    archive: bytes, block: int, place: int, value: bytes, checksum: str
) -> None:
    data = bytearray(archive)
    at = block * BLOCK
    data[at + place : at + place + len(value)] = value
    if checksum == "mended":
        data[at + 148 : at + 156] = b" " * 8
        data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + BLOCK])
    _same(bytes(data), 700, _DULL)


def _pax(records: bytes) -> bytes:
    info = tarfile.TarInfo("pax")
    info.type, info.size = b"x", len(records)
    return info.tobuf(tarfile.GNU_FORMAT) + records + bytes(-len(records) % BLOCK)


@pytest.mark.parametrize(
    "records",
    [
        b"20 path=long/a.setup\n",
        b"21 path=long/a.setup\n",  # a wrong length
        b"10 path=a\n10 path=b\n",
        b"10 path=a\n12 mtime=1\n",
        b"14 linkpath=a\n",
        b"8 path=\n",
        b"11 path=a\0\n",
        b"12 path=a\nb\n",
        b"010 path=a\n",
        b"9" * 5000 + b" path=a\n",
        b"10 path=\n\n",
        b"11 path=ab\n",
        b"\xb2 path=a\n",
        b"18 comment=path=a\n",
        b"12 mtime=1\n",
        b"12 mtime=1\n12 atime=2\n",
        b"18 x.time=1.size=\n",
        b"GNU.sparse.",
        b"nonsense",
        b"9 size=3\n",
        b"%d path=%s\n" % (420, b"p" * 410),
        b"",
    ],
)
def test_pax_records_are_read_as_with_care(records: bytes) -> None:
    header, other = _pax(records), _pax(b"12 path=bcd\n")
    for after in (
        _ARCHIVES[0],
        tar({"s": "-> a", "b": b"b"}),
        header + _ARCHIVES[0],
        other + _ARCHIVES[0],
        b"",
    ):
        _same(other + header + after, 1 << 18, _DULL)
        _same(header + after, 1 << 18, _DULL)
        _same(header + after, 300, NOTHING_DULL)


def test_sizes_of_twelve_digits() -> None:
    """Some writers fill the field, of which the last byte is a NUL or a blank with others."""
    info = tarfile.TarInfo("a")
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = b"000000000003"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    data = 2 * (bytes(block) + b"abc".ljust(BLOCK, b"\0")) + bytes(2 * BLOCK)
    assert _outcome(members(_window(data, 5000), _LIMITS)) == (
        [Member(b"a", REGULAR, BLOCK, 3), Member(b"a", REGULAR, 3 * BLOCK, 3)],
        "the end",
    )


def test_what_is_remembered_of_checksums_is_bounded() -> None:
    checksums = Checksums()
    for number in range((1 << 16) + 1):
        assert checksums[b"%06o\0 " % number] >= 0
    assert len(checksums) == 1 << 16


def test_many_folders_are_forgotten_again() -> None:
    names = [f"d{n}" for n in range((1 << 14) + 2)]
    data = tar([pair for name in names for pair in ((name, "/ "), (f"{name}/a.py", b""))])
    assert _outcome(members(_window(data, 1 << 18), Limits(), _DULL)) == ([], "the end")


def test_headers_that_nobody_wants_are_counted() -> None:
    data = tar({f"a{n}.py": b"" for n in range(10)})
    with pytest.raises(LimitError, match="over 9 headers"):
        list(members(_window(data, 1 << 18), Limits(entries=9), _DULL))
