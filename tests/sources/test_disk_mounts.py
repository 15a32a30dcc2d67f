"""Which file systems of a disk are read and where, by every name that fstab may call them; and how little of a disk that takes."""

import base64
import hashlib
import random
from pathlib import Path

import pytest

from tests.sources import disk_images as made
from tests.sources.build import files, items_of
from tests.sources.test_disk import failures
from tests.sources.test_disk_damage import MOST, Changed, names, xfs_place
from vedette.errors import ParseError
from vedette.inventory.collect import collect
from vedette.model.resource import ResourceRef, ResourceType
from vedette.sources.disk import open_disk, open_snapshot
from vedette.sources.ebs import BLOCK, Block, SnapshotBlocks, snapshot_device
from vedette.sources.filesystem_xfs import XfsFileSystem

_UUID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@pytest.mark.parametrize(
    "device",
    [
        "LABEL=data",
        'LABEL="data"',
        "/dev/disk/by-label/data",
        f"UUID={_UUID}",
        f"/dev/disk/by-uuid/{_UUID}",
        "/dev/disk/by-partlabel/part2",
    ],
)
def test_every_name_of_a_file_system_is_known(tmp_path: Path, device: str) -> None:
    fstab = f"{device} /srv ext4 defaults 0 2\nLABEL=root / ext4 defaults 0 1\nLABEL=root /again ext4 defaults 0 0\n"
    root = made.root(tmp_path / "root", **{"etc/fstab": fstab.encode()})
    data = made.tree(tmp_path / "data", {"file": b"1"})
    parts = [
        made.ext(root, tmp_path / "1", "-L", "root"),
        made.ext(data, tmp_path / "2", "-L", "data", "-U", _UUID),
    ]
    tree = open_disk(made.gpt(tmp_path / "disk", parts))
    assert failures(tree) == []
    (layer,) = tree.layers
    assert files(items_of(layer))["srv/file"] == b"1"


def test_paths_of_fstab_that_lead_up_are_not_followed(tmp_path: Path) -> None:
    fstab = b"LABEL=data /srv/../../data ext4 defaults 0 2\n"
    root = made.root(tmp_path / "root", **{"etc/fstab": fstab})
    data = made.tree(tmp_path / "data", {"file": b"1"})
    parts = [made.ext(root, tmp_path / "1"), made.ext(data, tmp_path / "2", "-L", "data")]
    tree = open_disk(made.gpt(tmp_path / "disk", parts))
    assert failures(tree) == [("partition 2", "not read: etc/fstab does not mount it")]


_GROUP = """
group {
    id = "x" seqno = 1 extent_size = 8192 # 4 MiB
    physical_volumes { pv0 { id = "%s" pe_start = 2048 pe_count = 8 } }
    logical_volumes {
        root {
            id = "y" status = ["READ", "VISIBLE"] segment_count = 1
            segment1 { start_extent = 0 extent_count = 6 type = "striped" stripe_count = 1 stripes = ["pv0", 0] }
        }
        thin {
            id = "z" status = ["READ", "VISIBLE"] segment_count = 1
            segment1 { start_extent = 0 extent_count = 1 type = "thin" }
        }
    }
}
"""


def test_a_volume_that_cannot_be_read_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    root = made.ext(made.root(tmp_path / "root"), tmp_path / "fs")
    head = made.lvm(_GROUP % ("A" * 32))
    disk = made.put(tmp_path / "disk", [(0, head), (made.MIB, root)], 34 * made.MIB)
    tree = open_disk(disk)
    ((place, reason),) = failures(tree)
    assert place == "volume group/thin"
    assert "thin" in reason
    (layer,) = tree.layers
    assert files(items_of(layer))["usr/lib/os-release"] == made.OS_RELEASE


@pytest.fixture(scope="module")
def block_form(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An XFS file system with a directory in one block, and a link that is too long for its inode."""
    place = tmp_path_factory.mktemp("xfs")
    folder = made.tree(
        place / "folder",
        {**{f"block/entry-{at:02}": b"" for at in range(60)}, "link": "x" * 900, "small/a": b""},
    )
    return made.xfs(folder, place / "image").read_bytes()


def test_xfs_directories_of_one_block(block_form: bytes) -> None:
    device = Changed(block_form)
    system = XfsFileSystem(device, MOST)
    inode = names(system)[b"block"]
    assert sorted(names(system, inode)) == [b"entry-%02d" % at for at in range(60)]
    block = device.data.rindex(b"XDB3", 0, device.data.index(b"entry-00"))
    device.write(block + 4096 - 8, b"\xff\xff\xff\xff")
    with pytest.raises(ParseError, match="a damaged directory"):
        names(system, inode)


def test_xfs_links_in_blocks_of_their_own(block_form: bytes) -> None:
    device = Changed(block_form)
    system = XfsFileSystem(device, MOST)
    inode = names(system)[b"link"]
    with pytest.raises(ParseError, match="a damaged link"):
        system.target(inode, 4096)  # mkfs.xfs writes it without the head that the kernel asks for
    device.write(device.data.index(b"x" * 900), b"XSLM".ljust(56, b"\0") + b"x" * 900)
    assert system.target(inode, 4096) == b"x" * 900


def test_xfs_directories_in_their_inode(block_form: bytes) -> None:
    device = Changed(block_form)
    system = XfsFileSystem(device, MOST)
    inode = names(system)[b"small"]
    assert list(names(system, inode)) == [b"a"]
    place = xfs_place(system, inode)
    device.write(place + 82, b"\x10")  # 128 bytes for its entries
    device.write(place + 176 + 6, b"\xf0")
    with pytest.raises(ParseError, match="entry at 6: a damaged directory"):
        names(system, inode)


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_of_a_snapshot_only_the_blocks_that_are_needed_are_fetched(
    tmp_path: Path, kind: str
) -> None:
    """An eighth of a full disk, and no block twice."""
    noise = random.Random(2)
    folder = made.root(tmp_path / "root")
    made.tree(folder, {"var/data": noise.randbytes(48 << 20)})
    if kind == "ext4":
        disk = made.ext(folder, tmp_path / "disk", size=64 * made.MIB)
    else:
        disk = made.xfs(folder, tmp_path / "disk")
    content = disk.read_bytes()
    held = {
        at // BLOCK: content[at : at + BLOCK]
        for at in range(0, len(content), BLOCK)
        if content[at : at + BLOCK].strip(b"\0")
    }
    asked: list[int] = []

    def fetch(index: int, token: str) -> Block:
        assert token == f"token {index}"
        asked.append(index)
        return Block(data=held[index], checksum=_checksum(held[index]))

    tokens = {at: f"token {at}" for at in held}
    blocks = SnapshotBlocks(size=1 << 30, tokens=tokens)
    tree = open_snapshot(snapshot_device(blocks, fetch), "snapshot")
    ref = ResourceRef(type=ResourceType.EC2_INSTANCE, id="i-1")
    found = collect(tree, resource=ref)
    assert sorted(package.name for package in found.packages) == ["bash", "openssl", "requests"]
    assert found.failures == ()
    assert len(held) > 96
    assert len(set(asked)) < len(held) // 8
    assert len(asked) == len(set(asked))


def _checksum(data: bytes) -> str:
    """As EBS writes it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
