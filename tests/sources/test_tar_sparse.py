"""Sparse members as GNU tar writes them, and as nobody should."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.sources.build import failures, files, only, tar, walk
from vedette.sources.limits import Limits
from vedette.sources.window import BLOCK

needs_tar = pytest.mark.skipif(shutil.which("tar") is None, reason="needs GNU tar")

WAYS = [
    ["--format=gnu"],
    *(["--format=posix", f"--sparse-version={v}"] for v in ("0.0", "0.1", "1.0")),
]
GIB = 1 << 30


def packed(directory: Path, *names: str, way: list[str]) -> bytes:
    command = ["tar", "--sparse", *way, "-C", str(directory), "-cf", "-", *names]
    return subprocess.run(command, check=True, capture_output=True).stdout


def holey(path: Path, pieces: dict[int, bytes], size: int) -> bytes:
    """A file with holes; gives its content."""
    with path.open("wb") as file:
        for offset, data in pieces.items():
            file.seek(offset)
            file.write(data)
        file.truncate(size)
    return path.read_bytes() if size < GIB else b""


@needs_tar
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_what_gnu_tar_writes_is_read(tmp_path: Path, way: list[str], count: int) -> None:
    pieces = {65536 * (2 * n + 1): b"%d" % n * 300 for n in range(count)}
    content = holey(tmp_path / "holes", pieces, 65536 * (2 * count + 2))
    (tmp_path / "after").write_bytes(b"after")
    data = packed(tmp_path, "holes", "after", way=way)
    assert len(data) < len(content) or count > 3
    assert files(walk(data)) == {"holes": content, "after": b"after"}
    assert files(walk(data, only("after"))) == {"after": b"after"}


@needs_tar
@pytest.mark.parametrize("way", WAYS)
def test_ten_gigabytes_of_nothing_are_not_copied(tmp_path: Path, way: list[str]) -> None:
    holey(tmp_path / "status", {5 * GIB: b"in the middle"}, 10 * GIB)
    (tmp_path / "after").write_bytes(b"after")
    data = packed(tmp_path, "status", "after", way=way)
    assert len(data) < 40_000
    items = walk(data)
    assert files(items) == {"after": b"after"}
    assert failures(items) == [("status", f"{10 * GIB} bytes, more than {Limits().file}")]


def old_gnu(name: str, entries: list[tuple[int, int]], size: int, stored: bytes) -> bytes:
    """A member of GNU's old format, of up to 25 pieces."""

    def field(value: int) -> bytes:
        return b"%011o\0" % value

    packed = [field(offset) + field(length) for offset, length in entries]
    info = tarfile.TarInfo(name)
    info.size = len(stored)
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[156] = ord("S")
    head[386 : 386 + 96] = b"".join(packed[:4]).ljust(96, b"\0")
    head[482] = len(packed) > 4
    head[483:495] = field(size)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    more = b"".join(packed[4:]).ljust(BLOCK, b"\0") if len(packed) > 4 else b""
    return bytes(head) + more + stored + bytes(-len(stored) % BLOCK)


END = tar({"after": b"after"})


@pytest.mark.parametrize(
    ("entries", "size", "reason"),
    [
        ([(0, 5)], 4, "a sparse map that does not fit the file"),
        ([(5, 5), (0, 5)], 10, "a sparse map that does not fit the file"),
        ([(0, 3), (2, 2)], 10, "a sparse map that does not fit the file"),
        ([(5, 2), (0, 2)], 10, "a sparse map that does not fit the file"),
        ([(0, 6)], 100, "a sparse map that does not fit the file"),
        ([(0, 8**10)], 8**11 - 1, f"{8**11 - 1} bytes, more than {Limits().file}"),
        ([(n, 0) for n in range(25)], 100, "a sparse file in over 20 pieces"),
    ],
)
def test_maps_that_lie(entries: list[tuple[int, int]], size: int, reason: str) -> None:
    items = walk(old_gnu("holes", entries, size, b"12345") + END, limits=Limits(sparse=20))
    assert (files(items), failures(items)) == ({"after": b"after"}, [("holes", reason)])


def test_a_map_that_is_cut_off() -> None:
    items = walk(old_gnu("holes", [(n, 0) for n in range(25)], 99, b"")[:700])
    assert failures(items) == [
        ("", "offset 700: ends within the content of a member, 324 bytes early")
    ]


@pytest.mark.parametrize(
    ("records", "stored", "reason"),
    [
        ({"size": "x"}, b"", "not a size: b'x'"),
        ({"size": "9" * 19}, b"", f"not a size: b'{'9' * 19}'"),
        ({"size": "4", "map": "0,4,9"}, b"1234", "a sparse map with half a piece"),
        ({"size": "4", "map": "0,-4"}, b"1234", "not a size: b'-4'"),
        ({"size": "4", "map": ",".join(["0"] * 50)}, b"", "a sparse file in over 20 pieces"),
        (
            {"size": "1", "map": "0,1"},
            b"x" * (5 << 20),
            "a sparse file of 1 bytes with 5242880 of data",
        ),
        ({"realsize": "4", "major": "1"}, b"nonsense", "not a size: b''"),
        ({"realsize": "4", "major": "1"}, b"99\n" + b"0\n" * 50, "a sparse file in over 20 pieces"),
        (
            {"realsize": "4", "major": "1"},
            b"1\n0\n4\n".ljust(512, b"\0"),
            "a sparse map that does not fit the file",
        ),
    ],
)
def test_pax_maps_that_lie(records: dict[str, str], stored: bytes, reason: str) -> None:
    info = tarfile.TarInfo("holes")
    info.size = len(stored)
    info.pax_headers = {f"GNU.sparse.{key}": value for key, value in records.items()}
    data = info.tobuf(tarfile.PAX_FORMAT) + stored + bytes(-len(stored) % BLOCK)
    items = walk(data + END, limits=Limits(sparse=20))
    assert (files(items), failures(items)) == ({"after": b"after"}, [("holes", reason)])


def test_maps_over_several_headers_are_bounded() -> None:
    body = b"".join(b"%d GNU.sparse.offset=0\n" % 23 for _ in range(30))
    info = tarfile.TarInfo("pax")
    info.type, info.size = b"x", len(body)
    header = info.tobuf(tarfile.USTAR_FORMAT) + body + bytes(-len(body) % BLOCK)
    items = walk(header * 2 + tar({"holes": b""}), limits=Limits(sparse=20))
    assert failures(items) == [("holes", "a sparse file in over 20 pieces")]
