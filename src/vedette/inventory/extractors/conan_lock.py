"""Conan's `conan.lock`: version 2 (https://docs.conan.io/2/reference/commands/lock.html) and 1 (`graph_lock`).

A reference is `NAME/VERSION@USER/CHANNEL#REVISION%TIME`; of version 2 `build_requires` and `python_requires` are for building.
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import REGISTRY, Declarer, Origin, read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_WHAT = "a conan.lock"
_REFERENCE = re.compile(
    r"(?P<name>[^/@#%\s]+)/(?P<version>[^/@#%\s]+)(?:@(?:(?P<user>[^/@#%\s]*)/(?P<channel>[^/@#%\s]*))?)?(?:[#%].*)?"
)


class _Graph(msgspec.Struct, frozen=True):
    nodes: dict[str, msgspec.Raw]


class _Document(msgspec.Struct, frozen=True):
    graph_lock: _Graph | None = None
    requires: list[str] | None = None
    build_requires: list[str] | None = None
    python_requires: list[str] | None = None
    config_requires: list[str] | None = None


class _Node(msgspec.Struct, frozen=True):
    ref: str | None = None
    context: str | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)
_NODE = msgspec.json.Decoder(_Node)
_package = Declarer(kind=PackageKind.CONAN, manager=PackageManager.OTHER)
_Record = tuple[str, bool]


def _extract(file: FileInput) -> Extraction:
    document = decode(_DOCUMENT, file.data, _WHAT)
    if document.graph_lock:
        nodes = document.graph_lock.nodes.items()
        return read_declared(((f"node {key}", node) for key, node in nodes), _read_node)
    if document.requires is None and document.build_requires is None:
        raise ParseError(f"not {_WHAT}: neither requires nor graph_lock")
    return read_declared(_records(document), _read)


def _records(document: _Document) -> Iterator[tuple[str, _Record]]:
    for reference in document.requires or ():
        yield reference[:200], (reference, False)
    of_build = (document.build_requires, document.python_requires, document.config_requires)
    for reference in (one for several in of_build for one in several or ()):
        yield reference[:200], (reference, True)


def _read_node(raw: msgspec.Raw) -> FoundPackage | None:
    """The node without a reference is the project itself."""
    node = decode(_NODE, raw, "a node")
    return _read((node.ref, node.context == "build")) if node.ref else None


def _read(record: _Record) -> FoundPackage:
    match = _REFERENCE.fullmatch(record[0])
    if match is None:
        raise ParseError(f"not NAME/VERSION: {record[0][:80]!r}")
    return _package(match["name"], match["version"], dev=record[1], origin=_origin(match))


def _origin(match: re.Match[str]) -> Origin:
    """Who built it and where in their work it stands, where that is said (purl-spec, conan-definition)."""
    stated = (("channel", match["channel"]), ("user", match["user"]))
    return tuple((key, value) for key, value in stated if value and value != "_") or REGISTRY


EXTRACTOR = Extractor(
    name="conan_lock",
    version=1,
    title="Conan lock files (1 and 2)",
    patterns=("**/conan.lock",),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
