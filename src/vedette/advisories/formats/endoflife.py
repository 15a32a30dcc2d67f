"""endoflife.date: its API (https://endoflife.date/docs/api/v1/), and its products' files (the YAML head of Markdown).

Of the files only the list `releases` is read: entries of one line each for a key and a plain value, which is all the YAML it has.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

import msgspec

from vedette.advisories.formats.times import parse_date
from vedette.errors import ParseError
from vedette.model.advisory import EndOfLife

SOURCE = "endoflife.date"
_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]*")
_ENTRY = re.compile(r"(?P<dash>\s*-\s+|\s+)(?P<key>[A-Za-z]+):\s*(?P<value>.*)")
_QUOTED = re.compile(r"""(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?""")
_WANTED = frozenset({"releaseCycle", "releaseDate", "eoas", "eol", "eoes", "latest"})
_RELEASES_LIMIT = 2000
_LINES_LIMIT = 50_000


class _Latest(msgspec.Struct):
    name: str = ""


class _Release(msgspec.Struct, rename="camel"):
    name: str
    release_date: str | None = None
    eoas_from: str | None = None
    eol_from: str | None = None
    eoes_from: str | None = None
    is_eol: bool | None = None
    latest: _Latest | None = None


class _Product(msgspec.Struct):
    name: str
    releases: list[msgspec.Raw] = []


class _Products(msgspec.Struct):
    result: list[msgspec.Raw]


def read_products(data: bytes) -> Iterator[EndOfLife | ParseError]:
    """The answer of `/api/v1/products/full`.

    Raises:
        ParseError: where it is no such answer.
    """
    for position, raw in enumerate(_decoded(data, _Products).result):
        try:
            product = _decoded(raw, _Product)
        except ParseError as error:
            yield error.within(f"result[{position}]")
            continue
        for release in product.releases[:_RELEASES_LIMIT]:
            try:
                yield _of_api(product.name, _decoded(release, _Release))
            except ParseError as error:
                yield error.within(product.name[:80])


def _decoded(data: Any, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not endoflife.date's: {error}") from error


def _of_api(product: str, release: _Release) -> EndOfLife:
    ends = release.eol_from
    return EndOfLife(
        product=_named(product),
        cycle=_named(release.name),
        source=SOURCE,
        released_on=_day(release.release_date),
        support_ends_on=_day(release.eoas_from),
        eol_on=_day(ends),
        extended_until=_day(release.eoes_from),
        ended=release.is_eol if ends is None else None,
        latest=(release.latest.name or None) if release.latest else None,
    )


def read_product(product: str, text: str) -> Iterator[EndOfLife | ParseError]:
    """The releases of `products/PRODUCT.md`."""
    for number, entry in enumerate(islice(_entries(text), _RELEASES_LIMIT)):
        try:
            yield _of_file(product, entry)
        except ParseError as error:
            yield error.within(f"releases[{number}]")


def _of_file(product: str, entry: dict[str, str]) -> EndOfLife:
    ends = entry.get("eol")
    return EndOfLife(
        product=_named(product),
        cycle=_named(entry.get("releaseCycle", "")),
        source=SOURCE,
        released_on=_day(entry.get("releaseDate")),
        support_ends_on=_day(entry.get("eoas")),
        eol_on=_day(ends),
        extended_until=_day(entry.get("eoes")),
        ended={"true": True, "false": False}.get(ends or ""),
        latest=entry.get("latest") or None,
    )


def _entries(text: str) -> Iterator[dict[str, str]]:
    """The entries of the list `releases`; keys of deeper levels are not the entry's own."""
    entry: dict[str, str] = {}
    indent = 0
    for match in filter(None, map(_ENTRY.fullmatch, _lines(text))):
        if "-" in match["dash"]:
            if entry:
                yield entry
            entry, indent = {}, len(match["dash"])
        if match["key"] in _WANTED and len(match["dash"]) == indent:
            entry[match["key"]] = _value(match["value"])
    if entry:
        yield entry


def _lines(text: str) -> Iterator[str]:
    """The lines after `releases:`, up to the next key or the head's end."""
    inside = False
    for line in text.splitlines()[:_LINES_LIMIT]:
        if inside and (line.startswith("---") or re.match(r"[^\s#-]", line)):
            return
        if inside:
            yield line
        inside = inside or line.rstrip() == "releases:"


def _value(text: str) -> str:
    if match := _QUOTED.fullmatch(text):
        return match[1] if match[1] is not None else match[2]
    return text.partition(" #")[0].strip()


def _named(text: str) -> str:
    if not text or len(text) > 100:  # noqa: PLR2004 - the longest is under 40
        raise ParseError(f"not a name: {text[:40]!r}")
    return text


def _day(text: str | None) -> date | None:
    """A date; `true`, `false` and nothing are none."""
    return None if not text or text in {"true", "false", "null"} else parse_date(text)
