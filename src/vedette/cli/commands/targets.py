"""Local targets and images of registries: which kinds there are and how each is opened; each imports its own readers only."""

# ruff: noqa: PLC0415 - see above

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec

from vedette.errors import ConfigError
from vedette.inventory.extractors._base import Extractor
from vedette.sources.limits import Limits
from vedette.sources.tree import FileTree

_REGISTRY = "docker://"
_ARCHIVES = (".tar", ".tgz", ".gz", ".zst")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be opened: a path or a name, for which platform, and until when (the stack is closed)."""

    target: str
    platform: str | None
    stack: ExitStack


def _image(asked: Asked) -> FileTree:
    name = asked.target.removeprefix(_REGISTRY)
    if name != asked.target or _is_name(name):
        from vedette.bootstrap.registries import open_named_image

        return open_named_image(name, asked.platform, asked.stack)
    from vedette.sources.image import open_image
    from vedette.sources.layer import Verify

    # what is kept of a local file is kept by its place, so nothing is compared with digests (ADR 25)
    return open_image(Path(asked.target), Limits(), platform=asked.platform, verify=Verify.NOTHING)


def _is_name(target: str) -> bool:
    """Whether it is an image's name with a registry's host, a tag or a digest, and no file."""
    if target.startswith((".", "/")) or target.endswith(_ARCHIVES) or os.path.lexists(target):
        return False
    head, slash, _ = target.partition("/")
    last = target.rpartition("/")[2]
    has_host = bool(slash) and ("." in head or ":" in head or head == "localhost")
    return has_host or ":" in last or "@" in last


def _rootfs(asked: Asked) -> FileTree:
    from vedette.sources.directory import open_directory

    return open_directory(Path(_only(asked)), Limits())


def _disk(asked: Asked) -> FileTree:
    from vedette.sources.disk import open_disk

    return open_disk(Path(_only(asked)), Limits())


def _lambda(asked: Asked) -> FileTree:
    from vedette.sources.archive import open_lambda

    # a local file is not hashed, as above
    return open_lambda(Path(_only(asked)), (), Limits(), is_hashed=False)


def _only(asked: Asked) -> str:
    if asked.platform is not None:
        raise ConfigError("--platform is for images")
    return asked.target


def _declared() -> tuple[Extractor, ...]:
    from vedette.inventory.catalogue.declared_records import DECLARED_RECORDS

    return DECLARED_RECORDS


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of target: how it is opened (raises SourceError), and what is looked for in it (None: what is installed)."""

    open: Callable[[Asked], FileTree]
    extractors: Callable[[], tuple[Extractor, ...]] | None = None


KINDS: dict[str, Kind] = {
    "disk": Kind(open=_disk),
    "image": Kind(open=_image),
    "lambda": Kind(open=_lambda),
    "repo": Kind(open=_rootfs, extractors=_declared),
    "rootfs": Kind(open=_rootfs),
}
"""By the command's word."""
