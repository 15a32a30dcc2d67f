"""Places in a list of findings: opaque, and bound to the filter and the order that they were made for."""

import base64
import binascii
import hashlib

import msgspec

from vedette.errors import ConfigError
from vedette.findings.query import Sort
from vedette.model.filter import Filter


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last finding of a page: the list it belongs to, its value in the order, its id."""

    question: str
    value: float | int | None
    identifier: str


def question_of(condition: Filter | None, sort: Sort) -> str:
    """The name of a list: 16 hex digits."""
    content = msgspec.json.encode([condition, sort], order="sorted")
    return hashlib.sha256(content).hexdigest()[:16]


def token(place: Place) -> str:
    """A place as text for callers."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def place_of(text: str, question: str) -> Place:
    """The way back.

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
    return place
