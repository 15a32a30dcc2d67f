"""Deliver what changed: a cursor for each sink and place, in order, at least once.

A place is an account and Region. Each has a cursor of its own, so that one that cannot be reached, an account that does not let
vedette in any more, a Region without Security Hub, keeps back its own changes and nobody else's (docs/adr/0090-a-cursor-for-each-place.md).
"""

from collections.abc import Iterable, Sequence

import msgspec

from vedette.app.ports import Store
from vedette.app.progress import Progress, silent
from vedette.errors import ServiceError
from vedette.findings.ports import LoggedChange
from vedette.integrations._base import Outlet, Parcel, Refusal, Sink

_BATCH = 200


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What one sink took in this pass; `failure` says where and why it stopped early, and the rest comes again."""

    sink: str
    delivered: int
    refused: tuple[Refusal, ...] = ()
    failure: str | None = None


def publish(
    store: Store, sinks: Iterable[Sink], outlet: Outlet, progress: Progress = silent
) -> tuple[Delivery, ...]:
    """Send every sink the changes after its cursors.

    A cursor moves after each batch: a crash in between repeats a batch, which sinks take as the same findings.

    Raises:
        StoreError: where the store fails.
    """
    return tuple(_Courier(store, sink, outlet, progress).deliver() for sink in sinks)


class _Courier:
    """One sink's deliveries."""

    def __init__(self, store: Store, sink: Sink, outlet: Outlet, progress: Progress) -> None:
        self._store = store
        self._sink = sink
        self._outlet = outlet
        self._progress = progress
        self._delivered = 0
        self._refused: list[Refusal] = []

    def deliver(self) -> Delivery:
        failures = []
        for place in self._store.places_behind(self._sink.name):
            try:
                self._deliver_at(place)
            except ServiceError as error:
                failures.append(f"{' '.join(place)}: {error}")
        return Delivery(
            sink=self._sink.name,
            delivered=self._delivered,
            refused=tuple(self._refused),
            failure="; ".join(failures) or None,
        )

    def _deliver_at(self, place: tuple[str, str]) -> None:
        name = self._sink.name
        while page := self._store.changes_at(name, place, _BATCH):
            self._refused.extend(self._sink.send(self._parcel(place, page), self._outlet))
            self._store.advance_at(name, place, page[-1].number)
            self._delivered += len(page)
            self._progress(f"publish {name}", self._delivered, None)

    def _parcel(self, place: tuple[str, str], page: Sequence[LoggedChange]) -> Parcel:
        account, region = place
        refs = {entry.change.after.key.resource for entry in page}
        return Parcel(
            account=account,
            region=region,
            changes=tuple(entry.change for entry in page),
            resources=self._store.resources_of(refs),
        )
