"""Deliver what changed: one cursor a sink, in order, at least once."""

from collections.abc import Iterable

import msgspec

from vedette.app.progress import Progress, silent
from vedette.errors import ServiceError
from vedette.findings.ports import FindingStore
from vedette.integrations._base import Outlet, Refusal, Sink

_BATCH = 200


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What one sink took in this pass; `failure` says why it stopped early, and the rest comes again."""

    sink: str
    delivered: int
    refused: tuple[Refusal, ...] = ()
    failure: str | None = None


def publish(
    store: FindingStore, sinks: Iterable[Sink], outlet: Outlet, progress: Progress = silent
) -> tuple[Delivery, ...]:
    """Send every sink the changes after its cursor.

    The cursor moves after each batch: a crash in between repeats a batch, which sinks take as the same finding.
    """
    return tuple(_deliver(store, sink, outlet, progress) for sink in sinks)


def _deliver(store: FindingStore, sink: Sink, outlet: Outlet, progress: Progress) -> Delivery:
    delivered = 0
    refused: list[Refusal] = []
    while page := store.changes_since(sink.name, _BATCH):
        try:
            refused.extend(sink.send([entry.change for entry in page], outlet))
        except ServiceError as error:
            return Delivery(
                sink=sink.name, delivered=delivered, refused=tuple(refused), failure=str(error)
            )
        store.advance(sink.name, page[-1].number)
        delivered += len(page)
        progress(f"publish {sink.name}", delivered, None)
    return Delivery(sink=sink.name, delivered=delivered, refused=tuple(refused))
