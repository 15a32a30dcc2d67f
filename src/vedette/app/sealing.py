"""Secrets sealed for keeping: AES-GCM with a random nonce, bound to what they are of."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vedette.errors import ConfigError

KEY_LENGTH = 32
"""Bytes."""

_NONCE_LENGTH = 12


def new_key() -> bytes:
    """A key to seal with."""
    return AESGCM.generate_key(KEY_LENGTH * 8)


class Sealer:
    """Seals and opens texts with one key.

    Args:
        key: of `KEY_LENGTH` bytes.

    Raises:
        ConfigError: where it is not.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_LENGTH:
            raise ConfigError(f"the key must be of {KEY_LENGTH} bytes, not {len(key)}")
        self._cipher = AESGCM(key)

    def seal(self, text: str, owner: str) -> bytes:
        """A text, sealed; it is opened only with the same owner."""
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        return nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())

    def open(self, sealed: bytes, owner: str) -> str:
        """The text.

        Raises:
            ConfigError: where it was sealed with another key, or is somebody else's.
        """
        nonce, content = sealed[:_NONCE_LENGTH], sealed[_NONCE_LENGTH:]
        try:
            return self._cipher.decrypt(nonce, content, owner.encode()).decode()
        except (InvalidTag, ValueError):
            raise ConfigError(
                f"what was sealed for {owner} does not open: is it another key?"
            ) from None
