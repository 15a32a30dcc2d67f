"""VMDK images: sparse, stream-optimised and flat extents, alone or by a descriptor (VMware: Virtual Disk Format 5.0).

A descriptor names its extents' files. Only names in the descriptor's own directory are opened, so that an image from a stranger cannot
ask for other files.
"""

import re
import struct
import zlib
from collections.abc import Callable

import msgspec

from vedette.errors import ParseError
from vedette.sources.disk_device import Blocks, Device, Slice, exactly

SPARSE = b"KDMV"
DESCRIPTOR = b"# Disk DescriptorFile"

OpenSibling = Callable[[str], Device]
"""Opens a file in the image's directory by its bare name; raises OSError."""

_SECTOR = 512
_HEAD = struct.Struct("<4sIIQQQQIQQQ")
_COMPRESSED = 1 << 16
_AT_END = 0xFFFFFFFFFFFFFFFF
_HELD = 32 << 20
_LARGEST_DESCRIPTOR = 1 << 20
_MOST_EXTENTS = 4096
_LARGEST_GRAIN = 1 << 22
_MOST_TABLES = 1 << 23
_EXTENT = re.compile(
    r'^(?:RW|RDONLY|NOACCESS) (\d{1,18}) ([A-Z]+)(?: "([^"]*)"(?: (\d{1,18}))?)?\s*$'
)
_PARENT = re.compile(r"^parentCID\s*=\s*([0-9a-fA-F]+)\s*$", re.MULTILINE)


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    flags: int
    capacity: int
    grain: int
    descriptor: int
    descriptor_size: int
    per_table: int
    directory: int


class Joined:
    """Devices one after the other; None stands for zeros."""

    def __init__(self, parts: list[tuple[int, Device | None]]) -> None:
        self._parts = parts
        self.size = sum(size for size, _ in parts)

    def read(self, offset: int, size: int) -> bytes:
        """See `Device`."""
        found: list[bytes] = []
        end = min(offset + size, self.size)
        start = 0
        for length, part in self._parts:
            first, last = max(offset, start), min(end, start + length)
            if first < last:
                wanted = last - first
                found.append(
                    bytes(wanted) if part is None else exactly(part, first - start, wanted)
                )
            start += length
        return b"".join(found)


def open_sparse(device: Device) -> Device:
    """The disk in a sparse extent, which may be stream-optimised.

    Raises:
        ParseError: it is damaged, or needs another file.
        OSError: it cannot be read.
    """
    header = _header(device, 0)
    if header.descriptor and header.descriptor_size * _SECTOR <= _LARGEST_DESCRIPTOR:
        _refuse_parent(device.read(header.descriptor * _SECTOR, header.descriptor_size * _SECTOR))
    if header.directory == _AT_END:
        header = _header(device, device.size - 2 * _SECTOR)
    return _Grains(device, header).device()


def open_descriptor(device: Device, sibling: OpenSibling) -> Device:
    """The disk that a descriptor file puts together; raises as `open_sparse`."""
    if device.size > _LARGEST_DESCRIPTOR:
        raise ParseError("vmdk: a descriptor that is too large")
    raw = device.read(0, device.size)
    _refuse_parent(raw)
    parts: list[tuple[int, Device | None]] = []
    for line in raw.decode("utf-8", "replace").splitlines():
        found = _EXTENT.match(line.rstrip("\0"))
        if found is None:
            continue
        size = int(found[1]) * _SECTOR
        parts.append((size, _extent(found, size, sibling)))
        if len(parts) > _MOST_EXTENTS:
            raise ParseError("vmdk: too many extents")
    if not parts:
        raise ParseError("vmdk: a descriptor without extents")
    return Joined(parts)


def _extent(found: re.Match[str], size: int, sibling: OpenSibling) -> Device | None:
    kind, name, offset = found[2], found[3] or "", int(found[4] or 0)
    if kind == "ZERO":
        return None
    if not name or "/" in name or "\\" in name or name in {".", ".."}:
        raise ParseError(f"vmdk: an extent in another directory: {name[:100]!r}")
    if kind in {"FLAT", "VMFS"}:
        return Slice(sibling(name), offset * _SECTOR, size)
    if kind == "SPARSE":
        device = sibling(name)
        if device.read(0, 4) != SPARSE:
            raise ParseError(f"vmdk: no sparse extent: {name[:100]}")
        return open_sparse(device)
    raise ParseError(f"vmdk: an extent of type {kind}")


def _refuse_parent(descriptor: bytes) -> None:
    found = _PARENT.search(descriptor.decode("utf-8", "replace"))
    if found and found[1].lower() != "ffffffff":
        raise ParseError("vmdk: differs from another image")


def _header(device: Device, offset: int) -> _Header:
    magic, _, flags, capacity, grain, descriptor, descriptor_size, per_table, _, directory, _ = (
        _HEAD.unpack(exactly(device, offset, _HEAD.size))
    )
    if (
        magic != SPARSE
        or not 0 < grain * _SECTOR <= _LARGEST_GRAIN
        or not 0 < per_table <= _MOST_TABLES
        or capacity > 1 << 54
    ):
        raise ParseError("vmdk: a damaged header")
    return _Header(
        flags=flags,
        capacity=capacity,
        grain=grain,
        descriptor=descriptor,
        descriptor_size=descriptor_size,
        per_table=per_table,
        directory=directory,
    )


class _Grains:
    def __init__(self, device: Device, header: _Header) -> None:
        self._device = device
        self._header = header
        self._bytes = header.grain * _SECTOR
        self._size = header.capacity * _SECTOR
        self._tables = Blocks(
            device.size, 1 << 16, lambda at: device.read(at << 16, 1 << 16), _HELD
        )

    def device(self) -> Device:
        return Blocks(self._size, self._bytes, self._fetch, _HELD)

    def _fetch(self, index: int) -> bytes:
        length = min(self._bytes, self._size - index * self._bytes)
        upper, lower = divmod(index, self._header.per_table)
        table = self._number(self._header.directory * _SECTOR + upper * 4)
        sector = self._number(table * _SECTOR + lower * 4) if table else 0
        if sector <= 1:  # 1: known to be zero
            return bytes(length)
        place = sector * _SECTOR
        if self._header.flags & _COMPRESSED:
            return self._inflated(place)[:length]
        return self._device.read(place, length).ljust(length, b"\0")

    def _number(self, offset: int) -> int:
        return int.from_bytes(exactly(self._tables, offset, 4), "little")

    def _inflated(self, place: int) -> bytes:
        """A compressed grain: its sector, the size of what is stored, and that."""
        (size,) = struct.unpack("<8xI", exactly(self._device, place, 12))
        stored = exactly(self._device, place + 12, min(size, 2 * self._bytes + _SECTOR))
        try:
            data = zlib.decompressobj().decompress(stored, self._bytes)
        except zlib.error as error:
            raise ParseError(f"vmdk: a damaged grain: {error}", f"offset {place}") from error
        return data.ljust(self._bytes, b"\0")
