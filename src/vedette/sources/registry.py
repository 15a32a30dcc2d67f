"""Images of a registry, pulled layer by layer into a directory when they are walked."""

from pathlib import Path

from vedette.clients.oci import Manifest, Reference, Registry
from vedette.errors import ParseError, ServiceError, SourceError
from vedette.model.digest import Digest, parse_digest
from vedette.sources.blobs import image_from_manifest
from vedette.sources.layer import Verify
from vedette.sources.limits import Limits
from vedette.sources.oci_documents import (
    CONFIGS,
    Descriptor,
    Document,
    Manifest as ManifestDocument,
    Platform,
    decode,
)
from vedette.sources.oci_index import check_platform, image_meant
from vedette.sources.platforms import parse_platform
from vedette.sources.tree import FileTree

_LARGEST_BLOB = 32 << 30


def open_registry_image(
    registry: Registry,
    reference: Reference,
    directory: Path,
    limits: Limits | None = None,
    *,
    platform: str | None = None,
    verify: Verify = Verify.CONTENT,
) -> FileTree:
    """Find an image in a registry; its layers are fetched when they are walked, each once.

    Args:
        registry: the repository's client.
        reference: which image; may be an index for several platforms.
        directory: where blobs are kept, by digest; what is there is not fetched again.
        limits: what is read at most.
        platform: `os/architecture[/variant]`; without it this machine's is taken, or the only one there is.
        verify: what of the layers is compared with their digests while they are walked.

    Raises:
        SourceError: the registry refuses, there is no such image, or it is not clear which is meant.
    """
    limits = limits or Limits()
    asked = parse_platform(platform) if platform else None
    try:
        manifest = _image(registry, registry.manifest(reference.version), asked, limits)
        config_digest = decode(manifest.body, ManifestDocument, manifest.digest).config.digest
        config = registry.small_blob(parse_digest(config_digest), limit=limits.manifest)
        check_platform(config, asked)
    except (ServiceError, ParseError, SourceError) as error:
        raise SourceError(f"{reference}: {error}") from error

    def blob(digest: Digest) -> Path:
        target = directory / digest.replace(":", "-")
        return registry.blob(digest, target, limit=_LARGEST_BLOB)

    return image_from_manifest(manifest.body, config, blob, str(reference), limits, verify=verify)


def _image(registry: Registry, found: Manifest, asked: Platform | None, limits: Limits) -> Manifest:
    """The image's manifest, through the index that may stand for it."""
    document = decode(found.body, Document, found.digest)
    if document.manifests is None:
        return found
    if document.layers is not None:
        raise SourceError(f"{found.digest} is both an index and an image")

    def read(descriptor: Descriptor) -> bytes:
        if descriptor.media_type and descriptor.media_type in CONFIGS:
            return registry.small_blob(parse_digest(descriptor.digest), limit=limits.manifest)
        return registry.manifest(parse_digest(descriptor.digest)).body

    meant = image_meant(document.manifests, read, asked, limits)
    return registry.manifest(parse_digest(meant.digest))
