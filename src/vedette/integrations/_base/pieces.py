"""Documents piece by piece: JSON whatever the text, and pieces that come before what they depend on."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any

import msgspec

_IN_MEMORY = 8 << 20
_PIECE = 1 << 16


def json_bytes(value: Any) -> bytes:
    """Compact JSON. Halves of surrogate pairs, which have no UTF-8, become U+FFFD."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_whole(value))


def _whole(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_whole(name): _whole(one) for name, one in value.items()}
        case list() | tuple():
            return [_whole(one) for one in value]
        case _:
            return value


def json_list(items: Iterable[bytes]) -> Iterator[bytes]:
    """The items of a JSON list, one a line, without the brackets."""
    before = b"\n"
    for item in items:
        yield before + item
        before = b",\n"


class Spool:
    """Bytes that are written now and read later: in memory while they are few, then in a file without a name."""

    def __init__(self, file: "SpooledTemporaryFile[bytes]") -> None:
        self._file = file

    def add(self, piece: bytes) -> None:
        """Write a piece."""
        self._file.write(piece)

    def pieces(self) -> Iterator[bytes]:
        """All that was written."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece


@contextmanager
def spool() -> Iterator[Spool]:
    """An empty spool."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        yield Spool(file)
