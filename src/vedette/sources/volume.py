"""Partition tables: GPT (UEFI 2.10, chapter 5) and MBR, with sectors of 512 or 4096 bytes."""

import struct
import uuid
from collections.abc import Iterator
from zlib import crc32

import msgspec

from vedette.sources.disk_device import Device, Slice
from vedette.sources.filesystem import sniff

_SECTORS = (512, 4096)
_HEADER = struct.Struct("<8sIIIIQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_LARGEST_TABLE = 1 << 20
_PROTECTIVE = 0xEE
_EXTENDED = frozenset({0x05, 0x0F, 0x85})
_MOST_LOGICAL = 128
_FIRST_LOGICAL = 5


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """A device that may have a file system.

    Args:
        name: how failures call it: `partition 1`, `volume group/root`, or `the disk`.
        device: its bytes.
        names: what `etc/fstab` may call it: `PARTUUID=…`, `PARTLABEL=…`, `/dev/mapper/…`.
    """

    name: str
    device: Device
    names: frozenset[str] = frozenset()


def volumes_of(device: Device) -> tuple[Volume, ...]:
    """The partitions of a disk; the disk itself where it has none.

    Raises:
        OSError: the disk cannot be read.
    """
    for sector in _SECTORS:
        found = tuple(_gpt(device, sector))
        if found:
            return found
    for sector in _SECTORS:
        found = tuple(_mbr(device, sector))
        # a boot sector looks much like a partition table: what it points to must be something
        if any(sniff(volume.device) for volume in found):
            return found
    return (Volume(name="the disk", device=device),)


def _gpt(device: Device, sector: int) -> Iterator[Volume]:
    """The partitions by the table at the beginning or, where that is damaged, at the end."""
    for place in (sector, device.size // sector * sector - sector):
        table = _table(device, place, sector)
        if table is None:
            continue
        count, size, data = table
        for number in range(count):
            kind, identity, first, last, _, name = _ENTRY.unpack_from(data, number * size)
            if not any(kind) or last < first:
                continue
            label = name.decode("utf-16-le", "replace").split("\0")[0]
            names = {f"PARTUUID={uuid.UUID(bytes_le=identity)}"}
            if label:
                names.add(f"PARTLABEL={label}")
            yield Volume(
                name=f"partition {number + 1}",
                device=Slice(device, first * sector, (last - first + 1) * sector),
                names=frozenset(names),
            )
        return


def _table(device: Device, place: int, sector: int) -> tuple[int, int, bytes] | None:
    head = device.read(place, 512) if place > 0 else b""
    if len(head) < _HEADER.size or not head.startswith(b"EFI PART"):
        return None
    _, _, length, checksum, _, _, _, _, _, _, at, count, size, entries = _HEADER.unpack_from(head)
    if not _HEADER.size <= length <= len(head) or size < _ENTRY.size:
        return None
    if crc32(head[:16] + bytes(4) + head[20:length]) != checksum:
        return None
    if count * size > _LARGEST_TABLE:
        return None
    data = device.read(at * sector, count * size)
    if len(data) != count * size or crc32(data) != entries:
        return None
    return count, size, data


def _mbr(device: Device, sector: int) -> Iterator[Volume]:
    head = device.read(0, 512)
    entries = _entries(head)
    signature = int.from_bytes(head[440:444], "little")
    for number, (kind, start, count) in enumerate(entries, 1):
        if kind in _EXTENDED:
            yield from _logical(device, sector, start, signature)
        elif kind and kind != _PROTECTIVE and count and start * sector < device.size:
            yield _partition(device, number, signature, start * sector, count * sector)


def _logical(device: Device, sector: int, base: int, signature: int) -> Iterator[Volume]:
    """The partitions of an extended one: a chain of tables, each with one partition and the next table."""
    at = base
    seen: set[int] = set()
    while at not in seen and len(seen) < _MOST_LOGICAL:
        seen.add(at)
        entries = _entries(device.read(at * sector, 512))
        following = at
        for kind, start, count in entries[:2]:
            if kind in _EXTENDED:
                following = base + start
            elif kind and count:
                number = _FIRST_LOGICAL + len(seen) - 1
                place = (at + start) * sector
                yield _partition(device, number, signature, place, count * sector)
        at = following


def _entries(head: bytes) -> list[tuple[int, int, int]]:
    """Type, first sector and number of sectors."""
    if head[510:512] != b"\x55\xaa":
        return []
    found = []
    for at in range(446, 510, 16):
        status, kind, start, count = struct.unpack_from("<B3xB3xII", head, at)
        if status not in {0, 0x80}:
            return []
        found.append((kind, start, count))
    return found


def _partition(device: Device, number: int, signature: int, offset: int, size: int) -> Volume:
    return Volume(
        name=f"partition {number}",
        device=Slice(device, offset, size),
        names=frozenset({f"PARTUUID={signature:08x}-{number:02x}"}),
    )
