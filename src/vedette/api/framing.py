"""What a request's headers say of where it ends, taken strictly.

Two servers that read these headers differently can be made to see different requests (request smuggling, RFC 9112 section
11.2), so that whatever is unusual is refused. No client of AWS's APIs sends any of it.
"""

import re

from vedette.api.errors import ApiError, Code
from vedette.api.messages import Headers

_DIGITS = re.compile(r"[0-9]{1,15}")


def body_length(headers: Headers, most: int) -> int:
    """The length of the body.

    Args:
        headers: of the request.
        most: bytes that are allowed.

    Raises:
        ApiError: BadRequest where the headers are ambiguous, RequestEntityTooLarge where it is longer.
    """
    lengths = [value for name, value in headers if name == "content-length"]
    hosts = [value for name, value in headers if name == "host"]
    if any(name == "transfer-encoding" for name, _ in headers):
        raise ApiError(Code.BAD_REQUEST, "Transfer-Encoding is not taken; send a Content-Length")
    if len(hosts) != 1 or not hosts[0]:
        raise ApiError(Code.BAD_REQUEST, "there must be one Host")
    if len(lengths) > 1 or not all(map(_DIGITS.fullmatch, lengths)):
        raise ApiError(Code.BAD_REQUEST, "there must be at most one Content-Length, a number")
    length = int(lengths[0]) if lengths else 0
    if length > most:
        raise too_long(length, most)
    return length


def too_long(length: int, most: int) -> ApiError:
    """The refusal of a body that has too many bytes."""
    text = f"the body has {length} bytes; at most {most} are taken"
    return ApiError(Code.REQUEST_TOO_LARGE, text)
