"""distro-info-data: the releases of Debian and Ubuntu (https://debian.pages.debian.net/distro-info-data/)."""

import csv
import re
from collections.abc import Iterator
from datetime import date

from vedette.advisories.formats.times import parse_date
from vedette.errors import ParseError
from vedette.model.advisory import EndOfLife

SOURCE = "distro-info"
_WANTED = frozenset({"version", "release", "eol"})
_VERSION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?: LTS)?")
_EXTENDED = ("eol-lts", "eol-elts", "eol-esm")
"""Debian's LTS and ELTS, Ubuntu's ESM: the last of them counts. Ubuntu's legacy support is a service of its own."""


def read_releases(product: str, text: str) -> Iterator[EndOfLife | ParseError]:
    """The rows of `debian.csv` or `ubuntu.csv`; releases without a number (sid) are left out.

    Raises:
        ParseError: where it is no such table.
    """
    table = csv.DictReader(text.splitlines(), strict=True)
    if not set(table.fieldnames or ()) >= _WANTED:
        raise ParseError("not a table with version, release and eol")
    try:
        for row in table:
            version = _VERSION.fullmatch(row["version"] or "")
            if version is None:
                continue
            try:
                yield _release(product, version[1], row)
            except ParseError as error:
                yield error.within(f"line {table.line_num}")
    except csv.Error as error:
        raise ParseError(f"not a readable table: {error}") from error


def _release(product: str, version: str, row: dict[str, str | None]) -> EndOfLife:
    extended = [day for name in _EXTENDED if (day := _day(row.get(name)))]
    return EndOfLife(
        product=product,
        cycle=version,
        source=SOURCE,
        released_on=_day(row["release"]),
        eol_on=_day(row["eol"]),
        extended_until=max(extended, default=None),
    )


def _day(text: str | None) -> date | None:
    return parse_date(text) if text else None
