"""A column of text that compares as Python does, on every engine."""

from typing import Any

from sqlalchemy import ColumnElement, Dialect, Text, TypeDecorator, literal, type_coerce

_OUT = {0: "\x01\x01", 1: "\x01\x02"}


class ExactText(TypeDecorator[str]):
    """Text in code point order, case and all, that may hold any character.

    PostgreSQL is told to compare bytes (collation C), as SQLite does: in UTF-8 that is code point order. PostgreSQL refuses
    the character U+0000, so that one and U+0001 are kept as pairs; order and beginnings stay what they were.
    """

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """What values are in Python."""
        return str

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """The type in the engine."""
        return Text(collation="C" if dialect.name == "postgresql" else None)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Python to the engine."""
        del dialect
        return None if value is None else kept(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The engine to Python."""
        del dialect
        return None if value is None else unkept(value)


def kept(text: str) -> str:
    """The text as it is kept."""
    # to look first is ten times as fast, and there is hardly ever anything to do
    return text.translate(_OUT) if "\0" in text or "\1" in text else text


def unkept(text: str) -> str:
    """The way back."""
    return text.replace("\x01\x01", "\0").replace("\x01\x02", "\1")


def can_be_kept(text: str) -> bool:
    """Whether any column can hold the text: half a surrogate pair has no UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def hidden(column: ColumnElement[str]) -> ColumnElement[str]:
    """The same text, which no index has and of which an engine concludes nothing."""
    return type_coerce(column.concat(literal("", Text())), ExactText)
