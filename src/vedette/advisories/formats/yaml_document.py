"""YAML documents as texts: https://yaml.org/spec/1.2.2/, read by libyaml through PyYAML.

Scalars stay the texts that they are written as (`1.10` is no number), a plain `~`, `null` or nothing is an empty one. Nothing is
built from tags; what an alias repeats is refused, so that a document cannot grow.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import yaml

from vedette.errors import ParseError

Yaml = str | list["Yaml"] | dict[str, "Yaml"]
"""A scalar's text, a sequence or a mapping."""

_NONE = frozenset({"", "~", "null", "Null", "NULL"})
_DEPTH = 32


def read_yaml(data: bytes) -> dict[str, Yaml]:
    """The mapping that a document is.

    Raises:
        ParseError: it is not UTF-8 or not YAML, is no mapping, has an alias, a key twice or is nested too deeply.
    """
    try:
        found = _read(data.decode())
    except UnicodeDecodeError as error:
        raise ParseError(f"not UTF-8: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        raise ParseError(f"not YAML: {error.problem}", _place(error.problem_mark)) from error
    except yaml.YAMLError as error:
        raise ParseError(f"not YAML: {str(error)[:200]}") from error
    if not isinstance(found, dict):
        raise ParseError("not a mapping")
    return found


def text(found: dict[str, Yaml], key: str) -> str:
    """The text of a key, empty where there is none.

    Raises:
        ParseError: it has another value than a text.
    """
    value = found.get(key, "")
    if not isinstance(value, str):
        raise ParseError("not a text", key)
    return value.strip()


def texts(found: dict[str, Yaml], key: str) -> tuple[str, ...]:
    """The texts of a list, none where there is no value.

    Raises:
        ParseError: it has another value than a list of texts.
    """
    value = found.get(key, "") or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ParseError("not a list of texts", key)
    return tuple(str(one) for one in value)


def _read(document: str) -> Yaml:
    """Built from events: composing calls itself for what is nested, without a bound."""
    events = yaml.parse(document, yaml.CSafeLoader)
    for event in events:
        if not isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            return "" if isinstance(event, yaml.StreamEndEvent) else _value(event, events, 0)
    return ""


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Yaml:
    if depth > _DEPTH:
        raise ParseError(f"nested more than {_DEPTH} deep", _place(event.start_mark))
    match event:
        case yaml.ScalarEvent():
            return "" if event.implicit[0] and event.value in _NONE else str(event.value)
        case yaml.SequenceStartEvent():
            return [_value(one, events, depth + 1) for one in _until(events, yaml.SequenceEndEvent)]
        case yaml.MappingStartEvent():
            return _mapping(events, depth)
        case _:
            raise ParseError("an alias", _place(event.start_mark))


def _mapping(events: Iterator[yaml.Event], depth: int) -> dict[str, Yaml]:
    found: dict[str, Yaml] = {}
    for key in _until(events, yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent):
            raise ParseError("a key that is no text", _place(key.start_mark))
        if key.value in found:
            raise ParseError(f"{key.value[:80]} comes twice", _place(key.start_mark))
        found[key.value] = _value(next(events), events, depth + 1)
    return found


def _until(events: Iterator[yaml.Event], end: type[yaml.Event]) -> Iterator[yaml.Event]:
    return itertools.takewhile(lambda event: not isinstance(event, end), events)


def _place(mark: Any) -> str | None:
    return f"line {mark.line + 1}" if mark else None
