"""An EC2 instance's inventory from Systems Manager: `AWS:Application` entries as ListInventoryEntries gives them.

https://docs.aws.amazon.com/systems-manager/latest/userguide/inventory-schema.html. What the agent puts in the fields
(aws/amazon-ssm-agent, dataProvider_unix.go): for rpm, `PackageId` is the source package's file name, and `Release`
and `Epoch` stand apart from `Version`; for dpkg, `Version` is whole, `PackageId` is `NAME_VERSION_ARCH.deb`, and the source
package is not told; a snap has neither architecture nor `PackageId`. The architecture is spelt one way for all (`x86_64`).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from vedette.errors import ParseError
from vedette.inventory.formats.rpm_package import join_evr, parse_source_rpm
from vedette.inventory.formats.words import line, optional_word, word
from vedette.inventory.found import FoundPackage, PackageKind
from vedette.inventory.naming import purl_of, release_of, settle
from vedette.inventory.sockets import SSM_TYPE, entry_of
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure, Inventory
from vedette.model.listening import Socket
from vedette.model.package import Location, Package, PackageManager
from vedette.model.resource import ResourceRef

_EXTRACTOR = "ssm"
_PLACE = "AWS:Application"
_IDS = {
    "amazon linux": "amzn",
    "amazon linux ami": "amzn",
    "ubuntu": "ubuntu",
    "debian gnu/linux": "debian",
    "debian": "debian",
    "red hat enterprise linux": "rhel",
    "red hat enterprise linux server": "rhel",
    "centos": "centos",
    "centos linux": "centos",
    "centos stream": "centos",
    "rocky linux": "rocky",
    "almalinux": "almalinux",
    "oracle linux server": "ol",
    "sles": "sles",
    "sles_sap": "sles_sap",
    "suse linux enterprise server": "sles",
    "fedora": "fedora",
    "fedora linux": "fedora",
}
_DEB_IDS = frozenset({"debian", "ubuntu"})
_DEB_ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "noarch": "all"}
_DEB_ID = re.compile(r"[^_\s]+_[^_\s]+_(?P<arch>[a-z0-9-]+)\.deb")
_EPOCH = re.compile(r"\d{1,10}")
_NO_EPOCH = frozenset({"", "(none)", "0"})


def from_ssm(
    instance_information: Mapping[str, object],
    applications: Iterable[Mapping[str, object]],
    resource: ResourceRef,
    *,
    taken_at: datetime | None = None,
    sockets: Iterable[Mapping[str, object]] | None = None,
) -> Inventory:
    """The inventory of an instance; an entry that makes no package, or no socket, is a failure.

    Args:
        instance_information: one item of DescribeInstanceInformation (`PlatformName`, `PlatformVersion`).
        applications: the `Entries` of ListInventoryEntries for `AWS:Application`, of all pages.
        resource: the instance.
        taken_at: when the agent took it (`CaptureTime`).
        sockets: the `Entries` of `Custom:VedetteListeningSocket`, None where nobody asked. If one is malformed they are
            not known.
    """
    distro = _distro(instance_information)
    packages: dict[str, Package] = {}
    failures: set[FileFailure] = set()
    for number, entry in enumerate(applications):
        try:
            package = _package(entry, distro)
        except ParseError as error:
            named = f"{_PLACE}/{entry.get('Name') or number}"
            failures.add(FileFailure(extractor=_EXTRACTOR, path=named, reason=str(error)))
            continue
        packages[package.purl] = package
    listening = None if sockets is None else _sockets(sockets, failures)
    return Inventory(
        resource=resource,
        distro=distro,
        packages=tuple(package for _, package in sorted(packages.items())),
        failures=tuple(sorted(failures, key=lambda f: (f.path, f.reason))),
        taken_at=taken_at,
        sockets=listening,
    )


def _sockets(
    entries: Iterable[Mapping[str, object]], failures: set[FileFailure]
) -> tuple[Socket, ...] | None:
    found: set[Socket] = set()
    known = True
    for number, entry in enumerate(entries):
        try:
            found.add(entry_of(entry))
        except ParseError as error:
            path = f"{SSM_TYPE}/{number}"
            failures.add(FileFailure(extractor=_EXTRACTOR, path=path, reason=str(error)))
            known = False
    return tuple(sorted(found)) if known else None


def _distro(information: Mapping[str, object]) -> Distro | None:
    """None for a platform that is not known; its packages' kind is then told by their entries alone."""
    name = str(information.get("PlatformName") or "").strip()
    version = str(information.get("PlatformVersion") or "").strip()
    identity = _IDS.get(name.lower())
    if identity is None:
        return None
    return Distro(id=identity, version_id=version or None, pretty_name=f"{name} {version}".rstrip())


def _package(entry: Mapping[str, object], distro: Distro | None) -> Package:
    fields = {key: _text(entry, key) for key in _FIELDS}
    found = _found(fields, distro)
    release = release_of(found.kind, distro)
    return settle(
        found,
        release,
        purl=purl_of(found, release),
        locations=(Location(path=_PLACE),),
        extractor=_EXTRACTOR,
    )


_FIELDS = ("Name", "Version", "Release", "Epoch", "Architecture", "Publisher", "PackageId")


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ParseError(f"{key} is not text")
    return value.strip()


def _found(fields: Mapping[str, str], distro: Distro | None) -> FoundPackage:
    identifier = fields["PackageId"]
    if identifier.endswith(".deb"):
        return _deb(fields)
    if fields["Release"] or identifier.endswith(".rpm"):
        return _rpm(fields)
    if distro is None or distro.id not in _DEB_IDS:
        raise ParseError("neither an rpm nor a deb: no Release and no PackageId")
    return _deb(fields) if identifier or fields["Architecture"] else _snap(fields)


def _deb(fields: Mapping[str, str]) -> FoundPackage:
    """The architecture of the package's own name is dpkg's word; the field's is the agent's."""
    match = _DEB_ID.fullmatch(fields["PackageId"])
    arch = match["arch"] if match else fields["Architecture"]
    return FoundPackage(
        kind=PackageKind.DEB,
        manager=PackageManager.OS,
        name=word(fields["Name"], "package name"),
        version=word(fields["Version"], "version"),
        arch=optional_word(_DEB_ARCHES.get(arch, arch), "architecture"),
        vendor=line(fields["Publisher"]),
    )


def _rpm(fields: Mapping[str, str]) -> FoundPackage:
    epoch = "0" if fields["Epoch"] in _NO_EPOCH else fields["Epoch"]
    if not _EPOCH.fullmatch(epoch):
        raise ParseError(f"not an epoch: {epoch[:80]!r}")
    evr = join_evr(int(epoch), fields["Version"], fields["Release"])
    return FoundPackage(
        kind=PackageKind.RPM,
        manager=PackageManager.OS,
        name=word(fields["Name"], "package name"),
        version=evr,
        arch=optional_word(fields["Architecture"], "architecture"),
        source=parse_source_rpm(fields["PackageId"], evr),
        vendor=line(fields["Publisher"]),
    )


def _snap(fields: Mapping[str, str]) -> FoundPackage:
    return FoundPackage(
        kind=PackageKind.SNAP,
        manager=PackageManager.OS,
        name=word(fields["Name"], "package name"),
        version=word(fields["Version"], "version"),
        vendor=line(fields["Publisher"]),
    )
