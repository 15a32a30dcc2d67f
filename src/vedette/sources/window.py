"""A moving view of a tar archive's bytes: a stream that only goes forward, or a file that is read where needed.

`data` are the bytes from the offset `start` on. The reader of headers looks into `data` itself, since a call
for each header would cost more than reading it.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

BLOCK = 512
"""The unit of a tar archive."""

_PIECE = 1 << 18
_REMEMBERED = 8 << 20


class Window(Protocol):
    """The view; offsets are those of the archive."""

    data: bytes
    start: int

    def seek(self, offset: int) -> None:
        """Have at least one block at the offset in `data`, less only at the archive's end; never backwards."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """The bytes there, fewer only at the archive's end; never backwards."""
        ...

    def length(self) -> int:
        """How long the archive has turned out to be, once its end has been seen."""
        ...


class StreamWindow:
    """A view of pieces that come one after the other."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.data = b""
        self.start = 0
        self._taken = 0
        self._past: deque[tuple[int, bytes]] | None = None

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Meanwhile the last few pieces that go by are kept, as they are, for `earlier`."""
        self._past = deque([(self.start, self.data)])
        try:
            yield
        finally:
            self._past = None

    def earlier(self, offset: int, size: int) -> bytes | None:
        """The bytes at an offset that may have gone by; None where they are kept no more."""
        if self._past is None or offset < self._past[0][0]:
            return None
        end = min(offset + size, self._taken)
        found = [
            data[max(0, offset - start) : end - start]
            for start, data in self._past
            if start < end and start + len(data) > offset
        ]
        rest = self.read(end, offset + size - end) if end < offset + size else b""
        return b"".join([*found, rest])

    def seek(self, offset: int) -> None:
        """See `Window`."""
        if 0 <= offset - self.start <= len(self.data) - BLOCK:
            return
        piece = self.data[max(0, offset - self.start) :]
        end = self.start + len(self.data)
        while len(piece) < BLOCK:
            data = self._next()
            if not data:
                break
            end += len(data)
            if end >= offset + BLOCK and not piece:  # the usual case, without a copy
                self.data, self.start = data, end - len(data)
                return
            piece += data[max(0, len(data) - (end - offset)) :] if end > offset else b""
        self.data, self.start = piece, end - len(piece)

    def read(self, offset: int, size: int) -> bytes:
        """See `Window`."""
        at = offset - self.start
        if 0 <= at <= len(self.data) - size:
            return self.data[at : at + size]
        self.seek(offset)
        at = offset - self.start
        found = self.data[at : at + size] if at >= 0 else b""
        missing = size - len(found)
        if not missing:
            return found
        parts = [found]
        while missing > 0:
            self.start += len(self.data)
            self.data = self._next()
            if not self.data:
                break
            parts.append(self.data[:missing])
            missing -= len(self.data)
        return b"".join(parts)

    def length(self) -> int:
        """See `Window`."""
        return self.start + len(self.data)

    def _next(self) -> bytes:
        data = next(self._pieces, b"")
        if self._past is not None:
            self._past.append((self._taken, data))
            while self._taken + len(data) - self._past[0][0] > _REMEMBERED and len(self._past) > 1:
                self._past.popleft()
        self._taken += len(data)
        return data


class FileWindow:
    """A view of a region of an open file; the file's own position is not used."""

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._size = size
        self.data = b""
        self.start = 0

    def seek(self, offset: int) -> None:
        """See `Window`."""
        self.data = self.read(offset, _PIECE)
        self.start = offset

    def read(self, offset: int, size: int) -> bytes:
        """See `Window`."""
        at = offset - self.start
        if at >= 0 and at + size <= len(self.data):
            return self.data[at : at + size]
        missing = min(size, self._size - offset)
        parts = []
        while missing > 0:
            data = os.pread(self._descriptor, min(missing, 1 << 30), self._offset + offset)
            if not data:
                break
            parts.append(data)
            missing -= len(data)
            offset += len(data)
        return b"".join(parts)

    def length(self) -> int:
        """See `Window`."""
        return self._size
