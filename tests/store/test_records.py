"""Small documents, on both engines."""

from datetime import UTC, datetime

import msgspec
import pytest

from vedette.errors import ConflictError, StoreError
from vedette.model.record import Record
from vedette.store.store import SqlStore

_NOW = datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC)


def _record(identifier: str = "a", account: str = "111122223333", value: bytes = b"{}") -> Record:
    return Record(
        kind="filter",
        account=account,
        region="eu-west-1",
        id=identifier,
        value=value,
        version=0,
        updated_at=_NOW,
    )


def test_a_record_comes_back_with_its_version(store: SqlStore) -> None:
    kept = store.put_record(_record())
    assert kept == msgspec.structs.replace(_record(), version=1)
    assert store.record("filter", "111122223333", "eu-west-1", "a") == kept
    again = store.put_record(_record(value=b'{"x":1}'), expected=1)
    assert (again.version, again.value) == (2, b'{"x":1}')
    assert store.record("filter", "111122223333", "eu-west-1", "a") == again


def test_who_comes_second_is_told(store: SqlStore) -> None:
    store.put_record(_record(), expected=0)
    for expected in (0, 2):
        with pytest.raises(ConflictError, match="the filter a was changed meanwhile"):
            store.put_record(_record(), expected=expected)


def test_records_are_listed_in_order_page_by_page(store: SqlStore) -> None:
    for account, identifier in (("2", "b"), ("1", "b"), ("1", "a")):
        store.put_record(_record(identifier, account))
    store.put_record(msgspec.structs.replace(_record("z"), kind="other"))

    def places(found: tuple[Record, ...]) -> list[tuple[str, str]]:
        return [(one.account, one.id) for one in found]

    assert places(store.records("filter")) == [("1", "a"), ("1", "b"), ("2", "b")]
    assert places(store.records("filter", account="1", region="eu-west-1")) == [
        ("1", "a"),
        ("1", "b"),
    ]
    assert places(store.records("filter", region="us-east-1")) == []
    assert places(store.records("filter", limit=1)) == [("1", "a")]
    assert places(store.records("filter", after=("1", "eu-west-1", "a"), limit=5)) == [
        ("1", "b"),
        ("2", "b"),
    ]


def test_a_record_is_removed_once(store: SqlStore) -> None:
    store.put_record(_record())
    assert store.remove_record("filter", "111122223333", "eu-west-1", "a")
    assert not store.remove_record("filter", "111122223333", "eu-west-1", "a")
    assert store.record("filter", "111122223333", "eu-west-1", "a") is None


@pytest.mark.parametrize("identifier", ["x" * 3000, "\ud800"], ids=["long", "surrogate"])
def test_a_key_that_cannot_be_kept_is_refused(store: SqlStore, identifier: str) -> None:
    with pytest.raises(StoreError, match="too long, or no text"):
        store.put_record(_record(identifier))
    assert store.record("filter", "1", "eu-west-1", identifier) is None
    assert not store.remove_record("filter", "1", "eu-west-1", identifier)
