"""Base images: whose layers an image stands on, and which of its packages came with them.

An image's base is another image whose layers are the lowest of its own (OCI image specification, `layers`: the base layer has
index 0). Nobody needs to have said so: digests
do not lie.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import msgspec

from vedette.model.digest import Digest
from vedette.model.package import Package
from vedette.model.resource import ResourceRef


class ImageLayers(msgspec.Struct, frozen=True, kw_only=True):
    """An image's layers, the lowest first."""

    image: ResourceRef
    layers: tuple[Digest, ...]


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What an image stands on: another image, and the layers that it gave."""

    image: ResourceRef
    layers: tuple[Digest, ...]


class Origin(StrEnum):
    """Where a package of an image came from."""

    BASE = "base"
    OWN = "own"
    BOTH = "both"
    UNKNOWN = "unknown"


def bases(images: Iterable[ImageLayers]) -> Mapping[ResourceRef, Base]:
    """The base of every image that has one among the others: the one with the most layers, of equal ones the first by resource.

    An image with the same layers as another (another tag, another configuration) is no base of it.
    """
    known = tuple(images)
    by_layers: dict[bytes, ResourceRef] = {}
    for one in sorted(known, key=lambda one: one.image, reverse=True):
        for name in _stacks(one.layers)[-1:]:
            by_layers[name] = one.image
    found: dict[ResourceRef, Base] = {}
    for one in known:
        for height, name in reversed(tuple(enumerate(_stacks(one.layers)[:-1], 1))):
            if name in by_layers:
                found[one.image] = Base(image=by_layers[name], layers=one.layers[:height])
                break
    return found


def origin_of(package: Package, base: Base | None) -> Origin:
    """Whether a package came with the base or with layers of the image's own.

    Unknown where there is no base, or for a package whose layer nobody knows. A package keeps the layer that brought it when a later
    one writes the package database anew.
    """
    layers = {place.layer for place in package.locations}
    if base is None or not layers or None in layers:
        return Origin.UNKNOWN
    below = {layer in base.layers for layer in layers}
    if below == {True}:
        return Origin.BASE
    return Origin.OWN if below == {False} else Origin.BOTH


def _stacks(layers: Iterable[Digest]) -> list[bytes]:
    """A name for each height of a stack of layers: the same layers from the ground up have the same."""
    return list(_heights(layers))


def _heights(layers: Iterable[Digest]) -> Iterator[bytes]:
    running = hashlib.sha256()
    for layer in layers:
        running.update(f"{layer}\n".encode())
        yield running.digest()
