"""Julia's `Manifest.toml`: https://pkgdocs.julialang.org/v1/toml-files/#Manifest.toml.

A package without a version is a part of Julia itself, one with a path is the repository's own. Other tools have files of this name:
one without a package that has a UUID is not Julia's.
"""

from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import REGISTRY, Declarer, Origin, from_vcs, read_declared
from vedette.inventory.formats.toml_tables import Table, read_toml, table, text
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_KEYS = ("uuid", "version", "path", "repo-url", "repo-rev", "manifest_format", "git-tree-sha1")
_package = Declarer(kind=PackageKind.JULIA, manager=PackageManager.OTHER)
_Record = tuple[str, Table]


def _extract(file: FileInput) -> Extraction:
    document = read_toml(file.data, _KEYS)
    listed = table(document, "deps") if "manifest_format" in document else document
    return read_declared(_entries(listed), _read)


def _entries(listed: Table) -> Iterator[tuple[str, _Record]]:
    """Packages by name, each an array, since two may share a name."""
    for name, several in listed.items():
        for entry in several if isinstance(several, list) else ():
            if isinstance(entry, dict) and "uuid" in entry:
                yield name[:200], (name, entry)


def _read(record: _Record) -> FoundPackage | None:
    name, entry = record
    version = text(entry, "version")
    if version is None or "path" in entry:
        return None
    package = _package(name, version, origin=_origin(entry))
    uuid = text(entry, "uuid") or ""
    if not uuid.isascii() or not uuid.replace("-", "").isalnum():
        raise ParseError(f"not a UUID: {uuid[:80]!r}")
    return msgspec.structs.replace(package, qualifiers=(("uuid", uuid), *package.qualifiers))


def _origin(entry: Table) -> Origin:
    url = text(entry, "repo-url")
    return from_vcs(url, text(entry, "repo-rev")) if url else REGISTRY


EXTRACTOR = Extractor(
    name="julia_manifest",
    version=1,
    title="Julia manifests",
    patterns=("**/Manifest.toml", "**/JuliaManifest.toml"),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
