"""Which library a Java archive is, and which it carries: names are Maven's `group:artifact`.

What Maven wrote at the build (`pom.properties`) is certain, also of libraries that were copied into another's archive
("shaded"). An archive without its own says only in its manifest and its file's name what it is, and the group
seldom: it is taken from a table of libraries that everybody knows, else from where the manifest has the name of a
publisher's domain. Where none of these says it, the library has its artifact's name alone.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from vedette.inventory.formats.java_archive import JavaArchive
from vedette.inventory.formats.java_groups import GROUPS
from vedette.inventory.formats.java_texts import read_manifest, read_properties


class Library(msgspec.Struct, frozen=True):
    """Maven's coordinates; the group is empty where nothing says it."""

    group: str
    artifact: str
    version: str
    is_archive: bool = False
    """Whether the archive is this library, not only carries it."""

    @property
    def name(self) -> str:
        """As advisories write it."""
        return f"{self.group}:{self.artifact}" if self.group else self.artifact


_VERSIONED = re.compile(
    r"(?P<artifact>[A-Za-z][A-Za-z0-9_.]*(?:-[A-Za-z][A-Za-z0-9_.]*)*)"
    r"-(?P<version>[0-9][A-Za-z0-9_.+]*"
    r"(?:-(?:[0-9]|(?i:alpha|android|beta|build|cr|ea|final|ga|incubating|jre|m[0-9]|pre|rc|redhat|release|snapshot|sp[0-9]))"
    r"[A-Za-z0-9_.+]*)*)"
)
_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,200}")
_DOMAIN = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+")
_SCALA = re.compile(r"_[0-9][0-9.]*$")  # the version of Scala that an artifact is for
_TOO_WIDE = frozenset({"org.apache", "com.sun", "com.oracle", "org.eclipse"})  # of many groups
_VERSION_FIELDS = (
    "Plugin-Version",
    "Implementation-Version",
    "Bundle-Version",
    "Specification-Version",
)
_PUBLISHER_FIELDS = ("Group-Id", "Implementation-Vendor-Id")
_SYMBOLIC_FIELDS = ("Bundle-SymbolicName", "Automatic-Module-Name")
_VENDOR_FIELDS = ("Specification-Vendor", "Implementation-Vendor")


def libraries(archive: JavaArchive) -> Iterator[Library]:
    """What the archive is and carries."""
    stem = archive.name.rpartition(".")[0]
    carried = [library for text in archive.properties if (library := _of_properties(text))]
    own_name = [_is_of(stem, library.artifact) for library in carried]
    for library, is_archive in zip(carried, own_name, strict=True):
        yield msgspec.structs.replace(library, is_archive=True) if is_archive else library
    if any(own_name):
        return
    if len(carried) == 1 and not _VERSIONED.fullmatch(stem):
        return  # a program under a name of its own, `app.jar`
    own = _own(stem, read_manifest(archive.manifest), is_merged=bool(carried))
    if own:
        yield msgspec.structs.replace(own, is_archive=True)


def _of_properties(text: bytes) -> Library | None:
    """None where it is a template (`${version}`) or not Maven's."""
    stated = read_properties(text)
    group, artifact, version = (stated.get(k, "") for k in ("groupId", "artifactId", "version"))
    if all(map(_WORD.fullmatch, (group, artifact, version))):
        return Library(group, artifact, version)
    return None


def _is_of(stem: str, artifact: str) -> bool:
    """Whether a file of that name is that artifact's, in whatever version."""
    rest = stem.removeprefix(artifact)
    return stem == artifact or (rest != stem and rest[:1] == "-" and rest[1:2].isdecimal())


def _own(stem: str, manifest: Mapping[str, str], *, is_merged: bool) -> Library | None:
    """Of an archive that has other libraries' files the manifest may be another's too, so the file's name goes first."""
    versioned = _VERSIONED.fullmatch(stem)
    artifact = versioned["artifact"] if versioned else manifest.get("Short-Name", stem)
    version = versioned["version"] if versioned else _first(manifest, _VERSION_FIELDS)
    if not _WORD.fullmatch(artifact) or not version or not _WORD.fullmatch(version):
        return None
    plain = _SCALA.sub("", artifact)
    if plain in GROUPS:
        return Library(GROUPS[plain], artifact, version)
    if is_merged and version != manifest.get("Implementation-Version"):
        manifest = {}
    return Library(_group(plain, manifest), artifact, version)


def _group(artifact: str, manifest: Mapping[str, str]) -> str:
    for value in _domains(manifest, _PUBLISHER_FIELDS):
        return value
    for value in _domains(manifest, _SYMBOLIC_FIELDS):
        above = value.removesuffix(f".{artifact}")
        return above if _DOMAIN.fullmatch(above) else value
    return next(_domains(manifest, _VENDOR_FIELDS), "")


def _domains(manifest: Mapping[str, str], fields: tuple[str, ...]) -> Iterator[str]:
    values = (manifest.get(field, "").partition(";")[0].strip() for field in fields)
    return (value for value in values if _DOMAIN.fullmatch(value) and value not in _TOO_WIDE)


def _first(manifest: Mapping[str, str], fields: tuple[str, ...]) -> str:
    values = (manifest.get(field, "") for field in fields)
    return next((value for value in values if _WORD.fullmatch(value)), "")
