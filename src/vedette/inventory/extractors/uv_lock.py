"""uv's `uv.lock`: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile.

Packages whose source is a folder (`virtual`, `editable`, `directory`) are the repository's own; what only their
`dev-dependencies` lead to is for development.
"""

from collections.abc import Iterable, Sequence

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_url,
    from_vcs,
    read_declared,
)
from vedette.inventory.formats.dependency_graph import reachable
from vedette.inventory.formats.pypi_name import canonicalize_name
from vedette.inventory.formats.toml_tables import Table, read_toml, table, tables, text
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_KEYS = ("name", "version", "source", "dependencies")
_OPTIONAL = "optional-dependencies"
_LOCAL = frozenset({"virtual", "editable", "directory"})

_package = Declarer(kind=PackageKind.PYPI, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    document = read_toml(file.data, (*_KEYS, "dev-dependencies", _OPTIONAL), (_OPTIONAL,))
    packages = tables(document, "package")
    needed = _needed(packages)

    def read(entry: Table) -> FoundPackage | None:
        source = table(entry, "source")
        if not _LOCAL.isdisjoint(source):
            return None
        name = text(entry, "name") or ""
        return _package(
            canonicalize_name(name),
            text(entry, "version"),
            dev=name not in needed if needed else False,
            origin=_origin(source),
        )

    return read_declared(((f"package {n}", entry) for n, entry in enumerate(packages, 1)), read)


def _needed(packages: Sequence[Table]) -> frozenset[str]:
    """What the repository's own packages need to run; empty where the file names none of them."""
    edges: dict[str, list[str]] = {}
    roots: list[str] = []
    for entry in packages:
        name = str(entry.get("name"))
        edges.setdefault(name, []).extend(_names(entry))
        if not _LOCAL.isdisjoint(table(entry, "source")):
            roots.append(name)
    return reachable(roots, edges)


def _names(entry: Table) -> Iterable[str]:
    lists = (entry.get("dependencies"), *table(entry, _OPTIONAL).values())
    items = (item for several in lists if isinstance(several, list) for item in several)
    return (str(item["name"]) for item in items if isinstance(item, dict) and "name" in item)


def _origin(source: Table) -> Origin:
    if git := text(source, "git"):
        address, _, revision = git.partition("#")
        return from_vcs(address.partition("?")[0], revision or None)
    url = text(source, "url") or text(source, "path")
    return from_url(url) if url else REGISTRY


EXTRACTOR = Extractor(
    name="uv_lock",
    version=1,
    title="uv lock files",
    patterns=("**/uv.lock",),
    limit=32 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
