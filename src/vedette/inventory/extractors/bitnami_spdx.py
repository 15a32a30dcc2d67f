"""Bitnami's applications: `.spdx-NAME.spdx` in `/opt/bitnami`, an SPDX 2.3 document in JSON.

The application and its parts that Bitnami itself builds have purls of the type `bitnami`; the number after the version
(`7.2.4-0`) is Bitnami's own and is left out, as its advisories do. What else a document lists (modules that
a program was built from) is found in the program.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.declared import Declarer, read_declared
from vedette.inventory.formats.json_document import decode
from vedette.inventory.formats.words import word
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_PURL = re.compile(r"pkg:bitnami/([^@?#/]+)@([^?#]+)(?:\?([^#]*))?(?:#.*)?")
_REVISION = re.compile(r"-\d+$")
_UNSTATED = frozenset({"NONE", "NOASSERTION", ""})
_QUALIFIERS = frozenset({"arch", "distro"})


class _Reference(msgspec.Struct, frozen=True):
    referenceType: str = ""  # noqa: N815 - SPDX's name
    referenceLocator: str = ""  # noqa: N815 - SPDX's name


class _Package(msgspec.Struct, frozen=True):
    externalRefs: tuple[_Reference, ...] = ()  # noqa: N815 - SPDX's name
    licenseDeclared: str = ""  # noqa: N815 - SPDX's name


class _Document(msgspec.Struct, frozen=True):
    spdxVersion: str  # noqa: N815 - SPDX's name
    packages: list[msgspec.Raw]


_DOCUMENT = msgspec.json.Decoder(_Document)
_PACKAGE = msgspec.json.Decoder(_Package)
_package = Declarer(kind=PackageKind.BITNAMI, manager=PackageManager.OTHER)


def _extract(file: FileInput) -> Extraction:
    return read_declared(_records(decode(_DOCUMENT, file.data, "an SPDX document")), _read)


def _records(document: _Document) -> Iterator[tuple[str, msgspec.Raw]]:
    return ((f"package {number}", entry) for number, entry in enumerate(document.packages, 1))


def _read(raw: msgspec.Raw) -> FoundPackage | None:
    entry = decode(_PACKAGE, raw, "a package")
    purls = (r.referenceLocator for r in entry.externalRefs if r.referenceType == "purl")
    purl = next((purl for purl in purls if purl.startswith("pkg:bitnami/")), None)
    if purl is None:
        return None
    match = _PURL.fullmatch(purl)
    if not match:
        raise ParseError(f"not a purl: {purl[:80]!r}")
    licence = entry.licenseDeclared
    found = _package(
        unquote(match[1]),
        _REVISION.sub("", unquote(match[2])),
        origin=tuple(_qualifiers(match[3] or "")),
        licenses=() if licence in _UNSTATED else (licence,),
    )
    cpes = {r.referenceLocator for r in entry.externalRefs if r.referenceType == "cpe23Type"}
    return msgspec.structs.replace(found, cpes=tuple(sorted(cpes)))


def _qualifiers(text: str) -> Iterator[tuple[str, str]]:
    for pair in sorted(text.split("&")):
        name, _, value = pair.partition("=")
        if name in _QUALIFIERS and value:
            yield name, word(unquote(value), name)


EXTRACTOR = Extractor(
    name="bitnami_spdx",
    version=2,
    title="Applications of Bitnami's images",
    patterns=("opt/bitnami/**/.spdx-*.spdx",),
    limit=32 << 20,
    extract=_extract,
)
