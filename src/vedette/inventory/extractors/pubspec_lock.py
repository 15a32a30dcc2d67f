"""Dart's `pubspec.lock`: https://dart.dev/tools/pub/glossary#lockfile.

A package of an SDK has no version of its own, and one from a path is the repository's. `direct dev` is for development; of a
transitive one the file does not say.
"""

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_vcs,
    read_declared,
)
from vedette.inventory.formats.yaml_blocks import Node, mapping, read_yaml, scalar
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_LOCAL = frozenset({"path", "sdk"})

_package = Declarer(kind=PackageKind.PUB, manager=PackageManager.OTHER)
_Record = tuple[str, object]


def _extract(file: FileInput) -> Extraction:
    document = read_yaml(file.data)
    if "packages" not in document:
        raise ParseError("not a pubspec.lock: no packages")
    entries = mapping(document, "packages").items()
    return read_declared(((name[:200], (name, entry)) for name, entry in entries), _read)


def _read(record: _Record) -> FoundPackage | None:
    key, entry = record
    if not isinstance(entry, dict):
        raise ParseError("not a package")
    source = scalar(entry, "source")
    if source in _LOCAL:
        return None
    described = entry.get("description")
    description: Node = described if isinstance(described, dict) else {}
    return _package(
        scalar(description, "name") or key,
        scalar(entry, "version"),
        dev=scalar(entry, "dependency") == "direct dev",
        origin=_origin(source, description),
    )


def _origin(source: str | None, description: Node) -> Origin:
    """Where it is hosted is not told apart: mirrors of pub.dev are common, and look like any other host."""
    if source == "git":
        return from_vcs(scalar(description, "url") or "", scalar(description, "resolved-ref"))
    return REGISTRY


EXTRACTOR = Extractor(
    name="pubspec_lock",
    version=1,
    title="Dart lock files (pubspec.lock)",
    patterns=("**/pubspec.lock",),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
