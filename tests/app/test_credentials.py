"""Access keys: made once, sealed, bound to what they allow, revoked."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from vedette.app.credentials import (
    KIND,
    Credential,
    Grant,
    Role,
    create_credential,
    list_credentials,
    note_use,
    open_credential,
    revoke_credential,
)
from vedette.app.sealing import Sealer, new_key
from vedette.errors import ConfigError, StoreError
from vedette.model.arn import AccountId
from vedette.model.record import Record
from vedette.store.store import SqlStore

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_GRANT = Grant(role=Role.READER, account=AccountId("111122223333"), accounts=(), name="ann")


@pytest.fixture(scope="module")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    SqlStore.open(f"sqlite:///{path}").close()
    return path.read_bytes()


@pytest.fixture
def store(_migrated: bytes, tmp_path: Path) -> Iterator[SqlStore]:
    path = tmp_path / "store.db"
    path.write_bytes(_migrated)
    with SqlStore.open(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(new_key())


def test_what_was_made_can_be_opened(store: SqlStore, sealer: Sealer) -> None:
    made, secret = create_credential(store, sealer, _GRANT, now=_NOW)
    assert re.fullmatch(r"VDTA[A-Z2-7]{16}", made.access_key)
    assert len(secret) == 40
    assert made == Credential(access_key=made.access_key, grant=_GRANT, made_at=_NOW)
    assert open_credential(store, sealer, made.access_key) == (made, secret)
    assert list_credentials(store) == (made,)
    assert open_credential(store, sealer, "VDTA" + "A" * 16) is None


def test_secrets_are_not_readable_in_the_store(store: SqlStore, sealer: Sealer) -> None:
    made, secret = create_credential(store, sealer, _GRANT, now=_NOW)
    record = store.record(KIND, "", "", made.access_key)
    assert record is not None
    assert secret.encode() not in record.value


def test_two_are_never_the_same(store: SqlStore, sealer: Sealer) -> None:
    made = [create_credential(store, sealer, _GRANT, now=_NOW) for _ in range(20)]
    assert len({one.access_key for one, _ in made}) == len({secret for _, secret in made}) == 20


def test_another_key_opens_nothing(store: SqlStore, sealer: Sealer) -> None:
    made, _ = create_credential(store, sealer, _GRANT, now=_NOW)
    with pytest.raises(ConfigError, match="is it another key"):
        open_credential(store, Sealer(new_key()), made.access_key)


@pytest.mark.parametrize(("before", "after"), [(b"reader", b"admin"), (b"1111", b"9999")])
def test_a_grant_that_was_changed_in_the_store_does_not_open(
    store: SqlStore, sealer: Sealer, before: bytes, after: bytes
) -> None:
    made, _ = create_credential(store, sealer, _GRANT, now=_NOW)
    record = store.record(KIND, "", "", made.access_key)
    assert record is not None
    store.put_record(msgspec.structs.replace(record, value=record.value.replace(before, after)))
    with pytest.raises(ConfigError):
        open_credential(store, sealer, made.access_key)


def test_a_record_that_is_none_is_an_error(store: SqlStore, sealer: Sealer) -> None:
    record = Record(
        kind=KIND, account="", region="", id="X", value=b"{}", version=0, updated_at=_NOW
    )
    store.put_record(record)
    with pytest.raises(StoreError, match="cannot be read"):
        open_credential(store, sealer, "X")


def test_revoked(store: SqlStore, sealer: Sealer) -> None:
    made, _ = create_credential(store, sealer, _GRANT, now=_NOW)
    note_use(store, made.access_key, now=_NOW)
    assert revoke_credential(store, made.access_key)
    assert not revoke_credential(store, made.access_key)
    assert open_credential(store, sealer, made.access_key) is None
    assert list_credentials(store) == ()


def test_use_is_noted_by_the_minute(store: SqlStore, sealer: Sealer) -> None:
    made, _ = create_credential(store, sealer, _GRANT, now=_NOW)
    for seconds, used in ((0, 0), (59, 0), (61, 61)):
        note_use(store, made.access_key, now=_NOW + timedelta(seconds=seconds))
        (one,) = list_credentials(store)
        assert one.used_at == _NOW + timedelta(seconds=used)


def test_a_race_to_note_a_use_is_nothing(tmp_path: Path) -> None:
    class Raced(SqlStore):
        def put_record(self, record: Record, *, expected: int | None = None) -> Record:
            super().put_record(record)
            return super().put_record(record, expected=expected)

    with Raced.open(f"sqlite:///{tmp_path / 'raced.db'}") as store:
        note_use(store, "K", now=_NOW)


@pytest.mark.parametrize("sealed", [b"", b"x" * 11, b"x" * 40])
def test_what_was_not_sealed_does_not_open(sealer: Sealer, sealed: bytes) -> None:
    with pytest.raises(ConfigError):
        sealer.open(sealed, "owner")


def test_every_bit_of_what_was_sealed_counts(sealer: Sealer) -> None:
    sealed = sealer.seal("secret", "owner")
    assert sealer.open(sealed, "owner") == "secret"
    assert sealer.seal("secret", "owner") != sealed
    with pytest.raises(ConfigError):
        sealer.open(sealed, "other")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(ConfigError):
            sealer.open(bytes(changed), "owner")


def test_a_key_has_its_length() -> None:
    with pytest.raises(ConfigError, match="32 bytes, not 3"):
        Sealer(b"abc")
