"""Layers' results into one: what upper layers delete, replace and leave (OCI image spec, layer.md)."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vedette.inventory.found import FileResult, FoundPackage, LayerResult
from vedette.inventory.packed import packed_among
from vedette.model.digest import Digest
from vedette.model.inventory import FileFailure, failure_order
from vedette.sources.tree import Hiding, HidingKind

Identity = tuple[str, str, str, str | None]
"""Kind, name, version and architecture: the same package in the same version."""


class HeldFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is seen in the end, and for each of its packages the layer that brought it."""

    result: FileResult
    origins: tuple[Digest | None, ...]


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What is seen in the end: files by path and extractor, and every layer's failures that still matter."""

    files: tuple[HeldFile, ...]
    failures: tuple[FileFailure, ...]


_Held = dict[str, dict[str, HeldFile]]  # by path, then by extractor


def merge(layers: Iterable[tuple[Digest | None, LayerResult]]) -> Merged:
    """Join layers from the bottom to the top.

    A database that an upper layer rewrites whole keeps, for each package that was there before in the same
    version, the layer that it had: the lowest from which on it has been present without interruption.
    A file that could not be read hides the one below all the same: that one is not what is there. A failure is
    forgotten when an upper layer deletes or replaces its file.
    """
    held: _Held = {}
    failures: dict[str, list[FileFailure]] = {}
    for digest, layer in layers:
        below = {file.path: held.get(file.path, {}) for file in layer.files}
        present = {file.path for file in layer.files} | {f.path for f in layer.failures if f.path}
        present |= packed_among(layer.plain, _programs(held, failures))
        for path in _hidden({*held, *failures}, layer.hidings, present):
            held.pop(path, None)
            failures.pop(path, None)
        for file in layer.files:
            origins = _origins(file, below[file.path].get(file.extractor), digest)
            held.setdefault(file.path, {})[file.extractor] = HeldFile(result=file, origins=origins)
        for failure in layer.failures:
            placed = failure if failure.layer else msgspec.structs.replace(failure, layer=digest)
            failures.setdefault(failure.path, []).append(placed)
    return Merged(
        files=tuple(file for _, files in sorted(held.items()) for _, file in sorted(files.items())),
        failures=tuple(sorted(_all(failures), key=failure_order)),
    )


def identity(package: FoundPackage) -> Identity:
    """See `Identity`."""
    return package.kind.value, package.name, package.version, package.arch


def _programs(held: _Held, failures: Iterable[str]) -> set[str]:
    """Paths whose place a file may have taken that nobody reads."""
    programs = {
        path for path, files in held.items() if any(f.result.is_part for f in files.values())
    }
    return programs.union(failures)


def _all(failures: Mapping[str, list[FileFailure]]) -> Iterator[FileFailure]:
    for several in failures.values():
        yield from several


def _origins(
    file: FileResult, below: HeldFile | None, digest: Digest | None
) -> tuple[Digest | None, ...]:
    if below is None:
        return (digest,) * len(file.packages)
    known = dict(zip(map(identity, below.result.packages), below.origins, strict=True))
    return tuple(known.get(identity(package), digest) for package in file.packages)


def _hidden(paths: Iterable[str], hidings: Iterable[Hiding], present: set[str]) -> Iterator[str]:
    """The paths of lower layers that this layer's hidings and files take away.

    A path that is a file here is no folder any more, and one that has files under it here is no file any more.
    """
    gone = {h.path for h in hidings if h.kind is not HidingKind.OPAQUE} | present
    emptied = {h.path for h in hidings if h.kind is HidingKind.OPAQUE} | gone
    folders = {above for path in present for above in _above(path)}
    below: dict[str, bool] = {}  # whether something above takes away what is in a folder
    for path in paths:
        folder = path.rpartition("/")[0]
        if folder not in below:
            below[folder] = not emptied.isdisjoint(_above(path))
        if below[folder] or path in gone or path in folders:
            yield path


def _above(path: str) -> Iterator[str]:
    """The folders above a path, and the root (`""`)."""
    at = path.rfind("/")
    while at >= 0:
        yield path[:at]
        at = path.rfind("/", 0, at)
    yield ""
