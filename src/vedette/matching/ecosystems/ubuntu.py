"""Ubuntu: advisories by source package, in two channels of fixes.

`Ubuntu:18.04` is the archive that everybody has, `Ubuntu:Pro:18.04` what Ubuntu Pro (ESM) adds. Both speak of the same flaws:
who has reached a fix in either has it (https://ubuntu.com/security/esm).
"""

import msgspec

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
    distribution, _, release = package.ecosystem.partition(":")
    source = unsigned(source_of(package))
    return tuple(
        msgspec.structs.replace(lookup, channel=True)
        for ecosystem in (package.ecosystem, f"{distribution}:Pro:{release}")
        for lookup in (by_name(package, ecosystem), by_source(ecosystem, source, package))
    )


def _exempt(package: Package, host: Host) -> str | None:
    return third_party_exemption(package) or kernel_exemption(package, host.running_kernel)


ECOSYSTEM = Ecosystem(name="ubuntu", covers=("Ubuntu",), lookups=_lookups, exempt=_exempt)
