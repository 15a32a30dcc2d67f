"""YAML in block style, as lock files' tools and people write it (https://yaml.org/spec/1.2.2/).

The part of YAML that such files are made of: mappings and lists by indentation, plain and quoted scalars, block scalars,
comments, explicit keys (`? key`), flow collections kept as their text. Every scalar is text. Anchors and tags are passed over and
an alias stays its own text, so nothing is ever expanded. What is outside of this part is a ParseError, never a guess.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from vedette.errors import ParseError
from vedette.inventory.formats.declared import text_of

Node = dict[str, object]
"""A mapping; its values are text, mappings, or lists of these."""

_DEPTH = 100
_KEY = re.compile(
    r"""(?:("(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+')[ ]*+|((?:[^\s"'\[\]{}#&*!|>%@`,?:-]|[-?:](?=[^\s]))(?:[^#]|(?<!\s)\#)*?)):(?=\s|$)"""
)
_CLOSED = re.compile(
    r"""\{(?:"[^"\\]*+"|'[^']*+'|[^"'{}\[\]])*+\}|\[(?:"[^"\\]*+"|'[^']*+'|[^"'{}\[\]])*+\]|"[^"\\]*+"|'[^']*+'"""
)
_PROPERTIES = re.compile(r"(?:[&!][^\s]*+(?:\s++|$))++")
_BLOCK = re.compile(r"[|>][0-9+-]{0,2}\s*(?:#.*)?")
_COMMENT = re.compile(r"\s#")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U000[0-9A-Fa-f]{5}|.)")
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}


class _Line(msgspec.Struct):
    number: int
    indent: int
    text: str


class _Frame(msgspec.Struct):
    """An open collection: its column, and how a finished child is put into it."""

    indent: int
    content: dict[str, object] | list[object]
    key: str = ""


def read_yaml(data: bytes) -> Node:
    """The document's mapping; empty where there is none.

    Raises:
        ParseError: where it is not of the part of YAML that is read.
    """
    return _Reader(text_of(data)).read()


def flow_mapping(text: str) -> dict[str, str]:
    """A flow mapping of scalars on one line, such as `{integrity: sha512-…, tarball: https://…}`; empty for anything else."""
    if not (text.startswith("{") and text.endswith("}")):
        return {}
    pairs = (part.partition(": ") for part in _FLOW_PART.findall(text[1:-1]))
    return {_scalar(key.strip()): _scalar(value.strip()) for key, colon, value in pairs if colon}


_FLOW_PART = re.compile(r"""(?:"[^"]*+"|'[^']*+'|[^,"'])++""")


def mapping(node: Mapping[str, object], key: str) -> Node:
    """The mapping under a key; empty where there is none.

    Raises:
        ParseError: where something else is there.
    """
    value = node.get(key)
    if isinstance(value, dict):
        return value
    if value is None or value in ("", "{}", "null", "~"):
        return {}
    raise ParseError(f"{key[:80]} is no mapping")


def scalar(node: Mapping[str, object], key: str) -> str | None:
    """The text under a key; None where there is none or a collection is."""
    value = node.get(key)
    return value if isinstance(value, str) else None


def items(node: Mapping[str, object], key: str) -> list[object]:
    """The list under a key; empty where there is none."""
    value = node.get(key)
    return value if isinstance(value, list) else []


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = _lines(text)
        self._held: _Line | None = None
        self._stack: list[_Frame] = []

    def read(self) -> Node:
        while line := self._next():
            self._take(line)
        root = self._stack[0].content if self._stack else {}
        if not isinstance(root, dict):
            raise ParseError("the document is no mapping")
        return root

    def _next(self) -> _Line | None:
        held, self._held = self._held, None
        return held or next(self._lines, None)

    def _take(self, line: _Line) -> None:
        """One line: the items and the key that it opens, and their value."""
        while line.text == "-" or line.text.startswith("- "):
            self._open(line, is_list=True)
            rest = line.text[1:].lstrip()
            rest = _PROPERTIES.sub("", rest, count=1) if rest[:1] in {"&", "!"} else rest
            if not rest:
                return
            line = _Line(line.number, line.indent + len(line.text) - len(rest), rest)
        match = _KEY.match(line.text)
        if line.text[0] == "\t":
            raise ParseError("indented by a tab", f"line {line.number}")
        if match:
            self._open(line, is_list=False, key=_scalar(match[1] or match[2].rstrip()))
            self._value(line, line.text[match.end() :].strip())
        elif line.text.startswith("? "):
            self._open(line, is_list=False, key=_scalar(_bare(line.text[2:].strip())))
        elif line.text == ":" or line.text.startswith(": "):
            self._explicit(line)
        else:
            self._plain(line)

    def _open(self, line: _Line, *, is_list: bool, key: str = "") -> None:
        """Close what ends here, and go on in the collection at this column, or in a new one."""
        indent = line.indent
        while self._stack and self._ends(self._stack[-1], indent, is_list=is_list):
            self._stack.pop()
        frame = self._stack[-1] if self._stack else None
        if frame is None or indent > frame.indent or isinstance(frame.content, list) != is_list:
            frame = self._enter(line, is_list=is_list)
        elif indent < frame.indent:
            raise ParseError("between two columns of indentation", f"line {line.number}")
        frame.key = key
        if isinstance(frame.content, list):
            frame.content.append("")
        else:
            frame.content[key] = ""

    @staticmethod
    def _ends(frame: _Frame, indent: int, *, is_list: bool) -> bool:
        """A list may stand in its key's own column; it ends where the next key does."""
        if frame.indent != indent:
            return frame.indent > indent
        return isinstance(frame.content, list) and not is_list

    def _enter(self, line: _Line, *, is_list: bool) -> _Frame:
        if len(self._stack) >= _DEPTH:
            raise ParseError("nested too deeply", f"line {line.number}")
        frame = _Frame(line.indent, [] if is_list else {})
        if self._stack:
            if _child(self._stack[-1]) != "":
                raise ParseError("a collection where a value is", f"line {line.number}")
            _put(self._stack[-1], frame.content)
        self._stack.append(frame)
        return frame

    def _explicit(self, line: _Line) -> None:
        frame = self._stack[-1] if self._stack else None
        if frame is None or frame.indent != line.indent or isinstance(frame.content, list):
            raise ParseError("a value without a key", f"line {line.number}")
        rest = line.text[1:].lstrip()
        if _KEY.match(rest):
            self._take(_Line(line.number, line.indent + len(line.text) - len(rest), rest))
        else:
            self._value(line, rest)

    def _value(self, line: _Line, text: str) -> None:
        text = _PROPERTIES.sub("", text, count=1) if text[:1] in {"&", "!"} else text
        if _BLOCK.fullmatch(text):
            self._skip(self._stack[-1].indent)
            text = "|"
        elif text[:1] in {'"', "'", "[", "{"} and not _CLOSED.fullmatch(text := _bare(text)):
            text = self._whole(text, line)
        _put(self._stack[-1], _scalar(_bare(text)))

    def _plain(self, line: _Line) -> None:
        """A scalar on its own: an item, a value on the line below its key, or another line of one."""
        frame = self._stack[-1] if self._stack else None
        if frame is None:
            raise ParseError("no mapping", f"line {line.number}")
        before = _child(frame)
        if not isinstance(before, str) or line.indent <= frame.indent:
            raise ParseError("neither a key nor an item", f"line {line.number}")
        if before == "":
            self._value(line, line.text)
        else:
            _put(frame, f"{before.rstrip()}\n")  # what goes on over lines is no name and no version

    def _skip(self, indent: int) -> None:
        """A block scalar's lines: those further in than the collection that it is in."""
        while (line := self._next()) and line.indent > indent:
            pass
        self._held = line

    def _whole(self, text: str, line: _Line) -> str:
        """A quoted scalar or flow collection with the lines that it goes on over."""
        parts = [text]
        state = _FlowState()
        while not state.feed(parts[-1]):
            more = self._next()
            if more is None:
                raise ParseError("not closed", f"line {line.number}")
            parts.append(more.text)
        return " ".join(parts)


class _FlowState:
    """Whether quotes and brackets are closed, over several lines."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0

    def feed(self, text: str) -> bool:
        escaped = False
        for character in text:
            if escaped:
                escaped = False
            elif self._quote:
                escaped = character == "\\" and self._quote == '"'
                self._quote = "" if character == self._quote else self._quote
            elif character in "\"'":
                self._quote = character
            elif character in "[{":
                self._depth += 1
            elif character in "]}":
                self._depth -= 1
        return not self._quote and self._depth <= 0


def _lines(text: str) -> Iterator[_Line]:
    for number, raw in enumerate(text.split("\n"), 1):
        stripped = raw.lstrip(" ")
        if not stripped or stripped[0] == "#" or stripped.isspace():
            continue
        if raw.startswith(("---", "...", "%")):
            continue
        yield _Line(number, len(raw) - len(stripped), stripped.rstrip())


def _child(frame: _Frame) -> object:
    content = frame.content
    return content[-1] if isinstance(content, list) else content[frame.key]


def _put(frame: _Frame, value: object) -> None:
    content = frame.content
    if isinstance(content, list):
        content[-1] = value
    else:
        content[frame.key] = value


def _bare(text: str) -> str:
    """Without the comment after it."""
    if " #" not in text and "\t#" not in text:
        return text
    start = 0
    if text[:1] in {'"', "'"}:
        start = text.find(text[0], 1) + 1
    match = _COMMENT.search(text, max(start, 0))
    return text[: match.start()].rstrip() if match else text


def _scalar(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)
