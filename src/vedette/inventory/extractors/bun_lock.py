"""Bun's `bun.lock`: JSON with comments and trailing commas, https://bun.sh/docs/install/lockfile.

`packages` maps a place in `node_modules` to an array whose first item is `NAME@VERSION`, or `NAME@` and an address. What no
workspace needs but for its `devDependencies` is for development; packages are told apart by name there.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import REGISTRY, from_url, read_declared, text_of
from vedette.inventory.formats.dependency_graph import reachable
from vedette.inventory.formats.json_document import decode
from vedette.inventory.formats.npm_source import is_folder, npm_package, origin_of, split_name
from vedette.inventory.found import Extraction, FoundPackage
from vedette.model.package import PackageManager

_WHAT = "a bun.lock"
_COMMENT = r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/"
_RELAXED = re.compile(
    rf'("(?:[^"\\\n]|\\.)*+")|{_COMMENT}|,(?=(?:\s|{_COMMENT})*+[}}\]])', re.DOTALL
)


class _Needs(msgspec.Struct, frozen=True, rename="camel"):
    dependencies: dict[str, object] = {}
    optional_dependencies: dict[str, object] = {}
    peer_dependencies: dict[str, object] = {}


class _Document(msgspec.Struct, frozen=True, rename="camel"):
    lockfile_version: int
    workspaces: dict[str, _Needs] = {}
    packages: dict[str, msgspec.Raw] = {}


_DOCUMENT = msgspec.json.Decoder(_Document)
_ENTRY = msgspec.json.Decoder(list[object])
_Record = tuple[str, msgspec.Raw]


def _extract(file: FileInput) -> Extraction:
    text = _RELAXED.sub(lambda match: match[1] or "", text_of(file.data))
    document = decode(_DOCUMENT, text.encode(), _WHAT)
    needed = _needed(document)

    def read(record: _Record) -> FoundPackage | None:
        place, raw = record
        return _read(_first(raw), dev=_name(place) not in needed)

    return read_declared(((place, (place, raw)) for place, raw in document.packages.items()), read)


def _needed(document: _Document) -> frozenset[str]:
    edges: dict[str, set[str]] = {}
    for place, raw in document.packages.items():
        edges.setdefault(_name(place), set()).update(_needs(raw))
    roots = (name for needs in document.workspaces.values() for name in _names(needs))
    return reachable(roots, edges)


def _names(needs: _Needs) -> Iterator[str]:
    yield from needs.dependencies
    yield from needs.optional_dependencies
    yield from needs.peer_dependencies


def _needs(raw: msgspec.Raw) -> Iterator[str]:
    """What an entry's own object says that it needs; an entry that is unreadable is said where it is read."""
    try:
        entry = _ENTRY.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    for item in entry:
        if isinstance(item, Mapping):
            for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
                yield from _keys(item.get(kind))


def _keys(value: object) -> Iterator[str]:
    return map(str, value) if isinstance(value, Mapping) else iter(())


def _name(place: str) -> str:
    """The last package of a place such as `a/@scope/b`."""
    above, _, last = place.rpartition("/")
    scope = above.rpartition("/")[2]
    return f"{scope}/{last}" if scope.startswith("@") else last


def _first(raw: msgspec.Raw) -> str:
    entry = decode(_ENTRY, raw, "an entry")
    return entry[0] if entry and isinstance(entry[0], str) else ""


def _read(stated: str, *, dev: bool) -> FoundPackage | None:
    name, version = split_name(stated)
    if is_folder(version):
        return None
    origin = origin_of(version)
    if not origin and "://" in version:
        origin = from_url(version)
    return npm_package(
        name, version, manager=PackageManager.NPM, dev=dev, origin=origin or REGISTRY
    )


EXTRACTOR = Extractor(
    name="bun_lock",
    version=1,
    title="Bun lock files",
    patterns=("**/bun.lock",),
    limit=64 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
