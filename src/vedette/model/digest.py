"""Content digests as OCI writes them: `sha256:<64 hex>` (OCI image spec, descriptor.md)."""

import re
from typing import NewType

from vedette.errors import ParseError

Digest = NewType("Digest", str)
"""For example `sha256:e3b0…`; made only by `parse_digest` and `digest_of`."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def parse_digest(text: str) -> Digest:
    """Check a digest.

    Raises:
        ParseError: where the text is neither a sha256 nor a sha512 digest.
    """
    if not _DIGEST.fullmatch(text):
        raise ParseError(f"not a digest: {text[:80]!r}")
    return Digest(text)


def digest_of(data: bytes) -> Digest:
    """The sha256 digest of some bytes."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, and most scans need no digest

    return Digest("sha256:" + hashlib.sha256(data).hexdigest())
