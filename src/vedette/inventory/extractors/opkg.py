"""OpenWrt's and other embedded systems' packages: opkg's status file, and each package's list of files.

opkg's libopkg/pkg_parse.c and libopkg/pkg.c: paragraphs as dpkg's, with words of its own for the state. A line of a list is
an absolute path, perhaps with a tab, the mode and a link's target after it.
"""

import re

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.deb822 import fields, paragraphs
from vedette.inventory.formats.records import read_lines, read_records
from vedette.inventory.formats.words import line, optional_word, word
from vedette.inventory.found import Extraction, FoundPackage, OwnedFiles, PackageKind
from vedette.model.package import PackageManager, SourcePackage

_WANTED = frozenset(
    {"package", "status", "version", "architecture", "source", "maintainer", "license"}
)
_STATUS_WORDS = 3  # want, flags, state
_ON_DISK = frozenset(
    {"installed", "unpacked", "half-configured", "post-inst-failed", "removal-failed"}
)
_ABSENT = frozenset({"not-installed", "config-files", "half-installed"})
_AFTER_PATH = re.compile(rb"\t[^\n]*")
_FOLDERS = ("usr/lib/opkg", "var/lib/opkg", "opt/lib/opkg")


def _extract(file: FileInput) -> Extraction:
    name = file.path.rpartition("/")[2]
    if name != "status":
        return _files(word(name.removesuffix(".list"), "package name"), file.data)
    return read_lines(file.data, lambda whole: read_records(paragraphs(whole), _read))


def _files(name: str, data: bytes) -> Extraction:
    if data and not data.startswith(b"/"):
        raise ParseError("not a list of absolute paths")
    listing = _AFTER_PATH.sub(b"", data)
    return Extraction(owned=(OwnedFiles(kind=PackageKind.OPKG, package=name, listing=listing),))


def _read(paragraph: str) -> Extraction:
    stanza = fields(paragraph, _WANTED)
    name = word(stanza.get("package", ""), "package name")
    words = stanza.get("status", "").split()
    if len(words) != _STATUS_WORDS or words[2] not in _ON_DISK | _ABSENT:
        raise ParseError(f"not a status: {stanza.get('status', '')[:80]!r}")
    if words[2] in _ABSENT:
        return Extraction()
    version = word(stanza.get("version", ""), "version")
    licence = line(stanza.get("license"))
    package = FoundPackage(
        kind=PackageKind.OPKG,
        manager=PackageManager.OS,
        name=name,
        version=version,
        arch=optional_word(stanza.get("architecture"), "architecture"),
        source=_source(stanza.get("source"), version),
        vendor=line(stanza.get("maintainer")),
        licenses=(licence,) if licence else (),
    )
    return Extraction(packages=(package,))


def _source(text: str | None, version: str) -> SourcePackage | None:
    """OpenWrt has the folder of the recipe here (`package/libs/zlib`), others the recipe's name or file."""
    name = (text or "").rstrip("/").rpartition("/")[2].removesuffix(".bb").partition("_")[0]
    return SourcePackage(name=word(name, "source"), version=version) if name else None


EXTRACTOR = Extractor(
    name="opkg",
    version=1,
    title="OpenWrt and other packages of opkg",
    patterns=(
        *(f"{folder}/status" for folder in _FOLDERS),
        *(f"{folder}/info/*.list" for folder in _FOLDERS),
    ),
    limit=32 << 20,
    extract=_extract,
)
