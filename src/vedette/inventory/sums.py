"""`go.sum` beside its `go.mod`: which of its modules are there (ADR 119).

`go.mod` chooses, and `go.sum` has the hashes of what was chosen and of what was once looked at. A `go.mod` of before Go 1.17 names only what is
required directly: the rest is what `go.sum` has the content of, of several versions the highest, as Go itself chooses.
"""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.errors import VersionError
from vedette.inventory.formats.go_modules import UNLISTED
from vedette.inventory.found import FoundPackage
from vedette.inventory.merge import HeldFile, Merged
from vedette.model.inventory import FileFailure

_CHOSEN, _SUMS = "go_mod", "go_sum"


def with_sums(merged: Merged) -> Merged:
    """The same with only those modules of each `go.sum` that its `go.mod` has, or leaves to it; then that one is whole."""
    if not any(file.result.extractor == _SUMS for file in merged.files):
        return merged
    chosen = {_folder(f.result.path): f for f in merged.files if f.result.extractor == _CHOSEN}
    unlisted = {_folder(f.path) for f in merged.failures if _is_unlisted(f)}
    faulty = {_folder(f.path) for f in merged.failures if f.extractor == _SUMS}
    summed = {_folder(f.result.path) for f in merged.files if f.result.extractor == _SUMS}
    whole = (unlisted & summed) - faulty
    return Merged(
        files=tuple(_kept(file, chosen, unlisted) for file in merged.files),
        failures=tuple(
            f for f in merged.failures if not (_is_unlisted(f) and _folder(f.path) in whole)
        ),
    )


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_unlisted(failure: FileFailure) -> bool:
    return failure.extractor == _CHOSEN and failure.reason.endswith(UNLISTED)


def _kept(file: HeldFile, chosen: dict[str, HeldFile], unlisted: set[str]) -> HeldFile:
    if file.result.extractor != _SUMS:
        return file
    folder = _folder(file.result.path)
    module = chosen.get(folder)
    stated = {(p.name, p.version) for p in module.result.packages} if module else set()
    wanted = stated
    if folder in unlisted:
        names = {name for name, _ in stated}
        rest = (p for p in file.result.packages if p.name not in names)
        wanted = stated | set(_highest(rest))
    kept = [
        (package, origin)
        for package, origin in zip(file.result.packages, file.origins, strict=True)
        if (package.name, package.version) in wanted
    ]
    result = msgspec.structs.replace(file.result, packages=tuple(package for package, _ in kept))
    return HeldFile(result=result, origins=tuple(origin for _, origin in kept))


def _highest(packages: Iterable[FoundPackage]) -> Iterator[tuple[str, str]]:
    # a scan of anything else orders no versions
    from vedette.versions import SCHEMES  # noqa: PLC0415 - see above

    best: dict[str, tuple[bytes, str]] = {}
    for package in packages:
        try:
            key = SCHEMES["go"].key(package.version)
        except VersionError:
            yield package.name, package.version  # which one counts is not known: both are told
            continue
        best[package.name] = max(best.get(package.name, (b"", "")), (key, package.version))
    for name, (_, version) in best.items():
        yield name, version
