"""Names of ecosystems."""

import pytest

from vedette.advisories.formats.osv_ecosystems import DIRECTORIES, Target, target_of
from vedette.matching.ecosystems import rule_for
from vedette.model.package import SchemeName
from vedette.versions import SCHEMES


@pytest.mark.parametrize(
    ("name", "ecosystem", "scheme", "by_source"),
    [
        ("PyPI", "PyPI", "pep440", False),
        ("npm", "npm", "npm", False),
        ("Bitnami", "Bitnami", "semver", False),
        ("GitHub Actions", "GitHub Actions", "semver", False),
        ("GHC", "GHC", "hackage", False),
        ("Kubernetes", "Kubernetes", "semver", False),
        ("Alpaquita:23", "Alpaquita:23", "apk", True),
        ("Alpaquita:stream", "Alpaquita:stream", "apk", True),
        (
            "BellSoft Hardened Containers:23",
            "BellSoft Hardened Containers:23",
            "apk",
            True,
        ),
        ("CleanStart", "CleanStart", "apk", True),
        ("Echo", "Echo", "deb", True),
        ("Debian:12", "Debian:12", "deb", True),
        ("Debian:3.1", "Debian:3", "deb", True),
        ("Ubuntu:22.04:LTS", "Ubuntu:22.04", "deb", True),
        ("Ubuntu:23.10", "Ubuntu:23.10", "deb", True),
        ("Ubuntu:Pro:18.04:LTS", "Ubuntu:Pro:18.04", "deb", True),
        ("Alpine:v3.18", "Alpine:v3.18", "apk", True),
        ("Wolfi", "Wolfi", "apk", True),
        ("Chainguard", "Chainguard", "apk", True),
        ("AlmaLinux:9", "AlmaLinux:9", "rpm", False),
        ("Rocky Linux:9", "Rocky Linux:9", "rpm", True),
        ("Red Hat:enterprise_linux:9::baseos", "Red Hat:9", "rpm", False),
        ("Red Hat:enterprise_linux:8::appstream", "Red Hat:8", "rpm", False),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "SUSE:15.5", "rpm", True),
        ("SUSE:Linux Enterprise Module for Python 3 15 SP5", "SUSE:15.5", "rpm", True),
        ("SUSE:Linux Enterprise Server 12", "SUSE:12", "rpm", True),
        ("SUSE:Linux Enterprise Server 12 SP3-LTSS", "SUSE:12.3", "rpm", True),
        ("SUSE:Linux Enterprise Micro 5.5", "SUSE:Micro:5.5", "rpm", True),
        ("openSUSE:Leap Micro 5.5", "openSUSE:Micro:5.5", "rpm", True),
        ("openSUSE:Leap 15.5", "openSUSE:15.5", "rpm", True),
        ("openSUSE:Tumbleweed", "openSUSE:Tumbleweed", "rpm", True),
        ("openEuler:20.03-LTS", "openEuler:20.03-LTS", "rpm", True),
        ("Mageia:9", "Mageia:9", "rpm", True),
        ("Photon OS:4.0", "Photon OS:4", "rpm", True),
        ("Azure Linux:3", "Azure Linux:3", "rpm", False),
    ],
)
def test_known(name: str, ecosystem: str, scheme: str, *, by_source: bool) -> None:
    assert target_of(name) == Target(
        ecosystem=ecosystem, scheme=SchemeName(scheme), by_source=by_source
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Debian",
        "GIT",
        "Android",
        "Ubuntu",
        "Ubuntu:Pro:FIPS:22.04:LTS",
        "Ubuntu:22.04:LTS:for:aws",
        "Red Hat:rhel_eus:9.2::appstream",
        "Red Hat:enterprise_linux:9::crb",
        "SUSE:Manager Server 4.3",
        "openSUSE:Linux Enterprise Server 12",
        "Packagist:https://packages.drupal.org/8",
    ],
)
def test_not_ours(name: str) -> None:
    assert target_of(name) is None


def test_whatever_is_read_is_judged() -> None:
    for name in DIRECTORIES:
        assert rule_for(name) is not None


def test_a_language_is_read_once_its_scheme_is_there() -> None:
    for name, scheme in (("Maven", "maven"), ("Go", "go"), ("NuGet", "nuget"), ("Hex", "hex")):
        assert (target_of(name) is not None) is (scheme in SCHEMES)
        assert (name in DIRECTORIES) is (scheme in SCHEMES)
