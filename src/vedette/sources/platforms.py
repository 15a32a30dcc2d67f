"""Which of several images is meant: platforms as `os/architecture[/variant]` (OCI image-index.md, Go's names)."""

import os
from collections.abc import Iterable, Sequence

from vedette.errors import SourceError
from vedette.sources.oci_documents import Descriptor, Platform

_GO_NAMES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i686": "386",
    "i386": "386",
}
_ATTESTATION = "vnd.docker.reference.type"  # what BuildKit puts beside images


def platform_here() -> Platform:
    """Linux on this machine's processor: what a container engine would take here."""
    machine = os.uname().machine
    return Platform(os="linux", architecture=_GO_NAMES.get(machine, machine))


def parse_platform(text: str) -> Platform:
    """A platform as people write it.

    Raises:
        SourceError: it is not `os/architecture` or `os/architecture/variant`.
    """
    parts = text.lower().split("/")
    if len(parts) not in {2, 3} or not all(parts):
        raise SourceError(f"not a platform: {text[:60]!r}; one is linux/amd64 or linux/arm64/v8")
    return Platform(os=parts[0], architecture=parts[1], variant="".join(parts[2:]))


def shown(platform: Platform | None) -> str:
    """The platform as people write it."""
    if platform is None or not platform.architecture:
        return "unknown"
    return "/".join(filter(None, (platform.os, platform.architecture, platform.variant)))


def fits(found: Platform, wanted: Platform) -> bool:
    """Whether an image for `found` is what `wanted` means; a variant that is not asked for does not matter."""
    return (
        found.os in {"", wanted.os}
        and found.architecture == wanted.architecture
        and wanted.variant in {"", found.variant}
    )


def is_image(descriptor: Descriptor) -> bool:
    """Whether a manifest is an image and no attestation of one."""
    return _ATTESTATION not in (descriptor.annotations or {})


def choose(descriptors: Iterable[Descriptor], asked: Platform | None) -> Sequence[Descriptor]:
    """The images for a platform: those that fit the asked one, else those for here, else the only one there is.

    Raises:
        SourceError: none fits what is asked, or several platforms are there and none is this machine's.
    """
    found = list(descriptors)
    wanted = asked or platform_here()
    fitting = [d for d in found if d.platform is not None and fits(d.platform, wanted)]
    if fitting:
        return fitting
    there = sorted({shown(d.platform) for d in found})
    if asked is None and len(there) == 1:
        return found
    raise SourceError(f"no image for {shown(wanted)}; there is {', '.join(there) or 'none at all'}")
