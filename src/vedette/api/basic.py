"""HTTP Basic (RFC 7617): an access key and its secret, for scrapers that cannot sign."""

import base64
import binascii

from vedette.api.errors import ApiError, Code


def credentials(header: str) -> tuple[str, str]:
    """The access key and the secret of an Authorization header.

    Raises:
        ApiError: IncompleteSignature where it is not one.
    """
    try:
        text = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    access_key, colon, secret = text.partition(":")
    if not colon:
        raise ApiError(Code.INCOMPLETE_SIGNATURE, "the Authorization header is not well formed")
    return access_key, secret
