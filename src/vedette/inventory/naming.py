"""From a found package and a distribution to the names that the world uses: purl and ecosystem.

Ecosystems are OSV's words with the release (https://ossf.github.io/osv-schema/#defined-ecosystems, and the project's own for
distributions that OSV does not know); purls follow https://github.com/package-url/purl-spec. An unknown distribution
is not guessed: its packages' ecosystem is `deb`, `rpm` or `apk`, and matching says that it cannot decide.
"""

import re
from collections.abc import Callable

import msgspec

from vedette.inventory.found import OS_KINDS, FoundPackage, PackageKind
from vedette.model.distro import Distro
from vedette.model.package import Location, Package, SchemeName
from vedette.model.purl import Purl, make_purl

_SCHEMES = {
    PackageKind.DEB: SchemeName.DEB,
    PackageKind.RPM: SchemeName.RPM,
    PackageKind.APK: SchemeName.APK,
    PackageKind.OPKG: SchemeName.DEB,  # opkg compares as dpkg does (libopkg/pkg.c)
    PackageKind.PYPI: SchemeName.PEP440,
    PackageKind.NPM: SchemeName.NPM,
    PackageKind.SNAP: SchemeName.GENERIC,
    PackageKind.MAVEN: SchemeName.MAVEN,
    PackageKind.GOLANG: SchemeName.GO,
    PackageKind.GEM: SchemeName.GEM,
    PackageKind.CARGO: SchemeName.CARGO,
    PackageKind.COMPOSER: SchemeName.COMPOSER,
    PackageKind.NUGET: SchemeName.NUGET,
    PackageKind.HEX: SchemeName.HEX,
    PackageKind.PUB: SchemeName.PUB,
    PackageKind.CRAN: SchemeName.CRAN,
    PackageKind.HACKAGE: SchemeName.HACKAGE,
    PackageKind.SWIFT: SchemeName.SWIFT,
    PackageKind.CONAN: SchemeName.CONAN,
    PackageKind.COCOAPODS: SchemeName.GEM,  # CocoaPods compares with RubyGems' own versions
    PackageKind.JULIA: SchemeName.SEMVER,
    PackageKind.CONDA: SchemeName.GENERIC,
    PackageKind.BITNAMI: SchemeName.SEMVER,
    PackageKind.GITHUB: SchemeName.SEMVER,
}
_WITHOUT_RELEASE = {
    PackageKind.PYPI: "PyPI",
    PackageKind.NPM: "npm",
    PackageKind.SNAP: "snap",
    PackageKind.MAVEN: "Maven",
    PackageKind.GOLANG: "Go",
    PackageKind.GEM: "RubyGems",
    PackageKind.CARGO: "crates.io",
    PackageKind.COMPOSER: "Packagist",
    PackageKind.NUGET: "NuGet",
    PackageKind.HEX: "Hex",
    PackageKind.PUB: "Pub",
    PackageKind.CRAN: "CRAN",
    PackageKind.HACKAGE: "Hackage",
    PackageKind.SWIFT: "SwiftURL",
    PackageKind.CONAN: "ConanCenter",
    PackageKind.COCOAPODS: "CocoaPods",
    PackageKind.JULIA: "Julia",
    PackageKind.CONDA: "conda",
    PackageKind.BITNAMI: "Bitnami",
    PackageKind.GITHUB: "GitHub Actions",
}
_NAMESPACE_ENDS = {PackageKind.MAVEN: ":"} | dict.fromkeys(
    (
        PackageKind.NPM,
        PackageKind.GOLANG,
        PackageKind.COMPOSER,
        PackageKind.SWIFT,
        PackageKind.GITHUB,
    ),
    "/",
)
_OUTSIDE = {"vcs_url": "GIT", "download_url": "URL"}
_GO = r"v?(?P<release>[0-9]+(?:\.[0-9]+){1,2})(?P<update>(?:rc|beta)[0-9]+)?"


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution's release as ecosystem, purl namespace and purl qualifier `distro`."""

    ecosystem: str
    namespace: str | None = None
    qualifier: str | None = None


class _Rule(msgspec.Struct, frozen=True):
    kind: PackageKind
    ecosystem: Callable[[str], str | None]
    namespace: str


def release_of(kind: PackageKind, distro: Distro | None) -> Release:
    """The release that packages of a kind belong to."""
    if kind in _WITHOUT_RELEASE:
        return Release(ecosystem=_WITHOUT_RELEASE[kind])
    rule = _RULES.get(distro.id) if distro else None
    if distro is None or rule is None or rule.kind is not kind:
        return Release(ecosystem=kind.value)
    version = distro.version_id
    return Release(
        ecosystem=rule.ecosystem(version or "") or kind.value,
        namespace=rule.namespace,
        qualifier=f"{distro.id}-{version}" if version else distro.id,
    )


def purl_of(found: FoundPackage, release: Release) -> Purl:
    """The package's purl; for rpm the epoch is a qualifier (purl-spec, rpm-definition).

    Raises:
        ParseError: where the name makes no purl.
    """
    if found.kind not in OS_KINDS:
        return _purl_of_language(found)
    version, epoch = found.version, ""
    if found.kind is PackageKind.RPM and ":" in version:
        epoch, _, version = version.partition(":")
    qualifiers = {
        **dict(found.qualifiers),
        "arch": found.arch or "",
        "distro": release.qualifier or "",
        "epoch": epoch,
    }
    return make_purl(
        found.kind.value, found.name, version, namespace=release.namespace, qualifiers=qualifiers
    )


def _purl_of_language(found: FoundPackage) -> Purl:
    namespace, name = "", found.name
    if end := _NAMESPACE_ENDS.get(found.kind):
        namespace, _, name = name.rpartition(end)
    return make_purl(
        found.kind.value,
        name,
        found.version,
        namespace=namespace or None,
        qualifiers=dict(found.qualifiers),
    )


def settle(  # noqa: PLR0913 - a package is what it is, where it is, and who found it
    found: FoundPackage,
    release: Release,
    *,
    purl: Purl,
    locations: tuple[Location, ...] = (),
    owner: Purl | None = None,
    licenses: tuple[str, ...] | None = None,
    extractor: str = "",
    dev: bool | None = None,
) -> Package:
    """The package under its release's names; `licenses` and `dev` where several finds are joined.

    One that does not come from its registry is in the ecosystem `GIT` or `URL`: no registry's advisory is certain to
    speak of it.
    """
    outside = (_OUTSIDE[name] for name, _ in found.qualifiers if name in _OUTSIDE)
    return Package(
        purl=purl,
        ecosystem=next(outside, release.ecosystem),
        name=found.name,
        version=found.version,
        scheme=_SCHEMES[found.kind],
        manager=found.manager,
        arch=found.arch,
        source=found.source,
        module=found.module,
        vendor=found.vendor,
        locations=locations,
        licenses=found.licenses if licenses is None else licenses,
        owner=owner,
        extractor=extractor,
        dev=found.dev if dev is None else dev,
        cpes=found.cpes or _cpes(found),
        checksums=found.checksums,
    )


def _cpes(found: FoundPackage) -> tuple[str, ...]:
    """What is certain without that a file states it: Go's own libraries are the product `golang:go`, and nothing else is.

    CPEs are not guessed from names: half of those that are guessed name another product.
    """
    match = re.fullmatch(_GO, found.version) if found.kind is PackageKind.GOLANG else None
    if match is None or found.name != "stdlib":
        return ()
    return (f"cpe:2.3:a:golang:go:{match['release']}:{match['update'] or '*'}:*:*:*:*:*:*",)


def _major(title: str) -> Callable[[str], str | None]:
    def ecosystem(version: str) -> str | None:
        major = version.partition(".")[0]
        return f"{title}:{major}" if major.isdecimal() else None

    return ecosystem


def _full(title: str) -> Callable[[str], str | None]:
    return lambda version: f"{title}:{version}" if version else None


def _rolling(title: str) -> Callable[[str], str | None]:
    return lambda _version: title


def _alpine(version: str) -> str | None:
    """`v3.18` of `3.18.4`; a development snapshot (`3.20_alpha20240329`, `edge`) is edge."""
    if "_" in version or version == "edge":
        return "Alpine:edge"
    parts = version.split(".")
    major_minor = parts[:2]
    if len(major_minor) < len(("major", "minor")) or not all(p.isdecimal() for p in major_minor):
        return None
    return f"Alpine:v{'.'.join(major_minor)}"


def _amazon(version: str) -> str | None:
    """AL1 is dated (`2018.03`); AL2 and later have one number, in system-release with more after it."""
    major = version.partition(".")[0]
    if not major.isdecimal():
        return None
    return f"Amazon Linux:{1 if int(major) in _DATED else int(major)}"


_DATED = range(2010, 2022)  # AL1's releases were 2011.09 to 2018.03; 2022 was the preview of 2023

_DEB, _RPM, _APK = PackageKind.DEB, PackageKind.RPM, PackageKind.APK
_RULES = {
    "debian": _Rule(_DEB, _major("Debian"), "debian"),
    "ubuntu": _Rule(_DEB, _full("Ubuntu"), "ubuntu"),
    "alpine": _Rule(_APK, _alpine, "alpine"),
    "wolfi": _Rule(_APK, _rolling("Wolfi"), "wolfi"),
    "chainguard": _Rule(_APK, _rolling("Chainguard"), "chainguard"),
    "minimos": _Rule(_APK, _rolling("MinimOS"), "minimos"),
    "cleanstart": _Rule(_APK, _rolling("CleanStart"), "cleanstart"),
    "alpaquita": _Rule(_APK, _full("Alpaquita"), "alpaquita"),
    "bellsoft-hardened-containers": _Rule(
        _APK, _full("BellSoft Hardened Containers"), "bellsoft-hardened-containers"
    ),
    "echo": _Rule(_DEB, _rolling("Echo"), "echo"),
    "mageia": _Rule(_RPM, _major("Mageia"), "mageia"),
    "amzn": _Rule(_RPM, _amazon, "amzn"),
    "rhel": _Rule(_RPM, _major("Red Hat"), "redhat"),
    "centos": _Rule(_RPM, _major("CentOS"), "centos"),
    "almalinux": _Rule(_RPM, _major("AlmaLinux"), "almalinux"),
    "rocky": _Rule(_RPM, _major("Rocky Linux"), "rocky"),
    "ol": _Rule(_RPM, _major("Oracle Linux"), "oracle"),
    "bottlerocket": _Rule(_RPM, _rolling("Bottlerocket"), "bottlerocket"),
    "fedora": _Rule(_RPM, _major("Fedora"), "fedora"),
    "sles": _Rule(_RPM, _full("SUSE"), "suse"),
    "sled": _Rule(_RPM, _full("SUSE"), "suse"),
    "sles_sap": _Rule(_RPM, _full("SUSE"), "suse"),
    "sle-micro": _Rule(_RPM, _full("SUSE:Micro"), "suse"),
    "sl-micro": _Rule(_RPM, _full("SUSE:Micro"), "suse"),
    "suse-microos": _Rule(_RPM, _full("SUSE:Micro"), "suse"),  # as SLE Micro 5.0 called itself
    "opensuse-leap": _Rule(_RPM, _full("openSUSE"), "opensuse"),
    "opensuse-leap-micro": _Rule(_RPM, _full("openSUSE:Micro"), "opensuse"),
    "leap-micro": _Rule(_RPM, _full("openSUSE:Micro"), "opensuse"),
    "opensuse-microos": _Rule(_RPM, _rolling("openSUSE:Tumbleweed"), "opensuse"),
    "opensuse-tumbleweed": _Rule(_RPM, _rolling("openSUSE:Tumbleweed"), "opensuse"),
    "photon": _Rule(_RPM, _major("Photon OS"), "photon"),
    "mariner": _Rule(_RPM, _full("Mariner"), "mariner"),
    "azurelinux": _Rule(_RPM, _major("Azure Linux"), "azurelinux"),
}
