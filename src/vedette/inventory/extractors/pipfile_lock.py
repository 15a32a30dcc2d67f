"""Pipenv's `Pipfile.lock`: https://pipenv.pypa.io/en/latest/pipfile.html (section `default`, `develop`, and named categories)."""

from collections.abc import Iterator

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput, Purpose
from vedette.inventory.formats.declared import (
    REGISTRY,
    Declarer,
    Origin,
    from_url,
    from_vcs,
    read_declared,
)
from vedette.inventory.formats.json_document import decode
from vedette.inventory.formats.pypi_name import canonicalize_name
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_WHAT = "a Pipfile.lock"


class _Entry(msgspec.Struct, frozen=True):
    version: str | None = None
    git: str | None = None
    ref: str | None = None
    file: str | None = None
    path: str | None = None


_DOCUMENT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SECTION = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRY = msgspec.json.Decoder(_Entry)
_package = Declarer(kind=PackageKind.PYPI, manager=PackageManager.PIPENV)
_Record = tuple[str, msgspec.Raw, bool]


def _extract(file: FileInput) -> Extraction:
    return read_declared(_records(decode(_DOCUMENT, file.data, _WHAT)), _read)


def _records(document: dict[str, msgspec.Raw]) -> Iterator[tuple[str, _Record]]:
    for section, content in document.items():
        if section != "_meta":
            for name, entry in decode(_SECTION, content, _WHAT).items():
                yield f"{section}: {name}", (name, entry, section == "develop")


def _read(record: _Record) -> FoundPackage | None:
    name, raw, dev = record
    entry = decode(_ENTRY, raw, "an entry")
    if entry.path is not None:
        return None
    version = (entry.version or "").removeprefix("==")
    return _package(canonicalize_name(name), version or entry.ref, dev=dev, origin=_origin(entry))


def _origin(entry: _Entry) -> Origin:
    if entry.git:
        return from_vcs(entry.git, entry.ref)
    return from_url(entry.file) if entry.file else REGISTRY


EXTRACTOR = Extractor(
    name="pipfile_lock",
    version=1,
    title="Pipenv lock files",
    patterns=("**/Pipfile.lock",),
    limit=16 << 20,
    extract=_extract,
    purpose=Purpose.DECLARED,
)
