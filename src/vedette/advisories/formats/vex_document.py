"""What every VEX format gives: statements, and the parts that were left out."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import msgspec

from vedette.advisories.formats.times import parse_time
from vedette.errors import ParseError
from vedette.model.vex import VexStatement

MOST_STATEMENTS = 200_000
"""More in one document are refused: nobody has written so many."""

_Word = TypeVar("_Word", bound=StrEnum)


class VexDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Statements in the document's order; `problems` are parts that could not be used, and why."""

    statements: tuple[VexStatement, ...]
    problems: tuple[str, ...] = ()


def collected(statements: Iterable[VexStatement], problems: list[str]) -> VexDocument:
    """The document; statements about no product are left out as a problem.

    Raises:
        ParseError: where there are more than MOST_STATEMENTS.
    """
    kept: list[VexStatement] = []
    for place, one in enumerate(statements):
        if place >= MOST_STATEMENTS:
            raise ParseError(f"more than {MOST_STATEMENTS} statements")
        if one.products:
            kept.append(one)
        else:
            problems.append(f"{one.vulnerability}: {one.status.value} of no product")
    return VexDocument(statements=tuple(kept), problems=tuple(problems))


def time_of(text: str | None, problems: list[str]) -> datetime | None:
    """The moment; one that cannot be read is a problem and counts as none."""
    if not text:
        return None
    try:
        return parse_time(text)
    except ParseError as error:
        problems.append(str(error))
        return None


def word_of(text: str | None, words: type[_Word], problems: list[str]) -> _Word | None:
    """A word of a closed list; any other is a problem and counts as none."""
    if text is None:
        return None
    try:
        return words(text)
    except ValueError:
        problems.append(f"not a {words.__name__}: {text[:80]!r}")
        return None
