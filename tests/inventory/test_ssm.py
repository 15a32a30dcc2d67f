from datetime import UTC, datetime

import pytest

from vedette.inventory.ssm import from_ssm
from vedette.model.distro import Distro
from vedette.model.inventory import FileFailure
from vedette.model.listening import Socket
from vedette.model.network import Transport
from vedette.model.package import Location, Package, PackageManager, SchemeName, SourcePackage
from vedette.model.purl import Purl
from vedette.model.resource import ResourceRef, ResourceType

_INSTANCE = ResourceRef(type=ResourceType.EC2_INSTANCE, id="i-0123456789abcdef0")
_AMAZON = {"PlatformName": "Amazon Linux", "PlatformVersion": "2023", "PlatformType": "Linux"}
_UBUNTU = {"PlatformName": "Ubuntu", "PlatformVersion": "22.04"}
_BASH = {
    "Name": "bash",
    "ApplicationType": "Unspecified",
    "Publisher": "Amazon Linux",
    "Version": "5.2.15",
    "Release": "1.amzn2023.0.2",
    "Epoch": "",
    "InstalledTime": "2023-10-04T14:59:00Z",
    "Architecture": "x86_64",
    "PackageId": "bash-5.2.15-1.amzn2023.0.2.src.rpm",
}
_OPENSSL = {
    "Name": "libssl3",
    "Publisher": "Ubuntu Developers",
    "Version": "3.0.2-0ubuntu1.10",
    "Architecture": "x86_64",
    "PackageId": "libssl3_3.0.2-0ubuntu1.10_amd64.deb",
}


def test_rpm_instance() -> None:
    taken_at = datetime(2024, 1, 1, tzinfo=UTC)
    inventory = from_ssm(_AMAZON, [_BASH], _INSTANCE, taken_at=taken_at)
    assert inventory.distro == Distro(id="amzn", version_id="2023", pretty_name="Amazon Linux 2023")
    assert (inventory.taken_at, inventory.failures) == (taken_at, ())
    assert inventory.packages == (
        Package(
            purl=Purl("pkg:rpm/amzn/bash@5.2.15-1.amzn2023.0.2?arch=x86_64&distro=amzn-2023"),
            ecosystem="Amazon Linux:2023",
            name="bash",
            version="5.2.15-1.amzn2023.0.2",
            scheme=SchemeName.RPM,
            manager=PackageManager.OS,
            arch="x86_64",
            source=SourcePackage(name="bash", version="5.2.15-1.amzn2023.0.2"),
            vendor="Amazon Linux",
            locations=(Location(path="AWS:Application"),),
            extractor="ssm",
        ),
    )


@pytest.mark.parametrize(
    ("changes", "version", "source"),
    [
        ({"Epoch": "2"}, "2:5.2.15-1.amzn2023.0.2", SourcePackage(name="bash", version="2:5.2.15-1.amzn2023.0.2")),
        ({"Epoch": "0"}, "5.2.15-1.amzn2023.0.2", SourcePackage(name="bash", version="5.2.15-1.amzn2023.0.2")),
        ({"Epoch": "(none)", "PackageId": "(none)"}, "5.2.15-1.amzn2023.0.2", None),
        ({"Epoch": "1", "PackageId": "sh-1.0-2.src.rpm"}, "1:5.2.15-1.amzn2023.0.2", SourcePackage(name="sh", version="1.0-2")),
        ({"Epoch": None}, "5.2.15-1.amzn2023.0.2", SourcePackage(name="bash", version="5.2.15-1.amzn2023.0.2")),
    ],
)  # fmt: skip
def test_rpm_version_is_put_together(
    changes: dict[str, object], version: str, source: SourcePackage | None
) -> None:
    (package,) = from_ssm(_AMAZON, [{**_BASH, **changes}], _INSTANCE).packages
    assert (package.version, package.source) == (version, source)


def test_deb_instance_has_no_source_packages() -> None:
    bare = {"Name": "curl", "Version": "7.81.0-1ubuntu1.14", "Architecture": "aarch64"}
    arm = {**_OPENSSL, "Architecture": "arm", "PackageId": "libssl3_3.0.2-0ubuntu1.10_armhf.deb"}
    snap = {"Name": "core20", "Version": "20230801", "Publisher": "canonical**", "Architecture": ""}
    inventory = from_ssm(_UBUNTU, [_OPENSSL, bare, snap, arm], _INSTANCE)
    assert inventory.failures == ()
    assert [(p.purl, p.ecosystem, p.name, p.arch, p.source) for p in inventory.packages] == [
        (
            "pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.14?arch=arm64&distro=ubuntu-22.04",
            "Ubuntu:22.04", "curl", "arm64", None,
        ),
        (
            "pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.10?arch=amd64&distro=ubuntu-22.04",
            "Ubuntu:22.04", "libssl3", "amd64", None,
        ),
        (
            "pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.10?arch=armhf&distro=ubuntu-22.04",
            "Ubuntu:22.04", "libssl3", "armhf", None,
        ),
        ("pkg:snap/core20@20230801", "snap", "core20", None, None),
    ]  # fmt: skip


def test_unknown_platform_is_not_guessed() -> None:
    inventory = from_ssm({"PlatformName": "Nimbus"}, [_BASH, _OPENSSL], _INSTANCE)
    assert inventory.distro is None
    assert [p.ecosystem for p in inventory.packages] == ["deb", "rpm"]
    assert from_ssm({}, [], _INSTANCE).distro is None


@pytest.mark.parametrize(
    ("platform", "entry", "place", "reason"),
    [
        (_AMAZON, {**_BASH, "Name": ""}, "0", "no package name"),
        (_AMAZON, {**_BASH, "Version": ""}, "bash", "no version"),
        (_AMAZON, {**_BASH, "Epoch": "one"}, "bash", "not an epoch: 'one'"),
        (_AMAZON, {**_BASH, "Release": "1-2"}, "bash", "not a release: '1-2'"),
        (_AMAZON, {**_BASH, "Version": 5}, "bash", "Version is not text"),
        (_AMAZON, {**_BASH, "PackageId": "bash.rpm"}, "bash", "not the name of a source package: 'bash.rpm'"),
        (_AMAZON, {"Name": "x", "Version": "1"}, "x", "neither an rpm nor a deb: no Release and no PackageId"),
        (_UBUNTU, {**_OPENSSL, "Version": "1 2"}, "libssl3", "not a version: '1 2'"),
    ],
)  # fmt: skip
def test_bad_entry_is_a_failure_and_the_rest_is_there(
    platform: dict[str, str], entry: dict[str, object], place: str, reason: str
) -> None:
    other = {**_BASH, "Name": "other"}
    inventory = from_ssm(platform, [entry, other], _INSTANCE)
    assert [p.name for p in inventory.packages] == ["other"]
    assert inventory.failures == (
        FileFailure(extractor="ssm", path=f"AWS:Application/{place}", reason=reason),
    )


def test_same_package_twice_is_one() -> None:
    assert len(from_ssm(_AMAZON, [_BASH, _BASH], _INSTANCE).packages) == 1


def test_listening_sockets() -> None:
    entry = {"Protocol": "tcp", "Port": "22", "Program": "sshd", "Package": "openssh-server"}
    sshd = Socket(transport=Transport.TCP, port=22, program="sshd", package="openssh-server")
    found = from_ssm({}, [], _INSTANCE, sockets=[entry, entry])
    assert (found.sockets, found.failures) == ((sshd,), ())
    assert from_ssm({}, [], _INSTANCE, sockets=[]).sockets == ()
    assert from_ssm({}, [], _INSTANCE).sockets is None
    odd = from_ssm({}, [], _INSTANCE, sockets=[entry, {"Protocol": "tcp"}])
    assert (odd.sockets, [one.path for one in odd.failures]) == (
        None,
        ["Custom:VedetteListeningSocket/1"],
    )
