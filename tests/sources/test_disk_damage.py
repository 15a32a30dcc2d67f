"""One thing wrong at a time, where random damage seldom hits."""

import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest

from tests.sources import disk_images as made
from vedette.errors import LimitError, ParseError
from vedette.sources.disk_device import Blocks, LocalFile, Slice, exactly
from vedette.sources.disk_layer import read_path
from vedette.sources.disk_vhdx import _crc32c, open_vhdx
from vedette.sources.filesystem import Nodes
from vedette.sources.filesystem_ext import ExtFileSystem
from vedette.sources.filesystem_xfs import XfsFileSystem
from vedette.sources.limits import Limits, Meter

MOST = 1 << 16


class Changed:
    """A device with some places written over."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self._written: dict[int, bytes] = {}

    def read(self, offset: int, size: int) -> bytes:
        found = bytearray(self.data[offset : offset + max(0, size)])
        for at, data in self._written.items():
            first, last = max(at, offset), min(at + len(data), offset + len(found))
            if first < last:
                found[first - offset : last - offset] = data[first - at : last - at]
        return bytes(found)

    def write(self, offset: int, data: bytes) -> None:
        self._written[offset] = data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.tree(
        tmp_path_factory.mktemp("folder"),
        {
            "file": b"x" * 5000,
            "link": "file",
            "some": b"few",
            "inline": b"i" * 100,
            **{f"many/file-with-a-long-name-{at:04}": b"" for at in range(200)},
            **{f"wide/{at:02}": b"" for at in range(9)},
        },
    )


@pytest.fixture(scope="module")
def written(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    place = tmp_path_factory.mktemp("disks")
    return {
        "ext4": made.ext(folder, place / "ext4", "-b", "1024", size=8 * made.MIB).read_bytes(),
        "inline": made.ext(folder, place / "inline", "-O", "inline_data").read_bytes(),
        "ext2": made.ext(
            folder, place / "ext2", "-b", "1024", kind="ext2", size=8 * made.MIB
        ).read_bytes(),
        "xfs": made.xfs(folder, place / "xfs").read_bytes(),
    }


def names(system: ExtFileSystem | XfsFileSystem, inode: int | None = None) -> dict[bytes, int]:
    found = system.listing(system.root if inode is None else inode)
    return {entry.name: entry.inode for entry in found}


def used(system: ExtFileSystem | XfsFileSystem, name: bytes, inode: int) -> None:
    match name:
        case b"file":
            system.content(inode).read(0, 5000)
        case b"link":
            system.target(inode, 4096)
        case _:
            names(system, inode)


class Ext:
    """An ext file system and where its inodes are."""

    def __init__(self, data: bytes) -> None:
        self.device = Changed(data)
        self.system = ExtFileSystem(self.device, MOST)
        self.block = 1024 << int.from_bytes(data[1024 + 0x18 : 1024 + 0x1C], "little")

    def place(self, name: bytes) -> int:
        number = names(self.system)[name] if name else 2
        size = int.from_bytes(self.device.data[1024 + 0x58 : 1024 + 0x5A], "little")
        assert number <= int.from_bytes(self.device.data[1024 + 0x28 : 1024 + 0x2C], "little")
        return self.system._table(0) * self.block + (number - 1) * size

    def inode(self, name: bytes) -> int:
        return names(self.system)[name]


@pytest.mark.parametrize(
    ("name", "at", "data", "reason"),
    [
        (b"file", 0x20, struct.pack("<I", 0x80800), "encrypted"),
        (b"link", 0x20, struct.pack("<I", 0x800), "encrypted"),
        (b"link", 0x04, struct.pack("<I", 5000), "a link of 5000 bytes"),
        (b"many", 0x20, struct.pack("<I", 0x80800), "encrypted"),
        (b"many", 0x04, struct.pack("<I", 1 << 20), "a directory of 1048576 bytes"),
        (b"file", 0x28, b"\0\0", "a damaged tree of extents"),
        (b"file", 0x2E, b"\x09\0", "a damaged tree of extents"),
        (b"file", 0x3C, b"\xff\xff", "a file's block beyond the end of the disk"),
    ],
)
def test_ext_damage_is_named(
    written: Mapping[str, bytes], name: bytes, at: int, data: bytes, reason: str
) -> None:
    ext = Ext(written["ext4"])
    inode = ext.inode(name)
    ext.device.write(ext.place(name) + at, data)
    with pytest.raises(ParseError, match=reason):
        used(ext.system, name, inode)


def test_ext_that_is_asked_for_the_wrong_thing(written: Mapping[str, bytes]) -> None:
    ext = Ext(written["ext4"])
    with pytest.raises(ParseError, match="no directory"):
        names(ext.system, ext.inode(b"file"))
    for number in (0, 1 << 31):
        with pytest.raises(ParseError, match=f"no inode {number}"):
            ext.system.kind(number)
    assert [ext.system.kind(number) for number in (2, ext.inode(b"link"))] == [2, 7]


def test_ext_directories_that_are_damaged(written: Mapping[str, bytes]) -> None:
    ext = Ext(written["ext4"])
    at = ext.device.data.index(b"file-with-a-long-name-0007") - 8
    ext.device.write(at + 4, struct.pack("<H", 4))
    with pytest.raises(ParseError, match="a damaged directory"):
        names(ext.system, ext.inode(b"many"))


def test_ext_inline_content_without_its_attribute(written: Mapping[str, bytes]) -> None:
    ext = Ext(written["inline"])
    inode, place = ext.inode(b"inline"), ext.place(b"inline")
    assert ext.system.content(inode).read(0, 200) == b"i" * 100
    for at, data in ((0xA0, b"\0\0\0\0"), (0xA4, b"\0\0\0\0"), (0x80, b"\xff\xff"), (0xA5, b"\1")):
        changed = Ext(written["inline"])
        changed.device.write(place + at, data)
        assert changed.system.content(inode).read(0, 200) == b"i" * 60


def test_ext2_maps_are_followed_only_as_far_as_the_file_goes(written: Mapping[str, bytes]) -> None:
    ext = Ext(written["ext2"])
    inode = ext.inode(b"file")
    place = ext.place(b"file")
    # all of the map, and a block that leads to itself three times over
    table = bytes(ext.device.data[place + 0x28 : place + 0x2C])
    (block,) = struct.unpack("<I", table)
    ext.device.write(place + 0x04, struct.pack("<I", 1 << 31))
    ext.device.write(place + 0x28, table * 15)
    ext.device.write(block * 1024, table * 256)
    content = ext.system.content(inode)
    assert content.read(0, 4) == table
    with pytest.raises(LimitError, match="a file in over"):
        content.read((1 << 31) - 4, 4)


@pytest.mark.parametrize("options", [(), ("-O", "sparse_super2")])
def test_ext_descriptors_are_where_the_tools_say(tmp_path: Path, options: tuple[str, ...]) -> None:
    folder = made.tree(tmp_path / "root", {"file": b""})
    options = ("-b", "1024", "-O", "meta_bg,^resize_inode", *options)
    target = made.ext(folder, tmp_path / "fs", *options, size=600 * made.MIB)
    listed = subprocess.run(
        [made.tool("dumpe2fs"), target], check=True, capture_output=True, text=True
    ).stdout
    expected = [
        int(line.split(" at ")[1].split("-")[0])
        for line in listed.splitlines()
        if "Inode table at" in line
    ]
    assert len(expected) > 70
    with target.open("rb") as file:
        system = ExtFileSystem(LocalFile(file.fileno()), MOST)
        assert [system._table(group) for group in range(len(expected))] == expected


def xfs_place(system: XfsFileSystem, inode: int) -> int:
    layout = system._layout
    inside = inode & ((1 << layout.inode_bits) - 1)
    return layout.place(inode >> layout.inode_bits) + inside * layout.inode_size


@pytest.mark.parametrize(
    ("name", "at", "data", "reason"),
    [
        (b"file", 90, b"\0\1", "on a realtime device"),
        (b"file", 0, b"XX", "no inode"),
        (b"file", 5, b"\5", "a file in form 5"),
        (b"file", 5, b"\3", "a damaged tree of extents"),
        (b"file", 76, b"\0\0\1\0", "a damaged list of extents"),
        (b"link", 56, struct.pack(">Q", 5000), "a link of 5000 bytes"),
        (b"many", 56, struct.pack(">Q", 1 << 20), "a directory of 1048576 bytes"),
        (b"many", 56, struct.pack(">Q", 4100), "a damaged directory"),
        (b"wide", 176, b"\xff", "a damaged directory"),
        (b"wide", 82, b"\1", "a damaged directory"),
    ],
)
def test_xfs_damage_is_named(
    written: Mapping[str, bytes], name: bytes, at: int, data: bytes, reason: str
) -> None:
    device = Changed(written["xfs"])
    system = XfsFileSystem(device, MOST)
    inode = names(system)[name]
    device.write(xfs_place(system, inode) + at, data)
    with pytest.raises(ParseError, match=reason):
        used(system, name, inode)


@pytest.mark.parametrize(
    ("at", "data", "count"),
    [
        (0, b"XXXX", None),
        (0, b"\0\0\0\0", 0),
        (64 + 16, b"\xff\xff\0\4", None),
    ],
)
def test_xfs_directory_blocks(
    written: Mapping[str, bytes], at: int, data: bytes, count: int | None
) -> None:
    device = Changed(written["xfs"])
    system = XfsFileSystem(device, MOST)
    inode = names(system)[b"many"]
    whole = names(system, inode)
    assert len(whole) == 200
    first = device.data.index(b"file-with-a-long-name-0000")
    block = device.data.rindex(b"XDD3", 0, first)
    device.write(block + at, data)
    if count is None:
        with pytest.raises(ParseError, match="a damaged directory"):
            names(system, inode)
    else:
        assert len(names(system, inode)) < 200


def test_xfs_that_is_asked_for_the_wrong_thing(written: Mapping[str, bytes]) -> None:
    system = XfsFileSystem(Changed(written["xfs"]), MOST)
    with pytest.raises(ParseError, match="no directory"):
        names(system, names(system)[b"file"])
    with pytest.raises(ParseError, match="no inode"):
        system.kind(1 << 60)
    assert [system.kind(names(system)[name]) for name in (b"file", b"many", b"link")] == [1, 2, 7]
    with pytest.raises(ParseError, match="no XFS file system"):
        XfsFileSystem(Changed(bytes(4096)), MOST)


def test_xfs_trees_that_lead_elsewhere(written: Mapping[str, bytes]) -> None:
    device = Changed(written["xfs"])
    system = XfsFileSystem(device, MOST)
    inode = names(system)[b"file"]
    place = xfs_place(system, inode)
    device.write(place + 5, b"\3")
    room = (512 - 176 - 4) // 16
    device.write(place + 176, struct.pack(">HH", 1, 1))
    device.write(place + 176 + 4 + room * 8, struct.pack(">Q", 3))
    with pytest.raises(ParseError, match="block 3: a damaged tree of extents"):
        system.content(inode).read(0, 1)


def vhdx(folder: Path, place: Path) -> Changed:
    raw = made.ext(folder, place / "raw", size=8 * made.MIB)
    made.run("qemu-img", "convert", "-f", "raw", "-O", "vhdx", raw, place / "vhdx")
    return Changed((place / "vhdx").read_bytes())


def place_of(data: bytes, identity: str, *, start: int = 0) -> int:
    return data.index(UUID(identity).bytes_le, start)


def test_vhdx_damage_is_named(folder: Path, tmp_path: Path) -> None:
    device = vhdx(folder, tmp_path)
    data = device.data
    size = 8 * made.MIB
    assert open_vhdx(device).size == size
    # the entry in the table of metadata, and what it leads to
    metadata = data.index(b"metadata")
    entry = place_of(data, "CAA16737-FA36-4D43-B3B6-33F0AA44E76B")
    (offset,) = struct.unpack_from("<I", data, entry + 16)
    bat = place_of(data, "2DC27766-F623-4200-9D64-115E9BFD4A08")
    (table,) = struct.unpack_from("<Q", data, bat + 16)
    for at, written, reason in (
        (metadata + offset + 4, struct.pack("<I", 2), "differs from another image"),
        (metadata + offset, struct.pack("<I", 3 << 20), "damaged metadata"),
        (metadata, b"XX", "no metadata"),
        (bat, b"\0\0", "something required is missing"),
        (192 << 10, b"XX", "no table of regions"),
    ):
        device = Changed(data)
        device.write(at, written)
        with pytest.raises(ParseError, match=f"vhdx: {reason}"):
            open_vhdx(device)
    device = Changed(data)
    device.write(table, struct.pack("<Q", 7))
    with pytest.raises(ParseError, match="partly in another image"):
        open_vhdx(device).read(0, 1)
    device.write(table, struct.pack("<Q", 2))
    assert open_vhdx(device).read(0, 4096) == bytes(4096)


def test_vhdx_with_a_log_is_not_closed(folder: Path, tmp_path: Path) -> None:
    device = vhdx(folder, tmp_path)
    for at in (64 << 10, 128 << 10):
        head = bytearray(device.read(at, 4096))
        head[48:64] = b"L" * 16
        head[4:8] = bytes(4)
        head[4:8] = struct.pack("<I", _crc32c(bytes(head)))
        device.write(at, bytes(head))
    with pytest.raises(ParseError, match="vhdx: not closed"):
        open_vhdx(device)


def test_maps_have_an_end() -> None:
    nodes = Nodes()
    device = Changed(bytes(16))
    for _ in range(1 << 16):
        nodes.read(device, 0, 16)
    with pytest.raises(LimitError, match="a map of over 65536 blocks"):
        nodes.read(device, 0, 16)


def test_reading_beyond_a_device(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_bytes(b"0123456789")
    with place.open("rb") as file:
        local = LocalFile(file.fileno())
        assert local.read(8, 100) == b"89"
        assert local.read(1 << 70, 1) == b""
        part = Slice(local, 4, 100)
        assert (part.size, part.read(4, 9), part.read(6, 1)) == (6, b"89", b"")
        place.write_bytes(b"01234")  # shorter all of a sudden
        assert local.read(3, 5) == b"34"
        with pytest.raises(ParseError, match="offset 3: 5 bytes beyond the end"):
            exactly(local, 3, 5)
        with pytest.raises(ParseError, match="offset -1"):
            exactly(local, -1, 5)
    blocks = Blocks(10, 4, lambda index: b"%d" % index * 4, 8)
    assert blocks.read(2, 7) == b"0011112"
    assert blocks.read(10, 1) == b""


def test_paths_in_a_file_system(written: Mapping[str, bytes]) -> None:
    system = ExtFileSystem(Changed(written["ext4"]), MOST)

    def found(path: str, most: int = 10_000) -> bytes | None:
        return read_path(system, path, most, Meter(Limits(), extractor="test"))

    assert found("link") == found("many/../file") == b"x" * 5000
    assert [found(path) for path in ("", "many", "file/x", "none", "some/")] == [None] * 5
    assert found("file", 10) is None


def test_ext_extents_that_were_never_written_are_zeros(written: Mapping[str, bytes]) -> None:
    ext = Ext(written["ext4"])
    inode, place = ext.inode(b"file"), ext.place(b"file")
    assert ext.system.content(inode).read(4999, 9) == b"x"
    (length,) = struct.unpack("<H", ext.device.read(place + 0x38, 2))
    ext.device.write(place + 0x38, struct.pack("<H", length | 0x8000))
    assert ext.system.content(inode).read(0, 5000) == bytes(5000)
