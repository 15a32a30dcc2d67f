"""A zip file's wanted members, read where they are; nothing is unpacked.

What is copied is bounded before it is inflated and compared with its CRC after. Members whose bytes overlap (a
zip bomb: D. Fifield, "A better zip bomb", WOOT 2019) are refused.
"""

import stat
import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import partial

from isal import igzip_lib
from isal.isal_zlib import crc32

from vedette.errors import LimitError, ParseError
from vedette.model.inventory import FileFailure
from vedette.sources.dull import NOTHING_DULL, Dull
from vedette.sources.limits import Meter
from vedette.sources.paths import normal
from vedette.sources.peeking import START, PartError, PastError, part, peeked
from vedette.sources.tree import File, Hiding, HidingKind, Peek, Wanted
from vedette.sources.window import StreamWindow
from vedette.sources.zip_directory import ENCRYPTED, UTF8, Directory, Entry, ReadAt, entries

_LOCAL = struct.Struct("<4s5H3L2H")
_GLANCE = 4096  # compressed bytes, of which deflate makes at least the first few
_PIECE = 1 << 18
_STORED = 0
_DEFLATED = 8
_DAMAGED: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # the stub has an instance

_SPECIAL = frozenset({stat.S_IFLNK, stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK})

Item = File | Hiding | FileFailure


def walk_zip(  # noqa: PLR0913 - the archive, what is asked of it, and what of it is not asked
    read_at: ReadAt,
    directory: Directory,
    wanted: Wanted,
    meter: Meter,
    *,
    prefix: str,
    peek: Peek | None = None,
    dull: Dull = NOTHING_DULL,
) -> Iterator[Item]:
    """See `Layer.walk`; every path is below `prefix` (empty, or with a `/` at its end).

    A member that the peek reads is inflated as a whole, if it begins as it should.

    Raises:
        ParseError: the central directory is damaged; what was yielded before stands.
    """
    reader = MemberReader(read_at, meter)
    for entry in entries(directory, meter.limits, dull):
        name = _name(entry)
        try:
            path = prefix + _path(entry.name, name)
        except ParseError as error:
            yield from meter.failure(name, error.reason)
            continue
        if stat.S_IFMT(entry.mode) in _SPECIAL:
            yield from _special(reader, entry, path, wanted, meter)
        elif name[-1:] == "/":
            continue
        elif most := wanted(path):
            yield from _file(reader, entry, path, most, meter)
        elif peek is not None and peek.may_be(path):
            yield from _parts(reader, entry, path, peek, meter)


class MemberReader:
    """Reads members' contents, each byte of the file for one member only."""

    def __init__(self, read_at: ReadAt, meter: Meter) -> None:
        self._read_at = read_at
        self._meter = meter
        self._starts: list[int] = []
        self._ends: list[int] = []

    def read(self, entry: Entry, most: int) -> bytes:
        """The content.

        Raises:
            LimitError: it is larger than is allowed.
            ParseError: it is damaged, encrypted or overlaps another member.
        """
        start = self.admit(entry, most)
        stored = self._read_at(start, self._bounded(entry))
        content = stored if entry.method == _STORED else _inflated(stored, entry.size)
        if len(content) != entry.size:
            raise ParseError(f"{len(content)} bytes, not {entry.size}", f"offset {start}")
        if crc32(content) != entry.crc:
            raise ParseError("a wrong CRC", f"offset {start}")
        return content

    def pieces(self, entry: Entry, start: int) -> Iterator[bytes]:
        """The content of a member that was admitted, in pieces of at most 256 KiB; errors at the end tell that none was to be trusted.

        Raises:
            ParseError: it is damaged.
        """
        size = checksum = 0
        for piece in self._inflating(entry, start, start + self._bounded(entry)):
            size += len(piece)
            checksum = crc32(piece, checksum)
            if size > entry.size:
                break
            yield piece
        if size != entry.size:
            raise ParseError(f"not of {entry.size} bytes", f"offset {start}")
        if checksum != entry.crc:
            raise ParseError("a wrong CRC", f"offset {start}")

    def _inflating(self, entry: Entry, start: int, end: int) -> Iterator[bytes]:
        blocks = (self._read_at(at, min(_PIECE, end - at)) for at in range(start, end, _PIECE))
        if entry.method == _STORED:
            yield from blocks
            return
        inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
        try:
            while not inflater.eof:
                block = next(blocks, b"") if inflater.needs_input else b""
                if not block and inflater.needs_input:
                    return
                yield inflater.decompress(block, _PIECE)
        except _DAMAGED as error:
            raise ParseError(f"deflate: {error}") from error

    def admit(self, entry: Entry, most: int) -> int:
        """Where the content of a member starts; it then has these bytes for itself.

        Raises:
            LimitError: it is larger than is allowed.
            ParseError: it is damaged, encrypted or overlaps another member.
        """
        if entry.flags & ENCRYPTED:
            raise ParseError("encrypted")
        if entry.method not in {_STORED, _DEFLATED}:
            raise ParseError(f"compressed with method {entry.method}")
        self._meter.copy(entry.size, most)
        start = self._start(entry)
        self._claim(entry.header, start + entry.stored)
        return start

    def start(self, entry: Entry) -> bytes:
        """How the content begins; nothing where that cannot be told."""
        if entry.flags & ENCRYPTED or entry.method not in {_STORED, _DEFLATED}:
            return b""
        try:
            stored = self._read_at(self._start(entry), min(entry.stored, _GLANCE))
            return stored[:START] if entry.method == _STORED else _inflated(stored, START)[:START]
        except ParseError:
            return b""

    def _bounded(self, entry: Entry) -> int:
        """How much is worth reading: deflate never makes much more of anything than it was."""
        return min(entry.stored, entry.size + entry.size // 1000 + 1024)

    def _start(self, entry: Entry) -> int:
        head = self._read_at(entry.header, _LOCAL.size + len(entry.name))
        place = f"offset {entry.header}"
        if len(head) < _LOCAL.size + len(entry.name) or not head.startswith(b"PK\3\4"):
            raise ParseError("no local header", place)
        name_length, extra_length = _LOCAL.unpack_from(head)[9:]
        if head[_LOCAL.size :] != entry.name or name_length != len(entry.name):
            raise ParseError("a local header of another name", place)
        return entry.header + _LOCAL.size + int(name_length) + int(extra_length)

    def _claim(self, start: int, end: int) -> None:
        at = bisect_right(self._starts, start)
        if (at and self._ends[at - 1] > start) or (
            at < len(self._starts) and self._starts[at] < end
        ):
            raise ParseError("its bytes are another member's too", f"offset {start}")
        self._starts.insert(at, start)
        self._ends.insert(at, end)


def _inflated(stored: bytes, size: int) -> bytes:
    """One byte more than `size` shows that there is too much."""
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    try:
        return bytes(inflater.decompress(stored, size + 1))
    except _DAMAGED as error:
        raise ParseError(f"deflate: {error}") from error


def _file(reader: MemberReader, entry: Entry, path: str, most: int, meter: Meter) -> Iterator[Item]:
    try:
        data = reader.read(entry, most)
    except LimitError as error:
        yield from meter.failure(path, error.reason)
    except ParseError as error:
        yield from meter.failure(path, str(error))
    else:
        yield File(path=path, data=data)


def _parts(
    reader: MemberReader, entry: Entry, path: str, peek: Peek, meter: Meter
) -> Iterator[Item]:
    yield Hiding(path=path, kind=HidingKind.FILE)
    if entry.size < peek.least or reader.start(entry) not in peek.starts:
        return
    try:
        start = reader.admit(entry, meter.limits.file)
        try:
            found = _streamed(reader.pieces(entry, start), entry.size, path, peek)
        except PastError:  # its parts are far apart: they are taken of the whole
            data = b"".join(reader.pieces(entry, start))
            found = list(peeked(path, len(data), peek, lambda at, size: data[at : at + size]))
        yield from found
    except (LimitError, PartError) as error:
        yield from meter.failure(path, error.reason)
    except ParseError as error:
        yield from meter.failure(path, str(error))


def _streamed(pieces: Iterator[bytes], size: int, path: str, peek: Peek) -> list[File]:
    window = StreamWindow(pieces)
    with window.remembering():
        found = list(peeked(path, size, peek, partial(part, window)))
    for _ in pieces:
        pass  # the checksum comes last
    return found


def _special(
    reader: MemberReader, entry: Entry, path: str, wanted: Wanted, meter: Meter
) -> Iterator[Item]:
    """What is no file hides; a link at a wanted path is not followed, and a device there not read, which is said."""
    yield Hiding(path=path, kind=HidingKind.REPLACED)
    if not wanted(path):
        return
    if not stat.S_ISLNK(entry.mode):
        yield from meter.failure(path, "a device, a pipe or a socket, not read")
    else:
        try:
            target = reader.read(entry, meter.limits.path).decode("utf-8", "backslashreplace")
        except ParseError as error:
            target = str(error)
        yield from meter.failure(path, f"a symbolic link, not followed: {target}")


def _name(entry: Entry) -> str:
    """The name as text; without the UTF-8 flag it is UTF-8 nevertheless, or the format's first character set."""
    try:
        return entry.name.decode()
    except UnicodeDecodeError:
        return entry.name.decode("utf-8" if entry.flags & UTF8 else "cp437", "backslashreplace")


def _path(raw: bytes, name: str) -> str:
    if raw[:1] == b"/":
        raise ParseError("an absolute name")
    if b"\\" in raw or b"\0" in raw:
        raise ParseError("a name with a backslash or a NUL")
    return normal(name)
