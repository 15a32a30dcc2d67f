"""CocoaPods' `Podfile.lock`: https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock.

Sub-specifications (`Firebase/Core`) are parts of one pod. Pods from a path are the repository's own.
"""

import re
from collections.abc import Iterator, Mapping

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_url,
    from_vcs,
    read_declared,
)
from vedette.inventory.formats.yaml_blocks import Node, items, mapping, read_yaml, scalar
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_POD = re.compile(r"([^\s()/]+)(?:/[^()]*?)? \(([^()\s]+)\)")

_package = Declarer(kind=PackageKind.COCOAPODS, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    document = read_yaml(file.data)
    if "PODS" not in document:
        raise ParseError("not a Podfile.lock: no PODS")
    sources = mapping(document, "EXTERNAL SOURCES")
    checked_out = mapping(document, "CHECKOUT OPTIONS")
    return read_declared(
        _pods(document), lambda pod: _read(pod, sources=sources, checked_out=checked_out)
    )


def _pods(document: Node) -> Iterator[tuple[str, str]]:
    for number, item in enumerate(items(document, "PODS"), 1):
        stated = next(iter(item), "") if isinstance(item, dict) else item
        yield f"pod {number}", str(stated)


def _read(pod: str, *, sources: Node, checked_out: Node) -> FoundPackage | None:
    match = _POD.fullmatch(pod)
    if match is None:
        raise ParseError(f"not NAME (VERSION): {pod[:80]!r}")
    name = match[1]
    source = _of(sources, name)
    if ":path" in source:
        return None
    return _package(name, match[2], origin=_origin(source, _of(checked_out, name)))


def _of(node: Node, name: str) -> Mapping[str, object]:
    """What is said of a pod, or of one of its parts."""
    found = next((v for key, v in node.items() if key.partition("/")[0] == name), None)
    return found if isinstance(found, dict) else {}


def _origin(source: Mapping[str, object], checked_out: Mapping[str, object]) -> Origin:
    if git := scalar(source, ":git"):
        commit = scalar(checked_out, ":commit") or scalar(source, ":commit")
        return from_vcs(git, commit or scalar(source, ":tag"))
    address = scalar(source, ":http") or scalar(source, ":podspec")
    return from_url(address) if address else REGISTRY


EXTRACTOR = Extractor(
    name="podfile_lock",
    version=1,
    title="CocoaPods lock files",
    patterns=("**/Podfile.lock",),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
