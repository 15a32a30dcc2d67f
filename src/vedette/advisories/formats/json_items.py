"""The members of one array in a large JSON document, one in memory at a time."""

import codecs
import json
import re
from collections.abc import Collection, Iterator
from typing import IO, Any

from vedette.errors import LimitError, ParseError

_CHUNK = 1 << 20
_ITEM_LIMIT = 64 << 20
_SPACE_AND_COMMA = re.compile(r"[\s,]*")
_NUMBER_GOES_ON = "0123456789.eE+-"
_DECODER = json.JSONDecoder()


class _Window:
    """What has been read of the document and not yet been used."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = ""
        self.position = 0
        self.ended = False

    def more(self) -> None:
        """Read on; the used part is dropped.

        Raises:
            ParseError: where the document is not UTF-8.
            LimitError: where one item is too large.
        """
        data = self._stream.read(_CHUNK)
        self.ended = not data
        try:
            added = self._decoder.decode(data, final=self.ended)
        except UnicodeDecodeError as error:
            raise ParseError(f"not UTF-8: {error.reason}") from error
        self.text = self.text[self.position :] + added
        self.position = 0
        if len(self.text) > _ITEM_LIMIT:
            raise LimitError(f"an item of more than {_ITEM_LIMIT} characters")


def items(stream: IO[bytes], keys: Collection[str]) -> Iterator[tuple[str, Any]]:
    """The members of the first array that is the value of one of the keys, at any depth, each with that key.

    Raises:
        ParseError: where there is no such array, or it is broken or not closed: what comes later is unknown then.
    """
    window = _Window(stream)
    key = _find(window, keys)
    while True:
        _skip(window)
        if window.text[window.position] == "]":
            return
        yield key, _next(window)


def _find(window: _Window, keys: Collection[str]) -> str:
    opening = re.compile(rf'"({"|".join(map(re.escape, keys))})"\s*:\s*\[')
    while True:
        match = opening.search(window.text)
        if match is not None:
            window.position = match.end()
            return match[1]
        if window.ended:
            raise ParseError(f"no array {' or '.join(keys)}")
        window.position = max(0, len(window.text) - _CHUNK)  # it may lie across two chunks
        window.more()


def _skip(window: _Window) -> None:
    while True:
        match = _SPACE_AND_COMMA.match(window.text, window.position)
        window.position = match.end() if match else window.position
        if window.position < len(window.text):
            return
        if window.ended:
            raise ParseError("the document ends within the array")
        window.more()


def _is_whole(item: Any, text: str, end: int) -> bool:
    """Whether the item cannot go on in what has not been read: `1` may become `12` or `1e9`."""
    more = _NUMBER_GOES_ON if isinstance(item, int | float) else ""
    return end < len(text) and text[end] not in more


def _next(window: _Window) -> Any:
    """One item; where the text so far does not hold a whole one, more is read."""
    while True:
        try:
            item, end = _DECODER.raw_decode(window.text, window.position)
        except json.JSONDecodeError as error:
            if window.ended:
                raise ParseError("broken JSON, or the document ends within the array") from error
        except (
            ValueError,
            RecursionError,
        ) as error:  # a number of thousands of digits; a nest of thousands of arrays
            raise ParseError(f"an item that cannot be read: {error}") from error
        else:
            if window.ended or _is_whole(item, window.text, end):
                window.position = end
                return item
        window.more()
