"""No server that shares a store, and no later start of one, takes a change again that another has made."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.doors import Watched
from tests.api.signing import signed
from vedette.api.errors import ApiError
from vedette.api.replays import Replays
from vedette.api.sigv4 import SKEW, Signature
from vedette.app.used_signatures import KIND, UsedSignatures
from vedette.errors import StoreError
from vedette.model.record import Record
from vedette.store.store import SqlStore

_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _signature(name: str, time: datetime = _NOW, expires: timedelta | None = None) -> Signature:
    return Signature(
        access_key="VDTAEXAMPLEEXAMPLE22",
        day="20261124",
        region="us-east-1",
        service="inspector2",
        signed_headers=("host",),
        signature=name * 64,
        time=time,
        expires=expires,
    )


def _kept(store: SqlStore) -> list[str]:
    return [record.id[0] for record in store.records(KIND)]


def test_two_servers_take_a_change_once(store: SqlStore) -> None:
    change = signed("POST", "/enable", body=b'{"resourceTypes": ["EC2"]}')
    one, other = (Watched(store, replays=Replays(UsedSignatures(store))) for _ in range(2))
    # both have looked at what is known before either is asked
    for number, watched in enumerate((one, other)):
        body = b'{"resourceTypes": ["ECR"]}' + b" " * number
        assert watched.code(signed("POST", "/enable", body=body)) == "ok"
    assert one.code(change) == "ok"
    assert other.code(change) == "ThrottlingException"
    assert other.code(change) == "ThrottlingException"


def test_a_later_start_knows_what_was_used(store: SqlStore) -> None:
    change = signed("POST", "/enable", body=b'{"resourceTypes": ["EC2"]}')
    assert Watched(store, replays=Replays(UsedSignatures(store))).code(change) == "ok"
    later = Watched(store, replays=Replays(UsedSignatures(store)))
    assert later.code(change) == "ThrottlingException"


def test_what_cannot_be_used_any_more_is_removed(store: SqlStore) -> None:
    replays = Replays(UsedSignatures(store))
    replays.check(_signature("a"), _NOW)
    replays.check(_signature("b", expires=timedelta(days=7)), _NOW)
    assert _kept(store) == ["a", "b"]
    later = _NOW + SKEW + timedelta(seconds=1)
    replays.check(_signature("c", later), later)
    assert _kept(store) == ["b", "c"]
    # what a server that has ended left behind goes as well
    much_later = later + timedelta(days=1)
    Replays(UsedSignatures(store)).check(_signature("d", much_later), much_later)
    assert _kept(store) == ["b", "d"]


def test_others_are_not_removed_before_their_time(store: SqlStore) -> None:
    first = Replays(UsedSignatures(store))
    first.check(_signature("a"), _NOW)
    second = Replays(UsedSignatures(store))
    at_the_end = _NOW + SKEW
    for name in "ba":
        moment = _signature(name)
        if name == "a":
            with pytest.raises(ApiError, match="was used before"):
                second.check(moment, at_the_end)
        else:
            second.check(moment, at_the_end)
    assert _kept(store) == ["a", "b"]


def test_a_signature_that_cannot_be_read_is_an_error_of_the_store(store: SqlStore) -> None:
    record = Record(
        kind=KIND, account="", region="", id="x", value=b"[]", version=0, updated_at=_NOW
    )
    store.put_record(record)
    with pytest.raises(StoreError, match="a used signature cannot be read"):
        Replays(UsedSignatures(store)).check(_signature("a"), _NOW)
