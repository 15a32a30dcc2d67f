"""Places in a list of findings: opaque, and bound to the filter and the order that they were made for."""

import base64
import binascii
import hashlib
import json
import math

import msgspec

from vedette.errors import ConfigError
from vedette.findings.query import Sort
from vedette.model.filter import Filter
from vedette.store.columns import can_be_kept

Value = float | int | str | None
"""What a finding is sorted by, as its column holds it."""

_LARGEST = 1 << 63


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last finding of a page: the list it belongs to, its value in the order, its number."""

    question: str
    value: float | int | str | None
    number: int


def question_of(condition: Filter | None, sort: Sort) -> str:
    """The name of a list: 16 hex digits."""
    # not msgspec's JSON: a filter may hold text that has no UTF-8
    content = json.dumps(msgspec.to_builtins([condition, sort]), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def token(place: Place) -> str:
    """A place as text for callers."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def place_of(text: str, question: str, kind: type) -> Place:
    """The way back.

    Args:
        text: the token.
        question: the list that is asked for.
        kind: of the values in its order: str, int or float.

    Raises:
        ConfigError: where the text is no token, or one of another list.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        place = msgspec.msgpack.decode(base64.b64decode(padded, b"-_", validate=True), type=Place)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise ConfigError("not a token of this list") from error
    if place.question != question:
        raise ConfigError("the token belongs to a list with another filter or order")
    if not _is_value(place.value, kind) or not _is_value(place.number, int):
        raise ConfigError("not a token of this list")
    return place


def _is_value(value: Value, kind: type) -> bool:
    match value:
        case None:
            return True
        case str():
            return kind is str and can_be_kept(value)
        case int():
            return kind is int and -_LARGEST <= value < _LARGEST
        case float():  # pragma: no branch
            return kind is float and not math.isnan(value)
