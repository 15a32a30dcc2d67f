"""Poetry's `poetry.lock`: https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock.

Before 1.5 a package has a category, since 2.0 the groups that need it; between the two nothing says what is for development.
"""

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_url,
    from_vcs,
    read_declared,
)
from vedette.inventory.formats.pypi_name import canonicalize_name
from vedette.inventory.formats.toml_tables import Table, read_toml, table, tables, text, texts
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_KEYS = ("name", "version", "category", "groups", "type", "url", "resolved_reference")

_package = Declarer(kind=PackageKind.PYPI, manager=PackageManager.POETRY)


def _extract(file: FileInput) -> Extraction:
    packages = tables(read_toml(file.data, _KEYS), "package")
    return read_declared(((f"package {n}", entry) for n, entry in enumerate(packages, 1)), _read)


def _read(entry: Table) -> FoundPackage | None:
    source = table(entry, "source")
    if text(source, "type") == "directory":
        return None
    return _package(
        canonicalize_name(text(entry, "name") or ""),
        text(entry, "version"),
        dev=text(entry, "category") == "dev" or "main" not in (texts(entry, "groups") or ("main",)),
        origin=_origin(source),
    )


def _origin(source: Table) -> Origin:
    kind, url = text(source, "type"), text(source, "url") or ""
    if kind == "git":
        return from_vcs(url, text(source, "resolved_reference"))
    return from_url(url) if kind in {"url", "file"} else REGISTRY


EXTRACTOR = Extractor(
    name="poetry_lock",
    version=1,
    title="Poetry lock files",
    patterns=("**/poetry.lock",),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
