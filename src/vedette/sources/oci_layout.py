"""OCI layouts (image-layout.md): from `index.json` through nested indexes to the one image that is meant."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from vedette.errors import ParseError, SourceError
from vedette.model.digest import Digest, digest_of, parse_digest
from vedette.sources.blobs import Part, assemble, part_of
from vedette.sources.containers import Container
from vedette.sources.layer import Stored, Verify
from vedette.sources.limits import Limits
from vedette.sources.oci_documents import (
    CONFIGS,
    Config,
    Descriptor,
    Document,
    Manifest,
    Platform,
    decode,
)
from vedette.sources.platforms import choose, fits, is_image, shown
from vedette.sources.tree import FileTree

INDEX = "index.json"

_REF_NAME = "org.opencontainers.image.ref.name"
_IMAGE_NAME = "io.containerd.image.name"


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which image is meant and how it is read."""

    platform: Platform | None
    reference: str | None
    limits: Limits
    verify: Verify


def document(container: Container, name: str, limits: Limits) -> bytes:
    """A small file.

    Raises:
        SourceError: it is not there, too large or cannot be read.
    """
    region = container.find(name)
    if region is None:
        raise SourceError(
            f"{name} is missing" + (f": {container.damage}" if container.damage else "")
        )
    if region.size > limits.manifest:
        raise SourceError(f"{name} has {region.size} bytes, more than {limits.manifest}")
    try:
        return region.read()
    except (OSError, ParseError) as error:
        raise SourceError(f"{name}: {error}") from error


def image_in_layout(container: Container, name: str, selection: Selection) -> FileTree:
    """The image that is meant.

    Raises:
        SourceError: there is none, it is not clear which, or a document is damaged.
    """
    limits = selection.limits
    index = decode(document(container, INDEX, limits), Document, INDEX)
    listed = _referred(index.manifests or (), selection.reference)
    images = list(_images(container, listed, limits, seen=set(), nesting=limits.nesting))
    if len(images) > 1:
        images = [_with_platform(container, image, limits) for image in images]
        images = list(choose(images, selection.platform))
    chosen = {image.digest: image for image in images}
    if not chosen:
        raise SourceError("no image")
    if len(chosen) > 1:
        there = ", ".join(sorted(chosen))
        raise SourceError(f"several images, say which is meant: {there}")
    (image,) = chosen.values()
    return _opened(container, image, _name(name, listed), selection)


def blob_name(digest: Digest) -> str:
    """Where a layout keeps a blob."""
    algorithm, _, encoded = digest.partition(":")
    return f"blobs/{algorithm}/{encoded}"


def _referred(listed: Sequence[Descriptor], reference: str | None) -> Sequence[Descriptor]:
    """The entries of `index.json` that are one image (for several platforms, perhaps)."""
    if reference is not None:
        found = [d for d in listed if reference in {d.digest, *_names(d)}]
        if not found:
            raise SourceError(f"no {reference!r}; there is {_known(listed)}")
        return found
    if len({_names(d) for d in listed}) > 1 and len({d.digest for d in listed}) > 1:
        raise SourceError(f"several images, say which is meant: {_known(listed)}")
    return listed


def _names(descriptor: Descriptor) -> tuple[str, ...]:
    annotations = descriptor.annotations or {}
    return tuple(annotations[key] for key in (_IMAGE_NAME, _REF_NAME) if key in annotations)


def _known(listed: Iterable[Descriptor]) -> str:
    return ", ".join(sorted({(*_names(d), d.digest)[0] for d in listed})) or "nothing"


def _name(name: str, listed: Sequence[Descriptor]) -> str:
    names = _names(listed[0]) if listed else ()
    if not names:
        return name
    return names[0] if "/" in names[0] or ":" in names[0] else f"{name}:{names[0]}"


def _images(
    container: Container,
    listed: Iterable[Descriptor],
    limits: Limits,
    *,
    seen: set[str],
    nesting: int,
) -> Iterator[Descriptor]:
    """The manifests of images, through indexes within indexes; each is looked at once."""
    for descriptor in listed:
        if descriptor.digest in seen or not is_image(descriptor):
            continue
        seen.add(descriptor.digest)
        if len(seen) > limits.images:
            raise SourceError(f"an index of over {limits.images} images")
        read = decode(_blob(container, descriptor, limits), Document, descriptor.digest)
        if read.manifests is None:
            yield descriptor
        elif read.layers is not None:  # one client would see an index, another an image
            raise SourceError(f"{descriptor.digest} is both an index and an image")
        elif not nesting:
            raise SourceError(f"over {limits.nesting} indexes within one another")
        else:
            yield from _images(container, read.manifests, limits, seen=seen, nesting=nesting - 1)


def _blob(container: Container, descriptor: Descriptor, limits: Limits) -> bytes:
    try:
        digest = parse_digest(descriptor.digest)
    except ParseError as error:
        raise SourceError(str(error)) from error
    data = document(container, blob_name(digest), limits)
    if digest.startswith("sha256:") and digest_of(data) != digest:
        raise SourceError(f"{digest}: the content is {digest_of(data)}")
    return data


def _with_platform(container: Container, image: Descriptor, limits: Limits) -> Descriptor:
    """The image with its platform, from its config where the index does not say."""
    if image.platform is not None and image.platform.architecture:
        return image
    manifest = decode(_blob(container, image, limits), Manifest, image.digest)
    config = decode(_blob(container, manifest.config, limits), Config, manifest.config.digest)
    platform = Platform(os=config.os, architecture=config.architecture, variant=config.variant)
    return msgspec.structs.replace(image, platform=platform)


def _opened(container: Container, image: Descriptor, name: str, selection: Selection) -> FileTree:
    limits = selection.limits
    manifest = decode(_blob(container, image, limits), Manifest, image.digest)
    if manifest.config.media_type not in CONFIGS:
        raise SourceError(f"no container image but {manifest.config.media_type[:100]!r}")
    config = _blob(container, manifest.config, limits)
    check_platform(config, selection.platform)
    parts = [_part(container, layer) for layer in manifest.layers]
    return assemble(parts, config, name=name, limits=limits, verify=selection.verify)


def check_platform(config: bytes, asked: Platform | None) -> None:
    """See that an image is for the platform that is asked for.

    Raises:
        SourceError: it is for another one.
    """
    read = decode(config, Config, "the config")
    found = Platform(os=read.os, architecture=read.architecture, variant=read.variant)
    if asked is not None and not fits(found, asked):
        raise SourceError(f"no image for {shown(asked)}; there is {shown(found)}")


def _part(container: Container, layer: Descriptor) -> Part:
    def stored(digest: Digest) -> Stored:
        region = container.find(blob_name(digest))
        if region is None:
            raise SourceError(f"the blob is missing: {container.damage or 'incomplete'}")
        return region

    return part_of(layer, stored)
