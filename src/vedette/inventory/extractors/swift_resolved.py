"""Swift's `Package.resolved`, versions 1 to 3: https://docs.swift.org/package-manager/.

A package is named by its repository's host and path, as advisories do. A pin to a branch has its revision for a version.
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_WHAT = "a Package.resolved"
_SCHEME = re.compile(r"(?:[a-z+]+://(?:[^/@]*@)?|[^/@\s]+@)")
_LOCAL = "localSourceControl"


class _State(msgspec.Struct, frozen=True):
    version: str | None = None
    revision: str | None = None


class _Pin(msgspec.Struct, frozen=True, rename="camel"):
    state: _State
    identity: str | None = None
    kind: str | None = None
    location: str | None = None
    repository: str | None = msgspec.field(name="repositoryURL", default=None)


class _Object(msgspec.Struct, frozen=True):
    pins: list[msgspec.Raw]


class _Document(msgspec.Struct, frozen=True):
    version: int
    pins: list[msgspec.Raw] | None = None
    object: _Object | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)
_PIN = msgspec.json.Decoder(_Pin)
_package = Declarer(kind=PackageKind.SWIFT, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    return read_declared(_pins(decode(_DOCUMENT, file.data, _WHAT)), _read)


def _pins(document: _Document) -> Iterator[tuple[str, msgspec.Raw]]:
    pins = document.object.pins if document.object else document.pins
    if pins is None:
        raise ParseError(f"not {_WHAT}: no pins")
    for number, pin in enumerate(pins, 1):
        yield f"pin {number}", pin


def _read(raw: msgspec.Raw) -> FoundPackage | None:
    pin = decode(_PIN, raw, "a pin")
    if pin.kind == _LOCAL:
        return None
    name = _name(pin.location or pin.repository or "") or pin.identity
    return _package(name, pin.state.version or pin.state.revision)


def _name(address: str) -> str:
    """`github.com/apple/swift-nio` of any address of that repository."""
    match = _SCHEME.match(address)
    if match is None:
        return "" if address.startswith("/") else address.removesuffix(".git")
    path = address[match.end() :]
    if "://" not in match[0]:
        path = path.replace(":", "/", 1)  # git@host:path
    return path.rstrip("/").removesuffix(".git")


EXTRACTOR = Extractor(
    name="swift_resolved",
    version=1,
    title="Swift pins (Package.resolved)",
    patterns=("**/Package.resolved", "**/.package.resolved"),
    limit=8 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
