"""Bytes of local files, read at offsets, so that one file can be read by several threads."""

import os
import stat
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from vedette.errors import ParseError
from vedette.sources.window import FileWindow


class Spool:
    """An unnamed temporary file, gone when nothing refers to it any more."""

    def __init__(self) -> None:
        import tempfile  # noqa: PLC0415 - few targets need one

        descriptor, name = tempfile.mkstemp(prefix="vedette-")
        os.unlink(name)  # noqa: PTH108 - the name was only needed to make it
        self.descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of a local file."""

    file: Path | Spool
    offset: int = 0
    size: int

    def place(self) -> tuple[str, ...] | None:
        """What names these very bytes as long as nobody writes to the file; None where nothing does.

        The change time tells: unlike the modification time, nobody can set it (inode(7)).
        """
        if isinstance(self.file, Spool):
            return None
        try:
            found = self.file.stat()
        except OSError:
            return None
        told = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        return tuple(str(number) for number in (*told, self.offset, self.size))

    def read(self) -> bytes:
        """All of it; the caller has found the size acceptable.

        Raises:
            OSError: it cannot be read.
            ParseError: it is no regular file.
        """
        with open_region(self) as opened:
            return opened.read(self.size)


class Opened:
    """A region that is open; `read` goes on where it stopped."""

    def __init__(self, descriptor: int, region: Region) -> None:
        self._descriptor = descriptor
        self._region = region
        self._at = 0

    def read(self, size: int) -> bytes:
        """At most so many of the next bytes; fewer only at the end."""
        data = self.window().read(self._at, size)
        self._at += len(data)
        return data

    def window(self) -> FileWindow:
        """A view from the region's start that reads only what is looked at."""
        return FileWindow(self._descriptor, self._region.offset, self._region.size)


def region_of(path: Path) -> Region:
    """The whole of a file.

    Raises:
        OSError: it is not there.
    """
    return Region(file=path, size=path.stat().st_size)


@contextmanager
def open_region(region: Region) -> Iterator[Opened]:
    """Open a region for reading.

    Raises:
        OSError: it cannot be opened.
        ParseError: it is no regular file.
    """
    if isinstance(region.file, Spool):
        yield Opened(region.file.descriptor, region)
        return
    # without O_NONBLOCK, opening a pipe would wait for a writer
    descriptor = os.open(region.file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ParseError("not a regular file")
        yield Opened(descriptor, region)
    finally:
        os.close(descriptor)
