"""The edition changes with whatever is committed, by whomever, and with nothing else; on both engines."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from vedette.errors import StoreError
from vedette.model.record import Record
from vedette.store.store import SqlStore

_NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def _record(identifier: str) -> Record:
    return Record(
        kind="filter", account="", region="", id=identifier, value=b"{}", version=0, updated_at=_NOW
    )


def test_reading_leaves_the_edition_as_it_is(store: SqlStore) -> None:
    before = store.edition()
    assert store.records("filter") == ()
    assert store.count_active() == 0
    assert store.edition() == before


def test_every_commit_makes_another_edition(url: str) -> None:
    with SqlStore.open(url) as one, SqlStore.open(url) as other:
        seen = [one.edition()]
        one.put_record(_record("a"))
        seen.append(one.edition())
        other.put_record(_record("b"))
        seen.append(one.edition())
        other.remove_record("filter", "", "", "b")
        seen.append(one.edition())
    assert len(set(seen)) == len(seen)


def test_what_is_not_committed_makes_none(url: str) -> None:
    with SqlStore.open(url) as one, SqlStore.open(url) as other:
        other.put_record(_record("a"))
        with one._database.writing() as connection:
            connection.execute(text("DELETE FROM records"))
            pending = other.edition()
            assert [record.id for record in other.records("filter")] == ["a"]
            assert other.edition() == pending
        assert other.edition() != pending
        assert other.records("filter") == ()


def test_editions_of_two_connections_are_never_the_same(url: str) -> None:
    with SqlStore.open(url) as store:
        if not url.startswith("sqlite"):
            pytest.skip("PostgreSQL's snapshots are the same for all connections")
        before = store.edition()
        store._database._editions.close()
        assert store.edition() != before


def test_a_store_that_does_not_answer_is_told(url: str) -> None:
    with SqlStore.open(url) as store:
        if not url.startswith("sqlite"):
            pytest.skip("there is no connection that is kept")
        store.edition()
        kept = store._database._editions._connection
        assert kept is not None
        kept.close()
        with pytest.raises(StoreError, match="the store failed"):
            store.edition()
        assert store.edition()
