"""NuGet's `packages.lock.json`: https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies."""

from collections.abc import Iterator

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_WHAT = "a packages.lock.json"


class _Document(msgspec.Struct, frozen=True):
    version: int
    dependencies: dict[str, dict[str, msgspec.Raw]]


class _Entry(msgspec.Struct, frozen=True):
    type: str | None = None
    resolved: str | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)
_ENTRY = msgspec.json.Decoder(_Entry)
_package = Declarer(kind=PackageKind.NUGET, manager=PackageManager.NUGET)
_Record = tuple[str, msgspec.Raw]


def _extract(file: FileInput) -> Extraction:
    return read_declared(_records(decode(_DOCUMENT, file.data, _WHAT)), _read)


def _records(document: _Document) -> Iterator[tuple[str, _Record]]:
    for framework, entries in document.dependencies.items():
        for name, entry in entries.items():
            yield f"{framework}: {name}"[:300], (name, entry)


def _read(record: _Record) -> FoundPackage | None:
    entry = decode(_ENTRY, record[1], "an entry")
    if entry.type == "Project":
        return None
    return _package(record[0], entry.resolved)


EXTRACTOR = Extractor(
    name="nuget_lock",
    version=1,
    title="NuGet lock files",
    patterns=("**/packages.lock.json", "**/packages.*.lock.json"),
    limit=32 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
