"""A device over a snapshot's blocks."""

import base64
import hashlib
from pathlib import Path

import pytest

from tests.sources import disk_images as made
from vedette.errors import ParseError
from vedette.sources.disk import open_snapshot
from vedette.sources.ebs import BLOCK, Block, SnapshotBlocks, snapshot_device
from vedette.sources.tree import File


class Served:
    """Blocks of some data, those of zeros left out; counts what is fetched."""

    def __init__(self, data: bytes) -> None:
        self._blocks = {
            at // BLOCK: block.ljust(BLOCK, b"\0")
            for at in range(0, len(data), BLOCK)
            if (block := data[at : at + BLOCK]).strip(b"\0")
        }
        self.fetched: list[int] = []
        self.listed = SnapshotBlocks(
            size=len(data), tokens={index: f"token {index}" for index in self._blocks}
        )

    def fetch(self, index: int, token: str) -> Block:
        assert token == f"token {index}"
        self.fetched.append(index)
        return block(self._blocks[index])


def block(data: bytes) -> Block:
    digest = hashlib.sha256(data).digest()
    return Block(data=data, checksum=base64.b64encode(digest).decode())


def test_blocks_are_fetched_once_and_those_left_out_are_zeros() -> None:
    data = b"a" * BLOCK + bytes(BLOCK) + b"c" * (BLOCK // 2)
    served = Served(data)
    device = snapshot_device(served.listed, served.fetch)
    assert device.read(BLOCK - 2, 4) == b"aa\0\0"
    assert device.read(0, 10 * BLOCK) == data
    assert device.read(len(data), 1) == b""
    assert served.fetched == [0, 2]
    assert device.fetched == 3


def test_memory_is_bounded() -> None:
    data = b"".join(bytes([at + 1]) * BLOCK for at in range(4))
    served = Served(data)
    device = snapshot_device(served.listed, served.fetch, held=2 * BLOCK)
    for index in (0, 1, 0, 2, 0, 1):
        assert device.read(index * BLOCK, 1) == bytes([index + 1])
    assert served.fetched == [0, 1, 2, 1]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Block(data=b"x" * BLOCK, checksum="AAAA"), "not what its checksum says"),
        (block(b"x" * 100), "has 100 bytes"),
    ],
)
def test_a_block_that_is_not_what_it_should_be_is_damage(found: Block, reason: str) -> None:
    device = snapshot_device(SnapshotBlocks(size=BLOCK, tokens={0: "t"}), lambda *_: found)
    with pytest.raises(ParseError, match=reason):
        device.read(0, 1)


@pytest.mark.parametrize("size", [0, -1, 1 << 60])
def test_no_volume_has_that_size(size: int) -> None:
    with pytest.raises(ParseError, match="a volume of"):
        snapshot_device(SnapshotBlocks(size=size, tokens={}), lambda *_: block(b""))


def test_a_walk_fetches_only_what_it_needs(tmp_path: Path) -> None:
    folder = made.root(tmp_path / "root", large=b"\xaa" * (48 * made.MIB))
    raw = made.gpt(tmp_path / "disk", [made.ext(folder, tmp_path / "fs", size=128 * made.MIB)])
    served = Served(raw.read_bytes())
    tree = open_snapshot(snapshot_device(served.listed, served.fetch), "snap-1")
    found = {
        item.path: item.data
        for item in tree.layers[0].walk(lambda path: (1 << 20) * (path == "etc/os-release"))
        if isinstance(item, File)
    }
    assert found == {"etc/os-release": made.OS_RELEASE}
    assert len(served.listed.tokens) > 96
    assert len(set(served.fetched)) == len(served.fetched) <= 8
