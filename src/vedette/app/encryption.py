"""The keys with which an account wants its code snippets encrypted."""

from datetime import datetime

import msgspec

from vedette.app.documents import Key, keep, read, remove
from vedette.app.ports import RecordStore

_KIND = "encryption-key"


class EncryptionKey(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's KMS key."""

    arn: str


class Snippets(msgspec.Struct, frozen=True, kw_only=True):
    """Which snippets: of an account in a Region, of one scan type and resource type."""

    account: str
    region: str
    scan_type: str
    resource_type: str

    @property
    def key(self) -> Key:
        """The record's."""
        return Key(
            kind=_KIND,
            account=self.account,
            region=self.region,
            id=f"{self.scan_type}/{self.resource_type}",
        )


def key_of(store: RecordStore, of: Snippets) -> str | None:
    """The key's ARN; None where none was set.

    Raises:
        StoreError: where the store fails.
    """
    found = read(store, of.key, EncryptionKey)
    return None if found is None else found.arn


def set_key(store: RecordStore, of: Snippets, arn: str, *, now: datetime) -> None:
    """Set the key.

    Raises:
        StoreError: where the store fails.
    """
    keep(store, of.key, EncryptionKey(arn=arn), now=now)


def reset_key(store: RecordStore, of: Snippets) -> bool:
    """Forget the key, and say whether there was one.

    Raises:
        StoreError: where the store fails.
    """
    return remove(store, of.key)
