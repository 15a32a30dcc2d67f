"""Where images run, as it was last seen, kept for each cluster."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from vedette.app.ports import RecordStore
from vedette.errors import StoreError
from vedette.model.arn import Arn
from vedette.model.image_use import ImageUse
from vedette.model.record import Record

KIND = "image-uses"
_KEPT = timedelta(days=90)
"""How long the last use is remembered; Inspector's longest re-scan duration by last use is 180 days, its default 14."""


class Uses(msgspec.Struct, frozen=True, kw_only=True):
    """The images of one cluster."""

    images: tuple[ImageUse, ...]


def merged(
    known: Iterable[ImageUse], seen: Iterable[ImageUse], *, now: datetime
) -> tuple[ImageUse, ...]:
    """What was seen, and what was seen before and does not run any more: with no tasks, and its last use."""
    by_place = {_place(use): use for use in seen}
    for use in known:
        if _place(use) not in by_place and now - use.last_in_use <= _KEPT:
            by_place[_place(use)] = msgspec.structs.replace(use, running=0, stopped=0)
    return tuple(sorted(by_place.values()))


def save_uses(
    store: RecordStore,
    account: str,
    region: str,
    seen: Iterable[ImageUse],
    *,
    unseen: tuple[str, ...] = (),
    now: datetime,
) -> None:
    """Keep what was seen in all clusters of a place; a cluster without images is seen to have none.

    Args:
        store: keeps it.
        account: whose clusters.
        region: theirs.
        seen: what runs.
        unseen: ARNs, or what they begin with, of clusters that did not say: what is known of them stays.
        now: the time.

    Raises:
        StoreError: where the store fails.
    """
    clusters: dict[Arn, list[ImageUse]] = {}
    for use in seen:
        clusters.setdefault(use.cluster, []).append(use)
    known = {record.id: record for record in store.records(KIND, account=account, region=region)}
    for cluster in sorted({*clusters, *map(Arn, known)}):
        if cluster.startswith(unseen) and cluster not in clusters:
            continue
        before = known.get(cluster)
        uses = merged(_images(before), clusters.get(cluster, ()), now=now)
        if before is not None and not uses:
            store.remove_record(KIND, account, region, cluster)
        elif uses != _images(before):
            store.put_record(_record(account, region, cluster, uses, now))


def uses_of(
    store: RecordStore, *, registry: str, region: str, repository: str, digest: str
) -> tuple[ImageUse, ...]:
    """Where one image runs or ran, by cluster.

    Raises:
        StoreError: where the store fails.
    """
    # most clusters do not run it: their records need not be read
    records = (one for one in store.records(KIND) if digest.encode() in one.value)
    found = (use for record in records for use in _images(record))
    wanted = (registry, region, repository, digest)
    return tuple(sorted(use for use in found if _image(use) == wanted))


def all_uses(store: RecordStore) -> Iterator[ImageUse]:
    """Every image that runs or ran, by cluster.

    Raises:
        StoreError: where the store fails.
    """
    for record in store.records(KIND):
        yield from _images(record)


def _place(use: ImageUse) -> tuple[object, ...]:
    return (*_image(use), use.cluster, use.group, use.task_definition, use.workload)


def _image(use: ImageUse) -> tuple[str, str, str, str]:
    return use.registry, use.registry_region, use.repository, use.digest


def _images(record: Record | None) -> tuple[ImageUse, ...]:
    if record is None:
        return ()
    try:
        return msgspec.json.decode(record.value, type=Uses).images
    except msgspec.DecodeError as error:
        raise StoreError(f"the store holds uses of images that cannot be read: {error}") from error


def _record(
    account: str, region: str, cluster: str, uses: tuple[ImageUse, ...], now: datetime
) -> Record:
    return Record(
        kind=KIND,
        account=account,
        region=region,
        id=cluster,
        value=msgspec.json.encode(Uses(images=uses)),
        version=0,
        updated_at=now,
    )
