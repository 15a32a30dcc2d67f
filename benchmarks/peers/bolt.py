"""Writes a file of bbolt's (https://github.com/etcd-io/bbolt, page.go, bucket.go, meta.go), in which Trivy keeps its advisories.

Buckets of keys and values, or of further buckets, are given whole and written once, as a B+tree without free pages.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

Bucket = Mapping[str, "bytes | Bucket"]

_PAGE = 4096
_BRANCH, _LEAF, _META, _FREELIST = 1, 2, 4, 16
_IS_BUCKET = 1
_INLINE = _PAGE // 4
"""A bucket of at most this size stands in its own entry (`maxInlineBucketSize`)."""
_HEADER, _LEAF_ENTRY, _BRANCH_ENTRY = 16, 16, 16
_FIRST = 4
"""Pages 0 and 1 say where all is, 2 lists the free ones, 3 is left empty, as bbolt itself lays a new file out."""
_MAGIC, _VERSION = 0xED0CDAED, 2
_NO_FREELIST_ENTRIES = 0


class _Entry(NamedTuple):
    key: bytes
    value: bytes
    flags: int


def write_bolt(path: Path, content: Bucket) -> None:
    """Write the file.

    Args:
        path: of the file; its folder is there.
        content: the root bucket.
    """
    with path.open("wb") as file:
        file.write(bytes(_FIRST * _PAGE))
        writer = _Writer(file)
        root = writer.tree(list(writer.entries(content)))
        end = writer.next
        file.seek(0)
        for number in (0, 1):
            file.write(_page(number, _META, 0, 0, _meta(root, end, number)))
        file.write(_page(2, _FREELIST, _NO_FREELIST_ENTRIES, 0, b""))
        file.write(_page(3, _LEAF, 0, 0, b""))


class _Writer:
    """Appends pages; a bucket's pages are written before the entry that points to them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.next = _FIRST

    def entries(self, bucket: Bucket) -> Iterator[_Entry]:
        for key, value in sorted((key.encode(), value) for key, value in bucket.items()):
            if isinstance(value, bytes):
                yield _Entry(key, value, 0)
            else:
                yield _Entry(key, self._bucket(value), _IS_BUCKET)

    def tree(self, entries: Sequence[_Entry]) -> int:
        """Write the leaves and the branches above them; the number of the root's page."""
        level = [
            (some[0].key if some else b"", self._put(_LEAF, len(some), _leaf(some)))
            for some in _pages(entries)
        ]
        while len(level) > 1:
            level = [
                (some[0][0], self._put(_BRANCH, len(some), _branch(some)))
                for some in _portions(level)
            ]
        return level[0][1]

    def _bucket(self, bucket: Bucket) -> bytes:
        entries = list(self.entries(bucket))
        small = not any(entry.flags for entry in entries) and _size(entries) <= _INLINE
        if small:
            page = _page_header(0, _LEAF, len(entries), 0) + _leaf(entries)
            return struct.pack("<QQ", 0, 0) + page
        return struct.pack("<QQ", self.tree(entries), 0)

    def _put(self, flags: int, count: int, body: bytes) -> int:
        number = self.next
        pages = -(-(_HEADER + len(body)) // _PAGE)
        self._file.write(_page(number, flags, count, pages - 1, body))
        self.next += pages
        return number


def _pages(entries: Sequence[_Entry]) -> Iterator[Sequence[_Entry]]:
    """Entries that fit one page; one that is larger than a page has pages of its own."""
    begin, size = 0, _HEADER
    for place, entry in enumerate(entries):
        more = _LEAF_ENTRY + len(entry.key) + len(entry.value)
        if place > begin and size + more > _PAGE:
            yield entries[begin:place]
            begin, size = place, _HEADER
        size += more
    yield entries[begin:]


def _portions(level: Sequence[tuple[bytes, int]]) -> Iterator[Sequence[tuple[bytes, int]]]:
    begin, size = 0, _HEADER
    for place, (key, _) in enumerate(level):
        more = _BRANCH_ENTRY + len(key)
        if place > begin + 1 and size + more > _PAGE:
            yield level[begin:place]
            begin, size = place, _HEADER
        size += more
    yield level[begin:]


def _size(entries: Sequence[_Entry]) -> int:
    return _HEADER + sum(_LEAF_ENTRY + len(one.key) + len(one.value) for one in entries)


def _leaf(entries: Sequence[_Entry]) -> bytes:
    place, table, data = _LEAF_ENTRY * len(entries), [], []
    for number, (key, value, flags) in enumerate(entries):
        own = number * _LEAF_ENTRY
        table.append(struct.pack("<4I", flags, place - own, len(key), len(value)))
        data += [key, value]
        place += len(key) + len(value)
    return b"".join((*table, *data))


def _branch(children: Sequence[tuple[bytes, int]]) -> bytes:
    place, table, data = _BRANCH_ENTRY * len(children), [], []
    for number, (key, page) in enumerate(children):
        own = number * _BRANCH_ENTRY
        table.append(struct.pack("<2IQ", place - own, len(key), page))
        data.append(key)
        place += len(key)
    return b"".join((*table, *data))


def _page(number: int, flags: int, count: int, overflow: int, body: bytes) -> bytes:
    whole = _page_header(number, flags, count, overflow) + body
    return whole + bytes(-len(whole) % _PAGE)


def _page_header(number: int, flags: int, count: int, overflow: int) -> bytes:
    return struct.pack("<QHHI", number, flags, count, overflow)


def _meta(root: int, end: int, transaction: int) -> bytes:
    fields = struct.pack("<4I2Q3Q", _MAGIC, _VERSION, _PAGE, 0, root, 0, 2, end, transaction)
    return fields + struct.pack("<Q", _fnv1a(fields))


def _fnv1a(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value
