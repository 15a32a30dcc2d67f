"""The tracer on its own: every place where a packet or its answer can be stopped, and what a disagreement does."""

from typing import Any

import msgspec
import pytest

from tests.network.estates import PLACE, Estate, entry, permission, route, simple, tcp
from tests.network.test_semantics import peered, replace_acl, replace_routes, six
from vedette.model.network import Transport
from vedette.network import judge
from vedette.network.addrset import parse_address
from vedette.network.components import COMPONENTS, security_group
from vedette.network.components._base import OPEN
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.packets import Packet, Trace
from vedette.network.reach import reach
from vedette.network.topology import Topology
from vedette.network.trace import trace

SSH = tcp(22, v4=("0.0.0.0/0",))
IN = entry(100, "allow", "0.0.0.0/0")


def walk(
    estate: Estate, source: str = "8.8.8.8", *, edge: str = "internet-v4", **more: Any
) -> Trace:
    return walk_in(topology_of(snapshot_from({PLACE: estate.answers()})), source, edge=edge, **more)


def walk_in(topology: Topology, source: str, *, edge: str, **more: Any) -> Trace:
    (point,) = [one for one in topology.points if one.name == edge and one.vpc == "vpc-1"]
    index = more.pop("index", 0)
    packet: dict[str, Any] = {"transport": Transport.TCP, "source_port": 49152, "port": 22} | more
    return trace(topology, index, point, Packet(source=parse_address(source)[1], **packet))


def stop(found: Trace) -> str | None:
    return found.stop.code if found.stop else None


def stop_back(found: Trace) -> str | None:
    return found.stop_back.code if found.stop_back else None


def test_a_packet_and_its_answer() -> None:
    found = walk(simple(SSH))
    assert (found.delivered, found.answered) == (True, True)
    assert [hop.component_id for hop in found.path] == ["igw-1", "acl-1", "sg-1", "eni-1", "i-1"]
    assert [hop.component_id for hop in found.back] == ["eni-1", "acl-1", "rtb-1", "igw-1"]


def without_gateway() -> Estate:
    estate = simple(SSH)
    estate.gateways = []
    return estate


def unknown_gateway() -> Estate:
    estate = without_gateway()
    estate.extra["ec2.describe-internet-gateways"] = {"errors": ["x"]}
    return estate


def attaching_gateway() -> Estate:
    estate = simple(SSH)
    estate.gateways[0]["Attachments"][0]["State"] = "attaching"
    return estate


def blocked() -> Estate:
    estate = simple(SSH)
    estate.block_public_access("block-ingress")
    return estate


def redirected() -> Estate:
    estate = simple(SSH)
    estate.tables.append(
        {
            "RouteTableId": "rtb-edge",
            "VpcId": "vpc-1",
            "Associations": [{"GatewayId": "igw-1"}],
            "Routes": [route("10.1.0.0/24", "eni-9")],
        }
    )
    return estate


def malformed_acl() -> Estate:
    return replace_acl(simple(SSH), {**IN, "RuleAction": "maybe"})


def public_vpc() -> Estate:
    estate = simple(SSH)
    estate.vpcs[0]["CidrBlockAssociationSet"].append({"CidrBlock": "8.8.8.0/24"})
    return estate


@pytest.mark.parametrize(
    ("estate", "source", "code"),
    [
        (simple(SSH), "10.9.9.9", "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS"),
        (simple(SSH), "172.31.0.1", "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS"),
        (simple(SSH), "100.64.0.1", "IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS"),
        (public_vpc(), "8.8.8.8", "GATEWAY_REJECTS_SPOOFED_TRAFFIC"),
        (without_gateway(), "8.8.8.8", "NO_PATH"),
        (unknown_gateway(), "8.8.8.8", "UNKNOWN_RESOURCE"),
        (attaching_gateway(), "8.8.8.8", "BAD_STATE"),
        (simple(SSH, public=None), "8.8.8.8", "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"),
        (blocked(), "8.8.8.8", "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"),
        (redirected(), "8.8.8.8", "INGRESS_RTB_TRAFFIC_REDIRECTION"),
        (malformed_acl(), "8.8.8.8", "UNKNOWN_RESOURCE"),
        (
            replace_acl(simple(SSH), entry(1, "deny", "8.0.0.0/8"), IN),
            "8.8.8.8",
            "SUBNET_ACL_RESTRICTION",
        ),
        (replace_acl(simple(SSH)), "8.8.8.8", "SUBNET_ACL_RESTRICTION"),
        (simple(), "8.8.8.8", "SG_HAS_NO_RULES"),
        (simple(tcp(23, v4=("0.0.0.0/0",))), "8.8.8.8", "ENI_SG_RULES_MISMATCH"),
        (simple(permission("udp", 22, 22, v4=("0.0.0.0/0",))), "8.8.8.8", "ENI_SG_RULES_MISMATCH"),
        (simple(tcp(22, lists=("pl-404",))), "8.8.8.8", "ENI_SG_RULES_MISMATCH"),
        (simple(SSH, attached=False), "8.8.8.8", "BAD_STATE_ATTACHMENT"),
        (
            simple(SSH, state=None, InterfaceType="nat_gateway"),
            "8.8.8.8",
            "NO_POSSIBLE_DESTINATION",
        ),
        (simple(SSH, state="stopped"), "8.8.8.8", "BAD_STATE"),
    ],
)
def test_where_a_packet_is_stopped(estate: Estate, source: str, code: str) -> None:
    found = walk(estate, source)
    assert stop(found) == code
    assert not found.answered


def test_an_interface_without_an_instance() -> None:
    assert [hop.component_id for hop in walk(simple(SSH, state=None)).path][-1] == "eni-1"


def unknown_table() -> Estate:
    estate = simple(SSH)
    estate.extra["ec2.describe-route-tables"] = {"errors": ["x"]}
    return estate


@pytest.mark.parametrize(
    ("estate", "code"),
    [
        (replace_acl(simple(SSH), IN), "SUBNET_ACL_RESTRICTION"),
        (replace_routes(simple(SSH)), "NO_ROUTE_TO_DESTINATION"),
        (replace_routes(simple(SSH), route("0.0.0.0/0", "nat-1")), "NO_ROUTE_TO_DESTINATION"),
        (
            replace_routes(simple(SSH), route("0.0.0.0/0", "igw-1", state="blackhole")),
            "BAD_STATE_ROUTE",
        ),
        (replace_routes(simple(SSH), route("pl-404", "vpce-1")), "UNKNOWN_RESOURCE"),
        (unknown_table(), "UNKNOWN_RESOURCE"),
    ],
)
def test_where_an_answer_is_stopped(estate: Estate, code: str) -> None:
    found = walk(estate)
    assert (stop(found), stop_back(found)) == (None, code)


def test_an_unknown_list_to_the_gateway_itself_does_not_stop_an_answer() -> None:
    estate = replace_routes(simple(SSH), route("0.0.0.0/0", "igw-1"), route("pl-404", "igw-1"))
    assert walk(estate).answered


def test_icmp_without_an_answer() -> None:
    estate = simple(permission("icmp", -1, -1, v4=("0.0.0.0/0",)))
    unreachable = walk(estate, transport=Transport.ICMP, port=3 * 256)
    assert (stop(unreachable), stop_back(unreachable)) == (None, "NO_PATH")
    assert walk(estate, transport=Transport.ICMP, port=8 * 256).answered


def test_ipv6() -> None:
    open_six = six(tcp(22, v6=("::/0",)))
    assert walk(open_six, "2600::1", edge="internet-v6", index=1).answered
    assert stop(walk(open_six, "fd00::1", edge="internet-v6", index=1)) == "NO_PATH"
    refusing = six(tcp(22, v6=("::/0",)), DenyAllIgwTraffic=True)
    assert stop(walk(refusing, "2600::1", edge="internet-v6", index=1)) == "ENI_DENIES_IGW_TRAFFIC"
    assert stop(walk(open_six, "2600::1", edge="internet-v6", index=0)) == (
        "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"
    )
    public = six(tcp(22, v6=("::/0",)))
    public.interfaces[0]["Association"] = {"PublicIp": "54.1.1.1"}
    assert stop(walk(public, "2600::1", edge="internet-v6", index=0)) == "NO_PATH"


def test_a_peering() -> None:
    estate = peered(tcp(22, groups=("sg-9",)))
    edge = "vpc-peering-v4:pcx-1"
    found = walk(estate, "10.2.0.19", edge=edge)
    assert found.answered
    assert [hop.because for hop in found.path][:3:2] == [
        "for 10.1.0.11",
        "the rule lets in TCP 22 from sg-9",
    ]
    assert stop(walk(estate, "10.2.0.20", edge=edge)) == "ENI_SG_RULES_MISMATCH"
    assert stop(walk(estate, "10.3.0.1", edge=edge)) == "NO_PATH"


def test_a_disagreement_is_said_and_is_no_exposure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of the judgement that lets everything in is contradicted by the walk."""
    wrong = msgspec.structs.replace(security_group.COMPONENT, judge=lambda _: OPEN, key=None)
    components = tuple(wrong if one is security_group.COMPONENT else one for one in COMPONENTS)
    monkeypatch.setattr(judge, "COMPONENTS", components)
    found = reach(topology_of(snapshot_from({PLACE: simple().answers()})))
    assert found.exposures == ()
    assert {one.code for one in found.unknown} == {"INTERNAL_DISAGREEMENT"}
    assert {one.component for one in found.unknown} == {"sg-1"}
    assert all(one.reason.endswith("please report this") for one in found.unknown)


def test_a_disagreement_about_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        judge,
        "_through",
        lambda region, flow: region.meet(flow.forward) if flow.forward else region,
    )
    found = reach(topology_of(snapshot_from({PLACE: replace_routes(simple(SSH)).answers()})))
    assert [(one.code, one.component) for one in found.unknown] == [
        ("INTERNAL_DISAGREEMENT", "rtb-1")
    ]
