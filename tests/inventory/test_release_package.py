"""The distribution as its release package has it, where os-release is missing."""

from pathlib import Path

import pytest

from tests.inventory.rpmdb import header
from tests.inventory.rpmdb_old import bdb
from tests.simulators.tree import files_below, live
from vedette.inventory.collect import collect
from vedette.inventory.formats.release_package import with_release
from vedette.inventory.found import Extraction, FoundPackage, PackageKind
from vedette.model.distro import Distro
from vedette.model.package import PackageManager
from vedette.model.resource import ResourceRef, ResourceType

_HERE = ResourceRef(type=ResourceType.LOCAL, id="here")


def _found(kind: str, name: str, version: str, vendor: str | None) -> FoundPackage:
    return FoundPackage(
        kind=PackageKind(kind),
        manager=PackageManager.OS,
        name=name,
        version=version,
        vendor=vendor,
    )


@pytest.mark.parametrize(
    ("kind", "name", "version", "vendor", "expected"),
    [
        ("rpm", "system-release", "2023.1.20230825-0.amzn2023", "Amazon Linux", "amzn 2023"),
        ("rpm", "system-release", "2022.0.20220202-0.amzn2022", "Amazon Linux", "amzn 2022"),
        ("rpm", "system-release", "1:2-14.amzn2", "Amazon Linux", None),
        ("rpm", "system-release", "2-14.amzn2", "Amazon Linux", "amzn 2"),
        ("rpm", "system-release", "2018.03-0.0", "Amazon.com", "amzn 2018.03"),
        ("rpm", "system-release", "2-14.amzn2", "Somebody", None),
        ("rpm", "system-release", "two-14.amzn2", "Amazon Linux", None),
        ("rpm", "redhat-release", "9.2-0.13.el9", "Red Hat, Inc.", "rhel 9.2"),
        ("rpm", "redhat-release", "9.2-0.13.0.1.el9", "Oracle America", None),
        ("rpm", "redhat-release-server", "7.9-3.el7", "Red Hat, Inc.", "rhel 7.9"),
        ("rpm", "oraclelinux-release", "8:9.2-1.0.9.el9", "Oracle America", "ol 9.2"),
        ("rpm", "centos-release", "7-9.2009.1.el7.centos", "CentOS", "centos 7"),
        ("rpm", "centos-linux-release", "8.5-1.2111.el8", "CentOS", "centos 8"),
        ("rpm", "centos-stream-release", "9.0-26.el9", "CentOS", "centos 9"),
        ("rpm", "fedora-release-common", "38-36", "Fedora Project", "fedora 38"),
        ("rpm", "rocky-release", "9.2-1.6.el9", "Rocky Enterprise Software", "rocky 9.2"),
        ("rpm", "almalinux-release", "9.2-1.el9", "AlmaLinux", "almalinux 9.2"),
        ("rpm", "mariner-release", "2.0-4.cm2", "Microsoft Corporation", "mariner 2.0"),
        ("rpm", "azurelinux-release", "3.0-16.azl3", "Microsoft Corporation", "azurelinux 3.0"),
        ("rpm", "photon-release", "4.0-3.ph4", "VMware, Inc.", "photon 4.0"),
        ("rpm", "sles-release", "15.3-55.4.1", "SUSE LLC <https://www.suse.com/>", "sles 15.3"),
        ("rpm", "openSUSE-release", "15.4-lp154.164.1", "openSUSE", "opensuse-leap 15.4"),
        ("rpm", "openSUSE-release", "20230101-1.1", "openSUSE", None),
        ("rpm", "bash", "5.2-1", "Amazon Linux", None),
        ("apk", "alpine-release", "3.18.4-r0", None, "alpine 3.18.4"),
        ("apk", "alpine-release", "3.20.0_alpha20240329-r0", None, "alpine 3.20.0_alpha20240329"),
        ("apk", "alpine-baselayout", "3.4.3-r1", None, None),
        ("apk", "wolfi-baselayout", "20230201-r7", None, "wolfi None"),
        ("apk", "chainguard-baselayout", "20230214-r7", None, "chainguard None"),
        ("deb", "base-files", "12.4+deb12u5", "Santiago Vila <sanvila@debian.org>", "debian 12"),
        ("deb", "base-files", "12.4", "Santiago Vila <sanvila@debian.org>", "debian 12"),
        ("deb", "base-files", "12.4+deb11u5", "Santiago Vila <sanvila@debian.org>", None),
        ("deb", "base-files", "12.4+rpi1+deb12u5", "Santiago Vila <sanvila@debian.org>", None),
        ("deb", "base-files", "12.4+deb12u5", "Kali Developers <devel@kali.org>", None),
        ("deb", "base-files", "12ubuntu4.6", "Ubuntu Developers <a@ubuntu.com>", "ubuntu 22.04"),
        ("deb", "base-files", "13ubuntu9", "Ubuntu Developers <a@ubuntu.com>", None),
        ("deb", "base-files", "13", "Ubuntu Developers <a@ubuntu.com>", None),
    ],
)
def test_release_of_package(
    kind: str, name: str, version: str, vendor: str | None, expected: str | None
) -> None:
    claim = with_release(Extraction(packages=(_found(kind, name, version, vendor),))).distro
    assert (f"{claim.distro.id} {claim.distro.version_id}" if claim else None) == expected


def test_os_release_goes_before_the_package() -> None:
    release = header(
        name="system-release", version="2", release="14.amzn2", vendor="Amazon Linux", arch="noarch"
    )
    files = {"var/lib/rpm/Packages": bdb([release])}
    alone = collect(live(files), resource=_HERE)
    assert alone.distro == Distro(id="amzn", version_id="2")
    assert [p.ecosystem for p in alone.packages] == ["Amazon Linux:2"]
    files["etc/os-release"] = b"ID=fedora\nVERSION_ID=38\n"
    assert collect(live(files), resource=_HERE).distro == Distro(id="fedora", version_id="38")


@pytest.mark.parametrize(
    ("folder", "ecosystem"),
    [
        ("rpmdb/amazonlinux-2023", "Amazon Linux:2023"),
        ("rpmdb/cbl-mariner-2.0", "Mariner:2.0"),
        ("rpmdb/sles-15-bci", "SUSE:15.3"),
        ("dpkg/trivy", "Ubuntu:18.04"),
    ],
)
def test_real_database_alone_says_its_release(shared: Path, folder: str, ecosystem: str) -> None:
    inventory = collect(live(files_below(shared / "fixtures" / folder)), resource=_HERE)
    assert {p.ecosystem for p in inventory.packages} == {ecosystem}
