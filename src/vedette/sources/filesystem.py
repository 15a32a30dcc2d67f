"""File systems as inventory needs them: names by directory, and the content of the few files that are wanted.

Directories say of what kind their entries are, so that nothing but directories is read to find a name.
"""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.sources.disk_device import Device, exactly

UNKNOWN, FILE, FOLDER, LINK = 0, 1, 2, 7
"""Kinds of entries, with the numbers that ext4 and XFS both have for them; the others are devices, pipes and sockets."""

_MOST_RUNS = 1 << 20
_MOST_NODES = 1 << 16
_LONGEST_READ = 1 << 20


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A name in a directory; the name is as stored."""

    name: bytes
    inode: int
    kind: int


class Run(msgspec.Struct, frozen=True, gc=False):
    """Blocks of a file that lie side by side; `start` is None where they are zeros that are not stored."""

    at: int
    count: int
    start: int | None


class Content(Protocol):
    """What a file contains, read in parts."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """So many bytes, fewer only where the file ends.

        Raises:
            ParseError: the file system is damaged.
            OSError: the device cannot be read.
        """
        ...


class FileSystem(Protocol):
    """A file system that is open; every method raises `ParseError` for damage and `OSError` for the device."""

    @property
    def uuid(self) -> str:
        """As `blkid` writes it."""
        ...

    @property
    def label(self) -> str:
        """Empty where there is none."""
        ...

    @property
    def root(self) -> int:
        """The inode of the root directory."""
        ...

    def kind(self, inode: int) -> int:
        """What an inode is."""
        ...

    def listing(self, inode: int) -> Iterator[Entry]:
        """A directory's entries without `.` and `..`, as they are stored."""
        ...

    def content(self, inode: int) -> Content:
        """A regular file's content."""
        ...

    def target(self, inode: int, most: int) -> bytes:
        """Where a symbolic link leads to; `LimitError` where that is longer than `most`."""
        ...


class Nodes:
    """The inner blocks of one file's map that have been read: a hostile map need not have an end."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def read(self, device: Device, offset: int, size: int) -> bytes:
        """One more of them.

        Raises:
            LimitError: there are too many.
            ParseError: the device ends before.
        """
        self._left -= 1
        if self._left < 0:
            raise LimitError(f"a file with a map of over {_MOST_NODES} blocks")
        return exactly(device, offset, size)


class Whole:
    """Content that is in memory already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, size: int) -> bytes:
        """See `Content`."""
        return self._data[offset : offset + size]


class Scattered:
    """Content in blocks of the device.

    Args:
        device: has the blocks.
        block: bytes of a block.
        runs: the file's runs in rising order; blocks between them are zeros. It is read only as far as is needed.
        size: of the file.
    """

    def __init__(self, device: Device, block: int, runs: Iterator[Run], size: int) -> None:
        self._device = device
        self._block = block
        self._coming = runs
        self._runs: list[Run] = []
        self._known = 0
        self.size = size

    def read(self, offset: int, size: int) -> bytes:
        """See `Content`."""
        end = min(offset + size, self.size)
        parts: list[bytes] = []
        at = offset
        for run in self._until(end):
            start, stop = run.at * self._block, (run.at + run.count) * self._block
            if stop <= at:
                continue
            if start >= end:
                break
            if start > at:
                parts.append(bytes(start - at))
                at = start
            length = min(stop, end) - at
            parts.append(self._stored(run, at - start, length))
            at += length
        if at < end:
            parts.append(bytes(end - at))
        return b"".join(parts)

    def _stored(self, run: Run, offset: int, size: int) -> bytes:
        if run.start is None:
            return bytes(size)
        place = run.start * self._block + offset
        pieces = []
        for at in range(place, place + size, _LONGEST_READ):
            length = min(_LONGEST_READ, place + size - at)
            data = self._device.read(at, length)
            if len(data) != length:
                raise ParseError("a file's block beyond the end of the disk", f"offset {at}")
            pieces.append(data)
        return b"".join(pieces)

    def _until(self, end: int) -> list[Run]:
        """The runs up to that offset."""
        while self._known < end:
            run = next(self._coming, None)
            if run is None:
                self._known = self.size
                break
            place = run.at * self._block
            if self._runs and run.at < self._runs[-1].at + self._runs[-1].count:
                raise ParseError("a file's blocks are out of order", f"offset {place} of the file")
            if len(self._runs) == _MOST_RUNS:
                raise LimitError(f"a file in over {_MOST_RUNS} pieces")
            self._runs.append(run)
            self._known = place + run.count * self._block
        return self._runs


_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"XFSB", "xfs"),
    (1080, b"\x53\xef", "ext"),
    (0x10040, b"_BHRfS_M", "btrfs"),
    (0, b"LUKS\xba\xbe", "LUKS"),
    (512, b"LABELONE", "LVM"),
    (0, b"LABELONE", "LVM"),
    (1024, b"LABELONE", "LVM"),
    (1536, b"LABELONE", "LVM"),
    (1024, b"\xe2\xe1\xf5\xe0", "erofs"),
    (0, b"hsqs", "squashfs"),
    (1024, b"\x10\x20\xf5\xf2", "f2fs"),
    (4096, b"\xfc\x4e\x2b\xa9", "a member of a RAID"),
    (0, b"\xfc\x4e\x2b\xa9", "a member of a RAID"),
    (0, b"verity\0\0", "verity"),
    (3, b"NTFS    ", "ntfs"),
    (3, b"EXFAT   ", "exfat"),
    (82, b"FAT32   ", "vfat"),
    (54, b"FAT16   ", "vfat"),
    (54, b"FAT12   ", "vfat"),
    (4086, b"SWAPSPACE2", "swap"),
    (65526, b"SWAPSPACE2", "swap"),
    (32769, b"CD001", "iso9660"),
)
_HEAD = 0x10048


def sniff(device: Device) -> str | None:
    """What a device begins as; None where it is nothing known. `ext` stands for ext2, ext3 and ext4."""
    head = device.read(0, _HEAD)
    return next(
        (name for at, magic, name in _MAGIC if head[at : at + len(magic)] == magic),
        None,
    )
