"""Tokens of pages: opaque, and bound to the operation, the caller's account and everything asked for."""

import base64
import binascii
import hashlib
import json

import msgspec

from vedette.api.call import Call, Input
from vedette.api.errors import ApiError, invalid

_NOT_ASKED = frozenset({"nextToken", "maxResults"})


class _Token(msgspec.Struct, frozen=True, array_like=True):
    question: str
    place: str


def seal(call: Call, asked: Input, place: str) -> str:
    """A token for the page after a place."""
    token = _Token(question=_question(call, asked), place=place)
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(token)).decode().rstrip("=")


def unseal(call: Call, asked: Input) -> str | None:
    """The place that the request's `nextToken` stands for; None where it has none.

    Raises:
        ApiError: a ValidationException, where it is no token or one of another list.
    """
    text = asked.get("nextToken")
    if not text:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        token = msgspec.msgpack.decode(data, type=_Token)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise wrong_token("it is not one of this service") from None
    if token.question != _question(call, asked):
        raise wrong_token("filter parameters changed in the request")
    return token.place


def wrong_token(reason: str) -> ApiError:
    """The refusal of a token, in Inspector's words."""
    return invalid(f"Pagination token exception: {reason}", ("nextToken", reason))


def _question(call: Call, asked: Input) -> str:
    rest = {name: value for name, value in asked.items() if name not in _NOT_ASKED}
    content = json.dumps(
        [call.operation, call.caller.account, call.region, rest], sort_keys=True, default=str
    )
    return hashlib.sha256(content.encode()).hexdigest()[:24]
