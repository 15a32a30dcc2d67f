"""OSV's ecosystem names and which version order each has (OSV schema, "Defined ecosystems")."""

import re
from functools import lru_cache

import msgspec

from vedette.advisories.formats.suse_products import release_of
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Our name for an ecosystem, its order, and whether its advisories name source packages.

    `also` are further ecosystems that have the same packages: a module of SLE 12 is of all service packs.
    """

    ecosystem: str
    scheme: SchemeName
    by_source: bool = False
    also: tuple[str, ...] = ()


_LANGUAGES = {
    "Bitnami": SchemeName.SEMVER,
    "CRAN": SchemeName.CRAN,
    "ConanCenter": SchemeName.CONAN,
    "GHC": SchemeName.HACKAGE,
    "GitHub Actions": SchemeName.SEMVER,
    "Go": SchemeName.GO,
    "Hackage": SchemeName.HACKAGE,
    "Hex": SchemeName.HEX,
    "Julia": SchemeName.SEMVER,
    "Kubernetes": SchemeName.SEMVER,
    "Maven": SchemeName.MAVEN,
    "NuGet": SchemeName.NUGET,
    "Packagist": SchemeName.COMPOSER,
    "Pub": SchemeName.PUB,
    "PyPI": SchemeName.PEP440,
    "RubyGems": SchemeName.GEM,
    "SwiftURL": SchemeName.SWIFT,
    "VSCode": SchemeName.SEMVER,
    "crates.io": SchemeName.CARGO,
    "npm": SchemeName.NPM,
}
_APK_WITHOUT_RELEASE = ("Chainguard", "CleanStart", "MinimOS", "Wolfi")

# (pattern of the whole OSV name, our name, order, by source)
_DISTRIBUTIONS: tuple[tuple[re.Pattern[str], str, SchemeName, bool], ...] = (
    (re.compile(r"Debian:(\d+)(?:\.\d+)?"), r"Debian:\1", SchemeName.DEB, True),
    (re.compile(r"Ubuntu:(\d\d\.\d\d)(?::LTS)?"), r"Ubuntu:\1", SchemeName.DEB, True),
    (re.compile(r"Ubuntu:Pro:(\d\d\.\d\d)(?::LTS)?"), r"Ubuntu:Pro:\1", SchemeName.DEB, True),
    (re.compile(r"Alpine:(v\d+\.\d+|edge)"), r"Alpine:\1", SchemeName.APK, True),
    (re.compile(r"Alpaquita:(\d+|stream)"), r"Alpaquita:\1", SchemeName.APK, True),
    (
        re.compile(r"BellSoft Hardened Containers:(\d+|stream)"),
        r"BellSoft Hardened Containers:\1",
        SchemeName.APK,
        True,
    ),
    (re.compile(r"Echo"), r"Echo", SchemeName.DEB, True),
    (re.compile(r"AlmaLinux:(\d+)(?:\.\d+)?"), r"AlmaLinux:\1", SchemeName.RPM, False),
    (re.compile(r"Rocky Linux:(\d+)(?:\.\d+)?"), r"Rocky Linux:\1", SchemeName.RPM, True),
    (
        re.compile(r"Red Hat:enterprise_linux:(\d+)::(?:baseos|appstream)"),
        r"Red Hat:\1",
        SchemeName.RPM,
        False,
    ),
    (re.compile(r"openEuler:(\S+)"), r"openEuler:\1", SchemeName.RPM, True),
    (re.compile(r"Mageia:(\d+)"), r"Mageia:\1", SchemeName.RPM, True),
    (re.compile(r"Photon OS:(\d+)(?:\.0)?"), r"Photon OS:\1", SchemeName.RPM, True),
    (re.compile(r"Azure Linux:(\d+)(?:\.0)?"), r"Azure Linux:\1", SchemeName.RPM, False),
)

DIRECTORIES: tuple[str, ...] = tuple(
    sorted(
        {
            *(name for name, scheme in _LANGUAGES.items() if scheme in SCHEMES),
            *_APK_WITHOUT_RELEASE,
            *("Alpaquita", "Alpine", "AlmaLinux", "Azure Linux", "BellSoft Hardened Containers"),
            *("Debian", "Echo", "Mageia", "Photon OS", "Red Hat"),
            *("Rocky Linux", "SUSE", "Ubuntu", "openEuler", "openSUSE"),
        }
    )
)
"""The folders of OSV's bucket whose packages we can order."""


@lru_cache(maxsize=4096)
def target_of(name: str) -> Target | None:
    """Our ecosystem for OSV's, for example `Ubuntu:22.04:LTS` → `Ubuntu:22.04`.

    None: a product stream that says nothing about a plain installation (EUS, FIPS, layered products), an
    ecosystem without a version order, or one that we do not know.
    """
    if (scheme := _LANGUAGES.get(name)) is not None:
        return Target(ecosystem=name, scheme=scheme) if scheme in SCHEMES else None
    if name in _APK_WITHOUT_RELEASE:
        return Target(ecosystem=name, scheme=SchemeName.APK, by_source=True)
    for pattern, ours, order, by_source in _DISTRIBUTIONS:
        if match := pattern.fullmatch(name):
            return Target(ecosystem=match.expand(ours), scheme=order, by_source=by_source)
    return _suse(name)


def _suse(name: str) -> Target | None:
    publisher, _, product = name.partition(":")
    release = release_of(f"{publisher} {product}")
    if release is None:
        return None
    first, *others = release.ecosystems
    return Target(ecosystem=first, scheme=SchemeName.RPM, by_source=True, also=tuple(others))
