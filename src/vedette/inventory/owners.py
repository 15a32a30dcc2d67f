"""Which OS package owns a file that was found, by the lists of files that package managers keep.

A path below a folder that merged systems moved below `usr` is known under both names
(https://systemd.io/THE_CASE_FOR_THE_USR_MERGE).
"""

from collections.abc import Iterator, Mapping, Sequence

from vedette.inventory.found import FoundPackage, OwnedPath, PackageKind, PackedFiles
from vedette.inventory.merge import HeldFile
from vedette.inventory.packed import owned_among
from vedette.model.purl import Purl

Installed = Mapping[tuple[PackageKind, str], Sequence[tuple[FoundPackage, Purl]]]
"""The OS packages that are there, by kind and name: several versions or architectures may be side by side."""

_MERGED = ("lib/", "lib64/", "bin/", "sbin/")


def owners_of(files: Sequence[HeldFile], installed: Installed) -> dict[str, Purl]:
    """The owner's purl by path, for what extractors found."""
    owners: dict[str, Purl] = {}
    for owned in (owned for file in files for owned in file.result.owned):
        for purl in _purls(owned, installed):
            owners[owned.path] = purl
            if owned.path.startswith(_MERGED):
                owners.setdefault(f"usr/{owned.path}", purl)
    return owners | _of_programs(files, installed)


def _of_programs(files: Sequence[HeldFile], installed: Installed) -> dict[str, Purl]:
    """The same for programs, which no pattern finds: they are looked up in the whole lists."""
    paths = [file.result.path for file in files if file.result.is_part and file.result.packages]
    named = {name: path for path in paths for name in _names(path)}
    sought = frozenset(named)
    if not sought:
        return {}
    return {
        named[name]: purl
        for file in files
        for listing in file.result.listings
        for name in owned_among(listing, sought)
        for purl in _purls(listing, installed)
    }


def _names(path: str) -> Iterator[bytes]:
    """A path as lists have it, also from before `/usr` was merged."""
    yield f"/{path}".encode("utf-8", "surrogateescape")
    before = path.removeprefix("usr/")
    if before != path and before.startswith(_MERGED):
        yield f"/{before}".encode("utf-8", "surrogateescape")


def _purls(owned: OwnedPath | PackedFiles, installed: Installed) -> Iterator[Purl]:
    for found, purl in installed.get((owned.kind, owned.package), ()):
        if owned.version in {None, found.version} and owned.arch in {None, found.arch}:
            yield purl
