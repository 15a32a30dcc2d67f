"""A snapshot's blocks through two callables, as the EBS direct APIs give them (ListSnapshotBlocks, GetSnapshotBlock).

Only the blocks that are read are fetched, each compared with its checksum. Blocks that the list leaves out were never written: they are zeros.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping

import msgspec

from vedette.errors import ParseError
from vedette.sources.disk_device import Blocks

BLOCK = 512 << 10
"""Bytes of a block; EBS has no other size."""

_HELD = 64 << 20
_LARGEST_VOLUME = 64 << 40  # 64 TiB, io2 Block Express


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """What came of fetching a block: its bytes, and their SHA-256 in base64 as stated beside them."""

    data: bytes
    checksum: str


class SnapshotBlocks(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot's list of blocks.

    Args:
        size: of the volume, in bytes.
        tokens: what fetches a block, by its index.
    """

    size: int
    tokens: Mapping[int, str]


FetchBlock = Callable[[int, str], Block]
"""Index and token → the block; it retries by itself, and raises what its caller understands."""


def snapshot_device(listed: SnapshotBlocks, fetch: FetchBlock, *, held: int = _HELD) -> Blocks:
    """A device over a snapshot; `fetched` counts the blocks that were not in memory.

    Args:
        listed: the blocks that there are.
        fetch: gives a block.
        held: bytes that are kept in memory.

    Raises:
        ParseError: no volume has that size. Reading raises it for a block that is damaged.
    """
    if not 0 < listed.size <= _LARGEST_VOLUME:
        raise ParseError(f"a volume of {listed.size} bytes")

    def block(index: int) -> bytes:
        token = listed.tokens.get(index)
        length = min(BLOCK, listed.size - index * BLOCK)
        if token is None:
            return bytes(length)
        found = fetch(index, token)
        stated = base64.b64encode(hashlib.sha256(found.data).digest()).decode()
        if stated != found.checksum:
            raise ParseError(f"block {index} of the snapshot is not what its checksum says")
        if len(found.data) < length:
            raise ParseError(f"block {index} of the snapshot has {len(found.data)} bytes")
        return found.data[:length]

    return Blocks(listed.size, BLOCK, block, held)
