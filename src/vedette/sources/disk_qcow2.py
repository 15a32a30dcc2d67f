"""qcow2 images, versions 2 and 3 (QEMU: docs/interop/qcow2.rst); what lies in a backing file is not read."""

import struct
import zlib

import msgspec
import zstandard

from vedette.errors import ParseError
from vedette.sources.disk_device import Blocks, Device, exactly

MAGIC = b"QFI\xfb"

_HEAD = struct.Struct(">4sIQIIQIIQ")
_UNDERSTOOD = 0b11001  # dirty (reference counts only), compression type, extended L2 entries
_CORRUPT, _EXTENDED = 0b10, 0b10000
_OFFSET = 0x00FFFFFFFFFFFE00
_COMPRESSED = 1 << 62
_ZERO = 1
_ZSTD = 1
_PARTS = 32  # of a cluster with an extended entry
_TABLES = 8 << 20  # bytes of tables that are held
_HELD = 32 << 20
_MOST_L1 = 32 << 20  # as qemu has it


class _Layout(msgspec.Struct, frozen=True, kw_only=True):
    bits: int
    size: int
    l1_size: int
    l1_offset: int
    extended: bool
    zstd: bool


def open_qcow2(device: Device) -> Device:
    """The disk in a qcow2 image.

    Raises:
        ParseError: it is damaged or encrypted, needs another file, or has features that are not known.
        OSError: it cannot be read.
    """
    layout = _layout(device)
    clusters = _Clusters(device, layout)
    return Blocks(layout.size, 1 << layout.bits, clusters.fetch, _HELD)


def _layout(device: Device) -> _Layout:
    head = exactly(device, 0, 72)
    _, version, backing, _, bits, size, encryption, l1_size, l1_offset = _HEAD.unpack_from(head)
    if version not in {2, 3}:
        raise ParseError(f"qcow of version {version}")
    if backing:
        raise ParseError("qcow2: differs from another image, its backing file")
    if encryption:
        raise ParseError("qcow2: encrypted")
    features, compression = 0, 0
    if version > 2:  # noqa: PLR2004 - version 3 has features
        more = exactly(device, 72, 40)
        features = int.from_bytes(more[:8])
        compression = more[32] if int.from_bytes(more[28:32]) > 104 else 0  # noqa: PLR2004 - the header's length without it
    if features & ~_UNDERSTOOD or compression > _ZSTD:
        reason = "marked as corrupt" if features & _CORRUPT else f"features {features:#x}"
        raise ParseError(f"qcow2: {reason}")
    if not 9 <= bits <= 21 or l1_size * 8 > _MOST_L1:  # noqa: PLR2004 - as qemu has it
        raise ParseError("qcow2: a damaged header")
    return _Layout(
        bits=bits,
        size=size,
        l1_size=l1_size,
        l1_offset=l1_offset,
        extended=bool(features & _EXTENDED),
        zstd=compression == _ZSTD,
    )


class _Clusters:
    def __init__(self, device: Device, layout: _Layout) -> None:
        self._device = device
        self._layout = layout
        self._size = 1 << layout.bits
        self._entry = 16 if layout.extended else 8
        self._tables = Blocks(
            device.size, 1 << 16, lambda at: device.read(at << 16, 1 << 16), _TABLES
        )

    def fetch(self, index: int) -> bytes:
        """One cluster, cut at the disk's end."""
        data = self._cluster(index)
        return data[: self._layout.size - (index << self._layout.bits)]

    def _cluster(self, index: int) -> bytes:
        each = self._size // self._entry
        upper, lower = divmod(index, each)
        if upper >= self._layout.l1_size:
            raise ParseError("qcow2: no entry for a cluster")
        table = self._number(self._layout.l1_offset + upper * 8) & _OFFSET
        if not table:
            return bytes(self._size)
        place = table + lower * self._entry
        entry = self._number(place)
        if entry & _COMPRESSED:
            return self._inflated(entry)
        if self._layout.extended:
            return self._composed(entry & _OFFSET, self._number(place + 8))
        if entry & _ZERO or not entry & _OFFSET:
            return bytes(self._size)
        return self._stored(entry & _OFFSET, self._size)

    def _number(self, offset: int) -> int:
        return int.from_bytes(exactly(self._tables, offset, 8))

    def _stored(self, offset: int, size: int) -> bytes:
        """Stored bytes; those behind the file's end are zeros, as qemu has it."""
        return self._device.read(offset, size).ljust(size, b"\0")

    def _composed(self, offset: int, bitmap: int) -> bytes:
        """A cluster in parts, each stored or zero."""
        size = self._size // _PARTS
        parts = []
        for part in range(_PARTS):
            stored = offset and bitmap >> part & 1 and not bitmap >> part + _PARTS & 1
            parts.append(self._stored(offset + part * size, size) if stored else bytes(size))
        return b"".join(parts)

    def _inflated(self, entry: int) -> bytes:
        width = 62 - (self._layout.bits - 8)
        offset = entry & ((1 << width) - 1)
        sectors = (entry >> width & ((1 << 62 - width) - 1)) + 1
        stored = self._device.read(offset, sectors * 512 - offset % 512)
        try:
            if self._layout.zstd:
                inflater = zstandard.ZstdDecompressor().stream_reader(stored)
                data = inflater.read(self._size)
            else:
                data = zlib.decompressobj(-15).decompress(stored, self._size)
        except (zlib.error, zstandard.ZstdError) as error:
            raise ParseError(f"qcow2: a damaged cluster: {error}", f"offset {offset}") from error
        if len(data) != self._size:
            raise ParseError("qcow2: a compressed cluster ends early", f"offset {offset}")
        return data
