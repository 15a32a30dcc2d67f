"""What to type, with hostile names quoted."""

import msgspec
import pytest

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, exposure, vulnerable
from tests.matching.memory import package
from vedette.findings.remediation import exposure_remediation, vulnerability_remediation
from vedette.model.advisory import FixState
from vedette.model.network import ClosingChange, NetworkChange
from vedette.model.package import PackageManager


@pytest.mark.parametrize(
    ("ecosystem", "command"),
    [
        ("Debian:12", "apt-get update && apt-get install --only-upgrade foo"),
        ("Ubuntu:22.04", "apt-get update && apt-get install --only-upgrade foo"),
        ("Alpine:v3.18", "apk upgrade --update-cache foo"),
        ("Amazon Linux:2", "yum update foo"),
        ("Amazon Linux:2023", "dnf upgrade --releasever=latest foo"),
        ("CentOS:7", "yum update foo"),
        ("CentOS:8", "dnf upgrade foo"),
        ("Photon OS:4", "tdnf update foo"),
        ("SUSE:15.5", "zypper update foo"),
        ("Red Hat:9", "dnf upgrade foo"),
    ],
)
def test_packages_of_the_system(ecosystem: str, command: str) -> None:
    one = vulnerable(package(ecosystem, "foo", "1-1"), fixed_in="2-1")
    assert vulnerability_remediation(INSTANCE, [one]) == f"Update foo to 2-1. Run: {command}."


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("PYTHONPKG", "pip install 'foo>=2.0'"),
        ("PIP", "pip install 'foo>=2.0'"),
        ("PIPENV", "pipenv install 'foo>=2.0'"),
        ("POETRY", "poetry add 'foo>=2.0'"),
        ("NODEPKG", "npm install foo@2.0"),
        ("NPM", "npm install foo@2.0"),
        ("YARN", "yarn upgrade foo@2.0"),
        ("BUNDLER", "bundle update foo"),
        ("GEMSPEC", "bundle update foo"),
        ("CARGO", "cargo update -p foo --precise 2.0"),
        ("COMPOSER", "composer require 'foo:^2.0'"),
        ("GOMOD", "go get foo@v2.0"),
        ("GOBINARY", "go get foo@v2.0"),
        ("NUGET", "dotnet add package foo --version 2.0"),
        ("DOTNET_CORE", "dotnet add package foo --version 2.0"),
        ("JAR", "replace foo by 2.0"),
        ("POM", "replace foo by 2.0"),
    ],
)
def test_packages_of_languages(manager: str, command: str) -> None:
    one = vulnerable(package("PyPI", "foo", "1.0", manager=PackageManager(manager)))
    assert vulnerability_remediation(FUNCTION, [one]) == (
        f"Update foo to 2.0. In the function's code or layer: {command}."
    )


def test_several_packages_share_a_command() -> None:
    packages = [
        vulnerable(package("Debian:12", name, "1-1"), fixed_in="2-1") for name in ("b", "a")
    ]
    packages.append(vulnerable(package("PyPI", "c", "1.0")))
    assert vulnerability_remediation(IMAGE, packages) == (
        "Update a to 2-1, b to 2-1, c to 2.0. In the image's build: "
        "apt-get update && apt-get install --only-upgrade a b; pip install 'c>=2.0'."
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FixState.NOT_FIXED, "no fix yet"),
        (
            FixState.WONT_FIX,
            "the publisher will not fix it; remove or replace the package, or accept the risk",
        ),
        (FixState.UNKNOWN, "nothing is known of a fix"),
        (FixState.FIXED, "the publisher has a fix, but does not say in which version"),
    ],
)
def test_without_a_fix(state: FixState, words: str) -> None:
    one = vulnerable(package("PyPI", "foo", "1.0"), fixed_in=None, fix=state)
    assert vulnerability_remediation(INSTANCE, [one]) == f"foo: {words}."


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (
            "end-of-life",
            "end of life: the publisher mends it no more; move to a release that is maintained",
        ),
        ("postponed", "no fix yet (postponed)"),
        ("no-dsa", "no fix yet (no-dsa)"),
    ],
)
def test_the_publishers_word_for_a_missing_fix(note: str, words: str) -> None:
    one = vulnerable(package("Debian:12", "foo", "1-1"), fixed_in=None, fix=FixState.NOT_FIXED)
    one = msgspec.structs.replace(one, note=note)
    assert vulnerability_remediation(INSTANCE, [one]) == f"foo: {words}."


def test_states_are_told_apart() -> None:
    packages = [
        msgspec.structs.replace(
            vulnerable(package("Debian:12", name, "1-1"), fixed_in=None, fix=state), note=note
        )
        for name, state, note in (
            ("a", FixState.NOT_FIXED, "no-dsa"),
            ("b", FixState.NOT_FIXED, None),
            ("c", FixState.NOT_FIXED, "no-dsa"),
        )
    ]
    assert vulnerability_remediation(INSTANCE, packages) == (
        "b: no fix yet. a, c: no fix yet (no-dsa)."
    )


def test_a_fix_that_needs_ubuntu_pro() -> None:
    one = vulnerable(package("Ubuntu:18.04", "vim", "1-1"), fixed_in="1-1+esm1")
    one = msgspec.structs.replace(one, note="only with Ubuntu Pro")
    assert vulnerability_remediation(INSTANCE, [one]).startswith(
        "Update vim to 1-1+esm1 (only with Ubuntu Pro). "
    )


def test_hostile_names_are_quoted_or_left_to_people() -> None:
    packages = [
        vulnerable(package("Debian:12", "a; rm -rf /", "1-1"), fixed_in="2-1"),
        vulnerable(package("Debian:12", "-o", "1-1"), fixed_in="2-1"),
        vulnerable(package("PyPI", "$(id)", "1.0"), fixed_in="2.0'"),
        vulnerable(package("PyPI", "--index", "1.0")),
    ]
    assert vulnerability_remediation(INSTANCE, packages) == (
        "Update $(id) to 2.0', --index to 2.0, -o to 2-1, a; rm -rf / to 2-1. "
        "Run: apt-get update && apt-get install --only-upgrade 'a; rm -rf /'; "
        """pip install '$(id)>=2.0'"'"''; replace --index by 2.0."""
    )


def test_many_packages_are_counted() -> None:
    packages = [vulnerable(package("PyPI", f"p{n:02}", "1.0")) for n in range(20)]
    text = vulnerability_remediation(INSTANCE, packages)
    assert "p07 to 2.0 and 12 more. Run: " in text
    assert text.endswith("'p07>=2.0'; and 12 more.")
    assert len(text) <= 1024


def test_open_ports() -> None:
    assert exposure_remediation(exposure()) == (
        "You can restrict access to your instance by modifying the Security Groups or ACLs in the "
        "network path. This path stands on the rule sgr-1 of sg-1."
    )
    assert exposure_remediation(exposure(path=())).endswith("in the network path.")
    url = exposure(edge="lambda-url", interface=None)
    assert exposure_remediation(url).startswith("Set the function URL's AuthType to AWS_IAM")


def test_exposures_by_edge() -> None:
    api = exposure(edge="api-gateway", interface=None)
    assert exposure_remediation(api).startswith("Have the API's methods authorize callers")
    behind = exposure(interface=None, path=(), through="web")
    assert exposure_remediation(behind).startswith("Narrow the rules of the load balancer's")
    front = exposure(edge="cloudfront-v4:E1", path=())
    assert exposure_remediation(front).endswith("Who may use the distribution is decided there.")
    service = exposure(edge="privatelink-v4:vpce-svc-1", path=())
    assert exposure_remediation(service).endswith("permissions and acceptance.")


def test_what_closes_an_exposure_is_named() -> None:
    revoke = NetworkChange(kind="revoke-security-group-rule", component="sg-1", rule="sgr-1")
    told = exposure_remediation(exposure(closing_changes=(ClosingChange(changes=(revoke,)),)))
    assert told.endswith(
        "This path stands on the rule sgr-1 of sg-1. Closed by revoke security group rule sgr-1 of sg-1."
        " Connections that are tracked already go on after a change to security groups;"
        " a network ACL entry cuts them."
    )
