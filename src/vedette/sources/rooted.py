"""Files below an open directory, reached without ever leaving it."""

import errno
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from vedette.errors import LimitError
from vedette.sources.limits import Limits, Meter
from vedette.sources.peeking import peeked
from vedette.sources.tree import File, Peek

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = (
    os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
)  # else a pipe would wait for a writer

_BLOCK = 1 << 20


def read_file(name: str, folder: int, most: int, meter: Meter) -> bytes:
    """A regular file in an open directory.

    Raises:
        LimitError: it is larger than is allowed.
        OSError: it cannot be read, or is something else by now.
    """
    descriptor = os.open(name, FILE, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "no regular file any more")
        return _content(descriptor, status.st_size, most, meter)
    finally:
        os.close(descriptor)


def read_parts(name: str, folder: int, path: str, peek: Peek) -> Iterator[File]:
    """What a peek keeps of a regular file in an open directory; `path` is what the file is called.

    Raises:
        PartError: it asks for too much, or the file is shorter than it was.
        OSError: it cannot be read.
    """
    with _opened(name, folder, FILE) as descriptor:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            yield from peeked(
                path,
                status.st_size,
                peek,
                lambda offset, size: os.pread(descriptor, size, offset),
            )


def read_link(
    path: str, root: int, most: int, meter: Meter, *, is_read: Callable[[str], bool]
) -> bytes | None:
    """What a symbolic link leads to, with the open root as `/`; None where that is no file, or nothing.

    None too where the file is read under its own path anyway (`is_read`): it is one file, whatever leads to it.

    Raises:
        LimitError: there are too many links on the way, or the file is larger than is allowed.
        OSError: it cannot be read.
    """
    with ExitStack() as stack:
        try:
            found = _resolved(path, root, meter.limits, stack)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if found is None or is_read(found[2]):
            return None
        return read_file(found[0], found[1], most, meter)


def _resolved(
    path: str, root: int, limits: Limits, stack: ExitStack
) -> tuple[str, int, str] | None:
    """Name, directory and path of the regular file that a path means when the root is `/` (path_resolution(7))."""
    parts = deque(path.split("/"))
    top = ("", root)
    folders = [top]
    links = 0
    for _ in range(limits.depth * 4):
        if not parts:
            return None  # a directory
        part = parts.popleft()
        if part in {"", ".", ".."}:
            if part == ".." and len(folders) > 1:  # the root is its own parent
                folders = folders[:-1]
            continue
        folder = folders[-1][1]
        mode = os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            links += 1
            if links > limits.links:
                raise LimitError(f"over {limits.links} links in a row, perhaps in a circle")
            target = os.readlink(part, dir_fd=folder)
            folders = [top] if target.startswith("/") else folders
            parts.extendleft(reversed(target.split("/")))
        elif stat.S_ISDIR(mode):
            folders = [*folders, (part, stack.enter_context(_opened(part, folder, FOLDER)))]
        else:
            place = "/".join([*(name for name, _ in folders[1:]), part])
            return (part, folder, place) if stat.S_ISREG(mode) and not parts else None
    raise LimitError("a link over too many folders")


@contextmanager
def _opened(name: str, folder: int, flags: int) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _content(descriptor: int, size: int, most: int, meter: Meter) -> bytes:
    meter.copy(size, most)
    if size:
        data = os.read(descriptor, size + 1)
        if len(data) == size:  # the usual case: it has ended, since more was asked for
            return data
        os.lseek(descriptor, 0, os.SEEK_SET)
    parts = []
    have = 0
    block = max(_BLOCK, size + 1)  # usually all of it at once, which then is not copied again
    while data := os.read(descriptor, block):
        have += len(data)
        if have > size:  # it has grown, or it is one that the kernel makes while it is read
            meter.copy(have - size, most - size)
            size = have
        parts.append(data)
    return b"".join(parts)
