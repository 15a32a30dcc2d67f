"""Images from a manifest and something that gives blobs: what registries, archives and layouts have in common."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from vedette.errors import ParseError, SourceError
from vedette.model.digest import Digest, digest_of, parse_digest
from vedette.model.inventory import FileFailure
from vedette.sources.layer import ImageLayer, Stored, Verify
from vedette.sources.limits import Limits
from vedette.sources.oci_documents import CONFIGS, Config, Descriptor, Manifest, decode
from vedette.sources.regions import region_of
from vedette.sources.tree import FileTree

Blob = Callable[[Digest], BinaryIO | Path]
"""Gives the blob of a digest, opened at its beginning, or where it is; called when a layer is walked, in its thread."""

_ENCRYPTED = "+encrypted"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A layer before it is known which DiffID it has.

    Args:
        name: how failures call it.
        blob: the digest of what is stored, where it is known.
        stored: gives the bytes; or why there are none.
        size: of what is stored, as far as that is known.
        is_local: as `ImageLayer.is_local`.
    """

    name: str
    blob: Digest | None
    stored: Callable[[], Stored] | str
    size: int = 0
    is_local: bool = False


def image_from_manifest(
    manifest: bytes,
    config: bytes,
    blob: Blob,
    name: str,
    limits: Limits | None = None,
    *,
    verify: Verify = Verify.CONTENT,
) -> FileTree:
    """An image of a registry.

    Args:
        manifest: an OCI or Docker v2 image manifest (not an index).
        config: what the manifest's `config` refers to.
        blob: gives layers' blobs; what it raises becomes a failure of the layer.
        name: what to call the image.
        limits: what is read at most.
        verify: what of the layers is compared with their digests.

    Raises:
        SourceError: the manifest or the config is not one, or the config is another one's.
    """
    read = decode(manifest, Manifest, f"the manifest of {name}")
    if read.config.media_type not in CONFIGS:
        raise SourceError(f"{name}: no container image but {read.config.media_type[:100]!r}")
    if digest_of(config) != read.config.digest:
        raise SourceError(f"{name}: the config is {digest_of(config)}, not {read.config.digest}")
    parts = [part_of(layer, lambda digest: _stored(blob(digest))) for layer in read.layers]
    return assemble(parts, config, name=name, limits=limits or Limits(), verify=verify)


def part_of(
    layer: Descriptor, stored: Callable[[Digest], Stored], *, is_local: bool = False
) -> Part:
    """The layer that a manifest describes."""
    if layer.media_type.endswith(_ENCRYPTED):
        return Part(name=layer.digest[:80], blob=None, stored="the layer is encrypted")
    try:
        digest = parse_digest(layer.digest)
    except ParseError as error:
        return Part(name=layer.digest[:80], blob=None, stored=error.reason)
    return Part(
        name=digest,
        blob=digest,
        stored=lambda: stored(digest),
        size=layer.size,
        is_local=is_local,
    )


def assemble(
    parts: Sequence[Part], config: bytes, *, name: str, limits: Limits, verify: Verify
) -> FileTree:
    """Layers, from the bottom to the top, with the DiffIDs of the config.

    Raises:
        SourceError: the config is not one.
    """
    read = decode(config, Config, f"the config of {name}")
    stated = read.rootfs.diff_ids
    failures = list(_faults(parts, stated, limits))
    layers = []
    for position, part in enumerate(parts[: limits.layers]):
        diff_id = _diff_id(stated[position]) if len(stated) == len(parts) else None
        if isinstance(part.stored, str):
            failures.append(_failure(part.name, part.stored, diff_id))
            continue
        layers.append(
            ImageLayer(
                digest=diff_id,
                blob=part.blob,
                name=part.name,
                stored=part.stored,
                limits=limits,
                verify=verify,
                size=part.size,
                is_local=part.is_local,
            )
        )
    return FileTree(
        layers=tuple(layers),
        name=name,
        digest=digest_of(config),
        architecture=read.architecture or None,
        failures=tuple(failures),
    )


def _stored(found: BinaryIO | Path) -> Stored:
    return region_of(found) if isinstance(found, Path) else found


def _faults(parts: Sequence[Part], stated: Sequence[str], limits: Limits) -> Iterator[FileFailure]:
    if len(stated) != len(parts):
        reason = f"{len(parts)} layers, but the config has {len(stated)} DiffIDs"
        yield _failure("", reason, None)
    if len(parts) > limits.layers:
        yield _failure("", f"over {limits.layers} layers; the upper ones are not read", None)


def _failure(path: str, reason: str, layer: Digest | None) -> FileFailure:
    return FileFailure(extractor="image", path=path, reason=reason, layer=layer)


def _diff_id(text: str) -> Digest | None:
    try:
        return parse_digest(text)
    except ParseError:
        return None  # the layer can be read all the same, only not named
