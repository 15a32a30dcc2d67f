"""Reading the parts of a file that a `Peek` asks for."""

from collections.abc import Callable, Iterator

from vedette.errors import ParseError
from vedette.sources.tree import File, Peek
from vedette.sources.window import StreamWindow

START = 4
"""Bytes that tell whether a file is worth a look."""

_MOST_READ = 64 << 20  # of one file in parts

ReadAt = Callable[[int, int], bytes]
"""The bytes at an offset of the file, fewer only at its end."""


class PartError(ParseError):
    """A part that is more than is read, or that the file does not have."""


class PastError(Exception):
    """A part that has gone by."""


def part(window: StreamWindow, offset: int, size: int) -> bytes:
    """Bytes of a stream that remembers its last pieces.

    Raises:
        PastError: they are not among these.
    """
    if offset >= window.start:
        return window.read(offset, size)
    data = window.earlier(offset, size)
    if data is None:
        raise PastError
    return data


def peeked(path: str, size: int, peek: Peek, read_at: ReadAt) -> Iterator[File]:
    """What the peek keeps of a file; nothing where it is none of its kind.

    Raises:
        PartError: it asks for more than is read in parts, or the file ends early.
        Exception: whatever `read_at` raises.
    """
    if size < peek.least or read_at(0, START) not in peek.starts:
        return
    reading = peek.read(size)
    taken = 0
    try:
        offset, length = next(reading)
        while True:
            length = max(0, min(length, size - offset))
            taken += length
            if taken > _MOST_READ:
                raise PartError(f"over {_MOST_READ} bytes of parts")
            data = read_at(offset, length) if length else b""
            if len(data) < length:
                raise PartError(f"it ends before its {size} bytes")
            offset, length = reading.send(data)
    except StopIteration as end:
        for part, data in end.value:
            yield File(path=path, data=data, part=part)
    finally:
        reading.close()
