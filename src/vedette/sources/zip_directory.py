"""The central directory of a zip file (PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.4), also of zip64.

It alone says what is in the file: what stands between the members is not looked at.
"""

import struct
from collections.abc import Callable, Iterator

import msgspec

from vedette.errors import LimitError, ParseError
from vedette.sources.dull import NOTHING_DULL, Dull
from vedette.sources.limits import Limits
from vedette.sources.zip_bulk import lively

ReadAt = Callable[[int, int], bytes]
"""The bytes at an offset, fewer only at the end."""

ENCRYPTED = 1 << 0
UTF8 = 1 << 11

_END = struct.Struct("<4s4H2LH")
_LOCATOR64 = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_RECORD = struct.Struct("<4s6H3L5H2L")
_LENGTHS = struct.Struct("<4s24x3H")  # mark, lengths of name, extra fields and comment
_EXTRA = struct.Struct("<2H")
_FULL = 0xFFFFFFFF
_FULL_COUNT = 0xFFFF
_LONGEST_COMMENT = 0xFFFF
_ZIP64 = 1
_UNIX = 3


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A record of the central directory.

    Args:
        name: as the archive has it.
        flags: general purpose bits.
        method: how it is compressed: 0 not, 8 deflate.
        crc: CRC-32 of the content.
        stored: bytes in the file.
        size: bytes of the content.
        header: offset of the local header.
        mode: Unix type and permissions, 0 where another system made it.
    """

    name: bytes
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    header: int
    mode: int


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """The central directory's bytes.

    Args:
        data: all of its records.
        offset: where it is in the file.
        shift: what is to be added to offsets, where something stands before the zip.
        count: how many records there should be.
    """

    data: bytes
    offset: int
    shift: int
    count: int


def find_directory(read_at: ReadAt, size: int, limits: Limits) -> Directory:
    """Find the central directory from the file's end.

    Raises:
        ParseError: there is none, or it does not fit the file.
        LimitError: it is too large.
    """
    tail_offset = max(0, size - _LONGEST_COMMENT - _END.size)
    tail = read_at(tail_offset, size - tail_offset)
    at = _end(tail)
    if at is None:
        raise ParseError("no end of a central directory: no zip file, or cut off", f"offset {size}")
    end = tail_offset + at
    _, _, _, _, count, length, offset, _ = _END.unpack_from(tail, at)
    end64 = None
    if _FULL in {length, offset} or count == _FULL_COUNT:
        end64 = _end64(read_at, end)
    if end64 is not None:
        count, length, offset, end = end64
    if length > limits.directory:
        raise LimitError(f"a central directory of {length} bytes, more than {limits.directory}")
    start = end - length
    if start < 0 or offset > start:
        raise ParseError("a central directory that does not fit the file", f"offset {end}")
    return Directory(data=read_at(start, length), offset=start, shift=start - offset, count=count)


def entries(directory: Directory, limits: Limits, dull: Dull = NOTHING_DULL) -> Iterator[Entry]:
    """The records in their order, but for those of dull files where these can be told in bulk.

    Raises:
        ParseError: a record is damaged, with its offset; those before it have been yielded.
        LimitError: there are too many.
    """
    told = lively(directory.data, dull)
    if told is None or told[0] > limits.entries:
        yield from _each(directory, limits)
        return
    found, offsets = told
    for at in offsets:
        yield _entry(directory, at)
    _count(found, directory)


def _each(directory: Directory, limits: Limits) -> Iterator[Entry]:
    """All records, dull or not."""
    data, at, found = directory.data, 0, 0
    last = len(data) - _RECORD.size
    while at <= last:
        mark, *lengths = _LENGTHS.unpack_from(data, at)
        after = at + _RECORD.size + sum(lengths)
        if mark != b"PK\1\2" or after > len(data):
            break
        if found == limits.entries:
            raise LimitError(f"over {limits.entries} entries", f"offset {directory.offset + at}")
        found += 1
        yield _entry(directory, at)
        at = after
    if at != len(data):
        raise ParseError(
            "a damaged record of the central directory", f"offset {directory.offset + at}"
        )
    _count(found, directory)


def _count(found: int, directory: Directory) -> None:
    # writers without zip64 let it wrap around
    if found & _FULL_COUNT != directory.count & _FULL_COUNT:
        raise ParseError(
            f"{found} entries, not {directory.count} as the central directory's end says"
        )


def _entry(directory: Directory, at: int) -> Entry:
    data = directory.data
    _, made_by, _, flags, method, _, _, crc, stored, size, name_length, extra_length, _, _, _, attributes, header = _RECORD.unpack_from(data, at)  # fmt: skip
    extra_at = at + _RECORD.size + name_length
    name = data[at + _RECORD.size : extra_at]
    if _FULL in (stored, size, header):
        extra = data[extra_at : extra_at + extra_length]
        stored, size, header = _wide(extra, stored, size, header)
    mode = attributes >> 16 if made_by >> 8 == _UNIX else 0
    return Entry(name, flags, method, crc, stored, size, header + directory.shift, mode)


def ending(directory: Directory, tails: frozenset[bytes], limits: Limits) -> Iterator[Entry]:
    """The records whose names end in one of these four bytes; several times as fast where they are few.

    Raises:
        ParseError, LimitError: as `entries`, but the number of records is not compared.
    """
    data, at = directory.data, 0
    lengths, fixed = _LENGTHS.unpack_from, _RECORD.size
    last = len(data) - fixed
    for _ in range(limits.entries):
        if at > last:
            break
        mark, name, extra, comment = lengths(data, at)
        if mark != b"PK\1\2":
            break
        names = at + fixed + name
        after = names + extra + comment
        if data[names - 4 : names] in tails and after <= len(data):
            one = Directory(data=data[at:after], offset=0, shift=directory.shift, count=1)
            yield from entries(one, limits)
        at = after
    else:
        if at <= last:
            raise LimitError(f"over {limits.entries} entries", f"offset {directory.offset + at}")
    if at != len(data):
        raise ParseError(
            "a damaged record of the central directory", f"offset {directory.offset + at}"
        )


def _end(tail: bytes) -> int | None:
    """Where the end record is: the last one whose comment reaches the file's end."""
    at = tail.rfind(b"PK\5\6")
    while at >= 0:
        if at + _END.size <= len(tail):
            comment = _END.unpack_from(tail, at)[7]
            if at + _END.size + comment == len(tail):
                return at
        at = tail.rfind(b"PK\5\6", 0, at)
    return None


def _end64(read_at: ReadAt, end: int) -> tuple[int, int, int, int] | None:
    """Count, length and offset of the directory and where its end record is; None where it is no zip64."""
    locator = read_at(max(0, end - _LOCATOR64.size), _LOCATOR64.size)
    if end < _LOCATOR64.size or not locator.startswith(b"PK\6\7"):
        return None
    at = _LOCATOR64.unpack(locator)[2]
    # where something stands before the zip, the offset is off; the record itself usually is just before its locator
    for place in (at, end - _LOCATOR64.size - _END64.size):
        record = read_at(place, _END64.size) if place >= 0 else b""
        if len(record) == _END64.size and record.startswith(b"PK\6\6"):
            _, _, _, _, _, _, _, count, length, offset = _END64.unpack(record)
            return count, length, offset, place
    raise ParseError("no zip64 end of the central directory", f"offset {end}")


def _wide(extra: bytes, stored: int, size: int, header: int) -> tuple[int, int, int]:
    """Sizes and offset from the zip64 extra field, which has those that are too large for the record."""
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == _ZIP64:
            field = extra[at : at + length]
            values = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            size = next(values, size) if size == _FULL else size
            stored = next(values, stored) if stored == _FULL else stored
            header = next(values, header) if header == _FULL else header
            break
        at += length
    return stored, size, header
