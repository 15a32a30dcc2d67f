"""A Berkeley DB hash database, as rpm up to 4.15 keeps its packages in (`Packages`): Berkeley DB's src/dbinc/db_page.h.

The first page says the page size; its numbers are in the byte order of the machine that made it. Hash pages hold pairs of
key and value; a value that is too large for a page is a chain of overflow pages. Pages are read in the order of the file:
which bucket a pair is in does not matter here.
"""

import struct
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError

_MAGIC = 0x061561
_VERSIONS = frozenset({8, 9, 10})  # Berkeley DB 4.2 to 6; the pages are the same
_META = 512
_PAGE_SIZES = frozenset(1 << power for power in range(9, 17))
_HEADER = 26  # of a page, before the offsets of its items
_HASH_PAGES = frozenset({2, 13})  # unsorted, sorted
_OVERFLOW_PAGE = 7
_INLINE, _OFF_PAGE = 1, 3
_OFF_PAGE_ITEM = 12
_COUNTER = bytes(4)  # the key of the record that counts packages


class Value(msgspec.Struct, frozen=True):
    """A value: in its page, or (`page`, `length`) in a chain of overflow pages, or why there is none."""

    inline: bytes = b""
    page: int = 0
    length: int = 0
    fault: str = ""


class HashDatabase:
    """The pages of a hash database; every overflow page is read for one value only, so work is linear.

    Raises:
        ParseError: where the file is none, or is encrypted or has checksums in its pages.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = _byte_order(data)
        self._size = self._number("I", 20)
        if self._size not in _PAGE_SIZES:
            raise ParseError(f"pages of {self._size} bytes")
        if data[24] or data[26]:
            raise ParseError("encrypted, or with checksums in its pages")
        self._claimed = bytearray(len(data) // self._size)

    def values(self) -> Iterator[tuple[str, Value]]:
        """Every value but the counter of packages, each with its place."""
        for page in range(1, len(self._claimed)):
            start = page * self._size
            if self._data[start + 25] in _HASH_PAGES:
                try:
                    yield from self._page(page)
                except ParseError as error:
                    yield f"page {page}", Value(fault=error.reason)
        if surplus := len(self._data) % self._size:
            fault = f"{surplus} bytes of a page: the file is cut off"
            yield f"page {len(self._claimed)}", Value(fault=fault)

    def content(self, value: Value) -> bytes:
        """The bytes of a value.

        Raises:
            ParseError: where its chain is broken, is shared or loops, or does not hold what it should.
        """
        if value.fault:
            raise ParseError(value.fault)
        if not value.page:
            return value.inline
        parts: list[bytes] = []
        missing, page = value.length, value.page
        while missing > 0:
            part, page = self._overflow(page)
            parts.append(part[:missing])
            missing -= len(part)
        return b"".join(parts)

    def _overflow(self, page: int) -> tuple[bytes, int]:
        """An overflow page's data, and the next page."""
        if not 0 < page < len(self._claimed) or self._claimed[page]:
            raise ParseError(f"a chain to page {page}, which is not there or already read")
        self._claimed[page] = 1
        start = page * self._size
        length = self._number("H", start + 22)
        if self._data[start + 25] != _OVERFLOW_PAGE or not 0 < length <= self._size - _HEADER:
            raise ParseError(f"page {page} is no overflow page with data")
        data = self._data[start + _HEADER : start + _HEADER + length]
        return data, self._number("I", start + 16)

    def _page(self, page: int) -> Iterator[tuple[str, Value]]:
        start = page * self._size
        count = self._number("H", start + 20)
        if count % 2 or _HEADER + 2 * count > self._size:
            raise ParseError(f"{count} items")
        offsets = struct.unpack_from(f"{self._order}{count}H", self._data, start + _HEADER)
        lowest = _HEADER + 2 * count
        end = self._size
        items: list[bytes] = []
        for offset in offsets:  # items fill the page from its end on
            if not lowest <= offset < end:
                raise ParseError(f"an item at {offset}")
            items.append(self._data[start + offset : start + end])
            end = offset
        for number, (key, value) in enumerate(zip(items[::2], items[1::2], strict=True)):
            if key != bytes((_INLINE,)) + _COUNTER:
                yield f"page {page}, pair {number}", self._value(value)

    def _value(self, item: bytes) -> Value:
        if item[0] == _INLINE:
            return Value(inline=item[1:])
        if item[0] != _OFF_PAGE or len(item) < _OFF_PAGE_ITEM:
            return Value(fault=f"an item of type {item[0]} with {len(item)} bytes")
        page, length = struct.unpack_from(f"{self._order}II", item, 4)
        if not page or not 0 < length <= len(self._data):
            return Value(fault=f"a value of {length} bytes from page {page} on")
        return Value(page=page, length=length)

    def _number(self, form: str, offset: int) -> int:
        (number,) = struct.unpack_from(self._order + form, self._data, offset)
        return int(number)


def _byte_order(data: bytes) -> str:
    if len(data) < _META:
        raise ParseError(f"a Berkeley DB of {len(data)} bytes")
    for order in "<>":
        magic, version = struct.unpack_from(f"{order}II", data, 12)
        if magic == _MAGIC:
            if version not in _VERSIONS:
                raise ParseError(f"a Berkeley DB hash of version {version}")
            return order
    raise ParseError("not a Berkeley DB hash database")
