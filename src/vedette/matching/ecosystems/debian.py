"""Debian: the security tracker speaks of source packages (https://security-team.debian.org/security_tracker.html).

A binary package that was rebuilt without source changes (`1.2-1+b1`) has a version of its own: the source's counts.
"""

from vedette.matching.ecosystems._base import (
    Ecosystem,
    Host,
    Lookup,
    by_name,
    by_source,
    source_of,
)
from vedette.matching.kernels import kernel_exemption, unsigned
from vedette.matching.origins import third_party_exemption
from vedette.model.package import Package


def _lookups(package: Package, _host: Host) -> tuple[Lookup, ...]:
    return (
        by_name(package, package.ecosystem),
        by_source(package.ecosystem, unsigned(source_of(package)), package),
    )


def _exempt(package: Package, host: Host) -> str | None:
    return third_party_exemption(package) or kernel_exemption(package, host.running_kernel)


ECOSYSTEM = Ecosystem(
    name="debian",
    covers=("Debian", "Echo"),
    lookups=_lookups,
    exempt=_exempt,
)
