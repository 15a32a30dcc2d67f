"""The one walk: a tree of files in, an inventory out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from vedette.errors import ParseError
from vedette.inventory.cache import LayerCache
from vedette.inventory.extractors._base import Extractor
from vedette.inventory.found import OS_KINDS, FoundPackage, PackageKind
from vedette.inventory.merge import HeldFile, Merged, merge
from vedette.inventory.naming import Release, purl_of, release_of, settle
from vedette.inventory.owners import Installed, owners_of
from vedette.inventory.streams import placed
from vedette.inventory.sums import with_sums
from vedette.inventory.walks import LayerDone, read_layers
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.package import Location, Package
from vedette.model.purl import Purl
from vedette.model.resource import ResourceRef
from vedette.sources.tree import FileTree

_REPOSITORIES = "yum_repositories"  # the extractor of lists of repositories


class _Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One package in one file; `owner` is the OS package that the file belongs to."""

    found: FoundPackage
    location: Location
    file: str
    extractor: str
    owner: Purl | None = None


def collect(  # noqa: PLR0913 - everything but the tree and its resource has a default
    tree: FileTree,
    extractors: Sequence[Extractor] | None = None,
    *,
    resource: ResourceRef,
    cache: LayerCache | None = None,
    taken_at: datetime | None = None,
    workers: int = 4,
    progress: Callable[[LayerDone], None] | None = None,
) -> Inventory:
    """Read every layer once and say what is in it.

    Nothing is raised for what is unreadable: it is in `failures`, with its place, and the rest is there.

    Args:
        tree: the target; its layers are walked in up to `workers` threads.
        extractors: what to look for: the catalogue's `DECLARED` for a source repository; None: `INSTALLED`.
        resource: what the tree is of.
        cache: where results of layers with a digest are kept.
        taken_at: the time to put on the inventory.
        workers: threads; inflating and hashing release the interpreter's lock.
        progress: called in this thread after each layer.
    """
    if extractors is None:
        from vedette.inventory.catalogue.installed_records import (  # noqa: PLC0415 - a repository's scan needs none of them
            INSTALLED_RECORDS,
        )

        extractors = INSTALLED_RECORDS
    readings = read_layers(tree, extractors, cache=cache, workers=workers, progress=progress)
    merged = with_sums(
        merge(
            (layer.digest, reading.result)
            for layer, reading in zip(tree.layers, readings, strict=True)
        )
    )
    distro = _distro(merged)
    packages, failures = _settle(merged, distro)
    return Inventory(
        resource=resource,
        distro=distro,
        packages=tuple(sorted(packages, key=lambda p: (p.purl, p.owner or ""))),
        failures=tuple(sorted({*tree.failures, *merged.failures, *failures}, key=_failure_order)),
        taken_at=taken_at,
        repositories=_repositories(merged, distro),
    )


def _distro(merged: Merged) -> Distro | None:
    claims = [file.result.distro for file in merged.files if file.result.distro]
    return min(claims, key=lambda claim: claim.rank).distro if claims else None


def _repositories(merged: Merged, distro: Distro | None) -> tuple[str, ...] | None:
    """None where no file speaks of repositories, one that does could not be read, or it is not known of which release they are."""
    stated = [f.result.repositories for f in merged.files if f.result.repositories is not None]
    if not stated or any(f.extractor == _REPOSITORIES for f in merged.failures):
        return None
    found = placed((ecosystem for ecosystems in stated for ecosystem in ecosystems), distro)
    return None if found is None else tuple(sorted(found))


def _settle(merged: Merged, distro: Distro | None) -> tuple[list[Package], list[FileFailure]]:
    """Name every package, the OS's first, since they own files of the others."""
    releases = {kind: release_of(kind, distro) for kind in PackageKind}
    sightings = [sighting for file in merged.files for sighting in _sightings(file)]
    of_os = [s for s in sightings if s.found.kind in OS_KINDS]
    of_languages = [s for s in sightings if s.found.kind not in OS_KINDS]
    groups: _Groups = {}
    failures = _group(of_os, releases, groups)
    owners = owners_of(merged.files, _installed(groups))
    if owners:
        of_languages = [
            msgspec.structs.replace(s, owner=owners[s.file]) if s.file in owners else s
            for s in of_languages
        ]
    failures += _group(of_languages, releases, groups)
    packages = [
        _package(purl, several, releases[several[0].found.kind])
        for (purl, _), several in groups.items()
    ]
    return packages, failures


_Groups = dict[tuple[Purl, Purl | None], list[_Sighting]]
"""The same package (by purl) seen in several places, apart by the OS package that owns the places."""


def _installed(groups: _Groups) -> Installed:
    installed: dict[tuple[PackageKind, str], list[tuple[FoundPackage, Purl]]] = defaultdict(list)
    for (purl, _), several in groups.items():
        found = several[0].found
        installed[found.kind, found.name].append((found, purl))
    return installed


def _sightings(file: HeldFile) -> Iterable[_Sighting]:
    result = file.result
    return (
        _Sighting(
            found=found,
            location=Location(path=_place(result.path, found), layer=layer),
            file=result.path,
            extractor=result.extractor,
        )
        for found, layer in zip(result.packages, file.origins, strict=True)
    )


def _place(path: str, found: FoundPackage) -> str:
    """Where it is; `!/` between an archive and what is in it, as Java's `jar:` URLs have it."""
    return f"{path}!/{found.within}" if found.within else path


def _group(
    sightings: Iterable[_Sighting], releases: Mapping[PackageKind, Release], groups: _Groups
) -> list[FileFailure]:
    failures: list[FileFailure] = []
    for sighting in sightings:
        try:
            purl = purl_of(sighting.found, releases[sighting.found.kind])
        except ParseError as error:
            failures.append(
                FileFailure(
                    extractor=sighting.extractor,
                    path=sighting.location.path,
                    reason=str(error),
                    layer=sighting.location.layer,
                )
            )
            continue
        groups.setdefault((purl, sighting.owner), []).append(sighting)
    return failures


def _package(purl: Purl, sightings: Sequence[_Sighting], release: Release) -> Package:
    """One package of everything that was seen of it; the first by location speaks for the rest."""
    first = sightings[0]
    if len(sightings) == 1:  # nearly all are seen once
        return settle(
            first.found,
            release,
            purl=purl,
            locations=(first.location,),
            owner=first.owner,
            licenses=tuple(sorted(set(first.found.licenses))),
            extractor=first.extractor,
        )
    ordered = sorted(sightings, key=lambda s: (s.location.path, s.location.layer or ""))
    first = ordered[0]
    found = msgspec.structs.replace(
        first.found,
        cpes=tuple(sorted({cpe for s in ordered for cpe in s.found.cpes})),
        checksums=tuple(sorted({checksum for s in ordered for checksum in s.found.checksums})),
    )
    return settle(
        found,
        release,
        purl=purl,
        locations=tuple(dict.fromkeys(s.location for s in ordered)),
        owner=first.owner,
        licenses=tuple(sorted({name for s in ordered for name in s.found.licenses})),
        extractor=first.extractor,
        dev=all(s.found.dev for s in ordered),
    )


def _failure_order(failure: FileFailure) -> tuple[str, str, str, str]:
    return failure.path, failure.extractor, failure.reason, failure.layer or ""
