"""Language ecosystems: advisories by the package's own name, as OSV spells it.

A package whose files a package of the operating system brought is the distribution's: its maintainers backport fixes without
changing the upstream version, so that upstream's advisories would be wrong about it.
"""

import re

import msgspec

from vedette.matching.ecosystems._base import Ecosystem, Host, Lookup, by_name
from vedette.model.package import Package

_CASELESS = frozenset({"Hex", "NuGet", "Packagist"})
_PEP503 = re.compile(r"[-_.]+")


def _lookups(package: Package, _host: Host) -> tuple[Lookup, ...]:
    lookup = by_name(package, package.ecosystem)
    return (msgspec.structs.replace(lookup, name=_spelling(package)),)


def _spelling(package: Package) -> str:
    """The name as advisories are kept: PEP 503 for PyPI, lower case where the registry knows no case.

    On crates.io `-` and `_` are one letter too; publishers write crates' names in any way (`Tauri`, `ic_cdk`).
    """
    if package.ecosystem == "PyPI":
        return _PEP503.sub("-", package.name).lower()
    if package.ecosystem == "crates.io":
        return package.name.lower().replace("_", "-")
    return package.name.lower() if package.ecosystem in _CASELESS else package.name


def _exempt(package: Package, _host: Host) -> str | None:
    if package.owner is None:
        return None
    return f"part of {package.owner}, which the distribution's advisories judge"


ECOSYSTEM = Ecosystem(
    name="language",
    covers=(
        "Bitnami",
        "CRAN",
        "ConanCenter",
        "GHC",
        "Go",
        "Hackage",
        "Hex",
        "Julia",
        "Kubernetes",
        "Maven",
        "NuGet",
        "Packagist",
        "Pub",
        "PyPI",
        "RubyGems",
        "SwiftURL",
        "VSCode",
        "crates.io",
        "npm",
    ),
    lookups=_lookups,
    exempt=_exempt,
)
