"""Local targets: which kinds there are and how each is opened; each imports its own readers only."""

# ruff: noqa: PLC0415 - see above

from collections.abc import Callable
from pathlib import Path

import msgspec

from vedette.inventory.extractors._base import Extractor
from vedette.sources.limits import Limits
from vedette.sources.tree import FileTree


def _image(target: str) -> FileTree:
    from vedette.sources.image import open_image
    from vedette.sources.layer import Verify

    # what is kept of a local file is kept by its place, so nothing is compared with digests (ADR 25)
    return open_image(Path(target), Limits(), verify=Verify.NOTHING)


def _rootfs(target: str) -> FileTree:
    from vedette.sources.directory import open_directory

    return open_directory(Path(target), Limits())


def _disk(target: str) -> FileTree:
    from vedette.sources.disk import open_disk

    return open_disk(Path(target), Limits())


def _declared() -> tuple[Extractor, ...]:
    from vedette.inventory.catalogue.declared_records import DECLARED_RECORDS

    return DECLARED_RECORDS


def _lambda(target: str) -> FileTree:
    from vedette.sources.archive import open_lambda

    # a local file is not hashed, as above
    return open_lambda(Path(target), (), Limits(), is_hashed=False)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of target: how it is opened (raises SourceError), and what is looked for in it (None: what is installed)."""

    open: Callable[[str], FileTree]
    extractors: Callable[[], tuple[Extractor, ...]] | None = None


KINDS: dict[str, Kind] = {
    "disk": Kind(open=_disk),
    "image": Kind(open=_image),
    "lambda": Kind(open=_lambda),
    "repo": Kind(open=_rootfs, extractors=_declared),
    "rootfs": Kind(open=_rootfs),
}
"""By the command's word."""
