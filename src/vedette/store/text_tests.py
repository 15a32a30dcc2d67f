"""Comparing texts in SQL: exactly, and by their indexed beginnings, so that an index narrows what is compared."""

from collections.abc import Callable

import msgspec
from sqlalchemy import ColumnElement, Text, and_, false, func, literal, or_, true

from vedette.model.filter import TextOperator, TextTest
from vedette.store.columns import ExactText, can_be_kept, hidden, kept
from vedette.store.schema import HEAD, head

_LAST = "\U0010ffff"
_FIRST_SURROGATE = 0xD800
_AFTER_SURROGATES = 0xE000


class Start(msgspec.Struct, frozen=True):
    """The indexed beginning of a text, and what it is for a text."""

    column: ColumnElement[str]
    of: Callable[[str], str]


def compared(
    column: ColumnElement[str], test: TextTest, start: Start | None = None
) -> ColumnElement[bool]:
    """A text passes a test; `start` is its indexed beginning, where it is not indexed whole."""
    if not can_be_kept(test.value):
        return true() if test.operator is TextOperator.NOT_EQUALS else false()
    there = column.is_not(None)
    match test.operator:
        case TextOperator.EQUALS:
            if start is None:
                return and_(there, column == test.value)
            # hidden: SQLite would put the text in the place of the column whose beginning is indexed, and need no index
            return and_(
                there, start.column == raw(start.of(test.value)), hidden(column) == test.value
            )
        case TextOperator.NOT_EQUALS:
            return or_(~there, column != test.value)
        case TextOperator.PREFIX:  # pragma: no branch
            return and_(there, _begins(column, test.value, start))


def _begins(column: ColumnElement[str], text: str, start: Start | None) -> ColumnElement[bool]:
    """Begins with a text; LIKE ignores case on SQLite. What is indexed is bounded from both sides."""
    beginning = func.substr(column, 1, len(kept(text)), type_=ExactText)
    indexed = column if start is None else start.column
    bound = kept(text)[:HEAD] if start is None else start.of(text)
    beyond = _beyond(bound)
    bounds = [] if beyond is None else [indexed < raw(beyond)]
    return and_(indexed >= raw(bound), *bounds, beginning == text)


def _beyond(text: str) -> str | None:
    """The first text, in code point order, that comes after all that begin so; None where there is none."""
    rest = text.rstrip(_LAST)
    if not rest:
        return None
    following = ord(rest[-1]) + 1
    return rest[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)


def raw(text: str) -> ColumnElement[str]:
    """A text as the engine has it."""
    return literal(text, Text())


def computed(column: ColumnElement[str]) -> Start:
    """The beginning as the engine takes it."""
    return Start(head(column), lambda text: kept(text)[:HEAD])


def stored(column: ColumnElement[str]) -> Start:
    """The beginning in a column of its own."""
    return Start(column, lambda text: kept(text[:HEAD]))
