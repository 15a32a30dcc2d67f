"""Docker archives, as `docker save` writes them (moby image/spec v1.2): `manifest.json`, configs, and layers that are plain tars.

Layers are `ID/layer.tar`, or from Docker 25 on `blobs/sha256/…`, where the name is the digest.
"""

import re
from collections.abc import Sequence

from vedette.errors import ParseError, SourceError
from vedette.model.digest import Digest, digest_of, parse_digest
from vedette.sources.blobs import Part, assemble
from vedette.sources.containers import Container
from vedette.sources.layer import Stored
from vedette.sources.oci_documents import ArchivedImage, decode
from vedette.sources.oci_index import check_platform
from vedette.sources.oci_layout import Selection, document
from vedette.sources.paths import relative
from vedette.sources.tree import FileTree

MANIFEST = "manifest.json"

_CONFIG = re.compile(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?")
_LAYER = re.compile(r"blobs/sha256/([0-9a-f]{64})")


def image_in_archive(container: Container, name: str, selection: Selection) -> FileTree:
    """The image that is meant.

    Raises:
        SourceError: there is none, it is not clear which, or a document is damaged.
    """
    data = document(container, MANIFEST, selection.limits)
    images = decode(data, tuple[ArchivedImage, ...], MANIFEST)
    image = _meant(images[: selection.limits.images], selection.reference)
    config = document(container, _path(image.config), selection.limits)
    stated = _digest_in(_CONFIG, image.config)
    if stated is not None and digest_of(config) != stated:
        raise SourceError(f"the config is {digest_of(config)}, not {stated}")
    check_platform(config, selection.platform)
    return assemble(
        [_part(container, layer) for layer in image.layers],
        config,
        name=", ".join(image.repo_tags or ()) or name,
        limits=selection.limits,
        verify=selection.verify,
    )


def _meant(images: Sequence[ArchivedImage], reference: str | None) -> ArchivedImage:
    if reference is None:
        found = list(images)
    else:
        found = [image for image in images if reference in (image.repo_tags or ())]
    if len(found) == 1:
        return found[0]
    there = ", ".join(sorted(", ".join(i.repo_tags or ()) or i.config[:80] for i in images))
    if reference is not None:
        raise SourceError(f"no {reference!r}; there is {there or 'nothing'}")
    raise SourceError(f"several images, say which is meant: {there}" if found else "no image")


def _part(container: Container, layer: str) -> Part:
    def stored() -> Stored:
        region = container.find(_path(layer))
        if region is None:
            raise SourceError(f"the layer is missing: {container.damage or 'incomplete'}")
        return region

    return Part(
        name=layer[:200],
        blob=_digest_in(_LAYER, layer),
        stored=stored,
        size=_size(container, layer),
        is_local=True,
    )


def _size(container: Container, layer: str) -> int:
    try:
        region = container.find(_path(layer))
    except SourceError:
        return 0  # it is a failure when the layer is read
    return region.size if region else 0


def _path(name: str) -> str:
    try:
        return relative(name.encode())
    except (ParseError, UnicodeEncodeError) as error:
        raise SourceError(f"{name[:80]!r}: {error}") from error


def _digest_in(pattern: re.Pattern[str], name: str) -> Digest | None:
    """The digest that a name promises."""
    found = pattern.fullmatch(name)
    return parse_digest(f"sha256:{found[1]}") if found else None
