"""Signatures of requests that have changed something, kept in the store: no other server and no later start takes one again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from vedette.app.ports import RecordStore
from vedette.errors import ConflictError, StoreError
from vedette.model.record import Record

KIND = "used-signature"


class _Used(msgspec.Struct, frozen=True, kw_only=True):
    until: datetime


class UsedSignatures:
    """Implements `vedette.api.replays.Shared`.

    Args:
        store: of all servers that are one to their clients.
    """

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    def alive(self, now: datetime) -> Iterator[tuple[datetime, str]]:
        """Those that could still be used, with their last moments; the others are removed.

        Raises:
            StoreError: where the store fails.
        """
        for record in self._store.records(KIND):
            until = _until(record)
            if until < now:
                self.forget(record.id)
            else:
                yield until, record.id

    def note(self, signature: str, until: datetime, now: datetime) -> bool:
        """Keep a signature, and say whether it was not there.

        Raises:
            StoreError: where the store fails.
        """
        record = Record(
            kind=KIND,
            account="",
            region="",
            id=signature,
            value=msgspec.json.encode(_Used(until=until.astimezone(UTC))),
            version=0,
            updated_at=now,
        )
        try:
            self._store.put_record(record, expected=0)
        except ConflictError:
            return False
        return True

    def forget(self, signature: str) -> None:
        """Remove one that cannot be used any more.

        Raises:
            StoreError: where the store fails.
        """
        self._store.remove_record(KIND, "", "", signature)


def _until(record: Record) -> datetime:
    try:
        return msgspec.json.decode(record.value, type=_Used).until
    except msgspec.DecodeError as error:
        raise StoreError(f"a used signature cannot be read: {error}") from error
