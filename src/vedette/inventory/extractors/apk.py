"""apk-tools' database of installed packages: https://wiki.alpinelinux.org/wiki/Apk_spec ("Installed Database V2")."""

from vedette.errors import ParseError
from vedette.inventory.extractors._base import Extractor, FileInput
from vedette.inventory.formats.deb822 import paragraphs
from vedette.inventory.formats.listing import Listing
from vedette.inventory.formats.records import read_lines, read_records
from vedette.inventory.formats.release_package import with_release
from vedette.inventory.formats.words import line, optional_word, word
from vedette.inventory.found import Extraction, FoundPackage, OwnedFiles, PackageKind
from vedette.model.package import PackageManager, SourcePackage

_ONCE = frozenset("PVAoLm")  # name, version, architecture, origin, licence, maintainer


def _extract(file: FileInput) -> Extraction:
    return with_release(read_lines(file.data, lambda whole: read_records(paragraphs(whole), _read)))


def _read(stanza: str) -> Extraction:
    found: dict[str, str] = {}
    paths = Listing()
    folder = ""
    for text in stanza.split("\n"):
        key, colon, value = text[:1], text[1:2], text[2:]
        if colon != ":":
            raise ParseError(f"not a field: {text[:80]!r}")
        if key in _ONCE:
            if key in found:
                raise ParseError(f"field {key!r} is given twice")
            found[key] = value
        elif key == "F":
            folder = f"/{value}/" if value else "/"
        elif key == "R":
            paths.add(folder.encode(), value.encode())
    return _extraction(found, paths)


def _extraction(found: dict[str, str], paths: Listing) -> Extraction:
    name = word(found.get("P", ""), "package name")
    version = word(found.get("V", ""), "version")
    origin = optional_word(found.get("o"), "origin")
    licence = line(found.get("L"))
    package = FoundPackage(
        kind=PackageKind.APK,
        manager=PackageManager.OS,
        name=name,
        version=version,
        arch=optional_word(found.get("A"), "architecture"),
        source=SourcePackage(name=origin or name, version=version),
        vendor=line(found.get("m")),
        licenses=(licence,) if licence else (),
    )
    listing = paths.text()
    owned = OwnedFiles(kind=PackageKind.APK, package=name, version=version, listing=listing)
    return Extraction(packages=(package,), owned=(owned,) if listing else ())


EXTRACTOR = Extractor(
    name="apk",
    version=2,
    title="Alpine, Wolfi and Chainguard packages (apk's installed database)",
    patterns=("lib/apk/db/installed", "usr/lib/apk/db/installed"),
    limit=128 << 20,
    extract=_extract,
)
