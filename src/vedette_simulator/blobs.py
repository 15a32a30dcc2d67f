"""Content by its digest: image layers and configs, function code, layer zips."""

import hashlib


class Blobs:
    """Bytes kept in memory under `sha256:…`."""

    def __init__(self) -> None:
        self._by_digest: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep bytes and say their digest."""
        digest = digest_of(data)
        self._by_digest[digest] = data
        return digest

    def get(self, digest: str) -> bytes | None:
        """The bytes, or None where nothing has this digest."""
        return self._by_digest.get(digest)

    def url(self, endpoint: str, digest: str) -> str:
        """Where the bytes can be fetched, without credentials as with AWS's presigned URLs."""
        return f"{endpoint}/simulator/blobs/{digest}"


def digest_of(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
