"""Records as typed documents: each kind of record is one `msgspec.Struct`, kept as JSON."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

import msgspec

from vedette.app.ports import RecordStore
from vedette.errors import ConflictError, StoreError
from vedette.model.record import Record

_Document = TypeVar("_Document", bound=msgspec.Struct)
_TRIES = 5


class Key(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Which record; what is not of one account or Region has it empty."""

    kind: str
    account: str = ""
    region: str = ""
    id: str = ""


def read(store: RecordStore, key: Key, of: type[_Document]) -> _Document | None:
    """A document, or None where there is none.

    Raises:
        StoreError: where the store fails, or holds something else under this key.
    """
    record = store.record(key.kind, key.account, key.region, key.id)
    return None if record is None else _decoded(record, of)


def documents(
    store: RecordStore,
    kind: str,
    of: type[_Document],
    *,
    account: str | None = None,
    region: str | None = None,
) -> Iterator[tuple[Key, _Document]]:
    """Every document of a kind, of one account and Region where given; by account, Region and id.

    Raises:
        StoreError: as `read`.
    """
    for record in store.records(kind, account=account, region=region):
        yield _key(record), _decoded(record, of)


def keep(
    store: RecordStore,
    key: Key,
    document: msgspec.Struct,
    *,
    now: datetime,
    expected: int | None = None,
) -> None:
    """Keep a document, new or in place of the one that is there.

    Args:
        store: where.
        key: under what.
        document: what.
        now: the time of the change.
        expected: as `RecordStore.put_record` has it.

    Raises:
        ConflictError: where another version is there than was expected.
        StoreError: where the store fails.
    """
    record = Record(
        kind=key.kind,
        account=key.account,
        region=key.region,
        id=key.id,
        value=msgspec.json.encode(document),
        version=0,
        updated_at=now,
    )
    store.put_record(record, expected=expected)


def revise(
    store: RecordStore,
    key: Key,
    default: _Document,
    change: Callable[[_Document], _Document],
    *,
    now: datetime,
) -> _Document:
    """Change a document that others may be changing, and say what it is then.

    Args:
        store: where.
        key: which.
        default: what is changed where there is none.
        change: may be asked more than once; what it raises is let through and nothing is kept.
        now: the time of the change.

    Raises:
        ConflictError: where others were faster, several times in a row.
        StoreError: where the store fails.
    """
    for _ in range(_TRIES):
        record = store.record(key.kind, key.account, key.region, key.id)
        known = default if record is None else _decoded(record, type(default))
        after = change(known)
        if record is not None and after == known:
            return after
        try:
            keep(store, key, after, now=now, expected=0 if record is None else record.version)
        except ConflictError:
            continue
        return after
    raise ConflictError(f"the {key.kind} {key.id} is changed by others all the time")


def remove(store: RecordStore, key: Key) -> bool:
    """Remove a document, and say whether there was one.

    Raises:
        StoreError: where the store fails.
    """
    return store.remove_record(key.kind, key.account, key.region, key.id)


def _key(record: Record) -> Key:
    return Key(kind=record.kind, account=record.account, region=record.region, id=record.id)


def _decoded(record: Record, of: type[_Document]) -> _Document:
    try:
        return msgspec.json.decode(record.value, type=of)
    except msgspec.DecodeError as error:
        raise StoreError(f"the {record.kind} {record.id} cannot be read: {error}") from error
