"""What Composer has installed: `vendor/composer/installed.json`, in Composer 1 a list, since 2 an object with one.

Composer's src/Composer/Repository/FilesystemRepository.php. A package from a path (`dist.type`) is the project's own.
"""

from collections.abc import Iterator

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_WHAT = "an installed.json"


class _Document(msgspec.Struct, frozen=True):
    packages: list[msgspec.Raw]
    development: list[str] = msgspec.field(name="dev-package-names", default=[])


class _Dist(msgspec.Struct, frozen=True):
    type: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    name: str
    version: str
    dist: _Dist | None = None
    license: list[str] | str | None = None


_DOCUMENT = msgspec.json.Decoder(_Document | list[msgspec.Raw])
_ENTRY = msgspec.json.Decoder(_Entry)
_package = Declarer(kind=PackageKind.COMPOSER, manager=PackageManager.COMPOSER)


def _extract(file: FileInput) -> Extraction:
    document = decode(_DOCUMENT, file.data, _WHAT)
    if isinstance(document, list):
        document = _Document(packages=document)
    development = frozenset(map(str.lower, document.development))

    def read(entry: msgspec.Raw) -> FoundPackage | None:
        return _read(entry, development)

    return read_declared(_records(document), read)


def _records(document: _Document) -> Iterator[tuple[str, msgspec.Raw]]:
    return ((f"package {number}", entry) for number, entry in enumerate(document.packages, 1))


def _read(raw: msgspec.Raw, development: frozenset[str]) -> FoundPackage | None:
    entry = decode(_ENTRY, raw, "a package")
    if entry.dist and entry.dist.type == "path":
        return None
    name = entry.name.lower()
    licences = [entry.license] if isinstance(entry.license, str) else entry.license or ()
    return _package(name, entry.version, dev=name in development, licenses=licences)


EXTRACTOR = Extractor(
    name="composer_installed",
    version=1,
    title="Installed PHP packages (Composer)",
    patterns=("**/composer/installed.json",),
    limit=32 << 20,
    extract=_extract,
)
