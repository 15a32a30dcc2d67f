"""Declared exposure: what is expected is exactly what the intents cover, and what does not hold says why."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.network.estates import ACCOUNT, PLACE, REGION, permission, simple, tcp
from tests.network.test_balancers import alb
from tests.network.test_functions import ARN, OPEN_URL, recorded
from vedette.errors import ParseError
from vedette.model.network import Transport
from vedette.network.describe import snapshot_from
from vedette.network.intended import Intended, intended
from vedette.network.intents import Facts, Intent, expected_by, read_intents
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach
from vedette.network.tags import read_tags

WORLD = ("0.0.0.0/0",)


def intents(text: str) -> tuple[Intent, ...]:
    return read_intents(text.encode())


def one(name: str = "web", **fields: Any) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items() if key != "tags"]
    if "tags" in fields:
        inner = ", ".join(f"{key} = {json.dumps(value)}" for key, value in fields["tags"].items())
        lines.append(f"tags = {{ {inner} }}")
    return "\n".join(("[[intent]]", f'name = "{name}"', *lines, ""))


def compared(
    answers: dict[str, Any], text: str, tags: dict[str, dict[str, str]] | None = None
) -> Intended:
    topology = topology_of(snapshot_from({PLACE: answers}))
    return intended(reach(topology, cuts=False), topology, intents(text), tags or {})


def unmet(found: Intended) -> list[tuple[str, str, str]]:
    return [(each.intent, each.resource, each.code) for each in found.unmet]


# -- what is expected -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"resource": "i-1", "ports": 443}, True),
        ({"resource": "eni-1", "ports": [443]}, True),
        ({"pattern": "i-*", "ports": "400-500"}, True),
        ({"pattern": "shop-*", "ports": 443}, True),
        ({"vpc": "vpc-1", "ports": ["22", 443]}, True),
        ({"tags": {"role": "web"}, "ports": 443}, True),
        ({"tags": {"role": "web"}, "resource": "i-1", "ports": 443, "protocol": "TCP"}, True),
        ({"tags": {"role": "web"}, "ports": 443, "edge": "internet-v4"}, True),
        ({"tags": {"role": "web"}, "ports": 443, "sources": ["0.0.0.0/0"]}, True),
        ({"tags": {"role": "web", "stage": "x"}, "ports": 443}, False),
        ({"tags": {"role": "db"}, "ports": 443}, False),
        ({"resource": "i-2", "ports": 443}, False),
        ({"pattern": "x*", "ports": 443}, False),
        ({"vpc": "vpc-2", "ports": 443}, False),
        ({"resource": "i-1", "ports": 444}, False),
        ({"resource": "i-1", "ports": 443, "protocol": "udp"}, False),
        ({"resource": "i-1", "ports": 443, "edge": "internet-v6"}, False),
        ({"resource": "i-1", "ports": 443, "edge": "inter"}, False),
        ({"resource": "i-1", "ports": 443, "sources": ["0.0.0.0/1"]}, False),
    ],
)
def test_an_exposure_and_an_intent(fields: dict[str, Any], *, expected: bool) -> None:
    tags = {"i-1": {"role": "web", "Name": "shop-1"}}
    found = compared(simple(tcp(443, v4=WORLD)).answers(), one(**fields), tags)
    assert found.expected == ((("web",) if expected else ()),)
    assert found.unexpected == (0 if expected else 1)


def test_intents_cover_an_exposure_together() -> None:
    answers = simple(tcp(80, 81, v4=("198.51.100.0/24",))).answers()
    halves = [
        one("low", resource="i-1", ports=[80, 81], sources=["198.51.100.0/25"]),
        one("high", resource="i-1", ports=[80, 81], sources=["198.51.100.128/25"]),
        one("port", resource="i-1", ports=80),
        one("other", resource="i-1", ports=81),
        one("idle", resource="i-1", ports=9),
    ]
    assert compared(answers, halves[0] + halves[1]).expected == (("low", "high"),)
    assert compared(answers, halves[2] + halves[3]).expected == (("port", "other"),)
    assert compared(answers, halves[0] + halves[3]).expected == ((),)
    assert compared(answers, halves[4] + halves[2] + halves[3]).expected == (("port", "other"),)


def test_icmp_needs_no_ports() -> None:
    answers = simple(permission("icmp", -1, -1, v4=WORLD)).answers()
    assert compared(answers, one(resource="i-1", protocol="icmp")).expected == (("web",),)
    assert compared(answers, one(resource="i-1", protocol="icmp", ports=2048)).expected == ((),)


def test_behind_a_load_balancer_and_at_a_function() -> None:
    estate = alb()
    topology = topology_of(snapshot_from({PLACE: estate.answers()}))
    through = next(each.through for each in reach(topology).exposures if each.through)
    found = compared(estate.answers(), one(resource=through, ports=8080))
    assert sorted(found.expected) == [(), ("web",)]
    of_function = compared(recorded(OPEN_URL), one(resource=ARN, edge="lambda-url", ports=443))
    assert of_function.expected == (("web",),)


def test_without_intents_nothing_is_expected() -> None:
    (exposure,) = reach(
        topology_of(snapshot_from({PLACE: simple(tcp(1, v4=WORLD)).answers()}))
    ).exposures
    assert expected_by(exposure, Facts(), ()) == ()


# -- what does not hold -----------------------------------------------------------------------------------------------


def test_an_intent_that_does_not_hold_says_why() -> None:
    estate = simple(tcp(443, v4=WORLD))
    estate.group("sg-2")
    estate.interface(2, "subnet-1", ("sg-2",), public="54.1.1.2")
    estate.interface(3, "subnet-1", ("sg-1",))
    found = compared(estate.answers(), one(pattern="i-*", ports=443))
    assert unmet(found) == [
        ("web", "i-2", "SG_HAS_NO_RULES"),
        ("web", "i-3", "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"),
    ]
    assert [each.component for each in found.unmet] == ["eni-2", "eni-3"]
    other = compared(estate.answers(), one(resource="i-1", ports=22))
    assert unmet(other) == [("web", "i-1", "ENI_SG_RULES_MISMATCH")]


def test_an_intent_that_selects_nothing() -> None:
    found = compared(simple().answers(), one(resource="i-9", ports=443))
    assert unmet(found) == [("web", "", "NOTHING_SELECTED")]


def test_an_intent_about_a_function_and_about_no_edge() -> None:
    closed = recorded(OPEN_URL, auth="AWS_IAM")
    found = compared(closed, one(resource=ARN, edge="lambda-url", ports=443))
    assert unmet(found) == [("web", ARN, "FUNCTION_URL_AUTH_TYPE")]
    assert unmet(compared(closed, one(resource=ARN, ports=443))) == [("web", ARN, "NO_PATH")]
    unrecorded = {name: value for name, value in closed.items() if "get-policy" not in name}
    unrecorded |= {
        "lambda.list-function-url-configs/f": recorded()["lambda.list-function-url-configs/f"]
    }
    assert unmet(compared(unrecorded, one(resource=ARN, edge="lambda-url", ports=443))) == [
        ("web", ARN, "UNKNOWN_RESOURCE")
    ]


def test_many_that_do_not_hold() -> None:
    estate = simple()
    for number in range(2, 104):
        estate.interface(number, "subnet-1", ("sg-1",))
    found = compared(estate.answers(), one(vpc="vpc-1", ports=443))
    assert (len(found.unmet), found.untold) == (100, 3)


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_file() -> None:
    (intent,) = intents(one(tags={"b": "2", "a": "1"}, ports=[80, "443-444"], reason="the shop"))
    assert (intent.name, intent.transport, intent.ports, intent.tags, intent.edge) == (
        "web",
        Transport.TCP,
        ((80, 80), (443, 444)),
        (("a", "1"), ("b", "2")),
        "internet",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[", "not TOML"),
        ("a = " + "[" * 5000, "not TOML"),
        ("", "not a file of intents"),
        ("[[intent]]\nname = 5", "not a file of intents"),
        (one(resource="i-1", ports=1, colour="red"), "not a file of intents"),
        (one(ports=1), "web: it selects nothing"),
        (one(resource="i-1"), "web: it has no ports"),
        (one(resource="i-1", ports="x"), "web: 'x' is not a port range"),
        (one(resource="i-1", ports="1-x"), "web: '1-x' is not a port range"),
        (one(resource="i-1", ports=70000), "web: 70000 is not a port range"),
        (one(resource="i-1", ports="9-1"), "web: '9-1' is not a port range"),
        (one(resource="i-1", ports=1, protocol="sctp"), "web: 'sctp' is neither tcp"),
        (one(resource="i-1", ports=1, sources=["x"]), "web: .*CIDR"),
        (one(resource="i-1", ports=1) * 2, "web: there are two of this name"),
        ("".join(one(str(n), resource="i", ports=1) for n in range(10_001)), "more than 10000"),
    ],
)
def test_files_that_cannot_be_used(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        intents(text)


def test_a_file_that_is_not_text() -> None:
    with pytest.raises(ParseError, match="not TOML"):
        read_intents(b"\xff")


# -- tags -------------------------------------------------------------------------------------------------------------


def test_tags_of_a_recorded_directory(tmp_path: Path) -> None:
    place = tmp_path / ACCOUNT / REGION
    place.mkdir(parents=True)
    tag = [{"Key": "role", "Value": "web"}]
    (place / "ec2.describe-instances.json").write_text(
        json.dumps({"Reservations": [{"Instances": [{"InstanceId": "i-1", "Tags": tag}]}]})
    )
    (place / "ec2.describe-network-interfaces.json").write_text(
        json.dumps({"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "TagSet": tag}]})
    )
    assert read_tags(tmp_path) == {"i-1": {"role": "web"}, "eni-1": {"role": "web"}}
    (place / "ec2.describe-instances.json").write_text("{")
    assert read_tags(tmp_path) == {"eni-1": {"role": "web"}}
    (place / "ec2.describe-instances.json").unlink()
    (place / "ec2.describe-instances.json").mkdir()
    assert read_tags(tmp_path) == {"eni-1": {"role": "web"}}
    assert read_tags(tmp_path / "none") == {}
