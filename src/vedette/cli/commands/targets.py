"""Local targets: which kinds there are and how each is opened."""

from collections.abc import Callable
from pathlib import Path

from vedette.sources.archive import open_lambda
from vedette.sources.directory import open_directory
from vedette.sources.image import open_image
from vedette.sources.layer import Verify
from vedette.sources.limits import Limits
from vedette.sources.tree import FileTree


def _image(target: str) -> FileTree:
    # what is kept of a local file is kept by its place, so nothing is compared with digests (ADR 25)
    return open_image(Path(target), Limits(), verify=Verify.NOTHING)


def _rootfs(target: str) -> FileTree:
    return open_directory(Path(target), Limits())


def _lambda(target: str) -> FileTree:
    return open_lambda(Path(target), (), Limits())


KINDS: dict[str, Callable[[str], FileTree]] = {
    "image": _image,
    "lambda": _lambda,
    "rootfs": _rootfs,
}
"""The command's word → how the target is opened; opening raises SourceError."""
