"""OCI layouts (image-layout.md): from `index.json` through nested indexes to the one image that is meant."""

from collections.abc import Iterable, Sequence

import msgspec

from vedette.errors import ParseError, SourceError
from vedette.model.digest import Digest, digest_of, parse_digest
from vedette.sources.blobs import Part, assemble, part_of
from vedette.sources.containers import Container
from vedette.sources.layer import Stored, Verify
from vedette.sources.limits import Limits
from vedette.sources.oci_documents import (
    CONFIGS,
    Descriptor,
    Document,
    Manifest,
    Platform,
    decode,
)
from vedette.sources.oci_index import check_platform, image_meant
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
    image = image_meant(
        listed, lambda descriptor: _blob(container, descriptor, limits), selection.platform, limits
    )
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


def _blob(container: Container, descriptor: Descriptor, limits: Limits) -> bytes:
    try:
        digest = parse_digest(descriptor.digest)
    except ParseError as error:
        raise SourceError(str(error)) from error
    data = document(container, blob_name(digest), limits)
    if digest.startswith("sha256:") and digest_of(data) != digest:
        raise SourceError(f"{digest}: the content is {digest_of(data)}")
    return data


def _opened(container: Container, image: Descriptor, name: str, selection: Selection) -> FileTree:
    limits = selection.limits
    manifest = decode(_blob(container, image, limits), Manifest, image.digest)
    if manifest.config.media_type not in CONFIGS:
        raise SourceError(f"no container image but {manifest.config.media_type[:100]!r}")
    config = _blob(container, manifest.config, limits)
    check_platform(config, selection.platform)
    parts = [_part(container, layer) for layer in manifest.layers]
    return assemble(parts, config, name=name, limits=limits, verify=selection.verify)


def _part(container: Container, layer: Descriptor) -> Part:
    def stored(digest: Digest) -> Stored:
        region = container.find(blob_name(digest))
        if region is None:
            raise SourceError(f"the blob is missing: {container.damage or 'incomplete'}")
        return region

    return part_of(layer, stored, is_local=True)
