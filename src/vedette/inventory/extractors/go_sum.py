"""Go's `go.sum`: https://go.dev/ref/mod#go-sum-files.

A line has a module, a version and a hash: of the module's content, or of its `go.mod` alone where `/go.mod` follows the version. The
second says only that a requirement was looked at, and is left out. Of the first, `vedette.inventory.sums` keeps those of the
`go.mod` beside it.
"""

import re
from collections.abc import Iterator

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared, text_of
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_HASH = re.compile(r"h[0-9]{1,2}:[A-Za-z0-9+/]{20,100}={0,2}")
_MODULE_ONLY = "/go.mod"
_WORDS = 3

_package = Declarer(kind=PackageKind.GOLANG, manager=PackageManager.GOMOD)


def _extract(file: FileInput) -> Extraction:
    return read_declared(_lines(text_of(file.data)), _read)


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    for number, raw in enumerate(text.split("\n"), 1):
        if words := raw.split():
            yield f"line {number}", words


def _read(words: list[str]) -> FoundPackage | None:
    if len(words) != _WORDS or not _HASH.fullmatch(words[2]):
        raise ParseError(f"not a module, a version and a hash: {' '.join(words)[:80]!r}")
    module, version, checksum = words
    if version.endswith(_MODULE_ONLY):
        return None
    return msgspec.structs.replace(_package(module, version), checksums=(checksum,))


EXTRACTOR = Extractor(
    name="go_sum",
    version=1,
    title="Hashes of Go modules (go.sum)",
    patterns=("**/go.sum",),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
