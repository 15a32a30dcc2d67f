"""What a database that is given away says of itself, and who vouches for it.

A release is a small JSON document that names the database's file by its SHA-256; a signature is Ed25519 (RFC 8032) over the document's
bytes, so that it vouches for everything that the document names.
"""

import base64
import binascii
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from vedette.errors import ConfigError, StoreError

LARGEST_DOCUMENT = 64 << 10
SCHEMA = "vedette-database/1"
_LARGEST_KEY = 16 << 10


class File(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes: hex SHA-256 and how many."""

    sha256: str
    size: int


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One database.

    Args:
        schema: `SCHEMA`.
        digest: the database's own, which findings carry.
        format: of its file; another one is not read.
        built_at: the moment that its records speak of.
        file: the database.
        packed: the same compressed with zstd, which is what is kept.
    """

    schema: str
    digest: str
    format: int
    built_at: datetime
    file: File
    packed: File


class SignedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release's document as it is kept, and the signature in Base64; empty where nobody signed."""

    document: bytes
    signature: str = ""


def signed(release: Release, key: Ed25519PrivateKey | None) -> SignedRelease:
    """The document, signed where there is a key."""
    document = msgspec.json.encode(release, order="sorted")
    if key is None:
        return SignedRelease(document=document)
    signature = base64.b64encode(key.sign(document)).decode()
    return SignedRelease(document=document, signature=signature)


def release_of(found: SignedRelease, trusted: Ed25519PublicKey | None) -> Release:
    """What the document says, once it is known whose it is.

    Args:
        found: what is kept.
        trusted: whose signature it must have; None asks for none.

    Raises:
        StoreError: it is not signed by that key, or is no release's document.
    """
    if trusted is not None:
        _check(found, trusted)
    try:
        release = msgspec.json.decode(found.document, type=Release)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"not a release of an advisory database: {error}") from error
    if release.schema != SCHEMA:
        raise StoreError(f"a release of another kind: {release.schema[:80]!r}")
    return release


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs, from a PEM file without a passphrase (PKCS #8).

    Raises:
        ConfigError: it cannot be read, or is no Ed25519 key.
    """
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path}: not a private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path}: not an Ed25519 key")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The key that is trusted, from a PEM file.

    Raises:
        ConfigError: it cannot be read, or is no Ed25519 key.
    """
    try:
        key = load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path}: not a public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(f"{path}: not an Ed25519 key")
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _check(found: SignedRelease, trusted: Ed25519PublicKey) -> None:
    if not found.signature:
        raise StoreError("the release is not signed, and a key is configured")
    try:
        trusted.verify(base64.b64decode(found.signature, validate=True), found.document)
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise StoreError("the release is not signed by the key that is configured") from error
