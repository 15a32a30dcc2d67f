"""PDM's `pdm.lock`: https://pdm-project.org/latest/usage/lockfile/.

A group may be of development or an extra of the project, and the lock file does not tell which; only the group that PDM itself
calls `dev` is taken for development.
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
from vedette.inventory.formats.toml_tables import Table, read_toml, tables, text, texts
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_KEYS = ("name", "version", "groups", "git", "revision", "url", "path", "editable")

_package = Declarer(kind=PackageKind.PYPI, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    packages = tables(read_toml(file.data, _KEYS), "package")
    return read_declared(((f"package {n}", entry) for n, entry in enumerate(packages, 1)), _read)


def _read(entry: Table) -> FoundPackage | None:
    if entry.get("path") or entry.get("editable"):
        return None
    return _package(
        canonicalize_name(text(entry, "name") or ""),
        text(entry, "version"),
        dev=set(texts(entry, "groups") or ()) == {"dev"},
        origin=_origin(entry),
    )


def _origin(entry: Table) -> Origin:
    if git := text(entry, "git"):
        return from_vcs(git, text(entry, "revision"))
    url = text(entry, "url")
    return from_url(url) if url else REGISTRY


EXTRACTOR = Extractor(
    name="pdm_lock",
    version=1,
    title="PDM lock files",
    patterns=("**/pdm.lock",),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
