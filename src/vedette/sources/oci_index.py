"""From an index, through indexes within it, to the one image that is meant (image-index.md)."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from vedette.errors import SourceError
from vedette.sources.limits import Limits
from vedette.sources.oci_documents import (
    MANIFESTS,
    Config,
    Descriptor,
    Document,
    Manifest,
    Platform,
    decode,
)
from vedette.sources.platforms import choose, fits, is_image, shown

ReadBlob = Callable[[Descriptor], bytes]
"""The document that a descriptor refers to, compared with its digest; raises SourceError."""


def image_meant(
    listed: Iterable[Descriptor], read: ReadBlob, asked: Platform | None, limits: Limits
) -> Descriptor:
    """The one image for the platform that is asked for, or for this machine.

    Raises:
        SourceError: there is none, or it is not clear which.
    """
    found = _Search(read, limits)
    images = list(found.images(listed, nesting=limits.nesting))
    if len(images) > 1:
        images = list(choose([found.with_platform(image) for image in images], asked))
    chosen = {image.digest: image for image in images}
    if not chosen:
        raise SourceError("no image")
    if len(chosen) > 1:
        raise SourceError(f"several images, say which is meant: {', '.join(sorted(chosen))}")
    return next(iter(chosen.values()))


def check_platform(config: bytes, asked: Platform | None) -> None:
    """See that an image is for the platform that is asked for.

    Raises:
        SourceError: it is for another one.
    """
    read = decode(config, Config, "the config")
    found = Platform(os=read.os, architecture=read.architecture, variant=read.variant)
    if asked is not None and not fits(found, asked):
        raise SourceError(f"no image for {shown(asked)}; there is {shown(found)}")


class _Search:
    """Looks at each document once, and at a bounded number of them."""

    def __init__(self, read: ReadBlob, limits: Limits) -> None:
        self._read = read
        self._limits = limits
        self._seen: set[str] = set()

    def images(self, listed: Iterable[Descriptor], *, nesting: int) -> Iterator[Descriptor]:
        """The manifests of images, through indexes within indexes."""
        for descriptor in listed:
            if descriptor.digest in self._seen or not is_image(descriptor):
                continue
            self._seen.add(descriptor.digest)
            if len(self._seen) > self._limits.images:
                raise SourceError(f"an index of over {self._limits.images} images")
            if descriptor.media_type in MANIFESTS:
                yield descriptor
                continue
            document = decode(self._read(descriptor), Document, descriptor.digest)
            if document.manifests is None:
                yield descriptor
            elif document.layers is not None:  # one client would see an index, another an image
                raise SourceError(f"{descriptor.digest} is both an index and an image")
            elif not nesting:
                raise SourceError(f"over {self._limits.nesting} indexes within one another")
            else:
                yield from self.images(document.manifests, nesting=nesting - 1)

    def with_platform(self, image: Descriptor) -> Descriptor:
        """The image with its platform, from its config where the index does not say."""
        if image.platform is not None and image.platform.architecture:
            return image
        manifest = decode(self._read(image), Manifest, image.digest)
        config = decode(self._read(manifest.config), Config, manifest.config.digest)
        platform = Platform(os=config.os, architecture=config.architecture, variant=config.variant)
        return msgspec.structs.replace(image, platform=platform)
