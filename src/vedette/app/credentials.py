"""Who may call the API: access keys with a secret, a role and accounts, kept as records.

Signature Version 4 needs the secret itself, so that it is kept sealed instead of hashed. It is shown once, when it is made.
"""

import secrets
import string
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec

from vedette.app.ports import RecordStore
from vedette.app.sealing import Sealer
from vedette.errors import ConflictError, StoreError
from vedette.model.arn import AccountId
from vedette.model.record import Record

KIND = "credential"
_USE_KIND = "credential-use"
_PREFIX = "VDTA"
_KEY_CHARACTERS = string.ascii_uppercase + "234567"
_KEY_LENGTH = 20
_SECRET_BYTES = 30
_USE_STEP = timedelta(minutes=1)


class Role(StrEnum):
    """What a caller may do: readers call only what changes nothing."""

    ADMIN = "admin"
    READER = "reader"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential allows: to whom, for which account, seeing which accounts (None is all)."""

    role: Role
    account: AccountId
    accounts: tuple[AccountId, ...] | None = None
    name: str = ""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """An access key without its secret. `used_at` is to the minute."""

    access_key: str
    grant: Grant
    made_at: datetime
    used_at: datetime | None = None


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    grant: Grant
    made_at: datetime
    sealed: bytes


class _Use(msgspec.Struct, frozen=True, kw_only=True):
    used_at: datetime


def create_credential(
    store: RecordStore, sealer: Sealer, grant: Grant, *, now: datetime
) -> tuple[Credential, str]:
    """A new access key, and its secret.

    Raises:
        StoreError: where it cannot be kept.
    """
    rest = _KEY_LENGTH - len(_PREFIX)
    access_key = _PREFIX + "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(rest))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    kept = _Kept(grant=grant, made_at=now, sealed=sealer.seal(secret, _owner(access_key, grant)))
    store.put_record(_record(KIND, access_key, kept, now), expected=0)
    return Credential(access_key=access_key, grant=grant, made_at=now), secret


def list_credentials(store: RecordStore) -> tuple[Credential, ...]:
    """All access keys, in order."""
    uses = {record.id: _use(record).used_at for record in store.records(_USE_KIND)}
    return tuple(
        _credential(record.id, _kept(record), uses.get(record.id)) for record in store.records(KIND)
    )


def revoke_credential(store: RecordStore, access_key: str) -> bool:
    """Remove an access key, and say whether there was one."""
    there = store.remove_record(KIND, "", "", access_key)
    store.remove_record(_USE_KIND, "", "", access_key)
    return there


def open_credential(
    store: RecordStore, sealer: Sealer, access_key: str
) -> tuple[Credential, str] | None:
    """An access key and its secret; None where there is no such key.

    Raises:
        ConfigError: where it was sealed with another key.
        StoreError: where it cannot be read.
    """
    record = store.record(KIND, "", "", access_key)
    if record is None:
        return None
    kept = _kept(record)
    return _credential(access_key, kept, None), sealer.open(
        kept.sealed, _owner(access_key, kept.grant)
    )


def note_use(store: RecordStore, access_key: str, *, now: datetime) -> None:
    """Record that a key was used, at most once a minute."""
    record = store.record(_USE_KIND, "", "", access_key)
    if record is not None and now - _use(record).used_at < _USE_STEP:
        return
    expected = 0 if record is None else record.version
    try:
        store.put_record(_record(_USE_KIND, access_key, _Use(used_at=now), now), expected=expected)
    except ConflictError:
        return  # somebody else has just noted it


def _credential(access_key: str, kept: _Kept, used_at: datetime | None) -> Credential:
    return Credential(
        access_key=access_key, grant=kept.grant, made_at=kept.made_at, used_at=used_at
    )


def _record(kind: str, access_key: str, value: _Kept | _Use, now: datetime) -> Record:
    return Record(
        kind=kind,
        account="",
        region="",
        id=access_key,
        value=msgspec.json.encode(value),
        version=0,
        updated_at=now,
    )


def _kept(record: Record) -> _Kept:
    return _decoded(record, _Kept)


def _use(record: Record) -> _Use:
    return _decoded(record, _Use)


def _owner(access_key: str, grant: Grant) -> str:
    """What a secret is bound to: who changes a grant in the store has a key that does not open."""
    return f"{access_key} {msgspec.json.encode(grant).decode()}"


_Value = TypeVar("_Value")


def _decoded(record: Record, kind: type[_Value]) -> _Value:
    try:
        return msgspec.json.decode(record.value, type=kind)
    except msgspec.DecodeError as error:
        raise StoreError(f"the {record.kind} {record.id} cannot be read: {error}") from error
