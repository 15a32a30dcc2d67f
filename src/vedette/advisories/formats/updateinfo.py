"""`updateinfo.xml` of rpm repositories (libsolv and dnf read the same; Fedora's createrepo_c documents it), streamed."""

from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError as XmlError  # noqa: TID251 - the type of what defusedxml gives

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from vedette.errors import ParseError


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One `<package>`: attributes as written; a missing one is empty."""

    name: str
    epoch: str
    version: str
    release: str
    arch: str


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One `<reference>`."""

    kind: str
    id: str
    href: str
    title: str = ""


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """One `<update>`; `kind` is its `type` (`security`, `bugfix`…)."""

    id: str
    title: str
    issued: str
    updated: str
    severity: str
    description: str
    references: tuple[Reference, ...]
    rows: tuple[Row, ...]
    kind: str = ""


def updates(stream: IO[bytes]) -> Iterator[Update]:
    """Every `<update>`, one in memory at a time.

    Raises:
        ParseError: where the XML ends or is broken, or defines entities.
    """
    depth = 0
    root: Element | None = None
    try:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if event == "end" and depth == 1:
                if element.tag == "update":
                    yield _update(element)
                root.clear()
    except (XmlError, DefusedXmlException, ValueError) as error:
        raise ParseError(f"not readable XML: {error}") from error


def _update(element: Element) -> Update:
    return Update(
        kind=element.get("type", ""),
        id=_text(element, "id"),
        title=_text(element, "title"),
        issued=_date(element, "issued"),
        updated=_date(element, "updated"),
        severity=_text(element, "severity"),
        description=_text(element, "description"),
        references=tuple(
            Reference(
                kind=one.get("type", ""),
                id=one.get("id", ""),
                href=one.get("href", ""),
                title=one.get("title", ""),
            )
            for one in element.iterfind("references/reference")
        ),
        rows=tuple(
            Row(
                name=one.get("name", ""),
                epoch=one.get("epoch", ""),
                version=one.get("version", ""),
                release=one.get("release", ""),
                arch=one.get("arch", ""),
            )
            for one in element.iterfind("pkglist/collection/package")
        ),
    )


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _date(element: Element, tag: str) -> str:
    found = element.find(tag)
    return "" if found is None else found.get("date", "")
