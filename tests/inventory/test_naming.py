import pytest

from vedette.inventory.found import OS_KINDS, FoundPackage, PackageKind
from vedette.inventory.naming import Release, purl_of, release_of, settle
from vedette.matching.ecosystems import rule_for
from vedette.model.distro import Distro
from vedette.model.package import PackageManager

_DEB, _RPM, _APK = PackageKind.DEB, PackageKind.RPM, PackageKind.APK


@pytest.mark.parametrize(
    ("kind", "identity", "version", "ecosystem", "namespace"),
    [
        (_DEB, "debian", "12", "Debian:12", "debian"),
        (_DEB, "debian", "12.4", "Debian:12", "debian"),
        (_DEB, "debian", None, "deb", "debian"),
        (_DEB, "ubuntu", "22.04", "Ubuntu:22.04", "ubuntu"),
        (_DEB, "linuxmint", "21", "deb", None),
        (_APK, "alpine", "3.18.4", "Alpine:v3.18", "alpine"),
        (_APK, "alpine", "3.22", "Alpine:v3.22", "alpine"),
        (_APK, "alpine", "3.20_alpha20240329", "Alpine:edge", "alpine"),
        (_APK, "alpine", "edge", "Alpine:edge", "alpine"),
        (_APK, "alpine", "3", "apk", "alpine"),
        (_APK, "alpine", "x.y", "apk", "alpine"),
        (_APK, "wolfi", "20230201", "Wolfi", "wolfi"),
        (_APK, "chainguard", "20230214", "Chainguard", "chainguard"),
        (_APK, "minimos", "20250101", "MinimOS", "minimos"),
        (_APK, "cleanstart", None, "CleanStart", "cleanstart"),
        (_APK, "alpaquita", "23", "Alpaquita:23", "alpaquita"),
        (_APK, "alpaquita", "stream", "Alpaquita:stream", "alpaquita"),
        (_APK, "alpaquita", None, "apk", "alpaquita"),
        (
            *(_APK, "bellsoft-hardened-containers", "stream"),
            *("BellSoft Hardened Containers:stream", "bellsoft-hardened-containers"),
        ),
        (_DEB, "echo", "1", "Echo", "echo"),
        (_RPM, "bottlerocket", "1.20.3", "Bottlerocket", "bottlerocket"),
        (_RPM, "mageia", "9", "Mageia:9", "mageia"),
        (_RPM, "amzn", "2018.03", "Amazon Linux:1", "amzn"),
        (_RPM, "amzn", "2", "Amazon Linux:2", "amzn"),
        (_RPM, "amzn", "2.0", "Amazon Linux:2", "amzn"),
        (_RPM, "amzn", "2022", "Amazon Linux:2022", "amzn"),
        (_RPM, "amzn", "2023", "Amazon Linux:2023", "amzn"),
        (_RPM, "amzn", "2023.3.20240117", "Amazon Linux:2023", "amzn"),
        (_RPM, "amzn", "next", "rpm", "amzn"),
        (_RPM, "rhel", "9.2", "Red Hat:9", "redhat"),
        (_RPM, "centos", "7", "CentOS:7", "centos"),
        (_RPM, "almalinux", "9.3", "AlmaLinux:9", "almalinux"),
        (_RPM, "rocky", "8.9", "Rocky Linux:8", "rocky"),
        (_RPM, "ol", "9.2", "Oracle Linux:9", "oracle"),
        (_RPM, "fedora", "38", "Fedora:38", "fedora"),
        (_RPM, "sles", "15.5", "SUSE:15.5", "suse"),
        (_RPM, "opensuse-leap", "15.5", "openSUSE:15.5", "opensuse"),
        (_RPM, "sle-micro", "5.5", "SUSE:Micro:5.5", "suse"),
        (_RPM, "sl-micro", "6.0", "SUSE:Micro:6.0", "suse"),
        (_RPM, "suse-microos", "5.0", "SUSE:Micro:5.0", "suse"),
        (_RPM, "opensuse-leap-micro", "5.4", "openSUSE:Micro:5.4", "opensuse"),
        (_RPM, "leap-micro", "5.3", "openSUSE:Micro:5.3", "opensuse"),
        (_RPM, "opensuse-microos", "20240101", "openSUSE:Tumbleweed", "opensuse"),
        (_RPM, "opensuse-tumbleweed", "20240101", "openSUSE:Tumbleweed", "opensuse"),
        (_RPM, "photon", "4.0", "Photon OS:4", "photon"),
        (_RPM, "mariner", "2.0", "Mariner:2.0", "mariner"),
        (_RPM, "azurelinux", "3.0", "Azure Linux:3", "azurelinux"),
        # a database of another kind than the distribution's is not of its release
        (_RPM, "debian", "12", "rpm", None),
        (_DEB, "alpine", "3.18", "deb", None),
    ],
)
def test_release_is_named(
    kind: PackageKind, identity: str, version: str | None, ecosystem: str, namespace: str | None
) -> None:
    release = release_of(kind, Distro(id=identity, version_id=version))
    qualifier = (f"{identity}-{version}" if version else identity) if namespace else None
    assert release == Release(ecosystem=ecosystem, namespace=namespace, qualifier=qualifier)


@pytest.mark.parametrize("kind", sorted(OS_KINDS))
def test_unknown_distribution_is_not_guessed(kind: PackageKind) -> None:
    assert release_of(kind, None) == Release(ecosystem=kind.value)


@pytest.mark.parametrize("kind", sorted(set(PackageKind) - OS_KINDS))
def test_languages_have_no_release(kind: PackageKind) -> None:
    release = release_of(kind, Distro(id="debian", version_id="12"))
    assert release == release_of(kind, None)
    assert release.qualifier is None
    assert rule_for(release.ecosystem) is not None or kind in _NO_ADVISORIES


_NO_ADVISORIES = {PackageKind.SNAP, PackageKind.CONDA, PackageKind.COCOAPODS}


@pytest.mark.parametrize(
    ("kind", "name", "version", "arch", "purl"),
    [
        (_DEB, "libc6", "2.36-9", "amd64", "pkg:deb/n/libc6@2.36-9?arch=amd64&distro=d-1"),
        (_DEB, "zlib1g", "1:1.2+x~y", None, "pkg:deb/n/zlib1g@1:1.2%2Bx~y?distro=d-1"),
        (_RPM, "g++", "2:1-2.fc38", "x86_64", "pkg:rpm/n/g%2B%2B@1-2.fc38?arch=x86_64&distro=d-1&epoch=2"),
        (_RPM, "bash", "5-1", "x86_64", "pkg:rpm/n/bash@5-1?arch=x86_64&distro=d-1"),
        (_APK, "musl", "1.2-r0", "x86_64", "pkg:apk/n/musl@1.2-r0?arch=x86_64&distro=d-1"),
        (PackageKind.PYPI, "a-b", "1.0", None, "pkg:pypi/a-b@1.0"),
        (PackageKind.NPM, "lodash", "4.17.15", None, "pkg:npm/lodash@4.17.15"),
        (PackageKind.NPM, "@babel/core", "7.0.0", None, "pkg:npm/%40babel/core@7.0.0"),
        (PackageKind.SNAP, "core20", "20230801", None, "pkg:snap/core20@20230801"),
        (PackageKind.MAVEN, "org.a:b-c", "1.0", None, "pkg:maven/org.a/b-c@1.0"),
        (PackageKind.GOLANG, "github.com/a/B", "v1.0.0", None, "pkg:golang/github.com/a/B@v1.0.0"),
        (PackageKind.GOLANG, "stdlib", "1.20.3", None, "pkg:golang/stdlib@1.20.3"),
        (PackageKind.GEM, "rails", "7.0", None, "pkg:gem/rails@7.0"),
        (PackageKind.CARGO, "serde", "1.0.0", None, "pkg:cargo/serde@1.0.0"),
        (PackageKind.COMPOSER, "a/b", "v1.0", None, "pkg:composer/a/b@v1.0"),
        (PackageKind.NUGET, "A.B", "1.0", None, "pkg:nuget/A.B@1.0"),
        (PackageKind.SWIFT, "github.com/a/b", "1.0.0", None, "pkg:swift/github.com/a/b@1.0.0"),
        (PackageKind.CONAN, "zlib", "1.3", None, "pkg:conan/zlib@1.3"),
        (PackageKind.GITHUB, "actions/checkout", "v4", None, "pkg:github/actions/checkout@v4"),
    ],
)  # fmt: skip
def test_purl_is_of_its_type(
    kind: PackageKind, name: str, version: str, arch: str | None, purl: str
) -> None:
    found = FoundPackage(
        kind=kind, manager=PackageManager.OS, name=name, version=version, arch=arch
    )
    assert purl_of(found, Release(ecosystem="E", namespace="n", qualifier="d-1")) == purl


@pytest.mark.parametrize(
    ("name", "version", "cpes"),
    [
        ("stdlib", "1.21.5", ("cpe:2.3:a:golang:go:1.21.5:*:*:*:*:*:*:*",)),
        ("stdlib", "v1.22rc1", ("cpe:2.3:a:golang:go:1.22:rc1:*:*:*:*:*:*",)),
        ("stdlib", "devel", ()),
        ("example.com/stdlib", "1.21.5", ()),
    ],
)
def test_of_what_is_not_stated_only_gos_own_libraries_have_a_cpe(
    name: str, version: str, cpes: tuple[str, ...]
) -> None:
    found = FoundPackage(
        kind=PackageKind.GOLANG, manager=PackageManager.GOBINARY, name=name, version=version
    )
    release = release_of(PackageKind.GOLANG, None)
    assert settle(found, release, purl=purl_of(found, release)).cpes == cpes
