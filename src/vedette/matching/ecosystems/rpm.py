"""Distributions with rpm: advisories by binary package, a few by source.

CentOS up to 8 rebuilt Red Hat's packages and published no advisories that say which versions have a fix: Red Hat's judge it. CentOS
Stream (from 9 on) is ahead of Red Hat's releases, whose advisories do not speak of it.

A host of Red Hat's that is on a stream of extended support (EUS, AUS, E4S, TUS, ELS: its repositories say so) has fixes of its own: what Red
Hat says of a flaw in that stream counts there, and what it says of the release where it says nothing of the stream.
"""

from itertools import chain

import msgspec

from vedette.matching.ecosystems._base import (
    Ecosystem,
    Host,
    Lookup,
    by_name,
    by_source,
    source_of,
)
from vedette.matching.kernels import kernel_exemption
from vedette.matching.origins import third_party_exemption
from vedette.model.package import Package, SourcePackage

_REBUILT = {f"CentOS:{major}": (f"Red Hat:{major}",) for major in ("5", "6", "7", "8")}


def _source(package: Package) -> SourcePackage:
    """The source with the binary's epoch: the name of a source rpm does not carry it, but its spec gave it to both.

    A package with a version of its own (`perl-Errno` of `perl`) has an epoch of its own, too.
    """
    source = source_of(package)
    epoch, colon, version = package.version.partition(":")
    if colon and version == source.version:
        return SourcePackage(name=source.name, version=f"{epoch}:{source.version}")
    return source


def _lookups(package: Package, host: Host) -> tuple[Lookup, ...]:
    places = (package.ecosystem, *_REBUILT.get(package.ecosystem, ()))
    streams = _streams(package, host)
    own = chain.from_iterable(_of(package, ecosystem) for ecosystem in places)
    if not streams:
        return tuple(own)
    extended = chain.from_iterable(_of(package, ecosystem) for ecosystem in streams)
    return (
        *(msgspec.structs.replace(one, channel=True) for one in extended),
        *(msgspec.structs.replace(one, unless=streams) for one in own),
    )


def _of(package: Package, ecosystem: str) -> tuple[Lookup, ...]:
    return by_name(package, ecosystem), by_source(ecosystem, _source(package), package)


def _streams(package: Package, host: Host) -> tuple[str, ...]:
    """The streams of the package's release that the host is on: `Red Hat:9.2:eus` of `Red Hat:9`, `Red Hat:7:els`."""
    if not package.ecosystem.startswith("Red Hat:"):
        return ()
    begins = (f"{package.ecosystem}.", f"{package.ecosystem}:")
    return tuple(sorted(one for one in host.repositories or () if one.startswith(begins)))


def _exempt(package: Package, host: Host) -> str | None:
    return third_party_exemption(package) or kernel_exemption(package, host.running_kernel)


ECOSYSTEM = Ecosystem(
    name="rpm",
    covers=(
        "AlmaLinux",
        "Azure Linux",
        "Bottlerocket",
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
