"""The part of YAML (https://yaml.org/spec/1.2.2/) in which two collections of advisories are written: a mapping whose values are texts and lists of texts.

Nothing is built from tags, anchors or aliases, so that a document cannot grow; what is not of this part is a text like any other.
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError

_KEY = re.compile(r"(?P<key>[A-Za-z][\w-]*)\s*:(?:\s+(?P<rest>.*?))?\s*")
_ITEM = re.compile(r"\s*-\s+(?P<text>.*?)\s*")
_FLOW = re.compile(
    r"""\s*(?:'(?P<single>(?:[^']|'')*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<plain>[^,'"\[\]]+?))\s*(?:,|$)"""
)
_LINES_LIMIT = 20_000


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A key's value: what stands beside it, and the lines below."""

    inline: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The value as a text: a block after `|` or `>`, else its lines as one; `~` and `null` are none."""
        if self.inline[:1] in {"|", ">"}:
            return "\n".join(line.strip() for line in self.lines).strip()
        whole = " ".join((self.inline, *(line.strip() for line in self.lines))).strip()
        return _scalar(whole)

    @property
    def items(self) -> tuple[str, ...]:
        """The value as a list of texts, `[a, b]` or a line for each.

        Raises:
            ParseError: it is none.
        """
        if self.inline.startswith("["):
            return tuple(_flow(" ".join((self.inline, *self.lines)).strip()))
        if self.inline and self.inline not in {"~", "null"}:
            raise ParseError(f"not a list: {self.inline[:40]!r}")
        return tuple(_listed(self.lines))


def blocks(text: str) -> dict[str, Block]:
    """The values of a mapping by key.

    Raises:
        ParseError: a line belongs to no key, a key comes twice, or there are too many lines.
    """
    lines = text.splitlines()
    if len(lines) > _LINES_LIMIT:
        raise ParseError(f"more than {_LINES_LIMIT} lines")
    found: dict[str, tuple[str, list[str]]] = {}
    current: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if line.startswith(("---", "#")) or (not line.strip() and current is None):
            continue
        match = _KEY.fullmatch(line)
        if match is not None:
            if match["key"] in found:
                raise ParseError(f"{match['key']} comes twice", f"line {number}")
            current = []
            found[match["key"]] = (match["rest"] or "", current)
        elif current is not None and (line[:1] in {" ", "\t", "-", ""}):
            current.append(line)
        else:
            raise ParseError("belongs to no key", f"line {number}")
    return {key: Block(inline=inline, lines=tuple(rest)) for key, (inline, rest) in found.items()}


def inner(block: Block, key: str) -> Iterator[Block]:
    """The values of a key wherever it stands below, each with its own list."""
    for place, line in enumerate(block.lines):
        match = _KEY.fullmatch(line.strip())
        if match is not None and match["key"] == key:
            indent = len(line) - len(line.lstrip())
            yield Block(inline=match["rest"] or "", lines=_below(block.lines[place + 1 :], indent))


def _below(lines: tuple[str, ...], indent: int) -> tuple[str, ...]:
    """The lines of a value that begins at this indent."""
    found: list[str] = []
    for line in lines:
        deep = len(line) - len(line.lstrip())
        if line.strip() and (deep < indent or (deep == indent and not _ITEM.fullmatch(line))):
            break
        found.append(line)
    return tuple(found)


def _listed(lines: tuple[str, ...]) -> Iterator[str]:
    entry: str | None = None
    for line in filter(str.strip, lines):
        match = _ITEM.fullmatch(line)
        if match is not None:
            if entry is not None:
                yield _scalar(entry)
            entry = match["text"]
        elif entry is None:
            raise ParseError(f"not a list: {line.strip()[:40]!r}")
        else:
            entry = f"{entry} {line.strip()}"
    if entry is not None:
        yield _scalar(entry)


def _flow(text: str) -> Iterator[str]:
    if not text.endswith("]"):
        raise ParseError(f"not a list: {text[:40]!r}")
    position, inside = 0, text[1:-1].strip().removesuffix(",")
    while position < len(inside):
        match = _FLOW.match(inside, position)
        if match is None:
            raise ParseError(f"not a list: {text[:40]!r}")
        yield _scalar(match[0].strip().removesuffix(",").strip())
        position = match.end()


def _scalar(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    plain = text.partition(" #")[0].strip()
    return "" if plain in {"~", "null"} else plain
