"""Container images in files: Docker archives and OCI layouts, as directories and as tar archives.

Nothing is unpacked: a layer in an archive is read where it is. An archive that is both (Docker 25 and later, skopeo)
is read by its Docker manifest, which has the tags, unless a platform is asked for.
"""

from pathlib import Path

from vedette.errors import SourceError
from vedette.sources.containers import open_container
from vedette.sources.docker_archive import MANIFEST, image_in_archive
from vedette.sources.layer import Verify
from vedette.sources.limits import Limits
from vedette.sources.oci_layout import INDEX, Selection, image_in_layout
from vedette.sources.platforms import parse_platform
from vedette.sources.tree import FileTree


def open_image(
    path: Path,
    limits: Limits | None = None,
    *,
    platform: str | None = None,
    reference: str | None = None,
    verify: Verify = Verify.CONTENT,
) -> FileTree:
    """Open an image in a file or a directory.

    Args:
        path: a Docker archive or an OCI layout; an archive may be compressed with gzip or zstd as a whole.
        limits: what is read at most.
        platform: `os/architecture[/variant]`; without it this machine's is taken, or the only one there is.
        reference: a tag, a name or a digest, needed where there are several images.
        verify: what of the layers is compared with their digests while they are walked.

    Raises:
        SourceError: it cannot be opened, is no image, or it is not clear which image is meant.
    """
    limits = limits or Limits()
    selection = Selection(
        platform=parse_platform(platform) if platform else None,
        reference=reference,
        limits=limits,
        verify=verify,
    )
    try:
        return _opened(path, selection)
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error


def _opened(path: Path, selection: Selection) -> FileTree:
    container = open_container(path, selection.limits)
    is_layout = container.find(INDEX) is not None
    if container.find(MANIFEST) is not None and not (is_layout and selection.platform):
        return image_in_archive(container, str(path), selection)
    if is_layout:
        return image_in_layout(container, str(path), selection)
    damage = f" ({container.damage})" if container.damage else ""
    raise SourceError(f"neither a Docker archive nor an OCI layout{damage}")
