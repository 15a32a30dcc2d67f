"""Sparse members: where their data is, and the file that they stand for (GNU tar manual, "Sparse Formats")."""

from collections.abc import Mapping, Sequence

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.sources.limits import Limits
from vedette.sources.tar_header import number
from vedette.sources.window import BLOCK, Window

Piece = tuple[int, int]
"""Offset in the file and size of data that is stored."""

_ENTRY = 24
_MAP_IN_DATA = b"1"


class Sparse(msgspec.Struct, frozen=True, kw_only=True):
    """A sparse member: the file's size and its data; None where the map stands before the data."""

    size: int
    pieces: tuple[Piece, ...] | None


def old_gnu_map(head: bytes, window: Window, body: int, limits: Limits) -> tuple[bytes, int]:
    """The entries in the header and in the blocks that follow it, as they stand, and the offset of the data.

    Too many are passed over, all but as many as `old_gnu` needs to see that they are too many.
    """
    entries = [head[386 : 386 + 4 * _ENTRY]]
    more, at = head[482], body
    while more:
        block = window.read(at, BLOCK)
        at += BLOCK  # beyond an archive that is cut off, which the next header's reader will notice
        if len(block) < BLOCK:
            break
        if (len(entries) - 1) * 21 <= limits.sparse:
            entries.append(block[: 21 * _ENTRY])
        more = block[504]
    return b"".join(entries), at


def old_gnu(head: bytes, entries: bytes, limits: Limits) -> Sparse:
    """What GNU's own sparse format says.

    Raises:
        ParseError: a number is none.
        LimitError: there are too many pieces.
    """
    pieces = tuple(
        (number(entries[i : i + 12]), number(entries[i + 12 : i + _ENTRY]))
        for i in range(0, len(entries), _ENTRY)
        if entries[i]
    )
    return Sparse(size=number(head[483:495]), pieces=_few(pieces, limits))


def of_pax(records: Mapping[bytes, bytes], holes: Sequence[bytes], limits: Limits) -> Sparse | None:
    """What pax records of formats 0.0, 0.1 and 1.0 say; None where the member is not sparse.

    Raises:
        ParseError: a number is none.
        LimitError: there are too many pieces.
    """
    size = records.get(b"GNU.sparse.realsize", records.get(b"GNU.sparse.size"))
    if size is None:
        return None
    if records.get(b"GNU.sparse.major") == _MAP_IN_DATA:
        return Sparse(size=decimal(size), pieces=None)
    listed = records.get(b"GNU.sparse.map")
    pieces = _pairs(listed.split(b",") if listed else holes)
    return Sparse(size=decimal(size), pieces=_few(pieces, limits))


def expanded(sparse: Sparse, stored: bytes, limits: Limits) -> bytes:
    """The file, whose size the caller has found acceptable.

    Raises:
        ParseError: the map does not fit the file or what is stored.
        LimitError: there are too many pieces.
    """
    pieces, at = (sparse.pieces, 0) if sparse.pieces is not None else _map(stored, limits)
    whole = bytearray(sparse.size)
    end = 0
    for offset, size in pieces:
        if offset < end or offset + size > sparse.size or at + size > len(stored):
            raise ParseError("a sparse map that does not fit the file")
        whole[offset : offset + size] = stored[at : at + size]
        at += size
        end = offset + size
    return bytes(whole)


def decimal(digits: bytes) -> int:
    """A number as pax writes it.

    Raises:
        ParseError: it is none, or beyond what any file can be.
    """
    if not (digits.isdigit() and len(digits) <= 18):  # noqa: PLR2004 - below 2^62
        raise ParseError(f"not a size: {digits[:40]!r}")
    return int(digits)


def _pairs(numbers: Sequence[bytes]) -> tuple[Piece, ...]:
    if len(numbers) % 2:
        raise ParseError("a sparse map with half a piece")
    values = [decimal(digits) for digits in numbers]
    return tuple(zip(values[::2], values[1::2], strict=True))


def _map(stored: bytes, limits: Limits) -> tuple[tuple[Piece, ...], int]:
    """The map of format 1.0, decimal numbers a line, and where the data begins: at the next block."""
    count, at = _line(stored, 0)
    pieces: list[Piece] = []
    for _ in range(min(count, limits.sparse + 1)):
        offset, at = _line(stored, at)
        size, at = _line(stored, at)
        pieces.append((offset, size))
    return _few(tuple(pieces), limits), at + -at % BLOCK


def _few(pieces: tuple[Piece, ...], limits: Limits) -> tuple[Piece, ...]:
    if len(pieces) > limits.sparse:
        raise LimitError(f"a sparse file in over {limits.sparse} pieces")
    return pieces


def _line(stored: bytes, at: int) -> tuple[int, int]:
    end = stored.find(b"\n", at, at + 20)
    return decimal(stored[at : max(at, end)]), end + 1
