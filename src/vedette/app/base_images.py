"""The layers of images, kept so that base images are known without reading inventories."""

from datetime import datetime

import msgspec

from vedette.app.ports import RecordStore
from vedette.errors import StoreError
from vedette.findings.bases import Base, ImageLayers, bases
from vedette.model.inventory import Inventory
from vedette.model.record import Record
from vedette.model.resource import ResourceRef, ResourceType

KIND = "image-layers"


def save_layers(store: RecordStore, inventory: Inventory, *, now: datetime) -> None:
    """Keep the layers of an image; what is no image has none.

    Raises:
        StoreError: where the store fails.
    """
    ref = inventory.resource
    if not inventory.layers:
        return
    place = (str(ref.account or ""), str(ref.region or ""), ref.id)
    value = msgspec.json.encode(ImageLayers(image=ref, layers=inventory.layers))
    known = store.record(KIND, *place)
    if known is None or known.value != value:
        account, region, identifier = place
        store.put_record(
            Record(
                kind=KIND,
                account=account,
                region=region,
                id=identifier,
                value=value,
                version=0,
                updated_at=now,
            )
        )


def forget_layers(store: RecordStore, ref: ResourceRef) -> None:
    """An image that is gone is nobody's base any more.

    Raises:
        StoreError: where the store fails.
    """
    store.remove_record(KIND, str(ref.account or ""), str(ref.region or ""), ref.id)


def base_of(store: RecordStore, ref: ResourceRef) -> Base | None:
    """What an image stands on; None for what is no image, and where no base is known.

    Raises:
        StoreError: where the store fails.
    """
    own = store.record(KIND, str(ref.account or ""), str(ref.region or ""), ref.id)
    if ref.type is not ResourceType.ECR_CONTAINER_IMAGE or own is None:
        return None
    # only what begins with the same layer can be its base: the others need not be read
    lowest = [layer.encode() for layer in _layers(own).layers[:1]]
    records = (one for one in store.records(KIND) if all(name in one.value for name in lowest))
    related = map(_layers, records)
    return bases(related).get(ref)


def all_bases(store: RecordStore) -> dict[ResourceRef, Base]:
    """The base of every image that has one among those that are known, of any account.

    Raises:
        StoreError: where the store fails.
    """
    return dict(bases(map(_layers, store.records(KIND))))


def _layers(record: Record) -> ImageLayers:
    try:
        return msgspec.json.decode(record.value, type=ImageLayers)
    except msgspec.DecodeError as error:
        raise StoreError(f"the store holds layers that cannot be read: {error}") from error
