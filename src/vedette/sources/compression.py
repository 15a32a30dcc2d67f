"""Compressed streams, told by their first bytes and inflated in bounded pieces.

gzip (RFC 1952, also of several members) by isal, which takes a third of zlib's time and releases the interpreter's
lock; zstd (RFC 8878) by zstandard. A container engine goes by the first bytes too, not by the media type.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum

from isal import igzip_lib

from vedette.errors import ParseError
from vedette.sources.limits import Flow

Read = Callable[[int], bytes]
"""At most so many of the next bytes; none at the end."""

_FEED = 1 << 18
PIECE = 1 << 20
"""Of content: each piece costs the reader of headers a few steps, and isal gives short ones where its input ends."""
_DAMAGED: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # the stub has an instance
_SMALL_FEED = (
    1 << 13
)  # once there are several gzip members: what one leaves is copied, and they may be tiny
_LARGEST_WINDOW = 1 << 27  # what `zstd --long` makes at most


class Coding(StrEnum):
    """How a stream is compressed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"


_MAGIC = (
    (b"\x1f\x8b", Coding.GZIP),
    (b"\x28\xb5\x2f\xfd", Coding.ZSTD),
    (b"\xfd7zXZ\x00", Coding.XZ),
    (b"BZh", Coding.BZIP2),
)


def coding_of(start: bytes) -> Coding:
    """The coding by a stream's first bytes."""
    if start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50:  # noqa: PLR2004 - a skippable frame (RFC 8878, 3.1.2)
        return Coding.ZSTD
    return next((coding for magic, coding in _MAGIC if start.startswith(magic)), Coding.NONE)


def inflate(read: Read, flow: Flow) -> Iterator[bytes]:
    """The content in pieces of at most a mebibyte.

    A zstd stream that is cut off cannot be told from one that ends; what is in it tells.

    Raises:
        ParseError: damaged, cut off or followed by something else, with the offset in the compressed bytes.
        LimitError: it inflates to too much.
    """
    first = read(_FEED)
    source = _Input(first, read, flow)
    match coding_of(first):
        case Coding.NONE:
            return _plain(source, flow)
        case Coding.GZIP:
            return _gunzip(source, flow)
        case Coding.ZSTD:
            return _unzstd(source, flow)
        case Coding.XZ | Coding.BZIP2 as other:
            raise ParseError(f"compressed with {other.value}, which container images do not use")


class _Input:
    """Compressed bytes, of which some may be given back; `position` is that of the next."""

    def __init__(self, first: bytes, read: Read, flow: Flow) -> None:
        self._data = first
        self._at = 0
        self._read = read
        self._flow = flow
        self.position = 0

    def read(self, size: int) -> bytes:
        if self._at == len(self._data):
            self._data, self._at = self._read(_FEED), 0
        data = self._data[self._at : self._at + size]
        self._move(len(data))
        return data

    def give_back(self, size: int) -> None:
        self._move(-size)

    def _move(self, size: int) -> None:
        self._at += size
        self.position += size
        self._flow.took(size)


def _plain(source: _Input, flow: Flow) -> Iterator[bytes]:
    while data := source.read(_FEED):
        flow.gave(len(data))
        yield data


def _gunzip(source: _Input, flow: Flow) -> Iterator[bytes]:
    feed = _FEED
    while True:
        yield from _gzip_member(source, flow, feed)
        if not _goes_on(source):
            return
        feed = _SMALL_FEED


def _gzip_member(source: _Input, flow: Flow, feed: int) -> Iterator[bytes]:
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    while not inflater.eof:
        data = source.read(feed) if inflater.needs_input else b""
        if inflater.needs_input and not data:
            raise ParseError("gzip: ends early", f"offset {source.position}")
        try:
            piece = inflater.decompress(data, PIECE)
        except _DAMAGED as error:
            raise ParseError(f"gzip: {error}", f"offset {source.position}") from error
        if piece:
            flow.gave(len(piece))
            yield piece
    source.give_back(len(inflater.unused_data))


def _goes_on(source: _Input) -> bool:
    """Whether another member follows, perhaps after the zeros that pad tapes."""
    while data := source.read(_SMALL_FEED):
        rest = data.lstrip(b"\0")
        if rest:
            source.give_back(len(rest))
            if rest[:1] != b"\x1f":
                raise ParseError("gzip: followed by something else", f"offset {source.position}")
            return True
    return False


def _unzstd(source: _Input, flow: Flow) -> Iterator[bytes]:
    import zstandard  # noqa: PLC0415 - most layers are gzip, and starting must be quick

    inflater = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    with inflater.stream_reader(source, read_size=_FEED, read_across_frames=True) as stream:  # type: ignore[arg-type]  # only `read` is called
        while True:
            try:
                piece = stream.read(PIECE)
            except zstandard.ZstdError as error:
                raise ParseError(f"zstd: {error}", f"offset {source.position}") from error
            if not piece:
                return
            flow.gave(len(piece))
            yield piece
