"""A Debian package's paragraph, as dpkg keeps it: deb-control(5), Debian Policy 5.3 and 5.6.1."""

import re

from vedette.errors import ParseError
from vedette.inventory.formats import deb822
from vedette.inventory.formats.words import line, optional_word, word
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.package import PackageManager, SourcePackage

_WANTED = frozenset({"package", "status", "version", "architecture", "source", "maintainer"})
_STATUS_WORDS = 3  # want, flag, state: dpkg(1), "Package states"
# dpkg(1): in these states the package's files are on the disk, configured or not
_ON_DISK = frozenset(
    {"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"}
)
_ABSENT = frozenset({"not-installed", "config-files", "half-installed"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
_SOURCE = re.compile(r"(\S+)(?:\s+\((\S+)\))?")


def read_package(paragraph: str) -> Extraction:
    """The package of a paragraph; none where its state says that its files are not there.

    A paragraph without a state (distroless images' status.d) is of an installed package.

    Raises:
        ParseError: where a field is missing or malformed.
    """
    stanza = deb822.fields(paragraph, _WANTED)
    name = _name(stanza.get("package", ""))
    if not _is_on_disk(stanza.get("status")):
        return Extraction()
    version = word(stanza.get("version", ""), "version")
    package = FoundPackage(
        kind=PackageKind.DEB,
        manager=PackageManager.OS,
        name=name,
        version=version,
        arch=optional_word(stanza.get("architecture"), "architecture"),
        source=_source(stanza.get("source"), name, version),
        vendor=line(stanza.get("maintainer")),
    )
    return Extraction(packages=(package,))


def _name(text: str) -> str:
    if not _NAME.fullmatch(word(text, "package name")):
        raise ParseError(f"not a package name: {text[:80]!r}")
    return text


def _is_on_disk(status: str | None) -> bool:
    if status is None:
        return True
    words = status.split()
    if len(words) != _STATUS_WORDS or words[2] not in _ON_DISK | _ABSENT:
        raise ParseError(f"not a status: {status[:80]!r}")
    return words[2] in _ON_DISK


def _source(text: str | None, name: str, version: str) -> SourcePackage:
    """Policy 5.6.1: the field is left out where name and version are the binary's own."""
    if not text:
        return SourcePackage(name=name, version=version)
    match = _SOURCE.fullmatch(text)
    if not match:
        raise ParseError(f"not a source: {text[:80]!r}")
    return SourcePackage(
        name=_name(match[1]), version=word(match[2], "source version") if match[2] else version
    )
