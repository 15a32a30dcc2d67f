"""rpm's own database format, NDB (rpm's lib/backend/ndb/rpmpkg.c): `Packages.db`, all numbers little-endian.

A header (magic, version, generation, pages of slots, next package index) is followed by slots (magic, package index, first
block, number of blocks) that fill the pages; a block is 16 bytes. A slot's blocks are a head (magic, package index,
generation, length), the package's header, padding, and a tail (checksum of all before it, length, magic).
"""

import struct
from collections.abc import Iterator
from zlib import adler32

import msgspec

from vedette.errors import LimitError, ParseError

_HEAD = struct.Struct("<4s3I")
_SLOT = struct.Struct("<4s3I")
_BLOB = struct.Struct("<4s3I")
_TAIL = struct.Struct("<2I4s")
_PAGE = 4096
_FIRST_SLOT = 32
_BLOCK = 16


class Slot(msgspec.Struct, frozen=True):
    """Where a package is: its index, and its first block and number of blocks."""

    package: int
    block: int
    count: int


def slots(data: bytes) -> Iterator[tuple[str, Slot]]:
    """The slots that are in use, each with its place.

    Raises:
        ParseError: where the file is not such a database, or a slot is damaged.
        LimitError: where packages share blocks, so that the file says more than it holds.
    """
    if len(data) < _FIRST_SLOT:
        raise ParseError(f"an NDB database of {len(data)} bytes")
    magic, version, _, pages = _HEAD.unpack_from(data)
    if magic != b"RpmP" or version:
        raise ParseError(f"not an NDB database of version 0: {magic!r}, {version}")
    end = pages * _PAGE
    if not pages or end > len(data):
        raise ParseError(f"{pages} pages of slots in {len(data)} bytes")
    blocks = 0
    for number, (mark, package, block, count) in enumerate(
        _SLOT.iter_unpack(data[_FIRST_SLOT:end])
    ):
        if mark != b"Slot":
            raise ParseError("a slot without its mark", f"slot {number}")
        if not block:
            continue
        blocks += count
        if blocks * _BLOCK > len(data):
            raise LimitError(f"more than the file's {len(data)} bytes in its slots")
        yield f"package {package}", Slot(package, block, count)


def blob(data: bytes, slot: Slot) -> bytes:
    """The header blob of a slot.

    Raises:
        ParseError: where it leaves the file, is another package's, or its checksum is wrong.
    """
    start = slot.block * _BLOCK
    end = start + slot.count * _BLOCK
    if end > len(data) or end - start < _BLOB.size + _TAIL.size:
        raise ParseError(f"{slot.count} blocks from {slot.block} on in {len(data)} bytes")
    mark, package, _, length = _BLOB.unpack_from(data, start)
    tail = end - _TAIL.size
    checksum, again, last = _TAIL.unpack_from(data, tail)
    if (mark, last) != (b"BlbS", b"BlbE") or package != slot.package or length != again:
        raise ParseError("a blob that is not its slot's", f"offset {start}")
    content = start + _BLOB.size
    if content + length > tail:
        raise ParseError(f"{length} bytes in {slot.count} blocks", f"offset {start}")
    if adler32(memoryview(data)[start:tail]) != checksum:
        raise ParseError("a wrong checksum", f"offset {start}")
    return data[content : content + length]
