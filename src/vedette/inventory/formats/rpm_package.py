"""A package of the rpm database: tags of rpm's docs/manual/tags.md."""

from vedette.errors import ParseError
from vedette.inventory.formats.listing import Listing
from vedette.inventory.formats.rpm_header import Header, parse_header
from vedette.inventory.formats.words import line, optional_word, word
from vedette.inventory.found import Extraction, FoundPackage, OwnedFiles, PackageKind
from vedette.model.package import PackageManager, SourcePackage

_NAME = 1000
_VERSION = 1001
_RELEASE = 1002
_EPOCH = 1003
_VENDOR = 1011
_LICENSE = 1014
_ARCH = 1022
_OLD_FILE_NAMES = 1027
_SOURCE_RPM = 1044
_DIR_INDEXES = 1116
_BASE_NAMES = 1117
_DIR_NAMES = 1118
_MODULARITY_LABEL = 5096

_SOURCE_ENDS = (".src.rpm", ".nosrc.rpm")

FOLDERS = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
"""Where the database is; the last is where rpm-ostree has it."""


def read_rpm(blob: bytes) -> Extraction:
    """The package of a header, with its files; also the keys that rpm trusts, which `rpm -qa` lists as `gpg-pubkey`.

    Raises:
        ParseError: where the header is malformed or lacks name, version or release.
    """
    header = parse_header(blob)
    name = word(header.text(_NAME) or "", "package name")
    evr = _evr(header)
    arch = optional_word(header.text(_ARCH), "architecture")
    licence = line(header.text(_LICENSE))
    package = FoundPackage(
        kind=PackageKind.RPM,
        manager=PackageManager.OS,
        name=name,
        version=evr,
        arch=arch,
        source=parse_source_rpm(header.text(_SOURCE_RPM), evr),
        module=optional_word(header.text(_MODULARITY_LABEL), "modularity label"),
        vendor=line(header.text(_VENDOR)),
        licenses=(licence,) if licence else (),
    )
    listing = _listing(header)
    owned = OwnedFiles(kind=PackageKind.RPM, package=name, version=evr, arch=arch, listing=listing)
    return Extraction(packages=(package,), owned=(owned,) if listing else ())


def join_evr(epoch: int, version: str, release: str) -> str:
    """`epoch:version-release`, without an epoch of 0, as rpm's `%{EVR}`.

    Raises:
        ParseError: where version or release is missing or holds what separates them.
    """
    for part, what in ((version, "version"), (release, "release")):
        if "-" in word(part, what) or ":" in part:
            raise ParseError(f"not a {what}: {part[:80]!r}")
    return f"{epoch}:{version}-{release}" if epoch else f"{version}-{release}"


def parse_source_rpm(text: str | None, evr: str) -> SourcePackage | None:
    """The source package of a file name such as `bash-5.2.15-1.amzn2023.src.rpm`.

    The name leaves the epoch out. It is the binary's where version and release are the same, else unknown.
    None where there is no source package (`(none)`, or the package is a source package itself).

    Raises:
        ParseError: where the text is not the name of a source package's file.
    """
    if not text or text == "(none)":
        return None
    stem = next((text.removesuffix(end) for end in _SOURCE_ENDS if text.endswith(end)), "")
    parts = stem.rsplit("-", 2)
    if len(parts) != len(("name", "version", "release")) or not all(parts):
        raise ParseError(f"not the name of a source package: {text[:80]!r}")
    name, version, release = parts
    own = join_evr(0, version, release)
    same = evr.partition(":")[2] == own
    return SourcePackage(name=word(name, "source name"), version=evr if same else own)


def _evr(header: Header) -> str:
    epochs = header.numbers(_EPOCH)
    return join_evr(
        epochs[0] if epochs else 0, header.text(_VERSION) or "", header.text(_RELEASE) or ""
    )


def _listing(header: Header) -> bytes:
    names = header.texts(_BASE_NAMES)
    if not names:
        return b"\n".join(header.texts(_OLD_FILE_NAMES))
    folders = header.texts(_DIR_NAMES)
    indexes = header.numbers(_DIR_INDEXES)
    if len(indexes) != len(names) or max(indexes) >= len(folders):
        raise ParseError(f"{len(names)} files in {len(indexes)} of {len(folders)} folders")
    listing = Listing()
    for index, name in zip(indexes, names, strict=True):
        listing.add(folders[index], name)
    return listing.text()
