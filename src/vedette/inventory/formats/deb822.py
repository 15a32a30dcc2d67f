"""Paragraphs of `Field: value` lines: deb822(5), deb-control(5)."""

import re
from collections.abc import Iterator

from vedette.errors import ParseError

_LONGEST_PARAGRAPH = 4 << 20
_PARAGRAPH = re.compile(
    r"(?:[^\n]++\n?+)++"
)  # lines that are not empty; possessive, so linear in any input


def paragraphs(data: bytes) -> Iterator[tuple[str, str]]:
    """The paragraphs of a file, each with its place (`line 12`).

    Bytes that are not UTF-8 become U+FFFD: only free text may hold them, names are checked by their reader.
    """
    text = data.decode("utf-8", "replace")
    line, counted = 1, 0
    for match in _PARAGRAPH.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield f"line {line}", match[0].rstrip("\n")


def fields(paragraph: str, wanted: frozenset[str]) -> dict[str, str]:
    """The first lines of the wanted fields, by lower-case name.

    Raises:
        ParseError: where a line is neither a field nor a continuation, or a wanted field is given twice.
    """
    if len(paragraph) > _LONGEST_PARAGRAPH:
        raise ParseError(f"a paragraph of {len(paragraph)} characters")
    found: dict[str, str] = {}
    for line in paragraph.split("\n"):
        if line[:1] in {" ", "\t"}:
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise ParseError(f"neither a field nor its continuation: {line[:80]!r}")
        name = name.lower()
        if name not in wanted:
            continue
        if name in found:
            raise ParseError(f"field {name!r} is given twice")
        found[name] = value.strip()
    return found
