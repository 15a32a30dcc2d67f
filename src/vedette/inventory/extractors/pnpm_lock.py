"""pnpm's `pnpm-lock.yaml`, versions 5 to 9: https://github.com/pnpm/spec/tree/master/lockfile.

A package's key is `/NAME/VERSION_PEERS` in version 5, `/NAME@VERSION(PEERS)` in 6 and `NAME@VERSION` in 9; one that is not a registry's
is keyed by its address. Up to version 8 a package says that it is for development; in 9 only the graph does.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import REGISTRY, Origin, from_url, from_vcs, read_declared
from vedette.inventory.formats.dependency_graph import reachable
from vedette.inventory.formats.npm_source import npm_package, origin_of, split_name
from vedette.inventory.formats.yaml_blocks import Node, flow_mapping, mapping, read_yaml, scalar
from vedette.inventory.found import Extraction, FoundPackage
from vedette.model.package import PackageManager

_GRAPH_ONLY = 9
_FIRST_WITH_AT = 6
_VERSION = re.compile(r"'?(\d+)(?:\.\d+)?(?:-[a-z]+)?'?")
_Reading = Callable[[str, object], str]
_RUNTIME = ("dependencies", "optionalDependencies")


class _Entry(msgspec.Struct, frozen=True):
    key: str
    fields: Node
    dev: bool


def _extract(file: FileInput) -> Extraction:
    document = read_yaml(file.data)
    stated = _VERSION.fullmatch(scalar(document, "lockfileVersion") or "")
    if stated is None:
        raise ParseError("not a pnpm lock file: no lockfileVersion")
    version = int(stated[1])
    entries = _entries(document, version)
    return read_declared(entries, lambda entry: _read(entry, version))


def _entries(document: Node, version: int) -> Iterator[tuple[str, _Entry]]:
    needed = _needed(document) if version >= _GRAPH_ONLY else frozenset()
    for key, fields in mapping(document, "packages").items():
        content = fields if isinstance(fields, dict) else {}
        dev = key not in needed if needed else scalar(content, "dev") == "true"
        yield key[:200], _Entry(key, content, dev)


def _needed(document: Node) -> frozenset[str]:
    """The keys of packages, without peers, that the importers need to run; empty where there is no graph."""
    edges = {
        _without_peers(key): _targets(fields, _target)
        for key, fields in mapping(document, "snapshots").items()
        if isinstance(fields, dict)
    }
    importers = mapping(document, "importers").values()
    roots = [
        target
        for importer in importers
        if isinstance(importer, dict)
        for target in _targets(importer, _specified)
    ]
    return reachable(roots, edges) if edges else frozenset()


def _targets(node: Node, read: _Reading) -> list[str]:
    return [read(name, value) for kind in _RUNTIME for name, value in mapping(node, kind).items()]


def _target(name: str, value: object) -> str:
    """The key that a dependency leads to: `VERSION`, or a whole key where name and address differ."""
    version = _without_peers(str(value))
    known = split_name(version)[1] and not version.startswith(("file:", "http", "git"))
    return version if known else f"{name}@{version}"


def _specified(name: str, value: object) -> str:
    return _target(name, value.get("version", "") if isinstance(value, dict) else value)


def _read(entry: _Entry, version: int) -> FoundPackage | None:
    resolution = _resolution(entry.fields)
    if resolution.get("type") == "directory":
        return None
    name, found = _named(entry.key, version)
    stated_name, stated = scalar(entry.fields, "name"), scalar(entry.fields, "version")
    return npm_package(
        stated_name or name,
        stated or found,
        manager=PackageManager.NPM,
        dev=entry.dev,
        origin=_origin(resolution),
    )


def _named(key: str, version: int) -> tuple[str, str]:
    """Name and version of a key; of an address the name, if it is there, and the address."""
    path = _without_peers(key).removeprefix("/")
    if version >= _FIRST_WITH_AT:
        return split_name(path)
    name, _, found = path.rpartition("/")
    return name, found.partition("_")[0]


def _without_peers(key: str) -> str:
    return key.partition("(")[0]


def _resolution(fields: Node) -> dict[str, str]:
    stated = fields.get("resolution")
    if isinstance(stated, str):
        return flow_mapping(stated)
    pairs = stated.items() if isinstance(stated, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}


def _origin(resolution: dict[str, str]) -> Origin:
    if resolution.get("type") == "git" or "commit" in resolution:
        return from_vcs(resolution.get("repo", ""), resolution.get("commit"))
    tarball = resolution.get("tarball")
    if tarball and "integrity" not in resolution:
        return origin_of(tarball) or from_url(tarball)  # a registry's has an integrity
    return origin_of(tarball) or REGISTRY


EXTRACTOR = Extractor(
    name="pnpm_lock",
    version=1,
    title="pnpm lock files (versions 5 to 9)",
    patterns=("**/pnpm-lock.yaml",),
    limit=64 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
