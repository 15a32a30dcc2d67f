"""Alpine, Wolfi and Chainguard: secdb names the origin (https://secdb.alpinelinux.org), others the package."""

from vedette.matching.ecosystems._base import (
    Ecosystem,
    Host,
    Lookup,
    by_name,
    by_source,
    no_exemption,
    source_of,
)
from vedette.model.package import Package


def _lookups(package: Package, _host: Host) -> tuple[Lookup, ...]:
    return (
        by_name(package, package.ecosystem),
        by_source(package.ecosystem, source_of(package), package),
    )


ECOSYSTEM = Ecosystem(
    name="apk",
    covers=(
        "Alpaquita",
        "Alpine",
        "BellSoft Hardened Containers",
        "Chainguard",
        "CleanStart",
        "MinimOS",
        "Wolfi",
    ),
    lookups=_lookups,
    exempt=no_exemption,
)
