"""The documents of images in their own words: OCI image-spec 1.1 and Docker's archive (moby image/spec v1.2).

Docker's manifests, lists and configs have the same members as OCI's; only media types differ.
"""

from typing import TypeVar

import msgspec

from vedette.errors import SourceError

MANIFESTS = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
        "application/octet-stream",  # early BuildKit
        "",
    }
)

_T = TypeVar("_T")


class Platform(msgspec.Struct, frozen=True):
    """Where an image runs."""

    architecture: str = ""
    os: str = ""
    variant: str = ""


class Descriptor(msgspec.Struct, frozen=True, rename="camel"):
    """A reference to a blob (descriptor.md)."""

    digest: str
    size: int = -1
    media_type: str = ""
    annotations: dict[str, str] | None = None
    platform: Platform | None = None


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """A manifest or an index, whichever it turns out to be (manifest.md, image-index.md)."""

    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] | None = None
    manifests: tuple[Descriptor, ...] | None = None


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """One image (manifest.md)."""

    config: Descriptor
    layers: tuple[Descriptor, ...]


class RootFs(msgspec.Struct, frozen=True):
    """The layers' DiffIDs from the bottom to the top."""

    diff_ids: tuple[str, ...] = ()


class Config(msgspec.Struct, frozen=True):
    """An image's config (config.md)."""

    architecture: str = ""
    os: str = ""
    variant: str = ""
    rootfs: RootFs = RootFs()


class ArchivedImage(msgspec.Struct, frozen=True, rename="pascal"):
    """One entry of the `manifest.json` of a Docker archive."""

    config: str
    layers: tuple[str, ...]
    repo_tags: tuple[str, ...] | None = None


def decode(data: bytes, kind: type[_T], name: str) -> _T:
    """Read a document.

    Raises:
        SourceError: it is not what its format says.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise SourceError(f"{name}: {error}") from error
