"""A request and an answer as they are on the line, whoever carries them."""

from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

Headers = tuple[tuple[str, str], ...]
"""Names in lower case, and values, in the order of the message."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request: `path` and `query` are raw, as they were sent, percent-encoded; `query` is without its question mark."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def parameters(self) -> Iterator[tuple[str, str]]:
        """The decoded parameters of the query, in order. A `+` is a plus, as it is where requests are signed."""
        for part in filter(None, self.query.split("&")):
            name, _, value = part.partition("=")
            yield unquote(name), unquote(value)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""

    status: int
    headers: Headers = ()
    body: bytes = b""
