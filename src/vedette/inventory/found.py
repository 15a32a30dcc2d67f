"""What extractors give: packages as their own files name them, before the distribution is known.

The result for a layer is cached by content, and a layer does not know in which release it will be used;
so purl and ecosystem are settled later, by `vedette.inventory.naming`.
"""

from enum import StrEnum

import msgspec

from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure
from vedette.model.package import PackageManager, SourcePackage
from vedette.sources.tree import Hiding


class PackageKind(StrEnum):
    """The package formats; the words are purl's types (snap's, julia's and opkg's are proposed there)."""

    DEB = "deb"
    RPM = "rpm"
    APK = "apk"
    OPKG = "opkg"
    PYPI = "pypi"
    NPM = "npm"
    SNAP = "snap"
    MAVEN = "maven"
    GOLANG = "golang"
    GEM = "gem"
    CARGO = "cargo"
    COMPOSER = "composer"
    NUGET = "nuget"
    HEX = "hex"
    PUB = "pub"
    CRAN = "cran"
    HACKAGE = "hackage"
    SWIFT = "swift"
    CONAN = "conan"
    COCOAPODS = "cocoapods"
    JULIA = "julia"
    CONDA = "conda"
    BITNAMI = "bitnami"
    GITHUB = "github"  # actions: what a workflow `uses`


OS_KINDS = frozenset({PackageKind.DEB, PackageKind.RPM, PackageKind.APK, PackageKind.OPKG})
"""Those that belong to a distribution and own files."""


class FoundPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package as a file states it; `version` is the full version as its scheme writes it.

    `name` is what advisories call it (`group:artifact` for Maven, the module's path for Go, `vendor/name` for
    Composer, the repository's host and path for Swift). `qualifiers` are the purl's own, in order of their names;
    `vcs_url` or `download_url` among them mean that the package comes from there and not from its registry, whose
    advisories then say nothing certain about it. `dev` means that it is needed for developing only. `within` is where it is
    in its file, an archive (`WEB-INF/lib/a.jar!/lib/b.jar`).
    """

    kind: PackageKind
    manager: PackageManager
    name: str
    version: str
    arch: str | None = None
    source: SourcePackage | None = None
    module: str | None = None
    vendor: str | None = None
    licenses: tuple[str, ...] = ()
    qualifiers: tuple[tuple[str, str], ...] = ()
    dev: bool = False
    within: str = ""
    cpes: tuple[str, ...] = ()
    checksums: tuple[str, ...] = ()


class OwnedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of an OS package: absolute paths, one a line (`listing`), in the file system's bytes.

    `version` and `arch` are given where the listing names them, since several versions or architectures of
    one package may be installed side by side.
    """

    kind: PackageKind
    package: str
    listing: bytes
    version: str | None = None
    arch: str | None = None


class PackedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The same as `OwnedFiles` with the listing compressed (`vedette.inventory.packed`)."""

    kind: PackageKind
    package: str
    packed: bytes
    version: str | None = None
    arch: str | None = None


class DistroClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says the distribution is; of several claims the one with the lowest `rank` holds."""

    rank: int
    distro: Distro


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be read, where the rest of its file could."""

    place: str
    reason: str


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one extractor found in one file.

    `repositories` are ecosystems of enabled additional repositories; None where the file does not speak of any.
    """

    packages: tuple[FoundPackage, ...] = ()
    owned: tuple[OwnedFiles, ...] = ()
    distro: DistroClaim | None = None
    repositories: tuple[str, ...] | None = None
    faults: tuple[Fault, ...] = ()


class FileResult(msgspec.Struct, frozen=True, kw_only=True):
    """One extractor's result for one path of a layer.

    `listings` are all files of OS packages; `is_part` says that it is a program, which no pattern finds.
    """

    path: str
    extractor: str
    packages: tuple[FoundPackage, ...] = ()
    listings: tuple[PackedFiles, ...] = ()
    distro: DistroClaim | None = None
    repositories: tuple[str, ...] | None = None
    is_part: bool = False


class LayerResult(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found in one layer, whatever lies below it; this is what the layer cache holds.

    `plain` are the paths of files that may have taken the place of a program (`vedette.inventory.packed`).
    """

    files: tuple[FileResult, ...] = ()
    hidings: tuple[Hiding, ...] = ()
    failures: tuple[FileFailure, ...] = ()
    plain: bytes = b""
