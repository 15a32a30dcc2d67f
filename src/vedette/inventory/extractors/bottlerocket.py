"""Bottlerocket's own list of its packages, in place of a package database: `application-inventory.json`.

It has the form of SSM's `AWS:Application` and is made of the rpms that the image is built from
(https://github.com/bottlerocket-os/twoliter, `rpm2img`): names without the prefix `bottlerocket-`.
"""

import msgspec

from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.json_document import decode
from vedette.inventory.formats.records import read_records
from vedette.inventory.formats.words import line, optional_word, word
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager

_PREFIX = "bottlerocket-"
_NO_EPOCH = frozenset({"", "0", "(none)"})


class _Entry(msgspec.Struct, frozen=True, rename="pascal"):
    name: str = ""
    version: str = ""
    release: str = ""
    epoch: str | int = ""
    architecture: str | None = None
    publisher: str | None = None


class _Document(msgspec.Struct, frozen=True, rename="pascal"):
    content: list[msgspec.Raw]


_DOCUMENT = msgspec.json.Decoder(_Document)
_ENTRY = msgspec.json.Decoder(_Entry)


def _extract(file: FileInput) -> Extraction:
    document = decode(_DOCUMENT, file.data, "an application inventory")
    return read_records(
        ((f"entry {number}", raw) for number, raw in enumerate(document.content, 1)), _read
    )


def _read(raw: msgspec.Raw) -> Extraction:
    entry = decode(_ENTRY, raw, "an entry")
    version = word(entry.version, "version")
    if entry.release:
        version = f"{version}-{word(entry.release, 'release')}"
    epoch = str(entry.epoch)
    if epoch not in _NO_EPOCH:
        version = f"{word(epoch, 'epoch')}:{version}"
    package = FoundPackage(
        kind=PackageKind.RPM,
        manager=PackageManager.OS,
        name=word(entry.name.removeprefix(_PREFIX), "package name"),
        version=version,
        arch=optional_word(entry.architecture, "architecture"),
        vendor=line(entry.publisher),
    )
    return Extraction(packages=(package,))


EXTRACTOR = Extractor(
    name="bottlerocket",
    version=1,
    title="Packages of Bottlerocket",
    patterns=("**/usr/share/bottlerocket/application-inventory.json",),
    limit=16 << 20,
    extract=_extract,
)
