"""Damaged and hostile disks: bounded, reported, nothing but `SourceError` raised."""

import random
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.sources import disk_images as made
from vedette.errors import LimitError, ParseError, SourceError
from vedette.model.inventory import FileFailure
from vedette.sources.disk import open_disk, open_snapshot
from vedette.sources.disk_device import Metered
from vedette.sources.disk_image import open_image_file
from vedette.sources.disk_layer import walk_mounts
from vedette.sources.filesystem import Entry, Run, Scattered
from vedette.sources.limits import Limits, Meter
from vedette.sources.tree import File, Peek, Reading
from vedette.sources.volume import volumes_of
from vedette.sources.volume_lvm import Unsupported, logical_volumes

FEW = Limits(entries=20_000, inflated=64 << 20, copied=16 << 20, file=4 << 20, directory=1 << 20)


class Patched:
    """A device with some bytes changed."""

    def __init__(self, data: bytes, changes: dict[int, int], size: int | None = None) -> None:
        self._data = data
        self._changes = changes
        self.size = len(data) if size is None else size

    def read(self, offset: int, size: int) -> bytes:
        size = max(0, min(size, self.size - offset))
        data = bytearray(self._data[offset : offset + size])
        for at, value in self._changes.items():
            if offset <= at < offset + len(data):
                data[at - offset] = value
        return bytes(data)


def parts(_: int) -> Reading:
    yield 0, 64
    data = yield 1 << 16, 1 << 16
    return (("kept", data[:16]),)


PEEK = Peek(may_be=lambda _: True, least=1000, starts=frozenset({b"\x7fELF", b"0000"}), read=parts)


def walked(device: Patched) -> None:
    """Read all there is."""
    try:
        tree = open_snapshot(device, "hostile", FEW)
    except SourceError:
        return
    for layer in tree.layers:
        for item in layer.walk(lambda path: (1 << 20) * (not path.endswith("9")), PEEK):
            assert isinstance(item, File | FileFailure)


def varied(folder: Path, *, many: int = 400) -> Path:
    """A root with what a file system keeps in different ways."""
    made.root(folder)
    noise = random.Random(1)
    return made.tree(
        folder,
        {
            **{
                f"usr/share/a-directory/with-a-long-name-{at:05}": b"%04d" % at
                for at in range(many)
            },
            **{f"few/{at}": b"0000" + bytes([at]) * 30 for at in range(12)},
            "sized/empty": b"",
            "sized/tiny": b"tiny",
            "sized/block": noise.randbytes(4096),
            "sized/odd": noise.randbytes(123_457),
            "sized/large": b"0000" + noise.randbytes(2 << 20),
            "links/relative": "../sized/tiny",
            "links/absolute": "/sized/odd",
            "links/above": "../../../../sized/tiny",
            "links/through/a": "../../links/folder/tiny",
            "links/folder": "/sized",
            "links/circle": "circle",
            "links/nowhere": "/not/there",
            "links/to-folder": "/sized",
            "links/long": "/" + "x" * 300 + "/../sized/tiny",
            "links/dots": "/./sized/../sized/./tiny",
            "name with \u00fc": b"text",
        },
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return varied(tmp_path_factory.mktemp("varied"))


_GROUP = """
group {{
    id = "x" seqno = 1 extent_size = 8192 # 4 MiB
    physical_volumes {{ pv0 {{ id = "{identity}" pe_start = 2048 pe_count = 4 }} }}
    logical_volumes {{
        root {{
            id = "y" status = ["READ", "VISIBLE"] segment_count = 1
            segment1 {{ start_extent = 0 extent_count = 4 type = "striped" stripe_count = 1 stripes = ["pv0", 0] }}
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def images(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every kind of image; XFS without its holes at the end."""
    place = tmp_path_factory.mktemp("images")
    found = {
        "ext4": made.ext(folder, place / "ext4", "-b", "1024", size=16 * made.MIB),
        "inline": made.ext(
            folder, place / "inline", "-b", "1024", "-O", "inline_data", size=16 * made.MIB
        ),
        "ext2": made.ext(folder, place / "ext2", "-b", "1024", kind="ext2", size=16 * made.MIB),
    }
    (folder / "name with \u00fc").unlink()  # a prototype has no blanks in names
    found["xfs"] = made.xfs(folder, place / "xfs")
    found["gpt"] = made.gpt(place / "gpt", [found["ext4"]])
    found["mbr"] = made.mbr(place / "mbr", [], logical=[found["ext4"], found["xfs"]])
    group = made.lvm(_GROUP.format(identity="A" * 32))
    found["lvm"] = made.put(place / "lvm", [(0, group), (made.MIB, found["ext4"])], 17 * made.MIB)
    for form in ("qcow2", "vmdk", "vpc", "vhdx"):
        found[form] = place / form
        made.run("qemu-img", "convert", "-f", "raw", "-O", form, found["ext4"], found[form])
    for form, option in (("qcow2", ("-c",)), ("vmdk", ("-o", "subformat=streamOptimized"))):
        found[f"{form} compressed"] = place / f"{form}c"
        made.run(
            "qemu-img",
            "convert",
            "-f",
            "raw",
            "-O",
            form,
            *option,
            found["ext4"],
            place / f"{form}c",
        )
    return {name: path.read_bytes() for name, path in found.items()}


RAW = frozenset({"ext4", "inline", "ext2", "xfs", "gpt", "mbr", "lvm"})
NAMES = [
    "ext4",
    "inline",
    "ext2",
    "xfs",
    "gpt",
    "mbr",
    "lvm",
    "qcow2",
    "vmdk",
    "vpc",
    "vhdx",
    "qcow2 compressed",
    "vmdk compressed",
]


@pytest.mark.parametrize("name", NAMES)
def test_flipped_bytes_never_raise(images: dict[str, bytes], tmp_path: Path, name: str) -> None:
    data = images[name]
    used = [at for at in range(0, len(data), 512) if data[at : at + 512].strip(b"\0")]
    metadata = used[: max(64, len(used) // 12)]
    began = time.monotonic()
    for case in range(6):
        noise = random.Random(f"{name} {case}")
        places = noise.choice((used, metadata, metadata[:64]))
        changes = {
            noise.choice(places) + noise.randrange(512): noise.choice((0, 1, 0x7F, 0x80, 0xFF))
            for _ in range(noise.choice((1, 4, 40)))
        }
        if name in RAW:
            walked(Patched(data, changes))
            continue
        target = tmp_path / "image"
        target.write_bytes(Patched(data, changes).read(0, len(data)))
        _walked_image(target)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_images_never_raise(images: dict[str, bytes], tmp_path: Path, name: str) -> None:
    data = images[name]
    for size in (0, 3, 511, 1100, 5000, 70_000, len(data) // 3, len(data) - 700):
        if name in RAW:
            walked(Patched(data, {}, size))
        else:
            target = tmp_path / "image"
            target.write_bytes(data[:size])
            _walked_image(target)


def _walked_image(target: Path) -> None:
    try:
        tree = open_disk(target, FEW)
    except SourceError:
        return
    for layer in tree.layers:
        for item in layer.walk(lambda _: 1 << 20, PEEK):
            assert isinstance(item, File | FileFailure)


@pytest.mark.parametrize("name", ["ext4", "inline", "ext2", "xfs", "qcow2", "vhdx"])
def test_contents_links_and_parts_are_those_of_the_folder(
    images: dict[str, bytes], folder: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "image"
    target.write_bytes(images[name])
    tree = open_disk(target)
    whole = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if not path.is_symlink() and path.is_file()
    }
    items = list(tree.layers[0].walk(lambda path: (1 << 24) * (not path.startswith("links/"))))
    found = {item.path: item.data for item in items if isinstance(item, File)}
    found.pop("name with \u00fc", None)
    assert found == whole
    linked = list(tree.layers[0].walk(lambda path: (1 << 24) * path.startswith("links/")))
    assert {item.path: item.data for item in linked if isinstance(item, File)} == {
        **dict.fromkeys(
            ("links/relative", "links/above", "links/through/a", "links/dots"), b"tiny"
        ),
        "links/absolute": whole["sized/odd"],
    }
    assert [item for item in linked if isinstance(item, FileFailure)] == [
        FileFailure(
            extractor="disk",
            path="links/circle",
            reason="over 40 links in a row, perhaps in a circle",
        )
    ]
    peeked = [item for item in tree.layers[0].walk(lambda _: 0, PEEK) if isinstance(item, File)]
    assert peeked == [
        File(path="sized/large", data=whole["sized/large"][1 << 16 :][:16], part="kept")
    ]


class Made:
    """A file system of a few directories, as hostile as is asked for."""

    uuid, label, root = "", "", 1

    def __init__(self, folders: Mapping[int, Sequence[Entry]]) -> None:
        self._folders = folders

    def kind(self, inode: int) -> int:
        return 2 if inode in self._folders else 1

    def listing(self, inode: int) -> Iterator[Entry]:
        yield from self._folders[inode]

    def content(self, inode: int) -> Scattered:
        raise ParseError(f"no inode {inode}")

    def target(self, inode: int, most: int) -> bytes:
        assert inode == 9
        return b"a/" * (most // 4)


def items(folders: Mapping[int, Sequence[Entry]], limits: Limits | None = None) -> list[str]:
    meter = Meter(limits or Limits(), extractor="disk")
    found = walk_mounts({b"": Made(folders)}, lambda _: 1, meter)
    return [f"{item.path}: {item.reason}" for item in found if isinstance(item, FileFailure)]


def test_a_directory_in_itself_is_read_once() -> None:
    assert items({1: [Entry(b"again", 1, 2), Entry(b"b", 7, 0)]}) == [
        "b: no inode 7",
        "again: a directory that is in several places",
    ]


def test_names_that_no_file_can_have_are_failures() -> None:
    wrong = [Entry(name, 7, 1) for name in (b"a/b", b"nul\0", b"")]
    assert items({1: wrong}) == [
        "a/b: a name that no file can have",
        "nul\0: a name that no file can have",
        ": a name that no file can have",
    ]


def test_a_name_that_comes_twice_is_given_twice() -> None:
    """As tar and zip do: which one counts is not known, and both may be packages."""
    twice = [Entry(b"a", 7, 1), Entry(b"a", 8, 1)]
    assert items({1: twice}) == ["a: no inode 7", "a: no inode 8"]
    nested = {
        1: [Entry(b"d", 2, 2), Entry(b"d", 3, 2)],
        2: [Entry(b"x", 7, 1)],
        3: [Entry(b"y", 8, 1)],
    }
    assert sorted(items(nested)) == ["d/x: no inode 7", "d/y: no inode 8"]


def test_links_over_many_folders_end() -> None:
    names = [Entry(b"a", 2, 2), Entry(b"l", 9, 7), Entry(b"file", 7, 1)]
    deep = {1: names, 2: [Entry(b"a", 2, 2)]}
    assert "l: a link over too many folders" in items(deep)
    assert items(deep, Limits(entries=1))[-1] == ": over 1 entries"


def test_a_name_that_is_not_utf_8_is_shown() -> None:
    meter = Meter(Limits(), extractor="disk")
    found = walk_mounts({b"": Made({1: [Entry(b"l\xe9", 7, 1)]})}, lambda _: 1, meter)
    assert [item.path for item in found] == ["l\\xe9"]


def test_a_file_out_of_order_or_in_too_many_pieces() -> None:
    device = Patched(bytes(8192), {})
    crossed = Scattered(device, 1024, iter([Run(1, 2, 0), Run(0, 1, 3)]), 4096)
    with pytest.raises(ParseError, match="out of order"):
        crossed.read(0, 4096)
    beyond = Scattered(device, 1024, iter([Run(0, 4, 6)]), 4096)
    with pytest.raises(ParseError, match="beyond the end"):
        beyond.read(0, 4096)
    holes = Scattered(Patched(b"x" * 8192, {}), 1024, iter([Run(1, 1, 0), Run(3, 1, None)]), 5000)
    assert holes.read(0, 5000) == bytes(1024) + b"x" * 1024 + bytes(5000 - 2048)
    assert holes.read(2047, 3) == b"x\0\0"
    many = Scattered(device, 1, (Run(at, 1, 0) for at in range(1 << 21)), 1 << 21)
    with pytest.raises(LimitError, match="pieces"):
        many.read((1 << 21) - 1, 1)


def test_what_one_walk_reads_has_an_end() -> None:
    device = Metered(Patched(bytes(8192), {}), 5000)
    device.read(0, 4096)
    with pytest.raises(LimitError, match="over 5000 bytes of the disk read"):
        device.read(0, 4096)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("qcow2", {7: 4}, "qcow of version 4"),
        ("qcow2", {15: 1}, "qcow2: differs from another image, its backing file"),
        ("qcow2", {35: 1}, "qcow2: encrypted"),
        ("qcow2", {79: 2}, "qcow2: marked as corrupt"),
        ("qcow2", {79: 4}, "qcow2: features 0x4"),
        ("qcow2", {23: 30}, "qcow2: a damaged header"),
        ("vmdk", {20: 0, 21: 0xFF, 22: 0xFF}, "vmdk: a damaged header"),
        ("vhdx", {0x10000: 0, 0x20000: 0}, "vhdx: no header"),
        ("vhdx", {0x30000: 0}, "vhdx: no table of regions"),
        ("ext4", {1024 + 0x61: 0x10}, "the disk: ext4 features that are not understood: 0x1000"),
        ("ext4", {1024 + 0x58: 3}, "the disk: a damaged superblock"),
        ("ext4", {1024 + 0x18: 9}, "the disk: no ext file system"),
        ("xfs", {101: 0xB6}, "the disk: XFS of version 6"),
        ("xfs", {217: 0xFF}, "the disk: XFS features that are not understood: 0xff0000"),
        ("xfs", {123: 9}, "the disk: a damaged superblock"),
    ],
)
def test_what_is_not_understood_is_named(
    images: dict[str, bytes], tmp_path: Path, name: str, changes: dict[int, int], reason: str
) -> None:
    data = images[name]
    target = tmp_path / "image"
    target.write_bytes(Patched(data, changes).read(0, len(data)))
    with pytest.raises(SourceError) as caught:
        open_disk(target)
    assert str(caught.value).startswith(f"{target}: {reason}")


def vhd(data: bytes, *, kind: int = 3, head: bytes = b"cxsparse") -> bytes:
    """A dynamic VHD with another type or header, its checksum made right."""
    image = bytearray(data)
    for at in (0, len(image) - 512):
        image[at + 60 : at + 64] = struct.pack(">I", kind)
        image[at + 64 : at + 68] = bytes(4)
        image[at + 64 : at + 68] = struct.pack(">I", ~sum(image[at : at + 512]) & 0xFFFFFFFF)
    image[512 : 512 + len(head)] = head
    return bytes(image)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"kind": 4}, "differs from another image"),
        ({"kind": 9}, "type 9"),
        ({"kind": 2}, "cut off"),
        ({"head": b"nonsense"}, "a damaged header"),
    ],
)
def test_vhds_that_are_refused(
    images: dict[str, bytes], tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    target = tmp_path / "disk"
    target.write_bytes(vhd(images["vpc"], **changed))
    with pytest.raises(SourceError) as caught:
        open_disk(target)
    assert str(caught.value) == f"{target}: vhd: {reason}"


def test_sectors_that_a_vhd_does_not_mark_are_zeros(
    images: dict[str, bytes], tmp_path: Path
) -> None:
    data = bytearray(images["vpc"])
    table = int.from_bytes(data[512 + 16 : 512 + 24])
    place = int.from_bytes(data[table : table + 4]) * 512
    data[place] = 0b11101111  # the fourth sector: where the superblock of ext4 goes on
    target = tmp_path / "disk"
    target.write_bytes(data)
    with open_image_file(target) as changed:
        found = changed.read(0, 4096)
    target.write_bytes(images["vpc"])
    with open_image_file(target) as whole:
        expected = whole.read(0, 4096)
    assert expected[1536:2048].strip(b"\0")
    assert found == expected[:1536] + bytes(512) + expected[2048:]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ('RW 8 FLAT "/etc/passwd" 0', "an extent in another directory: '/etc/passwd'"),
        ('RW 8 FLAT "../disk" 0', "an extent in another directory: '../disk'"),
        ('RW 8 SPARSE "flat"', "no sparse extent: flat"),
        ('RW 8 VMFSRDM "flat"', "an extent of type VMFSRDM"),
        ('parentCID=12345678\nRW 8 FLAT "flat" 0', "differs from another image"),
        ("", "a descriptor without extents"),
        ("RW 1 ZERO\n" * 5000, "too many extents"),
    ],
)
def test_vmdk_descriptors_that_are_refused(tmp_path: Path, lines: str, reason: str) -> None:
    (tmp_path / "flat").write_bytes(bytes(4096))
    target = tmp_path / "disk.vmdk"
    target.write_text(f"# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\n{lines}\n")
    if "parentCID=1" in lines:
        target.write_text(f"# Disk DescriptorFile\n{lines}\n")
    with pytest.raises(SourceError) as caught:
        open_disk(target)
    assert str(caught.value) == f"{target}: vmdk: {reason}"


def test_vmdk_descriptors_join_what_they_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a" * 1024)
    target = tmp_path / "disk.vmdk"
    target.write_text('# Disk DescriptorFile\nRW 1 FLAT "a" 1\nRW 2 ZERO\nRW 1 VMFS "a" 0\n')
    with open_image_file(target) as device:
        assert device.size == 2048
        assert device.read(500, 5000) == b"a" * 12 + bytes(1024) + b"a" * 512


TEXT = """
# made up
contents = "Text Format Volume Group"
group {{
    id = "x" seqno = {seqno} extent_size = 8 # 4 KiB
    physical_volumes {{
        pv0 {{ id = "{first}" pe_start = 2048 pe_count = 4 flags = [] }}
        pv1 {{ id = "{second}" pe_start = 2048 pe_count = 4 }}
    }}
    logical_volumes {{
        data {{
            id = "y" status = ["READ", "VISIBLE"] segment_count = 1
            segment1 {{
                start_extent = 0 extent_count = 4 type = "{kind}" stripe_count = 2 stripe_size = 2
                stripes = ["pv0", 1, "pv1", 0]
            }}
        }}
        hidden {{ status = ["READ"] segment_count = 0 }}
    }}
}}
"""
IDS = {"first": "A" * 32, "second": "B" * 32}


def physical(text: str, identity: str, letter: bytes) -> Patched:
    data = bytearray(made.lvm(text, identity=identity) + bytes(16384))
    for at in range(16):  # each KiB a letter and its number
        data[made.MIB + at * 1024 :][:1] = letter
        data[made.MIB + at * 1024 : made.MIB + (at + 1) * 1024] = b"%s%02d." % (letter, at) * 256
    return Patched(bytes(data), {})


def test_striped_volumes_are_read_in_turns() -> None:
    old = TEXT.format(seqno=1, kind="snapshot", **IDS)
    new = TEXT.format(seqno=2, kind="striped", **IDS)
    devices = [physical(old, IDS["first"], b"a"), physical(new, IDS["second"], b"b")]
    (volume,) = logical_volumes(devices)
    assert not isinstance(volume, Unsupported)
    assert volume.names == {"/dev/group/data", "/dev/mapper/group-data"}
    assert volume.device.size == 16384
    assert volume.device.read(0, 99999)[::1024] == b"abababababababab"
    found = volume.device.read(1000, 1100)
    assert found == (b"a04." * 256 + b"b00." * 256 + b"a05." * 256)[1000:2100]


@pytest.mark.parametrize(
    ("kind", "devices", "reason"),
    [
        ("thin", 2, "not supported: LVM segments of type thin"),
        ("striped", 1, "it is in part on a physical volume that is not here"),
    ],
)
def test_volumes_that_cannot_be_read_are_named(kind: str, devices: int, reason: str) -> None:
    text = TEXT.format(seqno=1, kind=kind, **IDS)
    members = [physical(text, IDS[name], b"x") for name in ("first", "second")[:devices]]
    assert list(logical_volumes(members)) == [Unsupported(name="group/data", reason=reason)]


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ("start_extent = 3 extent_count = 1", "segments that do not follow one another"),
        ('start_extent = 0 extent_count = 1 type = "striped"', "a segment without stripes"),
        (
            'start_extent = 0 extent_count = 1 type = "linear" stripes = ["pv0", "x"]',
            "a damaged segment",
        ),
        (
            'start_extent = 0 extent_count = 0 type = "linear" stripes = ["pv0", 0]',
            "a damaged segment",
        ),
    ],
)
def test_segments_that_are_damaged(segment: str, reason: str) -> None:
    head, _, _ = TEXT.format(seqno=1, kind="x", **IDS).partition("segment1")
    text = head + "segment1 { " + segment + " } } odd = 2.5 } }"
    (found,) = logical_volumes([physical(text, IDS["first"], b"x")])
    assert found == Unsupported(name="group/data", reason=reason)


def test_metadata_that_goes_on_at_the_beginning_of_its_area() -> None:
    text = TEXT.format(seqno=1, kind="thin", **IDS)
    device = physical(text, IDS["first"], b"x")
    data = bytearray(device.read(0, device.size))
    raw = data[4096 + 512 : 4096 + 512 + len(text) + 1]
    split = made.MIB - 100
    data[split : made.MIB] = raw[:100]
    data[4096 + 512 : 4096 + 512 + len(raw) - 100] = raw[100:]
    struct.pack_into("<Q", data, 4096 + 40, split - 4096)
    assert [found.name for found in logical_volumes([Patched(bytes(data), {})])] == ["group/data"]
    struct.pack_into("<Q", data, 4096 + 48, 1 << 40)
    with pytest.raises(ParseError, match="metadata that is too large"):
        list(logical_volumes([Patched(bytes(data), {})]))
    data[4096 + 4 : 4096 + 8] = b"none"
    assert list(logical_volumes([Patched(bytes(data), {})])) == []


@pytest.mark.parametrize(
    "text",
    [
        "group {",
        "group { physical_volumes { } ",
        "group physical",
        "a = [ 1, 2",
        "a { " * 20,
        'group { seqno = 1 physical_volumes { } logical_volumes = 3 extent_size = "x" }',
        "group { physical_volumes { } }",
        "group { } \x01 ^",
    ],
)
def test_metadata_that_is_no_such_is_an_error(text: str) -> None:
    with pytest.raises(ParseError, match="LVM"):
        list(logical_volumes([physical(text, IDS["first"], b"x")]))


def test_a_physical_volume_without_metadata_has_no_volumes(tmp_path: Path) -> None:
    assert list(logical_volumes([Patched(bytes(made.MIB), {}), physical("", "C" * 32, b"x")])) == []
    disk = made.put(tmp_path / "disk", [(0, made.lvm("group {"))], 2 * made.MIB)
    with pytest.raises(SourceError, match="LVM: LVM: metadata that ends early"):
        open_disk(disk)


def test_partition_tables_that_lead_nowhere() -> None:
    entry = struct.pack("<B3xB3xII", 0, 0x05, 1, 10)
    looped = bytearray(4096)
    looped[446:462] = struct.pack("<B3xB3xII", 0, 0x83, 4, 2)
    looped[462:478] = entry
    looped[510:512] = b"\x55\xaa"
    looped[512 + 446 : 512 + 462] = struct.pack("<B3xB3xII", 0, 0x05, 0, 10)  # to itself
    looped[512 + 510 : 1024] = b"\x55\xaa"
    looped[2048:2052] = b"XFSB"
    found = volumes_of(Patched(bytes(looped), {}))
    assert [(volume.name, volume.device.size) for volume in found] == [("partition 1", 1024)]
    boot_code = bytearray(looped)
    boot_code[446] = 0x33  # no status that a partition can have
    assert [volume.name for volume in volumes_of(Patched(bytes(boot_code), {}))] == ["the disk"]
