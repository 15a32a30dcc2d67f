"""VHDX images ([MS-VHDX]), fixed and dynamic, that were closed properly."""

import struct
from uuid import UUID

from vedette.errors import ParseError
from vedette.sources.disk_device import Blocks, Device, exactly

MAGIC = b"vhdxfile"

_KIB, _MIB = 1 << 10, 1 << 20
_HEADERS = (64 * _KIB, 128 * _KIB)
_REGIONS = 192 * _KIB
_BAT = UUID("2DC27766-F623-4200-9D64-115E9BFD4A08")
_METADATA = UUID("8B7CA206-4790-4B9A-B8FE-575F050F886E")
_PARAMETERS = UUID("CAA16737-FA36-4D43-B3B6-33F0AA44E76B")
_DISK_SIZE = UUID("2FA54224-CD1B-4876-B211-5DBED83BF4B8")
_SECTOR_SIZE = UUID("8141BF1D-A96F-4709-BA47-F233A8FAAB5F")
_HAS_PARENT = 2
_PRESENT, _PARTIALLY = 6, 7
_STEP = 1 << 16
_HELD = 32 << 20
_MOST_REGIONS = 2047


def open_vhdx(device: Device) -> Device:
    """The disk in a VHDX image.

    Raises:
        ParseError: it is damaged, has changes that are only in its log, or needs another file.
        OSError: it cannot be read.
    """
    if any(_header(device)[48:64]):
        raise ParseError("vhdx: not closed; what is in its log is not read")
    regions = _regions(device)
    metadata = _metadata(device, regions)
    try:
        block, flags = struct.unpack("<II", metadata[_PARAMETERS][:8])
        (size,) = struct.unpack("<Q", metadata[_DISK_SIZE][:8])
        (sector,) = struct.unpack("<I", metadata[_SECTOR_SIZE][:4])
        table = regions[_BAT]
    except (KeyError, struct.error) as error:
        raise ParseError("vhdx: something required is missing") from error
    if flags & _HAS_PARENT:
        raise ParseError("vhdx: differs from another image")
    if sector not in {512, 4096} or not _MIB <= block <= 256 * _MIB or block & (block - 1):
        raise ParseError("vhdx: damaged metadata")
    ratio = (sector << 23) // block

    def fetch(index: int) -> bytes:
        length = min(_STEP, size - index * _STEP)
        number, inside = divmod(index * _STEP, block)
        entry = table + (number + number // ratio) * 8
        (state,) = struct.unpack("<Q", exactly(device, entry, 8))
        if state & 7 == _PARTIALLY:
            raise ParseError("vhdx: a block that is partly in another image")
        if state & 7 != _PRESENT:
            return bytes(length)
        return exactly(device, (state >> 20) * _MIB + inside, length)

    return Blocks(size, _STEP, fetch, _HELD)


def _header(device: Device) -> bytes:
    """The newer of the two headers."""
    found = []
    for offset in _HEADERS:
        head = exactly(device, offset, 4096)
        stated = int.from_bytes(head[4:8], "little")
        if head[:4] == b"head" and _crc32c(head[:4] + bytes(4) + head[8:]) == stated:
            found.append(head)
    if not found:
        raise ParseError("vhdx: no header")
    return max(found, key=lambda head: int.from_bytes(head[8:16], "little"))


def _regions(device: Device) -> dict[UUID, int]:
    table = exactly(device, _REGIONS, 64 * _KIB)
    (count,) = struct.unpack_from("<I", table, 8)
    if table[:4] != b"regi" or count > _MOST_REGIONS:
        raise ParseError("vhdx: no table of regions")
    found = {}
    for at in range(16, 16 + count * 32, 32):
        raw, offset = struct.unpack_from("<16sQ", table, at)
        found[UUID(bytes_le=raw)] = offset
    return found


def _metadata(device: Device, regions: dict[UUID, int]) -> dict[UUID, bytes]:
    start = regions.get(_METADATA, 0)
    table = exactly(device, start, 64 * _KIB)
    (count,) = struct.unpack_from("<H", table, 10)
    if table[:8] != b"metadata" or count > _MOST_REGIONS:
        raise ParseError("vhdx: no metadata")
    found = {}
    for at in range(32, 32 + count * 32, 32):
        raw, offset, length = struct.unpack_from("<16sII", table, at)
        found[UUID(bytes_le=raw)] = device.read(start + offset, min(length, _KIB))
    return found


def _table() -> tuple[int, ...]:
    values = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)  # noqa: PLW2901 - shifted out
        values.append(value)
    return tuple(values)


_CRC = _table()


def _crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF
