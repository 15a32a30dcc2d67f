"""From a found package and a distribution to the names that the world uses: purl and ecosystem.

Ecosystems are OSV's words with the release (https://ossf.github.io/osv-schema/#defined-ecosystems, and the project's own for
distributions that OSV does not know); purls follow https://github.com/package-url/purl-spec. An unknown distribution
is not guessed: its packages' ecosystem is `deb`, `rpm` or `apk`, and matching says that it cannot decide.
"""

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
    PackageKind.PYPI: SchemeName.PEP440,
    PackageKind.NPM: SchemeName.NPM,
    PackageKind.SNAP: SchemeName.GENERIC,
}
_WITHOUT_RELEASE = {PackageKind.PYPI: "PyPI", PackageKind.NPM: "npm", PackageKind.SNAP: "snap"}


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
    if found.kind is PackageKind.NPM:
        scope, _, name = found.name.rpartition("/")
        return make_purl("npm", name, found.version, namespace=scope or None)
    if found.kind not in OS_KINDS:
        return make_purl(found.kind.value, found.name, found.version)
    version, epoch = found.version, ""
    if found.kind is PackageKind.RPM and ":" in version:
        epoch, _, version = version.partition(":")
    qualifiers = {"arch": found.arch or "", "distro": release.qualifier or "", "epoch": epoch}
    return make_purl(
        found.kind.value, found.name, version, namespace=release.namespace, qualifiers=qualifiers
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
) -> Package:
    """The package under its release's names; `licenses` where several finds are joined."""
    return Package(
        purl=purl,
        ecosystem=release.ecosystem,
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
    )


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
    "amzn": _Rule(_RPM, _amazon, "amzn"),
    "rhel": _Rule(_RPM, _major("Red Hat"), "redhat"),
    "centos": _Rule(_RPM, _major("CentOS"), "centos"),
    "almalinux": _Rule(_RPM, _major("AlmaLinux"), "almalinux"),
    "rocky": _Rule(_RPM, _major("Rocky Linux"), "rocky"),
    "ol": _Rule(_RPM, _major("Oracle Linux"), "oracle"),
    "fedora": _Rule(_RPM, _major("Fedora"), "fedora"),
    "sles": _Rule(_RPM, _full("SUSE"), "suse"),
    "sled": _Rule(_RPM, _full("SUSE"), "suse"),
    "sles_sap": _Rule(_RPM, _full("SUSE"), "suse"),
    "opensuse-leap": _Rule(_RPM, _full("openSUSE"), "opensuse"),
    "opensuse-tumbleweed": _Rule(_RPM, _rolling("openSUSE:Tumbleweed"), "opensuse"),
    "photon": _Rule(_RPM, _major("Photon OS"), "photon"),
    "mariner": _Rule(_RPM, _full("Mariner"), "mariner"),
    "azurelinux": _Rule(_RPM, _major("Azure Linux"), "azurelinux"),
}
