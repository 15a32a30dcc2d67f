"""Amazon Linux: advisories by binary package, in a core repository and additional ones.

Additional repositories (the "extras" topics of Amazon Linux 2, live patches) carry other builds of packages that the core has
too, so that their advisories apply only where they are enabled. A kernel tells its topic by its version
(https://docs.aws.amazon.com/linux/al2/ug/al2-extras-list.html).
"""

import re

import msgspec

from vedette.matching.ecosystems._base import Ecosystem, Host, Lookup, by_name
from vedette.matching.kernels import kernel_exemption
from vedette.matching.origins import third_party_exemption
from vedette.model.package import Package

_KERNEL_TOPIC = re.compile(r"extras/kernel-(?P<stream>[0-9]+\.[0-9]+)")
_LIVE_PATCH = "kernel-livepatch-"


def _lookups(package: Package, host: Host) -> tuple[Lookup, ...]:
    prefix = f"{package.ecosystem}:"
    additional = (
        _in_repository(package, host, ecosystem)
        for ecosystem in sorted(host.ecosystems)
        if ecosystem.startswith(prefix)
    )
    core = by_name(package, package.ecosystem)
    return (core, *(lookup for lookup in additional if lookup is not None))


def _in_repository(package: Package, host: Host, ecosystem: str) -> Lookup | None:
    lookup = by_name(package, ecosystem)
    comes_from = _comes_from(package, ecosystem)
    if comes_from is None and host.repositories is None:
        repository = ecosystem.removeprefix(f"{package.ecosystem}:")
        doubt = f"nothing says whether the repository {repository} is enabled"
        return msgspec.structs.replace(lookup, doubt=doubt)
    if comes_from is None:
        return lookup if ecosystem in (host.repositories or ()) else None
    return lookup if comes_from else None


def _comes_from(package: Package, ecosystem: str) -> bool | None:
    """Whether the package itself tells that it came from the repository; None where it does not tell."""
    if package.name.startswith(_LIVE_PATCH):
        return "livepatch" in ecosystem or ecosystem.endswith(
            f"extras/kernel-{_stream(package.name.removeprefix(_LIVE_PATCH))}"
        )
    topic = _KERNEL_TOPIC.search(ecosystem)
    if topic is None:
        return None
    return _stream(package.version.rpartition(":")[2]) == topic["stream"]


def _stream(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _exempt(package: Package, host: Host) -> str | None:
    return third_party_exemption(package) or kernel_exemption(package, host.running_kernel)


ECOSYSTEM = Ecosystem(
    name="amazon",
    covers=("Amazon Linux",),
    lookups=_lookups,
    exempt=_exempt,
)
