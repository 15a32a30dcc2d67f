"""A header of the rpm database: rpm's docs/manual/format_header.md, lib/header.c.

A blob in the database is an index and its data without the lead and magic of a package file: the number of
index entries and the data's length (two big-endian 32-bit numbers), 16 bytes an entry (tag, type, offset, count),
then the data.
"""

import struct

import msgspec

from vedette.errors import ParseError

_MOST_ENTRIES = 0xFFFF  # lib/header_internal.h, hdrchkTags
_MOST_DATA = 256 << 20  # the same, hdrchkData
_MOST_VALUES = 1_000_000
_PREAMBLE = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")

_INT32 = 4
_STRING = 6
_STRING_ARRAY = 8
_I18N_STRING = 9


class Entry(msgspec.Struct, frozen=True):
    """One entry of the index; `offset` counts from the data's start."""

    type: int
    offset: int
    count: int


class Header:
    """Read-only access to a header's tags; every offset and count is checked before it is used."""

    def __init__(self, entries: dict[int, Entry], data: bytes) -> None:
        self._entries = entries
        self._data = data

    def text(self, tag: int) -> str | None:
        """A string tag (or the first string of an array), None where it is missing.

        Raises:
            ParseError: where the entry is of another type or leaves the data.
        """
        entry = self._entries.get(tag)
        if entry is None:
            return None
        if entry.type not in {_STRING, _STRING_ARRAY, _I18N_STRING} or entry.count < 1:
            raise ParseError(f"tag {tag} is not a string")
        end = self._data.find(b"\0", entry.offset)
        if end < 0:
            raise ParseError(f"tag {tag} has no end")
        return self._data[entry.offset : end].decode("utf-8", "replace")

    def texts(self, tag: int) -> list[bytes]:
        """The strings of a string array, none where it is missing.

        Raises:
            ParseError: as for `text`.
        """
        entry = self._entries.get(tag)
        if entry is None:
            return []
        if entry.type != _STRING_ARRAY or entry.count > _MOST_VALUES:
            raise ParseError(f"tag {tag} is not a string array")
        parts = self._data[entry.offset :].split(b"\0", entry.count)
        if len(parts) <= entry.count:
            raise ParseError(f"tag {tag} has fewer than its {entry.count} strings")
        return parts[: entry.count]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The 32-bit numbers of a tag, none where it is missing.

        Raises:
            ParseError: as for `text`.
        """
        entry = self._entries.get(tag)
        if entry is None:
            return ()
        if entry.type != _INT32 or entry.count > _MOST_VALUES:
            raise ParseError(f"tag {tag} is not a 32-bit number")
        if entry.offset + 4 * entry.count > len(self._data):
            raise ParseError(f"tag {tag} leaves the data")
        return struct.unpack_from(f">{entry.count}I", self._data, entry.offset)


def parse_header(blob: bytes) -> Header:
    """The header in a database blob.

    Raises:
        ParseError: where the sizes are out of rpm's own bounds, or do not add up to the blob's.
    """
    if len(blob) < _PREAMBLE.size:
        raise ParseError(f"a header of {len(blob)} bytes")
    count, length = _PREAMBLE.unpack_from(blob)
    start = _PREAMBLE.size + _ENTRY.size * count
    if not 0 < count <= _MOST_ENTRIES or length > _MOST_DATA or start + length != len(blob):
        raise ParseError(f"a header of {count} entries and {length} bytes in {len(blob)} bytes")
    entries: dict[int, Entry] = {}
    for tag, kind, offset, number in _ENTRY.iter_unpack(blob[_PREAMBLE.size : start]):
        if offset > length:
            raise ParseError(f"tag {tag} leaves the data")
        entries.setdefault(tag, Entry(kind, offset, number))
    return Header(entries, blob[start:])
