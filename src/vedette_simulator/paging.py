"""Pages of a list, with tokens that say where they go on."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from vedette_simulator.errors import AwsError

Item = TypeVar("Item")


def page(
    items: Sequence[Item],
    token: str | None,
    size: int,
    *,
    code: str = "InvalidNextToken",
) -> tuple[list[Item], str | None]:
    """One page and the token of the next one.

    Raises:
        AwsError: with code `code`, where the token is not one of these.
    """
    start = _position(token, code) if token else 0
    if not 0 <= start <= len(items):
        raise AwsError(code, "The specified token is not valid.")
    end = start + size
    following = (
        base64.urlsafe_b64encode(f"at:{end}".encode()).decode() if end < len(items) else None
    )
    return list(items[start:end]), following


def _position(token: str, code: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
        return int(text.removeprefix("at:"))
    except (binascii.Error, ValueError, UnicodeError) as error:
        raise AwsError(code, "The specified token is not valid.") from error
