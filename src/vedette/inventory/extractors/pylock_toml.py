"""Python's own lock files: https://packaging.python.org/en/latest/specifications/pylock-toml/.

A version is optional there; a package without one is named in a fault. A package from a folder is the repository's own.
"""

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_url,
    from_vcs,
    read_declared,
    with_unversioned,
)
from vedette.inventory.formats.pypi_name import canonicalize_name
from vedette.inventory.formats.toml_tables import Table, read_toml, table, tables, text
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_KEYS = ("name", "version", "vcs", "archive", "directory", "url", "path", "commit-id")

_package = Declarer(kind=PackageKind.PYPI, manager=PackageManager.PIP)


def _extract(file: FileInput) -> Extraction:
    unversioned: list[str] = []

    def read(entry: Table) -> FoundPackage | None:
        if "directory" in entry:
            return None
        name = canonicalize_name(text(entry, "name") or "")
        version = text(entry, "version") or text(table(entry, "vcs"), "commit-id")
        if name and version is None:
            unversioned.append(name)
            return None
        return _package(name, version, origin=_origin(entry))

    packages = tables(read_toml(file.data, _KEYS), "packages")
    records = ((f"package {n}", entry) for n, entry in enumerate(packages, 1))
    return with_unversioned(read_declared(records, read), unversioned, "locked without a version")


def _origin(entry: Table) -> Origin:
    vcs, archive = table(entry, "vcs"), table(entry, "archive")
    if vcs:
        return from_vcs(text(vcs, "url") or text(vcs, "path") or "", text(vcs, "commit-id"))
    if archive:
        return from_url(text(archive, "url") or text(archive, "path") or "")
    return REGISTRY


EXTRACTOR = Extractor(
    name="pylock_toml",
    version=1,
    title="Python lock files (pylock.toml)",
    patterns=("**/pylock.toml", "**/pylock.*.toml"),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
