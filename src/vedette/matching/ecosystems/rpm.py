"""Distributions with rpm: advisories by binary package, a few by source."""

from vedette.matching.ecosystems._base import (
    Ecosystem,
    Host,
    Lookup,
    by_name,
    by_source,
    source_of,
)
from vedette.matching.kernels import kernel_exemption
from vedette.model.package import Package, SourcePackage


def _source(package: Package) -> SourcePackage:
    """The source with the binary's epoch: the name of a source rpm does not carry it, but its spec gave it to both."""
    source = source_of(package)
    epoch, colon, _ = package.version.partition(":")
    if colon and ":" not in source.version:
        return SourcePackage(name=source.name, version=f"{epoch}:{source.version}")
    return source


def _lookups(package: Package, _host: Host) -> tuple[Lookup, ...]:
    return (
        by_name(package, package.ecosystem),
        by_source(package.ecosystem, _source(package), package),
    )


def _exempt(package: Package, host: Host) -> str | None:
    return kernel_exemption(package, host.running_kernel)


ECOSYSTEM = Ecosystem(
    name="rpm",
    covers=(
        "AlmaLinux",
        "Azure Linux",
        "CentOS",
        "Fedora",
        "Mageia",
        "Mariner",
        "Oracle Linux",
        "Photon OS",
        "Red Hat",
        "Rocky Linux",
        "SUSE",
        "openEuler",
        "openSUSE",
    ),
    lookups=_lookups,
    exempt=_exempt,
)
