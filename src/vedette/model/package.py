"""An installed package, as found in a target."""

from enum import StrEnum

import msgspec

from vedette.model.digest import Digest
from vedette.model.purl import Purl


class PackageManager(StrEnum):
    """Inspector's `PackageManager` values (inspector2 API model), and one for managers that it has no word for."""

    BUNDLER = "BUNDLER"
    CARGO = "CARGO"
    COMPOSER = "COMPOSER"
    NPM = "NPM"
    NUGET = "NUGET"
    PIPENV = "PIPENV"
    POETRY = "POETRY"
    YARN = "YARN"
    GOBINARY = "GOBINARY"
    GOMOD = "GOMOD"
    JAR = "JAR"
    OS = "OS"
    PIP = "PIP"
    PYTHONPKG = "PYTHONPKG"
    NODEPKG = "NODEPKG"
    POM = "POM"
    GEMSPEC = "GEMSPEC"
    DOTNET_CORE = "DOTNET_CORE"
    OTHER = "OTHER"  # not Inspector's: nothing is said where only its words are allowed


class SchemeName(StrEnum):
    """Names of version orders; the keys of `vedette.versions.SCHEMES`."""

    DEB = "deb"
    RPM = "rpm"
    APK = "apk"
    PEP440 = "pep440"
    NPM = "npm"
    SEMVER = "semver"
    GO = "go"
    MAVEN = "maven"
    GEM = "gem"
    NUGET = "nuget"
    COMPOSER = "composer"
    CARGO = "cargo"
    HEX = "hex"
    PUB = "pub"
    CRAN = "cran"
    HACKAGE = "hackage"
    SWIFT = "swift"
    CONAN = "conan"
    ALPM = "alpm"
    GENERIC = "generic"


class SourcePackage(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The source package that a binary package was built from; its version may differ."""

    name: str
    version: str


class Location(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Where a package was seen: a path in the target, and the layer that brought it."""

    path: str
    layer: Digest | None = None


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package in one version.

    `ecosystem` is OSV's word, with the release for distributions (`PyPI`, `Debian:12`,
    `Ubuntu:22.04`, `Amazon Linux:2023`, `Alpine:v3.18`); `version` is the full version as its scheme
    writes it (for rpm `epoch:version-release`, the epoch left out where the package has none).
    `owner` is the OS package that a language package's files belong to: such a package is judged by the
    distribution's advisories only. `extractor` says which plug-in found it. `dev`: needed for developing only, as
    every file says that names it. `checksums` are of the package's file as `sha1:HEX` (a Java archive), or of its content as
    Go's checksum database has it (`h1:BASE64`).
    """

    purl: Purl
    ecosystem: str
    name: str
    version: str
    scheme: SchemeName
    manager: PackageManager
    arch: str | None = None
    source: SourcePackage | None = None
    module: str | None = None
    vendor: str | None = None
    locations: tuple[Location, ...] = ()
    licenses: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()
    owner: Purl | None = None
    extractor: str = ""
    dev: bool = False
    checksums: tuple[str, ...] = ()
