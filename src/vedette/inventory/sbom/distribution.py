"""The distribution that an SBOM speaks of: by an operating system's name and version, or by the `distro` of purls.

Tools write os-release's id, or names of their own; releases as numbers, or as code names. What is not known here stays as it is
written, and matching says that it cannot decide.
"""

import re

from vedette.model.distro import Distro

_IDS = {
    "amazon": "amzn",
    "amazon linux": "amzn",
    "amazonlinux": "amzn",
    "redhat": "rhel",
    "red hat enterprise linux": "rhel",
    "alma": "almalinux",
    "oracle": "ol",
    "oracle linux": "ol",
    "oraclelinux": "ol",
    "rockylinux": "rocky",
    "rocky linux": "rocky",
    "suse linux enterprise server": "sles",
    "suse": "sles",
    "opensuse.leap": "opensuse-leap",
    "opensuse.tumbleweed": "opensuse-tumbleweed",
    "cbl-mariner": "mariner",
    "azure linux": "azurelinux",
    "debian gnu/linux": "debian",
}
_CODE_NAMES = {
    ("debian", "stretch"): "9",
    ("debian", "buster"): "10",
    ("debian", "bullseye"): "11",
    ("debian", "bookworm"): "12",
    ("debian", "trixie"): "13",
    ("ubuntu", "trusty"): "14.04",
    ("ubuntu", "xenial"): "16.04",
    ("ubuntu", "bionic"): "18.04",
    ("ubuntu", "focal"): "20.04",
    ("ubuntu", "jammy"): "22.04",
    ("ubuntu", "noble"): "24.04",
}
_UBUNTU = re.compile(r"(\d\d\.\d\d)(?:\.\d+)?")
_WITH_VERSION = re.compile(r"(.+?)-(\d[^-]*(?:-.*)?|edge|[a-z]+)")


def distro_of(name: str, version: str | None) -> Distro:
    """The distribution by a tool's words for it."""
    lower = name.strip().lower()
    identity = _IDS.get(lower, lower)
    release = (version or "").strip() or None
    if release:
        release = _CODE_NAMES.get((identity, release.lower()), release)
    if identity == "ubuntu" and release and (point := _UBUNTU.fullmatch(release)):
        release = point[1]  # tools write point releases, which are no releases of their own
    return Distro(id=identity, version_id=release)


def distro_of_qualifier(namespace: str | None, qualifier: str | None) -> Distro | None:
    """The distribution by a purl's `distro`: `debian-12`, `opensuse-leap-15.5`, or the release alone."""
    if not qualifier:
        return None
    known = _NAMESPACES.get(namespace or "", namespace or "")
    if (known, qualifier) in _CODE_NAMES:
        return distro_of(known, qualifier)
    if known and qualifier[0].isdigit():
        return distro_of(known, qualifier)
    match = _WITH_VERSION.fullmatch(qualifier)
    if match is None or qualifier in _NO_VERSION:
        return distro_of(qualifier, None)
    return distro_of(match[1], match[2])


_NAMESPACES = {"redhat": "rhel", "amazon": "amzn", "oracle": "ol"}
_NO_VERSION = frozenset({"opensuse-leap", "opensuse-tumbleweed", "cbl-mariner"})
