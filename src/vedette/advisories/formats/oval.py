"""OVAL definitions (https://oval.mitre.org/language/version5.11/), streamed; what is tested is read from the comments.

Publishers put the definitions before the tests, objects and states, and write in each criterion's comment what its test
says (`curl is earlier than 0:8.4.0-2.el9`). So a definition is read when it ends, and the rest of the document is not.
"""

import re
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError as XmlError  # noqa: TID251 - the type of what defusedxml gives

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from vedette.errors import ParseError

_NAMESPACE = re.compile(r"\{[^}]*\}")
_DEPTH_LIMIT = 30
_TERMS_LIMIT = 50_000


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A `<reference>`."""

    source: str
    id: str
    url: str


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """A `<cve>` of the advisory; attributes as written, empty where there are none."""

    id: str
    cvss2: str
    cvss3: str
    cwe: str


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion's comment, and the comments of the criteria that must hold beside it."""

    comment: str
    beside: tuple[str, ...]


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """A `<definition>`; texts are stripped, dates as written.

    `facts` are other elements of the metadata that hold nothing but text (`patchable`, `advisory_date`).
    """

    id: str
    title: str
    description: str
    severity: str
    issued: str
    updated: str
    platforms: tuple[str, ...]
    references: tuple[Reference, ...]
    flaws: tuple[Flaw, ...]
    facts: dict[str, str]
    terms: tuple[Term, ...]


def definitions(stream: IO[bytes]) -> Iterator[Definition | ParseError]:
    """Every definition, one in memory at a time; an error where one cannot be used.

    Raises:
        ParseError: where the XML ends or is broken before the definitions end, or defines entities.
    """
    parent: Element | None = None
    try:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            tag = _tag(element)
            if event == "start":
                parent = element if tag == "definitions" else parent
                continue
            if tag == "definitions":
                return
            if tag == "definition" and parent is not None:
                yield _read(element)
                parent.clear()
    except (XmlError, DefusedXmlException, ValueError) as error:
        raise ParseError(f"not readable XML: {error}") from error
    raise ParseError("no OVAL definitions")


def _tag(element: Element) -> str:
    return _NAMESPACE.sub("", element.tag)


def _read(element: Element) -> Definition | ParseError:
    identifier = element.get("id", "")
    metadata = next((child for child in element if _tag(child) == "metadata"), None)
    if not identifier or metadata is None:
        return ParseError("a definition without an id or metadata").within(
            identifier or "definition"
        )
    try:
        terms = tuple(_terms(element, (), 0))
    except ParseError as error:
        return error.within(identifier)
    inner = list(metadata.iter())
    return Definition(
        id=identifier,
        title=_text(inner, "title"),
        description=_text(inner, "description"),
        severity=_text(inner, "severity"),
        issued=_date(inner, "issued"),
        updated=_date(inner, "updated"),
        platforms=tuple(_own(one) for one in inner if _tag(one) == "platform"),
        references=tuple(_references(inner)),
        flaws=tuple(_flaws(inner)),
        facts={_tag(one): _own(one) for one in metadata if not len(one) and _own(one)},
        terms=terms,
    )


def _terms(element: Element, beside: tuple[str, ...], depth: int) -> Iterator[Term]:
    """The criteria's comments; in an `AND` each holds beside the others, in an `OR` alone."""
    if depth > _DEPTH_LIMIT:
        raise ParseError(f"criteria more than {_DEPTH_LIMIT} deep")
    for group in element:
        if _tag(group) != "criteria":
            continue
        comments = tuple(one.get("comment", "") for one in group if _tag(one) == "criterion")
        if len(comments) > _TERMS_LIMIT:
            raise ParseError(f"more than {_TERMS_LIMIT} criteria")
        together = group.get("operator", "AND") == "AND"
        for comment in comments:
            yield Term(comment=comment, beside=(*beside, *comments) if together else beside)
        yield from _terms(group, (*beside, *comments) if together else beside, depth + 1)


def _references(inner: list[Element]) -> Iterator[Reference]:
    for one in inner:
        if _tag(one) == "reference":
            yield Reference(
                source=one.get("source", ""),
                id=one.get("ref_id", "").strip(),
                url=one.get("ref_url", ""),
            )


def _flaws(inner: list[Element]) -> Iterator[Flaw]:
    for one in inner:
        if _tag(one) == "cve":
            yield Flaw(
                id=_own(one),
                cvss2=one.get("cvss2", ""),
                cvss3=one.get("cvss3", ""),
                cwe=one.get("cwe", ""),
            )


def _own(element: Element) -> str:
    return (element.text or "").strip()


def _text(inner: list[Element], tag: str) -> str:
    return next((_own(one) for one in inner if _tag(one) == tag), "")


def _date(inner: list[Element], tag: str) -> str:
    return next((one.get("date", "") for one in inner if _tag(one) == tag), "")
