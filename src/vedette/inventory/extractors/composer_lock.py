"""Composer's `composer.lock`: https://getcomposer.org/doc/01-basic-usage.md#composer-lock-the-lock-file."""

from collections.abc import Iterator

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_WHAT = "a composer.lock"


class _Document(msgspec.Struct, frozen=True):
    packages: list[msgspec.Raw]
    development: list[msgspec.Raw] | None = msgspec.field(name="packages-dev", default=None)


class _Dist(msgspec.Struct, frozen=True):
    type: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    name: str
    version: str
    dist: _Dist | None = None
    license: list[str] | str | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)
_ENTRY = msgspec.json.Decoder(_Entry)
_package = Declarer(kind=PackageKind.COMPOSER, manager=PackageManager.COMPOSER)
_Record = tuple[msgspec.Raw, bool]


def _extract(file: FileInput) -> Extraction:
    return read_declared(_records(decode(_DOCUMENT, file.data, _WHAT)), _read)


def _records(document: _Document) -> Iterator[tuple[str, _Record]]:
    for number, entry in enumerate(document.packages, 1):
        yield f"package {number}", (entry, False)
    for number, entry in enumerate(document.development or (), 1):
        yield f"development package {number}", (entry, True)


def _read(record: _Record) -> FoundPackage | None:
    """Names are compared without case and written small (Composer's schema); a path is the repository's own."""
    entry = decode(_ENTRY, record[0], "a package")
    if entry.dist and entry.dist.type == "path":
        return None
    licences = [entry.license] if isinstance(entry.license, str) else entry.license or ()
    return _package(entry.name.lower(), entry.version, dev=record[1], licenses=licences)


EXTRACTOR = Extractor(
    name="composer_lock",
    version=1,
    title="Composer lock files",
    patterns=("**/composer.lock",),
    limit=32 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
