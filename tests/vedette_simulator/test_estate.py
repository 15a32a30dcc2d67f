"""Estates: the one that ships is consistent, and a bad one is refused with its place."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from vedette.versions import SCHEMES
from vedette_simulator.content.images import build
from vedette_simulator.errors import AwsError, EstateError
from vedette_simulator.estate.load import load
from vedette_simulator.paging import page

_HEAD = """
name: test
organization:
  regions: [eu-west-1]
  accounts:
    - {id: "999999999999", name: only, management: true}
"""


def test_the_default_estate_is_what_the_demo_needs() -> None:
    estate = load("default")
    accounts = {account.name: account for account in estate.organization.accounts}
    assert set(accounts) == {"management", "workloads", "data", "sandbox"}
    assert estate.management == accounts["management"]
    assert accounts["sandbox"].roles == ()
    platforms = {item.platform_name for item in estate.software}
    assert {"Amazon Linux", "Ubuntu"} <= platforms
    assert {instance.state for instance in estate.instances} == {"running", "stopped"}
    assert sum(not instance.managed for instance in estate.instances) == 1
    assert {function.url for function in estate.functions} == {"NONE", "AWS_IAM", None}
    assert all(len(image.layers) > 1 for item in estate.repositories[:2] for image in item.images)


def test_what_can_be_patched_says_why() -> None:
    for software in load("default").software:
        for package in software.packages:
            assert bool(package.patched) == bool(package.cves), package.name
            assert package.patched != package.version


def _fixes(feed: str) -> dict[str, dict[str, list[str]]]:
    """CVE → package → the versions in which the starter set says that it was fixed."""
    table = tomllib.loads((files("vedette") / "advisories" / "starter" / feed).read_text())
    found: dict[str, dict[str, list[str]]] = {}
    for advisory in table["advisory"]:
        for cve in (advisory["id"], *advisory.get("related", ())):
            for affected in advisory["affected"]:
                for name in affected["names"] if "fixed" in affected else ():
                    found.setdefault(cve, {}).setdefault(name, []).append(affected["fixed"])
    return found


@pytest.mark.parametrize(
    ("software", "feed", "scheme"),
    [("al2023-web", "amazon.toml", "rpm"), ("ubuntu-2204-app", "ubuntu.toml", "deb")],
)
def test_the_estate_agrees_with_the_starter_set(software: str, feed: str, scheme: str) -> None:
    key, fixes = SCHEMES[scheme].key, _fixes(feed)
    packages = next(item for item in load("default").software if item.name == software).packages
    wrong = []
    for package in packages:
        name = package.name if scheme == "rpm" else package.source or package.name
        for cve in package.cves:
            fixed = max(
                (key(version) for version in fixes.get(cve, {}).get(name, ())), default=None
            )
            if fixed is None or package.patched is None:
                wrong.append((package.name, cve, "no fix known"))
            elif not key(package.version) < fixed <= key(package.patched):
                wrong.append((package.name, cve, package.version))
    assert wrong == []


def test_an_image_is_the_same_each_time() -> None:
    for repository in load("default").repositories:
        for image in repository.images:
            assert build(image) == build(image)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a list", "not a mapping"),
        ("a: [", "while parsing"),
        (_HEAD + "surprise: 1\n", "unknown field"),
        (_HEAD.replace("management: true", "management: false"), "exactly one account"),
        (
            _HEAD + 'repositories: [{name: r, account: "1", region: eu-west-1}]',
            "r: no account '1' in this estate",
        ),
        (
            _HEAD + 'repositories: [{name: r, account: "999999999999", region: mars-1}]',
            "r: no region 'mars-1' in this estate",
        ),
        (
            _HEAD + "instances: [{name: i, network: n, subnet: s, groups: [], software: w}]",
            "i: no software 'w' in this estate",
        ),
    ],
)
def test_a_bad_estate_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(text)
    with pytest.raises(EstateError) as error:
        load(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)


def test_a_network_knows_its_subnets_and_groups(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(
        _HEAD
        + """
networks:
  - {name: n, account: "999999999999", region: eu-west-1, cidr: 10.0.0.0/16, internet_gateway: false, subnets: []}
software:
  - {name: w, platform_name: Ubuntu, platform_version: "22.04", manager: deb, kernel: k, agent_version: a, packages: []}
instances: [{name: i, network: n, subnet: s, groups: [g], software: w}]
"""
    )
    with pytest.raises(EstateError, match="i: no subnet 's' in this estate"):
        load(path)


_NETWORK = """
networks:
  - name: n
    account: "999999999999"
    region: eu-west-1
    cidr: 10.0.0.0/16
    internet_gateway: false
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "subnets: [{name: s, cidr: 10.0.0.0/24, zone: a, route_table: r}]",
            "s: no route table 'r'",
        ),
        (
            "subnets: [{name: s, cidr: 10.0.0.0/24, zone: a, network_acl: c}]",
            "s: no network ACL 'c'",
        ),
        (
            "subnets: []\n    route_tables: [{name: r, routes: [{to: 0.0.0.0/0, via: internet-gateway}]}]",
            "n: a route to an internet gateway, and none in the network",
        ),
        (
            "subnets: []\n    security_groups: [{name: g, description: d, ingress: [{ports: [1, 2]}]}]",
            "g: a rule needs exactly one of cidr, group and prefix_list",
        ),
        (
            "subnets: []\n    security_groups: [{name: g, description: d, egress: [{group: h}]}]",
            "g: no security group 'h'",
        ),
        (
            "subnets: []\n    security_groups: [{name: g, description: d, ingress: [{prefix_list: p}]}]",
            "g: no prefix list 'p'",
        ),
    ],
)
def test_a_network_that_cannot_be_made_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "estate.yaml"
    path.write_text(f"{_HEAD}{_NETWORK}    {text}\n")
    with pytest.raises(EstateError, match=words):
        load(path)


def test_a_function_knows_its_layers(tmp_path: Path) -> None:
    path = tmp_path / "estate.yaml"
    function = (
        'name: f, account: "999999999999", region: eu-west-1, runtime: python3.11, handler: m.h, source: "", '
        "layers: [absent]"
    )
    path.write_text(f"{_HEAD}functions: [{{{function}}}]\n")
    with pytest.raises(EstateError, match="f: no layer 'absent'"):
        load(path)


def test_the_files_of_a_folder_are_one_estate(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match=r"no \*.yaml in it"):
        load(tmp_path)
    (tmp_path / "1.yaml").write_text(_HEAD)
    for number, name in ((2, "a"), (3, "b")):
        repository = f'{{name: {name}, account: "999999999999", region: eu-west-1}}'
        (tmp_path / f"{number}.yaml").write_text(f"repositories: [{repository}]")
    assert [item.name for item in load(tmp_path).repositories] == ["a", "b"]
    (tmp_path / "4.yaml").write_text("name: again")
    with pytest.raises(EstateError, match="'name' is already given"):
        load(tmp_path)


@given(st.lists(st.integers(), max_size=40), st.integers(min_value=1, max_value=50))
def test_pages_together_are_the_list(items: list[int], size: int) -> None:
    found, token = page(items, None, size)
    while token is not None:
        assert len(found) % size == 0
        more, token = page(items, token, size)
        found += more
    assert found == items


@pytest.mark.parametrize("token", ["nonsense", "YXQ6LTU=", "YXQ6OTk5", "ÿ"])
def test_a_foreign_token_is_refused(token: str) -> None:
    with pytest.raises(AwsError):
        page([1, 2, 3], token, 2)
