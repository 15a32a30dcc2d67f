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
    return all_bases(store).get(ref) if ref.type is ResourceType.ECR_CONTAINER_IMAGE else None


def all_bases(store: RecordStore) -> dict[ResourceRef, Base]:
    """The base of every image that has one among those that are known, of any account.

    Raises:
        StoreError: where the store fails.
    """
    try:
        known = [
            msgspec.json.decode(record.value, type=ImageLayers) for record in store.records(KIND)
        ]
    except msgspec.DecodeError as error:
        raise StoreError(f"the store holds layers that cannot be read: {error}") from error
    return dict(bases(known))
