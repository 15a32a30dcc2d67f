"""Bytes at offsets: what disks, partitions and logical volumes have in common."""

import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from vedette.errors import LimitError, ParseError


class Device(Protocol):
    """Something with a size whose bytes can be read anywhere."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """So many bytes; fewer only where the device ends.

        Raises:
            OSError: they cannot be read.
            ParseError: what is stored cannot be understood.
        """
        ...


class Slice:
    """A part of a device, as far as the device goes."""

    def __init__(self, device: Device, offset: int, size: int) -> None:
        self._device = device
        self._offset = offset
        self.size = max(0, min(size, device.size - offset))

    def read(self, offset: int, size: int) -> bytes:
        """See `Device`."""
        size = min(size, self.size - offset)
        return self._device.read(self._offset + offset, size) if size > 0 else b""


class LocalFile:
    """A file or block device that is open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.lseek(descriptor, 0, os.SEEK_END)

    def read(self, offset: int, size: int) -> bytes:
        """See `Device`."""
        size = min(size, self.size - offset)  # offsets from strangers may be too large for pread
        if size <= 0:
            return b""
        data = os.pread(self._descriptor, size, offset)
        if len(data) == size:
            return data
        parts = [data]
        while data and (missing := size - sum(map(len, parts))) > 0:
            data = os.pread(self._descriptor, missing, offset + size - missing)
            parts.append(data)
        return b"".join(parts)


class Blocks:
    """A device in blocks of one size that are fetched when they are needed; the last used stay in memory.

    Args:
        size: of the device, in bytes.
        block: bytes of a block.
        fetch: gives the block of an index; only the last one may be short.
        held: bytes that are kept.
    """

    def __init__(self, size: int, block: int, fetch: Callable[[int], bytes], held: int) -> None:
        self.size = size
        self.fetched = 0
        self._block = block
        self._fetch = fetch
        self._most = max(2, held // block)
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def read(self, offset: int, size: int) -> bytes:
        """See `Device`."""
        end = min(offset + size, self.size)
        if offset >= end:
            return b""
        first, last = offset // self._block, (end - 1) // self._block
        start = offset - first * self._block
        if first == last:
            return self._held(first)[start : start + end - offset]
        parts = [self._held(first)[start:]]
        parts.extend(self._held(index) for index in range(first + 1, last))
        parts.append(self._held(last)[: end - last * self._block])
        return b"".join(parts)

    def _held(self, index: int) -> bytes:
        data = self._kept.get(index)
        if data is not None:
            self._kept.move_to_end(index)
            return data
        data = self._fetch(index)
        self.fetched += 1
        self._kept[index] = data
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return data


class Metered:
    """A device of which at most so many bytes are read: what a hostile file system makes one read has an end."""

    def __init__(self, device: Device, most: int) -> None:
        self._device = device
        self._left = most
        self._most = most
        self.size = device.size

    def read(self, offset: int, size: int) -> bytes:
        """See `Device`.

        Raises:
            LimitError: too much has been read.
        """
        self._left -= size
        if self._left < 0:
            raise LimitError(f"over {self._most} bytes of the disk read")
        return self._device.read(offset, size)


def exactly(device: Device, offset: int, size: int) -> bytes:
    """All the bytes asked for.

    Raises:
        ParseError: the device ends before.
    """
    data = device.read(offset, size) if offset >= 0 else b""
    if len(data) != size:
        raise ParseError(f"{size} bytes beyond the end", f"offset {offset}")
    return data


@contextmanager
def open_file(path: Path) -> Iterator[LocalFile]:
    """Open a regular file or a block device.

    Raises:
        OSError: it cannot be opened.
        ParseError: it is something else.
    """
    # without O_NONBLOCK, opening a pipe would wait for a writer
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
            raise ParseError("neither a file nor a block device")
        yield LocalFile(descriptor)
    finally:
        os.close(descriptor)
