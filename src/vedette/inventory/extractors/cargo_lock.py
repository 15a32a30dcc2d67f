"""Cargo's `Cargo.lock`: https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html.

A package without a source is the repository's own. What is for development only is not in the file.
"""

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_vcs,
    read_declared,
)
from vedette.inventory.formats.toml_tables import Table, read_toml, tables, text
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_CRATES_IO = frozenset(
    {
        "registry+https://github.com/rust-lang/crates.io-index",
        "sparse+https://index.crates.io/",
    }
)
_package = Declarer(kind=PackageKind.CARGO, manager=PackageManager.CARGO)


def _extract(file: FileInput) -> Extraction:
    packages = tables(read_toml(file.data, ("name", "version", "source")), "package")
    return read_declared(((f"package {n}", entry) for n, entry in enumerate(packages, 1)), _read)


def _read(entry: Table) -> FoundPackage | None:
    source = text(entry, "source")
    if source is None:
        return None
    return _package(text(entry, "name"), text(entry, "version"), origin=_origin(source))


def _origin(source: str) -> Origin:
    if source in _CRATES_IO:
        return REGISTRY
    if source.startswith("git+"):
        address, _, revision = source.partition("#")
        return from_vcs(address.partition("?")[0], revision or None)
    return (("repository_url", source.partition("+")[2] or source),)


EXTRACTOR = Extractor(
    name="cargo_lock",
    version=1,
    title="Cargo lock files",
    patterns=("**/Cargo.lock",),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
