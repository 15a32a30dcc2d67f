"""A document on disk as a bounded stream of its decompressed bytes.

The compression is told by its first bytes, not by the file's name: publishers rename, and re-compress, at will.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import zstandard
from isal import igzip, isal_zlib

from vedette.errors import LimitError, ParseError

_MIB = 1 << 20
DOCUMENT_LIMIT = 1024 * _MIB
"""The most that one document may decompress to."""
ARCHIVE_LIMIT = 65536 * _MIB
"""The most that an archive may decompress to: it is streamed, never held. VEX of every product of a publisher is above 10 GiB."""

_MAGIC_SIZE = 6
_FOREIGN: tuple[type[Exception], ...] = (  # type: ignore[assignment]  # isal's stubs call its error class an instance
    OSError,
    EOFError,
    lzma.LZMAError,
    zlib.error,
    isal_zlib.IsalError,
    zstandard.ZstdError,
)


class _Bounded(io.RawIOBase):
    """Counts what is read, and turns the decompressors' errors into ours."""

    def __init__(self, inner: IO[bytes], limit: int) -> None:
        self._inner = inner
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no length
        try:
            data = self._inner.read(len(buffer))
        except _FOREIGN as error:
            raise ParseError(
                f"cannot be decompressed: {str(error) or type(error).__name__}"
            ) from error
        self._left -= len(data)
        if self._left < 0:
            raise LimitError(f"more than {self._limit} bytes when decompressed")
        buffer[: len(data)] = data
        return len(data)


def _decompressor(raw: IO[bytes], magic: bytes) -> IO[bytes]:
    if magic.startswith(b"\x1f\x8b"):
        return io.BufferedReader(igzip.open(raw, "rb"))
    if magic.startswith(b"BZh"):
        return bz2.open(raw, "rb")
    if magic.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(raw, "rb")
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return zstandard.ZstdDecompressor(max_window_size=128 * _MIB).stream_reader(raw)
    return raw


@contextmanager
def open_document(path: Path, limit: int = DOCUMENT_LIMIT) -> Iterator[IO[bytes]]:
    """The decompressed bytes of a file; reading raises ParseError or LimitError, never a decompressor's own error."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise ParseError(f"cannot be opened: {error.strerror}") from error
    with raw:
        magic = raw.read(_MAGIC_SIZE)
        raw.seek(0)
        with (
            _decompressor(raw, magic) as inner,
            io.BufferedReader(_Bounded(inner, limit), _MIB) as out,
        ):
            yield out


def read_document(path: Path, limit: int = DOCUMENT_LIMIT) -> bytes:
    """All of a document, for formats that cannot be read in pieces (JSON objects).

    Raises:
        ParseError: where it cannot be read or decompressed.
        LimitError: where it is larger than `limit`.
    """
    with open_document(path, limit) as stream:
        return stream.read()
