"""Which OS package owns a file that was found, by the lists of files that package managers keep.

A path below a folder that merged systems moved below `usr` is known under both names
(https://systemd.io/THE_CASE_FOR_THE_USR_MERGE).
"""

from collections.abc import Iterator, Mapping, Sequence

from vedette.inventory.found import OS_KINDS, FoundPackage, PackageKind, PackedFiles
from vedette.inventory.merge import HeldFile
from vedette.inventory.packed import owned_among
from vedette.model.purl import Purl

Installed = Mapping[tuple[PackageKind, str], Sequence[tuple[FoundPackage, Purl]]]
"""The OS packages that are there, by kind and name: several versions or architectures may be side by side."""

_MERGED = ("lib/", "lib64/", "bin/", "sbin/")


def owners_of(files: Sequence[HeldFile], installed: Installed) -> dict[str, Purl]:
    """The owner's purl by path, for the packages of languages that were found."""
    paths = sorted({file.result.path for file in files if _has_others(file)})
    exact = {_absolute(path): path for path in paths}
    before = {name: path for path in paths if (name := _before_merging(path))}
    sought = frozenset((*exact, *before))
    owners: dict[str, Purl] = {}
    merged: dict[str, Purl] = {}
    for listing in (listing for file in files for listing in file.result.listings if sought):
        for name in owned_among(listing, sought):
            for purl in _purls(listing, installed):
                if name in exact:
                    owners[exact[name]] = purl
                if name in before:
                    merged[before[name]] = purl
    return {**merged, **owners}


def _has_others(file: HeldFile) -> bool:
    return any(package.kind not in OS_KINDS for package in file.result.packages)


def _absolute(path: str) -> bytes:
    """A path as lists have it."""
    return f"/{path}".encode("utf-8", "surrogateescape")


def _before_merging(path: str) -> bytes | None:
    """The same from before `/usr` was merged; None where it was never elsewhere."""
    before = path.removeprefix("usr/")
    return _absolute(before) if before != path and before.startswith(_MERGED) else None


def _purls(owned: PackedFiles, installed: Installed) -> Iterator[Purl]:
    for found, purl in installed.get((owned.kind, owned.package), ()):
        if owned.version in {None, found.version} and owned.arch in {None, found.arch}:
            yield purl
