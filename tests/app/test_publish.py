"""Deliveries: at least once, in order at each place, and nobody waits for a place that fails."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.findings.make import IMAGE, INSTANCE, LOCAL, NOW, finding, vulnerability
from tests.integrations.samples import Recorder
from vedette.app import publish as module
from vedette.app.publish import Delivery, publish
from vedette.errors import ServiceError
from vedette.findings.lifecycle import Change
from vedette.integrations import SINKS
from vedette.integrations._base import Caller, Outlet, Parcel, Refusal, Sink
from vedette.model.arn import AccountId
from vedette.model.resource import Resource
from vedette.store.store import SqlStore

HERE = ("111122223333", "eu-west-1")
THERE = ("999999999999", "us-east-1")
ELSEWHERE = msgspec.structs.replace(
    INSTANCE,
    ref=msgspec.structs.replace(INSTANCE.ref, account=AccountId(THERE[0]), region=THERE[1]),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        opened.save_resources([INSTANCE, ELSEWHERE], looked_in=(), now=NOW)
        yield opened


class Box:
    """A sink that keeps what it gets, and fails or refuses when told to."""

    def __init__(self, name: str = "box") -> None:
        self.parcels: list[Parcel] = []
        self.broken: set[tuple[str, str]] = set()
        self.refuses: tuple[Refusal, ...] = ()
        self.after = 10**9
        self.sink = Sink(name=name, send=self._send)

    def _send(self, parcel: Parcel, outlet: Outlet) -> tuple[Refusal, ...]:
        del outlet
        if (parcel.account, parcel.region) in self.broken or len(self.parcels) >= self.after:
            raise ServiceError("no", service="box", operation="put", code="Denied")
        self.parcels.append(parcel)
        return self.refuses

    def subjects(self, account: str | None = None) -> list[str]:
        return [
            change.after.key.subject[-1]
            for parcel in self.parcels
            for change in parcel.changes
            if account in {None, parcel.account}
        ]


def _nobody(account: str | None) -> Caller:
    raise AssertionError(account)


def _open(store: SqlStore, *numbers: int, resource: Resource = INSTANCE) -> None:
    store.apply(
        Change(
            before=None, after=finding(vulnerability(id=f"CVE-2024-{number:04}"), resource=resource)
        )
        for number in numbers
    )


def _deliver(store: SqlStore, *boxes: Box) -> tuple[Delivery, ...]:
    return publish(store, [box.sink for box in boxes], _nobody)


def test_every_change_is_delivered_once_in_order_with_its_resource(store: SqlStore) -> None:
    _open(store, 3, 1, 2)
    box = Box()
    assert _deliver(store, box) == (Delivery(sink="box", delivered=3),)
    (parcel,) = box.parcels
    assert (parcel.account, parcel.region) == HERE
    assert box.subjects() == ["3", "1", "2"]
    assert parcel.resources == {INSTANCE.ref: INSTANCE}
    assert _deliver(store, box) == (Delivery(sink="box", delivered=0),)
    _open(store, 4)
    _deliver(store, box)
    assert box.subjects() == ["3", "1", "2", "4"]


def test_changes_come_in_batches_of_one_place(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    _open(store, 1, 2, 3)
    _open(store, 4, 5, resource=ELSEWHERE)
    box = Box()
    told: list[tuple[str, int, int | None]] = []
    (delivery,) = publish(store, [box.sink], _nobody, lambda *one: told.append(one))
    assert [(one.account, len(one.changes)) for one in box.parcels] == [
        (HERE[0], 2),
        (HERE[0], 1),
        (THERE[0], 2),
    ]
    assert delivery.delivered == 5
    assert told == [("publish box", 2, None), ("publish box", 3, None), ("publish box", 5, None)]


def test_a_place_that_fails_keeps_only_its_own_changes(store: SqlStore) -> None:
    _open(store, 1)
    _open(store, 2, resource=ELSEWHERE)
    _open(store, 3)
    box = Box()
    box.broken = {HERE}
    (delivery,) = _deliver(store, box)
    assert (delivery.delivered, delivery.failure) == (
        1,
        "111122223333 eu-west-1: box:put: Denied: no",
    )
    _open(store, 4, resource=ELSEWHERE)
    _deliver(store, box)
    assert box.subjects() == ["2", "4"]
    box.broken = set()
    (delivery,) = _deliver(store, box)
    assert (delivery.delivered, delivery.failure) == (2, None)
    assert box.subjects(HERE[0]) == ["1", "3"]  # late, whole and in order


def test_all_places_that_fail_are_named(store: SqlStore) -> None:
    _open(store, 1)
    _open(store, 2, resource=ELSEWHERE)
    box = Box()
    box.broken = {HERE, THERE}
    (delivery,) = _deliver(store, box)
    assert delivery.failure is not None
    assert all(place[0] in delivery.failure for place in (HERE, THERE))


def test_a_sink_that_fails_stops_no_other(store: SqlStore) -> None:
    _open(store, 1)
    first, second = Box("first"), Box("second")
    first.broken = {HERE}
    assert [one.delivered for one in _deliver(store, first, second)] == [0, 1]
    first.broken = set()
    assert [one.delivered for one in _deliver(store, first, second)] == [1, 0]


def test_the_cursor_stands_after_the_last_batch_that_was_taken(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    _open(store, 1, 2, 3, 4, 5)
    box = Box()
    box.after = 1
    (delivery,) = _deliver(store, box)
    assert (delivery.delivered, box.subjects()) == (2, ["1", "2"])
    box.after = 10**9
    _deliver(store, box)
    assert box.subjects() == ["1", "2", "3", "4", "5"]


def test_what_is_refused_is_told_and_not_sent_again(store: SqlStore) -> None:
    _open(store, 1)
    box = Box()
    box.refuses = (Refusal(finding="x", reason="odd"),)
    (delivery,) = _deliver(store, box)
    assert delivery == Delivery(sink="box", delivered=1, refused=box.refuses)
    assert _deliver(store, box) == (Delivery(sink="box", delivered=0),)


def test_local_targets_go_nowhere_and_hold_nothing_up(store: SqlStore) -> None:
    _open(store, 1, resource=LOCAL)
    _open(store, 2, resource=IMAGE)
    box = Box()
    (delivery,) = _deliver(store, box)
    assert (delivery.delivered, box.subjects()) == (1, ["2"])
    assert box.parcels[0].resources == {}  # the store does not know it


def test_nothing_to_deliver_and_nobody_to_deliver_to(store: SqlStore) -> None:
    assert publish(store, (), _nobody) == ()
    assert _deliver(store, Box()) == (Delivery(sink="box", delivered=0),)


class _Closed:
    """An organization of which one account cannot be entered."""

    def __init__(self) -> None:
        self.recorder = Recorder()

    def __call__(self, account: str | None) -> Recorder:
        if account == HERE[0]:
            raise ServiceError(
                "not you", service="sts", operation="assume_role", code="AccessDenied"
            )
        return self.recorder(account)


def test_an_account_that_cannot_be_entered_blocks_no_other_in_the_real_sinks(
    store: SqlStore,
) -> None:
    _open(store, 1)
    _open(store, 2, resource=ELSEWHERE)
    outlet = _Closed()
    deliveries: Mapping[str, Any] = {one.sink: one for one in publish(store, SINKS, outlet)}
    hub = deliveries["security-hub"]
    assert (hub.delivered, hub.failure) == (
        1,
        "111122223333 eu-west-1: sts:assume_role: AccessDenied: not you",
    )
    assert deliveries["eventbridge"].delivered == 2
