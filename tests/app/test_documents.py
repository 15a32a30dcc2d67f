from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from vedette.app.documents import Key, documents, keep, read, remove, revise
from vedette.errors import ConflictError, StoreError
from vedette.model.record import Record
from vedette.store.store import SqlStore

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = Key(kind="count", account="111122223333", region="us-east-1", id="one")


class Count(msgspec.Struct, frozen=True, kw_only=True):
    number: int = 0


def _more(known: Count) -> Count:
    return Count(number=known.number + 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def test_documents_are_kept_by_key(store: SqlStore) -> None:
    assert read(store, KEY, Count) is None
    keep(store, KEY, Count(number=3), now=NOW)
    other = msgspec.structs.replace(KEY, account="222233334444")
    keep(store, other, Count(number=4), now=NOW)
    assert read(store, KEY, Count) == Count(number=3)
    assert list(documents(store, "count", Count)) == [
        (KEY, Count(number=3)),
        (other, Count(number=4)),
    ]
    assert list(documents(store, "count", Count, account=other.account)) == [
        (other, Count(number=4))
    ]
    assert remove(store, KEY)
    assert not remove(store, KEY)


def test_document_is_revised_from_what_is_there(store: SqlStore) -> None:
    assert revise(store, KEY, Count(number=7), _more, now=NOW) == Count(number=8)
    assert revise(store, KEY, Count(), _more, now=NOW) == Count(number=9)
    revise(store, KEY, Count(), lambda known: known, now=NOW)
    record = store.record("count", KEY.account, KEY.region, KEY.id)
    assert record is not None
    assert record.version == 2


def test_who_is_slower_revises_anew(store: SqlStore) -> None:
    raced: list[Count] = []

    def change(known: Count) -> Count:
        if len(raced) < 3:
            raced.append(known)
            keep(store, KEY, Count(number=known.number + 10), now=NOW)
        return _more(known)

    assert revise(store, KEY, Count(), change, now=NOW) == Count(number=31)


def test_who_is_always_slower_gives_up(store: SqlStore) -> None:
    def change(known: Count) -> Count:
        keep(store, KEY, Count(number=known.number + 10), now=NOW)
        return _more(known)

    with pytest.raises(ConflictError, match="changed by others all the time"):
        revise(store, KEY, Count(), change, now=NOW)


def test_what_is_no_such_document_is_an_error_of_the_store(store: SqlStore) -> None:
    store.put_record(
        Record(
            kind=KEY.kind,
            account=KEY.account,
            region=KEY.region,
            id=KEY.id,
            value=b"[]",
            version=0,
            updated_at=NOW,
        )
    )
    with pytest.raises(StoreError, match="the count one cannot be read"):
        read(store, KEY, Count)
