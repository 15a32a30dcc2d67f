"""Paragraphs of `Field: value` lines: deb822(5), deb-control(5)."""

from collections.abc import Iterator

from vedette.errors import ParseError

_LONGEST_PARAGRAPH = 4 << 20


def paragraphs(data: bytes) -> Iterator[tuple[str, str]]:
    """The paragraphs of a file, each with its place (`line 12`).

    Bytes that are not UTF-8 become U+FFFD: only free text may hold them, names are checked by their reader.
    """
    text = data.decode("utf-8", "replace")
    start, line = 0, 1
    while start < len(text):
        end = text.find("\n\n", start)
        end = len(text) if end < 0 else end
        paragraph = text[start:end]
        if paragraph.strip():
            # a third newline in a row begins the next paragraph: the place names its first line
            lead = len(paragraph) - len(paragraph.lstrip("\n"))
            yield f"line {line + lead}", paragraph[lead:]
        line += paragraph.count("\n") + 2
        start = end + 2


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
