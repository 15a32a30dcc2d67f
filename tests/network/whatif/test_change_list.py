"""Changes in our own words: what is reported as closing does close, and each kind does what its name says."""

import json
from typing import Any

import msgspec
import pytest

from tests.network.balanced import Balanced, balancer_arn, group_arn, random_balanced
from tests.network.estates import (
    ACCOUNT,
    PLACE,
    REGION,
    entry,
    permission,
    random_estate,
    route,
    simple,
    tcp,
)
from tests.network.test_balancers import alb
from tests.network.test_fronts import base as fronted, clouded, linked, sped
from tests.network.test_functions import ARN, OPEN_URL, recorded
from vedette.errors import ParseError
from vedette.model.network import ClosingChange, Exposure
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach
from vedette.network.report import encode, reach_document
from vedette.network.whatif.change_list import KINDS
from vedette.network.whatif.compare import Difference, compare
from vedette.network.whatif.planned import Planned
from vedette.network.whatif.read import planned

WORLD = ("0.0.0.0/0",)


def plan(answers: dict[str, Any], *changes: Any) -> Planned:
    return planned(snapshot_from({PLACE: answers}), json.dumps({"changes": changes}).encode())


def answers_after(one: Planned) -> Reach:
    return reach(topology_of(one.snapshot), cuts=False)


def difference(answers: dict[str, Any], *changes: Any) -> Difference:
    done = plan(answers, *changes)
    assert done.unknown == ()
    assert done.applied == len(changes)
    before = reach(topology_of(snapshot_from({PLACE: answers})), cuts=False)
    return compare(before, answers_after(done))


def opens(found: Difference) -> list[tuple[Any, ...]]:
    return [(one.edge, one.resource, one.ports.begin, one.sources) for one in found.opens]


def closes(found: Difference) -> list[tuple[Any, ...]]:
    return [(one.edge, one.resource, one.ports.begin, one.sources) for one in found.closes]


def where(one: Exposure) -> tuple[Any, ...]:
    listener = one.witness.destination_port if one.through and one.witness else 0
    return (one.edge, one.interface, one.address, one.transport, one.through, listener)


def overlapping(one: Exposure, other: Exposure) -> bool:
    same = where(one) == where(other)
    apart = one.ports.end < other.ports.begin or other.ports.end < one.ports.begin
    return same and not apart and bool(set(one.sources) & set(other.sources))


def losing(before: Reach, after: Reach) -> int:
    """How many exposures lose a port or a source."""
    pieces = compare(before, after).closes
    return sum(
        any(
            (piece.edge, piece.interface, piece.address, piece.transport)
            == (one.edge, one.interface, one.address, one.transport)
            and piece.ports.begin <= one.ports.end
            and one.ports.begin <= piece.ports.end
            for piece in pieces
        )
        for one in before.exposures
    )


_COUNTED = (
    ["revoke-security-group-rule"],
    ["deny-in-network-acl"],
    ["remove-route"],
    ["release-address"],
    ["detach-internet-gateway"],
    ["block-public-access"],
)
"""Changes that do nothing but close: who is a member of which group stays the same."""


def check_closing(answers: dict[str, Any], *, balanced: bool = False) -> int:
    """Every closing change, as it is reported in JSON, closes its exposure, and as many others as it says."""
    found = reach(topology_of(snapshot_from({PLACE: answers})))
    document = json.loads(encode(reach_document(found)))
    done: dict[str, Reach] = {}
    for exposure, told in zip(found.exposures, document["exposures"], strict=True):
        for closing in told["closing_changes"]:
            text = json.dumps(closing["changes"])
            if text not in done:
                one = plan(answers, *closing["changes"])
                assert one.unknown == (), closing
                done[text] = answers_after(one)
            single = [one["kind"] for one in closing["changes"]]
            if not balanced and single in _COUNTED:
                assert losing(found, done[text]) == closing["broken"] + 1, closing
            left = [one for one in done[text].exposures if overlapping(one, exposure)]
            assert not left, (closing, exposure)
    return len(done)


def test_what_is_reported_as_closing_closes() -> None:
    assert sum(check_closing(random_estate(seed).answers()) for seed in range(40)) > 120


def test_what_is_reported_as_closing_closes_behind_load_balancers() -> None:
    assert (
        sum(check_closing(random_balanced(seed).answers(), balanced=True) for seed in range(40))
        > 120
    )


def test_what_a_closing_change_breaks_is_what_closes() -> None:
    estate = simple(tcp(22, v4=WORLD), tcp(443, v4=WORLD))
    estate.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2")
    answers = estate.answers()
    first = reach(topology_of(snapshot_from({PLACE: answers}))).exposures[0]
    by_kind: dict[str, ClosingChange] = {
        one.changes[0].kind: one for one in first.closing_changes if len(one.changes) == 1
    }
    for kind, count in (
        ("revoke-security-group-rule", 2),
        ("detach-security-group", 2),
        ("deny-in-network-acl", 2),
        ("detach-internet-gateway", 4),
        ("block-public-access", 4),
        ("release-address", 2),
    ):
        change = by_kind[kind]
        found = difference(answers, *(msgspec.to_builtins(one) for one in change.changes))
        assert (kind, len(found.closes), found.opens) == (kind, count, ())
        assert change.broken == count - 1


# -- each kind --------------------------------------------------------------------------------------------------------


def rule(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "component": "sg-1"} | more


def test_a_rule_is_authorized_and_revoked() -> None:
    answers = simple(tcp(22, v4=WORLD)).answers()
    added = rule(
        "authorize-security-group-rule", protocol="tcp", ports=443, source="198.51.100.0/24"
    )
    found = difference(answers, added)
    assert opens(found) == [("internet-v4", "i-1", 443, ("198.51.100.0/24",))]
    assert found.closes == ()
    ((opened,),) = (found.opens,)
    assert (opened.address, opened.interface, opened.transport) == ("54.1.1.1", "eni-1", "TCP")
    assert difference(answers, added, added | {"kind": "revoke-security-group-rule"}) == difference(
        answers
    )


def test_exactly_the_new_sources_open() -> None:
    answers = simple(tcp(22, v4=("198.51.100.0/25",))).answers()
    found = difference(
        answers,
        rule(
            "authorize-security-group-rule",
            protocol="TCP",
            ports=[22, 23],
            source="198.51.100.0/24",
        ),
    )
    assert opens(found) == [
        ("internet-v4", "i-1", 22, ("198.51.100.128/25",)),
        ("internet-v4", "i-1", 23, ("198.51.100.0/24",)),
    ]


@pytest.mark.parametrize("source", ["sg-2", "pl-1", "2001:db8::/32"])
def test_other_sources(source: str) -> None:
    estate = simple(v6=("2001:db8:0:1::5",))
    estate.group("sg-2")
    estate.prefix_list("pl-1", "198.51.100.0/24")
    estate.tables[0]["Routes"].append(route("::/0", "igw-1"))
    added = rule("authorize-security-group-rule", protocol="-1", source=source)
    found = difference(estate.answers(), added)
    assert bool(found.opens) is (source != "sg-2")
    assert difference(
        estate.answers(), added, added | {"kind": "revoke-security-group-rule"}
    ) == difference(estate.answers())


def test_a_rule_by_its_recorded_id() -> None:
    estate = simple(tcp(22, v4=WORLD), permission("-1", groups=("sg-1",)))
    estate.extra["ec2.describe-security-group-rules"] = {
        "SecurityGroupRules": [
            {
                "SecurityGroupRuleId": "sgr-1",
                "GroupId": "sg-1",
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "CidrIpv4": "0.0.0.0/0",
            },
            {
                "SecurityGroupRuleId": "sgr-2",
                "GroupId": "sg-1",
                "IpProtocol": "-1",
                "ReferencedGroupInfo": {"GroupId": "sg-1"},
            },
        ]
    }
    revoke = rule("revoke-security-group-rule", rule="sgr-1")
    assert len(closes(difference(estate.answers(), revoke))) == 1
    assert difference(estate.answers(), revoke | {"rule": "sgr-2"}).closes == ()
    rules_alone = estate.answers()
    del rules_alone["ec2.describe-security-groups"]
    assert len(closes(difference(rules_alone, revoke))) == 1


def test_a_recorded_rule_that_its_group_does_not_have() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.extra["ec2.describe-security-group-rules"] = {
        "SecurityGroupRules": [
            {
                "SecurityGroupRuleId": "sgr-9",
                "GroupId": "sg-1",
                "IpProtocol": "tcp",
                "FromPort": 1,
                "ToPort": 1,
                "PrefixListId": "pl-1",
            }
        ]
    }
    done = plan(estate.answers(), rule("revoke-security-group-rule", rule="sgr-9"))
    assert [(one.component, one.attribute, one.reason) for one in done.unknown] == [
        ("sg-1", "revoke-security-group-rule", "sg-1: it has no rule of tcp from pl-1")
    ]


def test_groups_are_attached_and_detached() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.group("sg-2", tcp(443, v4=WORLD))
    attach = {"kind": "attach-security-group", "component": "eni-1", "rule": "sg-2"}
    assert opens(difference(estate.answers(), attach)) == [
        ("internet-v4", "i-1", 443, difference(estate.answers(), attach).opens[0].sources)
    ]
    detach = {"kind": "detach-security-group", "component": "eni-1", "rule": "sg-1"}
    found = difference(estate.answers(), detach)
    assert [one.ports.begin for one in found.closes] == [22]
    assert (
        plan(estate.answers(), detach | {"rule": "sg-2"})
        .unknown[0]
        .reason.endswith("it is not in sg-2")
    )


def test_entries_of_network_acls() -> None:
    estate = simple(tcp(22, v4=WORLD), permission("udp", 53, 53, v4=WORLD))
    answers = estate.answers()
    deny = {
        "kind": "create-network-acl-entry",
        "component": "acl-1",
        "rule": 5,
        "action": "deny",
        "protocol": "tcp",
        "source": "0.0.0.0/0",
    }
    assert [one.ports.begin for one in difference(answers, deny).closes] == [22]
    assert [one.ports.begin for one in difference(answers, deny | {"ports": 23}).closes] == []
    assert [one.ports.begin for one in difference(answers, deny | {"protocol": "-1"}).closes] == [
        22,
        53,
    ]
    drop = {"kind": "delete-network-acl-entry", "component": "acl-1", "rule": "5"}
    assert difference(answers, deny, drop) == difference(answers)
    away = {"kind": "delete-network-acl-entry", "component": "acl-1", "rule": 100, "egress": True}
    assert [one.ports.begin for one in difference(answers, away).closes] == [22]
    assert [one.ports.begin for one in difference(answers, away).unanswered] == [53]
    assert plan(answers, drop).unknown[0].reason == "acl-1: it has no entry 5"
    plain = {"kind": "deny-in-network-acl", "component": "acl-1", "rule": "5", "protocol": "TCP"}
    assert [one.ports.begin for one in difference(answers, plain | {"ports": [1, 99]}).closes] == [
        22
    ]


@pytest.mark.parametrize(
    ("ports", "left"), [(None, []), ([0, 65535], []), ([2048, 2303], [0]), (2048, [0])]
)
def test_icmp_in_network_acls(ports: Any, left: list[int]) -> None:
    answers = simple(
        permission("icmp", 8, 0, v4=WORLD), permission("icmp", 0, 0, v4=WORLD)
    ).answers()
    deny: dict[str, Any] = {
        "kind": "deny-in-network-acl",
        "component": "acl-1",
        "rule": "5",
        "protocol": "icmp",
    }
    if ports is not None:
        deny["ports"] = ports
    after = answers_after(plan(answers, deny))
    assert [one.ports.begin for one in after.exposures] == left


def test_routes_and_associations() -> None:
    estate = simple(tcp(22, v4=WORLD), v6=("2001:db8:0:1::5",))
    estate.groups[0]["IpPermissions"].append(tcp(23, v6=("::/0",)))
    answers = estate.answers()
    create = {"kind": "create-route", "component": "rtb-1", "rule": "::/0", "target": "igw-1"}
    assert [(one.edge, one.ports.begin) for one in difference(answers, create).opens] == [
        ("internet-v6", 23)
    ]
    other = create | {"rule": "0.0.0.0/0", "target": "nat-1"}
    assert [one.ports.begin for one in difference(answers, other).closes] == [22]
    listed = create | {"rule": "pl-1", "target": "igw-1"}
    assert plan(answers, listed).unknown == ()
    remove = {"kind": "remove-route", "component": "rtb-1", "rule": "0.0.0.0/0"}
    assert [one.ports.begin for one in difference(answers, remove).closes] == [22]
    assert plan(answers, remove | {"rule": "1.0.0.0/8"}).unknown[0].reason == (
        "rtb-1: it has no route to 1.0.0.0/8"
    )
    estate.table("rtb-2", "vpc-1", [route("10.1.0.0/16", "local")])
    estate.acl("acl-2", "vpc-1", entries=[entry(100, "allow", "0.0.0.0/0", egress=True)])
    for kind, component in (("associate-route-table", "rtb-2"), ("associate-network-acl", "acl-2")):
        change = {"kind": kind, "component": component, "target": "subnet-1"}
        assert [one.ports.begin for one in difference(estate.answers(), change).closes] == [22]


def test_gateways() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.gateways.clear()
    attach = {"kind": "attach-internet-gateway", "component": "igw-1", "target": "vpc-1"}
    assert [one.ports.begin for one in difference(estate.answers(), attach).opens] == [22]
    detach = {"kind": "detach-internet-gateway", "component": "igw-1"}
    assert difference(estate.answers(), attach, detach) == difference(estate.answers())


def test_other_edges_are_taken_away() -> None:
    estate = simple(tcp(22, v4=("10.0.0.0/8",)))
    estate.vpc("vpc-2", "10.2.0.0/16")
    estate.peering("pcx-1", "vpc-1", "vpc-2")
    estate.vpn_gateways.append(
        {
            "VpnGatewayId": "vgw-1",
            "State": "available",
            "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
        }
    )
    estate.tables[0]["Routes"] += [route("10.2.0.0/16", "pcx-1"), route("10.9.0.0/16", "vgw-1")]
    answers = estate.answers()
    pcx = {"kind": "delete-vpc-peering-connection", "component": "pcx-1"}
    vgw = {"kind": "detach-vpn-gateway", "component": "vgw-1"}
    assert [one.edge for one in difference(answers, pcx).closes] == ["vpc-peering-v4:pcx-1"]
    assert [one.edge for one in difference(answers, vgw).closes] == ["vpn-gateway-v4:vgw-1"]
    assert difference(answers, pcx, vgw).new_unknown == ()


def test_addresses() -> None:
    estate = simple(tcp(22, v4=WORLD), v6=("2001:db8:0:1::5",))
    estate.interface(2, "subnet-1", ("sg-1",))
    estate.extra["ec2.describe-addresses"] = {
        "Addresses": [
            {
                "PublicIp": "54.1.1.1",
                "NetworkInterfaceId": "eni-1",
                "PrivateIpAddress": "10.1.0.11",
            },
            {"AllocationId": "eipalloc-2"},
        ]
    }
    answers = estate.answers()
    move = {"kind": "associate-address", "component": "eni-2", "rule": "54.1.1.1"}
    found = difference(answers, move)
    assert [one.resource for one in found.opens] == ["i-2"]
    assert [one.resource for one in found.closes] == ["i-1"]
    second = move | {"rule": "54.1.1.9", "target": "10.1.0.12"}
    assert [one.address for one in difference(answers, second).opens] == ["54.1.1.9"]
    assert plan(answers, second | {"target": "10.1.0.99"}).unknown
    release = {"kind": "release-address", "component": "eni-1", "rule": "54.1.1.1"}
    assert [one.resource for one in difference(answers, release).closes] == ["i-1"]
    assert plan(answers, release | {"rule": "54.9.9.9"}).unknown
    six = {"kind": "unassign-ipv6-address", "component": "eni-1", "rule": "2001:db8:0:1:0::5"}
    assert plan(answers, six).unknown == ()
    assert plan(answers, six | {"rule": "2001:db8::9"}).unknown


def test_an_interface_that_lists_no_addresses() -> None:
    estate = simple(tcp(22, v4=WORLD))
    (one,) = estate.interfaces
    one["Association"] = one["PrivateIpAddresses"][0]["Association"]
    del one["PrivateIpAddresses"]
    change = {"kind": "associate-address", "component": "eni-1", "rule": "54.1.1.9"}
    found = difference(estate.answers(), change)
    assert [one.address for one in found.opens] == ["54.1.1.9"]
    assert [one.address for one in found.closes] == ["54.1.1.1"]


def test_block_public_access() -> None:
    answers = simple(tcp(22, v4=WORLD)).answers()
    place = f"{ACCOUNT}/{REGION}"
    block = {"kind": "block-public-access", "component": place, "rule": "block-ingress"}
    assert [one.ports.begin for one in difference(answers, block).closes] == [22]
    assert difference(answers, block, block | {"rule": "off"}).closes == ()
    assert plan(answers, block | {"component": "9/x"}).unknown


def load_balancer_changes(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "component": balancer_arn("web")} | more


def test_load_balancers() -> None:
    estate = alb()
    answers = estate.answers()
    listener = answers["elbv2.describe-listeners/web"]["Listeners"][0]["ListenerArn"]
    gone = load_balancer_changes("delete-listener", rule=listener)
    assert {one.resource for one in difference(answers, gone).closes} == {"eni-2", "i-1"}
    internal = load_balancer_changes("make-load-balancer-internal")
    assert {one.resource for one in difference(answers, internal).closes} == {"eni-2", "i-1"}
    away = {"kind": "deregister-target", "component": group_arn("web"), "rule": "i-1"}
    assert {one.resource for one in difference(answers, away).closes} == {"i-1"}
    back = away | {"kind": "register-target", "ports": 8080}
    assert difference(answers, away, back) == difference(answers)
    assert difference(answers, back | {"ports": 8081}).opens == ()
    for change in (gone | {"rule": "other"}, away | {"rule": "i-9"}):
        assert plan(answers, change).unknown


def test_classic_load_balancers() -> None:
    estate = Balanced()
    estate.vpc("vpc-1", "10.1.0.0/16")
    estate.subnet("subnet-1", "vpc-1", "10.1.0.0/24")
    estate.acl("acl-1", "vpc-1", ("subnet-1",))
    routes = [route("10.1.0.0/16", "local"), route("0.0.0.0/0", "igw-1")]
    estate.table("rtb-1", "vpc-1", routes, ("subnet-1",))
    estate.group("sg-1", tcp(80, v4=WORLD))
    estate.egress("sg-1", permission("-1", v4=WORLD))
    estate.interface(1, "subnet-1", ("sg-1",))
    estate.node(2, "old", "subnet-1", ("sg-1",), kind="classic", public="54.1.1.1")
    estate.classic("old", ("subnet-1",), ("i-1",), (80, 80))
    answers = estate.answers()
    assert len(reach(topology_of(snapshot_from({PLACE: answers}))).exposures) == 2
    gone = {"kind": "delete-listener", "component": "old", "rule": "old:80"}
    assert len(difference(answers, gone).closes) == 2
    internal = {"kind": "make-load-balancer-internal", "component": "old"}
    assert len(difference(answers, internal).closes) == 2
    away = {"kind": "deregister-target", "component": "old", "rule": "i-1"}
    assert len(difference(answers, away).closes) == 1
    for change in (gone | {"rule": "old:81"}, away | {"rule": "i-9"}):
        assert plan(answers, change).unknown


def test_function_urls() -> None:
    answers = recorded(OPEN_URL)
    url = {"component": ARN}
    auth = url | {"kind": "set-function-url-auth", "rule": "AWS_IAM"}
    statement = url | {"kind": "remove-function-permission", "rule": OPEN_URL["Sid"]}
    for change in (auth, statement):
        assert [one.edge for one in difference(answers, change).closes] == ["lambda-url"] * 2
    assert plan(answers, statement | {"rule": "other"}).unknown
    assert plan(answers, statement | {"component": "g"}).unknown
    unrecorded = dict(answers)
    del unrecorded["lambda.get-policy/f"]
    assert plan(unrecorded, statement).unknown[0].reason == (
        "f: its resource policy was not recorded"
    )
    assert plan(answers | {"lambda.get-policy/f": {}}, statement).unknown
    for text in ("{", "[]", '{"Statement": 1}', '{"Statement": [1]}'):
        assert plan(answers | {"lambda.get-policy/f": {"Policy": text}}, statement).unknown
    one = json.dumps({"Statement": OPEN_URL})
    assert difference(answers | {"lambda.get-policy/f": {"Policy": one}}, statement).closes


# -- what is wrong with a file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "conquer", "component": "sg-1"}, r"changes\[0\]: there is no kind 'conquer'"),
        ({"kind": "create-route"}, "not a list of changes: .*component"),
        ({"kind": "create-route", "component": "r", "colour": 1}, "not a list of changes"),
        (rule("authorize-security-group-rule", protocol="tcp"), "there is no source"),
        (rule("authorize-security-group-rule", protocol="tcp", source="x"), "CIDR"),
        (rule("create-network-acl-entry", rule="x", action="deny"), "not the number of an entry"),
        (
            rule("create-network-acl-entry", rule=1, action="x", protocol="tcp", source="::/0"),
            "neither allow nor deny",
        ),
        (
            rule("deny-in-network-acl", rule=1, protocol="icmp", ports=[1, 2]),
            "not one ICMP type",
        ),
        (rule("create-route", rule="x", target="igw-1"), "CIDR"),
        (rule("associate-address", rule="::1"), "not an IPv4 address"),
        (rule("block-public-access", rule="maybe"), "not a mode"),
        (rule("set-function-url-auth", rule="MAYBE"), "not an auth type"),
    ],
)
def test_what_makes_no_sense_is_refused(change: Any, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        plan(simple().answers(), change)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff", b"1", b'"x"', b"{}", b"[" * 5000, b'{"a": 1}']
)
def test_what_is_no_file_of_changes_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        planned(snapshot_from({PLACE: simple().answers()}), data)


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(ParseError, match="larger than 2 bytes"):
        planned(snapshot_from({PLACE: simple().answers()}), b"[] ", 2)


def test_a_rule_that_its_group_does_not_have() -> None:
    done = plan(simple().answers(), rule("revoke-security-group-rule", rule="sgr-9"))
    assert done.unknown[0].reason == "sg-1: it has no rule sgr-9"


def test_every_protocol_has_no_ports_however_it_is_written() -> None:
    answers = simple(permission("-1", v4=WORLD)).answers()
    gone = rule("revoke-security-group-rule", protocol="all", ports=[0, 0], source="0.0.0.0/0")
    assert {one.transport for one in difference(answers, gone).closes} == {"TCP", "UDP", "ICMP"}


def test_too_many_changes() -> None:
    with pytest.raises(ParseError, match="more than 10000 changes"):
        plan(simple().answers(), *[rule("revoke-security-group-rule", rule="x")] * 10_001)


def test_what_the_snapshot_does_not_have_is_unknown() -> None:
    for kind in KINDS:
        change: dict[str, Any] = {
            "kind": kind,
            "component": "absent",
            "rule": "54.9.9.9" if "address" in kind else "5",
            "target": "absent",
            "protocol": "tcp",
            "source": "198.51.100.0/24",
            "action": "allow",
        }
        change["rule"] = {
            "block-public-access": "off",
            "create-route": "0.0.0.0/0",
            "create-transit-gateway-route": "0.0.0.0/0",
            "set-function-url-auth": "NONE",
        }.get(kind, change["rule"])
        if kind == "revoke-security-group-rule":
            del change["rule"]
        done = plan(simple().answers(), change)
        assert [one.attribute for one in done.unknown] == [kind], kind
        assert done.applied == 0


def test_a_list_alone() -> None:
    data = json.dumps(
        [rule("authorize-security-group-rule", protocol="tcp", ports=1, source="::/0")]
    )
    done = planned(snapshot_from({PLACE: simple().answers()}), data.encode())
    assert (done.form, done.applied, done.ignored, done.notes) == ("changes", 1, (), ())


# -- edges whose gateway is not one VPC's -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [
        linked(fronted(), "vpce-1", allowed=("*",), enforce="on").answers(),
        clouded(fronted()).answers(),
        sped(fronted(), {"EndpointId": "i-1"}).answers(),
    ],
)
def test_other_edges_are_closed_too(answers: Any) -> None:
    assert check_closing(answers, balanced=True) > 2


def test_entries_that_find_no_number_are_not_proposed() -> None:
    """Two ways through one network ACL need two entries; with room for one in it, there is no such set."""
    estate = random_balanced(4)
    acl = next(one for one in estate.acls if one["NetworkAclId"] == "acl-subnet-lb")

    def pairs() -> int:
        found = reach(topology_of(snapshot_from({PLACE: estate.answers()})))
        return sum(
            [change.kind for change in closing.changes] == ["deny-in-network-acl"] * 2
            for exposure in found.exposures
            for closing in exposure.closing_changes
        )

    before = pairs()
    inbound = [one for one in acl["Entries"] if not one["Egress"]]
    for number, one in enumerate(sorted(inbound, key=lambda each: each["RuleNumber"])):
        one["RuleNumber"] = number + 2
    assert pairs() < before
