"""What the package that carries a distribution's release files says of it, where these cannot be read.

Only packages that exist in one distribution, and whose version is the release's, are known here: nothing is derived from
other packages' versions or the vendor alone. Every claim ranks behind those of os_release.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from vedette.inventory.found import DistroClaim, Extraction, FoundPackage, PackageKind
from vedette.model.distro import Distro

_RANK = 100

_Version = Callable[[str], str | None]


class _Rule(msgspec.Struct, frozen=True):
    identity: str
    version: _Version
    vendor: str | None = None


def with_release(extraction: Extraction) -> Extraction:
    """The extraction with the claim that its packages make, if they make one."""
    claim = next(_claims(extraction.packages), None)
    return msgspec.structs.replace(extraction, distro=claim) if claim else extraction


def _claims(packages: tuple[FoundPackage, ...]) -> Iterator[DistroClaim]:
    for package in packages:
        for rule in _RULES.get((package.kind, package.name), ()):
            if distro := _distro(package, rule):
                yield DistroClaim(rank=_RANK, distro=distro)


def _distro(package: FoundPackage, rule: _Rule) -> Distro | None:
    if rule.vendor and rule.vendor not in (package.vendor or ""):
        return None
    version = rule.version(package.version)
    if version is None:
        return None
    return Distro(id=rule.identity, version_id=version or None)


def _like(expression: str) -> _Version:
    """The version's first group, as os-release writes it."""
    pattern = re.compile(rf"(?:\d+:)?{expression}")

    def version(text: str) -> str | None:
        match = pattern.fullmatch(text)
        return match[1] if match else None

    return version


def _ubuntu(text: str) -> str | None:
    """A release keeps the version of base-files with which it came out; updates count after a dot."""
    match = re.fullmatch(r"([0-9.]+ubuntu\d+)(?:\.\d+)*", text)
    return _UBUNTU.get(match[1]) if match else None


_UBUNTU = {
    "7.2ubuntu5": "14.04",
    "9.4ubuntu4": "16.04",
    "10.1ubuntu2": "18.04",
    "11ubuntu5": "20.04",
    "12ubuntu4": "22.04",
    "13ubuntu10": "24.04",
}


def _debian(text: str) -> str | None:
    """Derived distributions mark their changes (`12.4+deb12u5+rpi1`), which then is no version of Debian's."""
    match = re.fullmatch(r"(\d+)(?:\.\d+)*(?:\+deb(\d+)u\d+)?", text)
    if not match or match[2] not in {None, match[1]}:
        return None
    return match[1]


_MAJOR = _like(r"(\d+)(?:\.\d+)*-.+")
_FULL = _like(r"(\d+(?:\.\d+)*)-.+")
_TWO = _like(r"(\d+\.\d+)(?:\.\d+)*-.+")
_ALPINE = _like(r"(\d+\.\d+\.\d+\S*)-r\d+")


def _amazon(text: str) -> str | None:
    """`2018.03` and before are releases of the first; `2`; from 2022 on the year is the release."""
    match = re.fullmatch(r"(\d+)(\.\d+)?[0-9.]*-.+", text)
    if not match:
        return None
    return match[0].partition("-")[0] if int(match[1]) in _DATED else match[1]


_DATED = range(2010, 2022)


def _any(_text: str) -> str:
    """A rolling release has no version that matters."""
    return ""


_RPM, _APK, _DEB = PackageKind.RPM, PackageKind.APK, PackageKind.DEB
_RED_HAT = _Rule("rhel", _FULL, "Red Hat")
_RULES = {
    (_RPM, "system-release"): (_Rule("amzn", _amazon, "Amazon"),),
    (_RPM, "redhat-release"): (_RED_HAT,),
    (_RPM, "redhat-release-server"): (_RED_HAT,),
    (_RPM, "redhat-release-workstation"): (_RED_HAT,),
    (_RPM, "redhat-release-client"): (_RED_HAT,),
    (_RPM, "redhat-release-computenode"): (_RED_HAT,),
    (_RPM, "centos-release"): (_Rule("centos", _MAJOR, "CentOS"),),
    (_RPM, "centos-linux-release"): (_Rule("centos", _MAJOR, "CentOS"),),
    (_RPM, "centos-stream-release"): (_Rule("centos", _MAJOR, "CentOS"),),
    (_RPM, "fedora-release-common"): (_Rule("fedora", _MAJOR, "Fedora"),),
    (_RPM, "rocky-release"): (_Rule("rocky", _FULL),),
    (_RPM, "almalinux-release"): (_Rule("almalinux", _FULL),),
    (_RPM, "oraclelinux-release"): (_Rule("ol", _FULL, "Oracle"),),
    (_RPM, "mariner-release"): (_Rule("mariner", _TWO, "Microsoft"),),
    (_RPM, "azurelinux-release"): (_Rule("azurelinux", _TWO, "Microsoft"),),
    (_RPM, "photon-release"): (_Rule("photon", _TWO, "VMware"),),
    (_RPM, "sles-release"): (_Rule("sles", _FULL, "SUSE"),),
    (_RPM, "SLES_SAP-release"): (_Rule("sles_sap", _FULL, "SUSE"),),
    (_RPM, "sled-release"): (_Rule("sled", _FULL, "SUSE"),),
    (_RPM, "openSUSE-release"): (_Rule("opensuse-leap", _like(r"(\d\d\.\d+)-.+"), "SUSE"),),
    (_DEB, "base-files"): (
        _Rule("debian", _debian, "@debian.org"),
        _Rule("ubuntu", _ubuntu, "Ubuntu"),
    ),
    (_APK, "alpine-release"): (_Rule("alpine", _ALPINE),),
    (_APK, "wolfi-baselayout"): (_Rule("wolfi", _any),),
    (_APK, "chainguard-baselayout"): (_Rule("chainguard", _any),),
}
