"""XML without a document type, entities or anything fetched."""

from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError

_DEPTH = 256


class Element(msgspec.Struct):
    """An element with its local name; `text` is what stands before its first child."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = []


def read_xml(data: bytes) -> Element:
    """The root.

    Raises:
        ParseError: where it is no XML, has a document type, or is nested too deeply.
    """
    # defusedxml loads two ElementTrees, which takes as long as a usual file of Maven's; what it forbids is forbidden here
    from xml.parsers import expat  # noqa: PLC0415 - few files need it; no document type, so no entities

    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the last piece; its name is none
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise ParseError(f"not XML: {error}") from error
    if builder.root is None:
        raise ParseError("not XML: no element")
    return builder.root


def _refuse(*_declared: object) -> None:
    """Entities, external ones too, can be declared only in a document type."""
    raise ParseError("not XML: it has a document type")


class _Builder:
    """What the parser tells: elements in the order of their tags."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEPTH:
            raise ParseError("nested too deeply")
        self._flush()
        element = Element(tag.rpartition("}")[2], attributes, "", [])
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def end(self, _tag: str) -> None:
        self._flush()
        self._open.pop()

    def data(self, text: str) -> None:
        self._text.append(text)

    def _flush(self) -> None:
        if self._open and not self._open[-1].children:
            self._open[-1].text = "".join(self._text)
        self._text.clear()


def child(element: Element | None, tag: str) -> Element | None:
    """The first child of a tag."""
    return next(children(element, tag), None)


def children(element: Element | None, tag: str) -> Iterator[Element]:
    """The children of a tag; none of no element."""
    return (one for one in element.children if one.tag == tag) if element else iter(())


def text_of(element: Element | None, tag: str) -> str:
    """The stripped text of the first child of a tag; empty where there is none."""
    found = child(element, tag)
    return found.text.strip() if found else ""
