"""VHD images, fixed and dynamic (Microsoft: Virtual Hard Disk Image Format Specification, 1.0)."""

import struct

from vedette.errors import ParseError
from vedette.sources.disk_device import Blocks, Device, Slice, exactly

MAGIC = b"conectix"

_SECTOR = 512
_FIXED, _DYNAMIC, _OTHER = 2, 3, 4
_HELD = 32 << 20
_LARGEST = 256 << 20
_STEP = 1 << 16
_ABSENT = 0xFFFFFFFF


def footer_of(device: Device) -> bytes | None:
    """The footer, at the end or (a copy, in dynamic images) at the beginning; None where there is none."""
    for offset in (device.size - _SECTOR, 0):
        footer = device.read(max(0, offset), _SECTOR)
        if footer.startswith(MAGIC) and len(footer) == _SECTOR:
            stated = int.from_bytes(footer[64:68])
            if (~(sum(footer) - sum(footer[64:68]))) & 0xFFFFFFFF == stated:
                return footer
    return None


def open_vhd(device: Device, footer: bytes) -> Device:
    """The disk in a VHD image.

    Raises:
        ParseError: it is damaged, or needs another file.
        OSError: it cannot be read.
    """
    header, size, kind = struct.unpack(">16xQ24xQ4xI", footer[:64])
    if kind == _FIXED:
        if size > device.size - _SECTOR:
            raise ParseError("vhd: cut off")
        return Slice(device, 0, size)
    if kind != _DYNAMIC:
        raise ParseError(
            "vhd: differs from another image" if kind == _OTHER else f"vhd: type {kind}"
        )
    head = exactly(device, header, 1024)
    table, count, block = struct.unpack_from(">Q4xII", head, 16)
    if not head.startswith(b"cxsparse") or block & (block - 1) or not _STEP <= block <= _LARGEST:
        raise ParseError("vhd: a damaged header")
    blocks = _Blocks(device, table, count, block, size)
    return Blocks(size, _STEP, blocks.fetch, _HELD)


class _Blocks:
    """The blocks of a dynamic image: a bitmap of sectors, then the sectors."""

    def __init__(self, device: Device, table: int, count: int, block: int, size: int) -> None:
        self._device = device
        self._table = table
        self._count = count
        self._block = block
        self._size = size
        self._bitmap = -(-block // _SECTOR // 8 // _SECTOR) * _SECTOR

    def fetch(self, index: int) -> bytes:
        """A step of the disk."""
        length = min(_STEP, self._size - index * _STEP)
        number, inside = divmod(index * _STEP, self._block)
        if number >= self._count:
            raise ParseError("vhd: a block that is not in the table")
        sector = int.from_bytes(exactly(self._device, self._table + number * 4, 4))
        if sector == _ABSENT:
            return bytes(length)
        place = sector * _SECTOR
        marks = exactly(self._device, place, self._bitmap)
        data = self._device.read(place + self._bitmap + inside, length).ljust(length, b"\0")
        return _marked(data, marks, inside // _SECTOR)


def _marked(data: bytes, marks: bytes, first: int) -> bytes:
    """Sectors that are not marked are zeros, whatever is stored there."""
    count = -(-len(data) // _SECTOR)
    if all(marks[at >> 3] >> 7 - (at & 7) & 1 for at in range(first, first + count)):
        return data
    parts = []
    for at in range(count):
        sector = data[at * _SECTOR : (at + 1) * _SECTOR]
        stored = marks[first + at >> 3] >> 7 - (first + at & 7) & 1
        parts.append(sector if stored else bytes(len(sector)))
    return b"".join(parts)
