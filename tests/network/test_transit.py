"""What transit gateways let in: one case for each rule, with its source, and what is not known."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.network.estates import ACCOUNT, PLACE, REGION, Estate, entry, permission, route, tcp
from tests.network.transits import attach, gateway, tgw_route, tgw_table, zoned
from vedette.model.network import Exposure, NotReachable, Transport, UnknownReach
from vedette.network.addrset import parse_address
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.packets import Packet
from vedette.network.reach import Reach, reach
from vedette.network.trace import trace

VPCS = "transit-gateway-v4:tgw-1"
SITES = "transit-gateway-sites-v4:tgw-1"
OPEN = {(22, 22): ("10.2.0.0/16",)}
SSH = tcp(22, v4=("0.0.0.0/0",))


def base(*permissions: Any, landing: tuple[str, ...] = ("subnet-2",), **options: str) -> Estate:
    """An instance in subnet-1 of vpc-1; the transit gateway's interface in subnet-2; vpc-2 behind it."""
    estate = Estate()
    estate.vpc("vpc-1", "10.1.0.0/16", "2001:db8:0:1::/64")
    estate.vpc("vpc-2", "10.2.0.0/16", "2001:db8:0:2::/64")
    estate.subnet("subnet-1", "vpc-1", "10.1.0.0/24", "2001:db8:0:1::/64")
    estate.subnet("subnet-2", "vpc-1", "10.1.1.0/24")
    zoned(estate, subnet_1="az-a", subnet_2="az-a")
    estate.acl("acl-1", "vpc-1", ("subnet-1",))
    estate.acl("acl-2", "vpc-1", ("subnet-2",))
    local = [route("10.1.0.0/16", "local")]
    estate.table(
        "rtb-1",
        "vpc-1",
        [*local, route("10.0.0.0/8", "tgw-1"), route("::/0", "tgw-1")],
        ("subnet-1",),
    )
    estate.table("rtb-2", "vpc-1", local, ("subnet-2",))
    estate.group("sg-1", *(permissions or (SSH,)))
    estate.interface(1, "subnet-1", ("sg-1",), v6=("2001:db8:0:1::5",))
    gateway(estate)
    attach(estate, "tgw-attach-1", "vpc-1", "tgw-rtb-1", subnets=landing, **options)
    attach(estate, "tgw-attach-2", "vpc-2", "tgw-rtb-1")
    routes(
        estate,
        tgw_route("10.1.0.0/16", "tgw-attach-1", propagated=True),
        tgw_route("10.2.0.0/16", "tgw-attach-2", propagated=True),
        tgw_route("2001:db8:0:1::/64", "tgw-attach-1", propagated=True),
        tgw_route("2001:db8:0:2::/64", "tgw-attach-2", propagated=True),
    )
    return estate


def routes(estate: Estate, *some: Any) -> Estate:
    estate.extra["ec2.describe-transit-gateway-route-tables"]["TransitGatewayRouteTables"].clear()
    tgw_table(estate, "tgw-rtb-1", *some)
    return estate


def adding(*some: Any, **more: Any) -> Estate:
    estate = base(**more)
    estate.extra["ec2.search-transit-gateway-routes/tgw-rtb-1"]["Routes"] += some
    return estate


def ask(estate: Estate) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: estate.answers()})))


def exposed(found: Reach, edge: str = VPCS) -> dict[Any, Any]:
    return {
        (one.ports.begin, one.ports.end): one.sources
        for one in found.exposures
        if one.edge == edge and one.interface == "eni-1" and one.transport.value == "TCP"
    }


def one(found: Reach, edge: str = VPCS) -> Exposure:
    (only,) = (each for each in found.exposures if each.edge == edge and each.interface == "eni-1")
    return only


def told(found: Reach, edge: str = VPCS) -> list[tuple[str, str, str]]:
    answers: tuple[NotReachable | UnknownReach, ...] = (*found.not_reachable, *found.unknown)
    return [
        (each.code, each.component, each.reason)
        for each in answers
        if each.edge == edge and each.interface == "eni-1"
    ]


def replaced(estate: Estate, call: str, member: str, identity: str, **changes: Any) -> Estate:
    for each in estate.extra[f"ec2.{call}"][member]:
        if identity in each.values():
            each.update(changes)
    return estate


def attachment(estate: Estate, identity: str, **changes: Any) -> Estate:
    return replaced(
        estate,
        "describe-transit-gateway-attachments",
        "TransitGatewayAttachments",
        identity,
        **changes,
    )


def acl(number: int, *entries: Any) -> Estate:
    estate = base()
    estate.acls[number]["Entries"] = list(entries)
    return estate


def in_the_landing(*entries: Any) -> Estate:
    estate = base(landing=("subnet-1",))
    estate.acls[0]["Entries"] = list(entries)
    return estate


def zones(one: str, two: str) -> Estate:
    estate = base()
    zoned(estate, subnet_1=one, subnet_2=two)
    return estate


def a_table_for_each(there: Any, back: Any) -> Estate:
    """The sender's table and the VPC's own are two."""
    estate = attachment(
        base(),
        "tgw-attach-1",
        Association={"TransitGatewayRouteTableId": "tgw-rtb-2", "State": "associated"},
    )
    routes(estate, *there)
    tgw_table(estate, "tgw-rtb-2", *back)
    return estate


IN, OUT = entry(100, "allow", "0.0.0.0/0"), entry(100, "allow", "0.0.0.0/0", egress=True)
TO_1 = tgw_route("10.1.0.0/16", "tgw-attach-1", propagated=True)
TO_2 = tgw_route("10.2.0.0/16", "tgw-attach-2", propagated=True)
GUIDE = "transit gateways guide, How transit gateways work"
ACLS = "transit gateways guide, Network ACLs for transit gateways"

CASES: list[tuple[str, str, Callable[[], Estate], Any]] = [
    ("attached VPCs whose routes propagate reach one another", GUIDE, base, OPEN),
    (
        "the table of the sender's association decides",
        GUIDE,
        lambda: a_table_for_each((), (TO_1, TO_2)),
        {},
    ),
    (
        "the VPC's own table leads answers back",
        GUIDE,
        lambda: a_table_for_each((TO_1,), ()),
        {},
    ),
    (
        "two tables that lead there and back",
        GUIDE,
        lambda: a_table_for_each((TO_1,), (TO_2,)),
        OPEN,
    ),
    (
        "the most specific route wins",
        f"{GUIDE}: Route evaluation order",
        lambda: adding(tgw_route("10.1.0.0/24", "tgw-attach-2")),
        {},
    ),
    (
        "a static route beats a propagated one",
        f"{GUIDE}: Route evaluation order",
        lambda: adding(tgw_route("10.1.0.0/16", "tgw-attach-2")),
        {},
    ),
    (
        "a blackhole drops",
        f"{GUIDE}: Blackhole routes",
        lambda: adding(tgw_route("10.1.0.11/32", state="blackhole")),
        {},
    ),
    (
        "a blackhole for a neighbour does not",
        f"{GUIDE}: Blackhole routes",
        lambda: adding(tgw_route("10.1.0.12/32", state="blackhole")),
        OPEN,
    ),
    (
        "without an association nothing is routed",
        "Reachability Analyzer, TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
        lambda: attachment(base(), "tgw-attach-2", Association={}),
        {},
    ),
    (
        "an attachment that is being made is none",
        "EC2 API, TransitGatewayAttachmentState",
        lambda: attachment(base(), "tgw-attach-2", State="pendingAcceptance"),
        {},
    ),
    (
        "a subnet answers only in a zone with an interface of the gateway",
        "transit gateways guide, VPC attachments; Reachability Analyzer, TGW_ROUTE_AZ_RESTRICTION",
        lambda: zones("az-b", "az-a"),
        {},
    ),
    (
        "the subnet's route table must lead to the gateway",
        "VPC user guide, Route tables",
        lambda: _without_route(base()),
        {},
    ),
    ("the gateway's subnet lets out what is sent", ACLS, lambda: acl(1, IN), {}),
    (
        "by its destination",
        ACLS,
        lambda: acl(1, IN, entry(9, "allow", "10.1.0.11/32", "6", (22, 22), egress=True)),
        OPEN,
    ),
    (
        "its inbound rules do not meet what is sent",
        ACLS,
        lambda: acl(1, entry(9, "deny", "10.2.0.0/16"), IN, OUT),
        OPEN,
    ),
    (
        "they meet what is answered, by its source",
        ACLS,
        lambda: acl(1, entry(9, "deny", "10.1.0.11/32"), IN, OUT),
        {},
    ),
    (
        "its outbound rules do not meet what is answered",
        ACLS,
        lambda: acl(1, IN, entry(9, "deny", "10.2.0.0/16", egress=True), OUT),
        OPEN,
    ),
    (
        "the target's subnet lets in what is sent, by its source",
        ACLS,
        lambda: acl(0, entry(9, "deny", "10.2.0.0/16"), IN, OUT),
        {},
    ),
    (
        "one client port must pass both on the way back",
        ACLS,
        lambda: _two_halves((0, 40000), (40001, 65535)),
        {},
    ),
    (
        "in the gateway's own subnet nothing meets what is sent",
        ACLS,
        lambda: in_the_landing(entry(9, "deny", "10.2.0.0/16"), IN, OUT),
        OPEN,
    ),
    (
        "but both directions meet what is answered",
        ACLS,
        lambda: in_the_landing(entry(9, "deny", "10.1.0.0/16"), IN, OUT),
        {},
    ),
    (
        "a group reference needs the gateway's option",
        "transit gateways guide, Security group referencing",
        lambda: _members(references=False),
        {},
    ),
    (
        "a group reference is its members in attached VPCs",
        "transit gateways guide, Security group referencing",
        lambda: _members(references=True),
        {(22, 22): ("10.2.0.7/32",)},
    ),
    (
        "a group reference needs the attachment's option",
        "transit gateways guide, Security group referencing",
        lambda: _members(references=True, SecurityGroupReferencingSupport="disable"),
        {},
    ),
    (
        "the gateway's subnet leads to the target",
        "VPC user guide, Route tables: more specific routes for middleboxes",
        lambda: _landing_route(route("10.1.0.0/24", "nat-1")),
        {},
    ),
]


def _without_route(estate: Estate) -> Estate:
    estate.tables[0]["Routes"] = [route("10.1.0.0/16", "local")]
    return estate


def _two_halves(inner: tuple[int, int], own: tuple[int, int]) -> Estate:
    estate = acl(1, entry(9, "allow", "0.0.0.0/0", "6", inner), OUT)
    estate.acls[0]["Entries"] = [
        IN,
        entry(9, "allow", "0.0.0.0/0", "6", own, egress=True),
    ]
    return estate


def _members(*, references: bool, **options: str) -> Estate:
    estate = base(tcp(22, groups=("sg-2",)), landing=("subnet-2",), **options)
    estate.group("sg-2", vpc="vpc-2")
    estate.subnet("subnet-9", "vpc-2", "10.2.0.0/24")
    estate.acl("acl-9", "vpc-2", ("subnet-9",))
    estate.table("rtb-9", "vpc-2", [route("10.2.0.0/16", "local")], ("subnet-9",))
    estate.interface(9, "subnet-9", ("sg-2",), private="10.2.0.7")
    if references:
        replaced(
            estate,
            "describe-transit-gateways",
            "TransitGateways",
            "tgw-1",
            Options={"SecurityGroupReferencingSupport": "enable"},
        )
    return estate


def _landing_route(*some: Any) -> Estate:
    estate = base()
    estate.tables[1]["Routes"] += some
    return estate


@pytest.mark.parametrize(
    ("name", "source", "make", "expected"), CASES, ids=[case[0] for case in CASES]
)
def test_a_rule_of_transit_gateways(
    name: str, source: str, make: Callable[[], Estate], expected: Any
) -> None:
    del name, source
    assert exposed(ask(make())) == expected


def test_ipv6_needs_the_attachments_option() -> None:
    edge = VPCS.replace("v4", "v6")
    permission = tcp(22, v6=("::/0",))
    assert exposed(ask(base(permission)), edge) == {(22, 22): ("2001:db8:0:2::/64",)}
    assert exposed(ask(base(permission, Ipv6Support="disable")), edge) == {}


def test_the_path_names_each_table_with_its_route() -> None:
    found = one(ask(base()))
    assert [(hop.component_id, hop.rule) for hop in found.path] == [
        ("tgw-1", None),
        ("tgw-attach-2", None),
        ("tgw-rtb-1", "10.1.0.0/16"),
        ("acl-2", "100"),
        ("acl-1", "100"),
        ("sg-1", "sg-1/tcp/22-22/0.0.0.0/0"),
        ("eni-1", None),
        ("i-1", None),
    ]
    assert [(hop.component_id, hop.rule) for hop in found.back] == [
        ("eni-1", None),
        ("acl-1", "100"),
        ("rtb-1", "10.0.0.0/8"),
        ("acl-2", "100"),
        ("tgw-rtb-1", "10.2.0.0/16"),
        ("tgw-1", None),
    ]
    assert found.path[0].arn == f"arn:aws:ec2:{REGION}:{ACCOUNT}:transit-gateway/tgw-1"
    assert found.whole


def test_what_is_on_premises_is_an_edge_of_its_own() -> None:
    estate = adding(tgw_route("10.9.0.0/16", "tgw-attach-9", propagated=True, kind="vpn"))
    attach(estate, "tgw-attach-9", "vpn-1", "tgw-rtb-1", kind="vpn")
    found = ask(estate)
    assert exposed(found, SITES) == {(22, 22): ("10.9.0.0/16",)}
    assert exposed(found) == OPEN


def test_two_connections_with_one_route_are_both_answered() -> None:
    estate = adding(
        tgw_route("10.9.0.0/16", "tgw-attach-8", "tgw-attach-9", propagated=True, kind="vpn")
    )
    for name in ("tgw-attach-8", "tgw-attach-9"):
        attach(estate, name, f"vpn-{name[-1]}", "tgw-rtb-1", kind="vpn")
    assert exposed(ask(estate), SITES) == {(22, 22): ("10.9.0.0/16",)}


def test_equal_routes_to_different_ends_are_not_known() -> None:
    estate = adding(tgw_route("10.1.0.0/24", "tgw-attach-1", "tgw-attach-2"))
    found = ask(estate)
    assert exposed(found) == {}
    assert [code for code, _, reason in told(found) if "equal routes" in reason] == [
        "UNKNOWN_RESOURCE"
    ]


def test_a_peered_gateway_is_followed() -> None:
    estate = adding(tgw_route("10.3.0.0/16", "tgw-attach-5", kind="peering"))
    estate.vpc("vpc-3", "10.3.0.0/16")
    attach(estate, "tgw-attach-5", "tgw-2", "tgw-rtb-1", kind="peering")
    gateway(estate, "tgw-2")
    attach(estate, "tgw-attach-5", "tgw-1", "tgw-rtb-2", kind="peering", tgw="tgw-2")
    attach(estate, "tgw-attach-6", "vpc-3", "tgw-rtb-2", tgw="tgw-2")
    tgw_table(
        estate,
        "tgw-rtb-2",
        tgw_route("10.1.0.0/16", "tgw-attach-5", kind="peering"),
        tgw_route("10.3.0.0/16", "tgw-attach-6", propagated=True),
        tgw="tgw-2",
    )
    found = ask(estate)
    assert exposed(found) == {(22, 22): ("10.2.0.0/15",)}


def test_codes_say_which_table_does_not_lead_on() -> None:
    (no_route,) = told(ask(a_table_for_each((), (TO_1, TO_2))))
    assert no_route == (
        "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
        "tgw-rtb-1",
        "no route of the transit gateway leads to tgw-attach-1",
    )
    (hole,) = told(ask(adding(tgw_route("10.1.0.0/24", "tgw-attach-1", state="blackhole"))))
    assert hole[:2] == ("TGW_RTB_BAD_STATE_ROUTE", "tgw-rtb-1")
    (missing,) = told(ask(attachment(base(), "tgw-attach-2", Association={})))
    assert missing[0] == "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"
    (zone,) = told(ask(zones("az-b", "az-a")))
    assert zone[0] == "TGW_ROUTE_AZ_RESTRICTION"
    (denied,) = told(ask(acl(1, IN)))
    assert denied[:2] == ("SUBNET_ACL_RESTRICTION", "acl-2")
    (back,) = told(ask(a_table_for_each((TO_1,), ())))
    assert back[0] == "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"
    (longer,) = told(ask(adding(tgw_route("10.1.0.0/24", "tgw-attach-2"))))
    assert longer[:2] == ("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", "tgw-rtb-1")


UNKNOWN: dict[str, tuple[Callable[[], Estate], str, str]] = {
    "routes of the table": (
        lambda: _forget(base(), "search-transit-gateway-routes/tgw-rtb-1"),
        "",
        "ec2.search-transit-gateway-routes of tgw-rtb-1: not recorded",
    ),
    "routes that were cut": (
        lambda: _cut(base()),
        "",
        "ec2.search-transit-gateway-routes of tgw-rtb-1: cut: there are more routes than it holds",
    ),
    "a malformed route": (
        lambda: adding({"State": "active", "DestinationCidrBlock": "10.1.0.0/33"}),
        "",
        "a route is malformed",
    ),
    "a prefix list's entries": (
        lambda: adding({"State": "active", "PrefixListId": "pl-9", "Type": "static"}),
        "",
        "the entries of pl-9 were not recorded",
    ),
    "subnets of the attachment": (
        lambda: _forget(base(), "describe-transit-gateway-vpc-attachments"),
        "tgw-1",
        "ec2.describe-transit-gateway-vpc-attachments",
    ),
    "the gateway's subnet": (lambda: base(landing=("subnet-7",)), "", "subnet-7 was not described"),
    "the zone": (lambda: _no_zone(base()), "", "in which Availability Zones the subnets are"),
    "what is behind an attachment": (
        lambda: _hidden(kind="vpc"),
        "tgw-attach-1",
        "what is behind tgw-attach-7 (vpc vpc-7) was not recorded",
    ),
    "a peering's other end": (
        lambda: _hidden(kind="peering", resource="tgw-7"),
        "",
        "tgw-attach-7 (peering tgw-7)",
    ),
    "all attachments": (
        lambda: _cut_attachments(base(permission("udp", 53, 53, v4=("0.0.0.0/0",)))),
        "",
        "ec2.describe-transit-gateway-attachments",
    ),
    "an appliance": (
        lambda: _landing_route(route("10.1.0.0/24", "eni-9")),
        "eni-9",
        "what comes in leaves rtb-2 for eni-9",
    ),
    "a prefix list in the gateway's subnet": (
        lambda: _landing_route(route("pl-9", "eni-9")),
        "rtb-2",
        "where rtb-2 leads is not known",
    ),
}


def _forget(estate: Estate, call: str) -> Estate:
    del estate.extra[f"ec2.{call}"]
    return estate


def _cut(estate: Estate) -> Estate:
    estate.extra["ec2.search-transit-gateway-routes/tgw-rtb-1"]["AdditionalRoutesAvailable"] = True
    return estate


def _cut_attachments(estate: Estate) -> Estate:
    estate.extra["ec2.describe-transit-gateway-attachments"]["NextToken"] = "more"
    return estate


def _no_zone(estate: Estate) -> Estate:
    del estate.subnets[0]["AvailabilityZoneId"]
    return estate


def _hidden(kind: str = "vpc", resource: str = "vpc-7") -> Estate:
    estate = adding(tgw_route("10.7.0.0/16", "tgw-attach-7", kind=kind))
    attach(estate, "tgw-attach-7", resource, "tgw-rtb-1", kind=kind)
    return estate


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_was_not_recorded_is_not_known(name: str) -> None:
    make, component, reason = UNKNOWN[name]
    found = ask(make())
    unknown = [each for each in found.unknown if each.edge == VPCS and each.interface == "eni-1"]
    assert [each for each in unknown if reason in each.reason], unknown
    if component:
        assert [each.component for each in unknown] == [component]


def test_what_is_known_beside_it_is_still_exposed() -> None:
    assert exposed(ask(_hidden())) == OPEN


def test_a_route_to_a_gateway_that_was_not_described_is_a_gap() -> None:
    estate = base()
    for call in [name for name in estate.extra if "transit" in name]:
        del estate.extra[call]
    found = ask(estate)
    gaps = [each for each in found.unknown if each.edge == "transit-gateway:tgw-1"]
    assert [(each.resource, each.reason) for each in gaps] == [
        (
            "vpc-1",
            "a route leads to it, and it was not described as working (ec2.describe-transit-gateway-attachments)",
        )
    ]
    assert (
        "no transit gateway call was recorded: what comes in through one is known from routes alone"
        in found.assumptions
    )


def test_associations_may_come_from_the_tables() -> None:
    estate = attachment(
        attachment(base(), "tgw-attach-1", Association={}), "tgw-attach-2", Association={}
    )
    estate.extra["ec2.get-transit-gateway-route-table-associations/tgw-rtb-1"] = {
        "Associations": [
            {"TransitGatewayAttachmentId": "tgw-attach-1", "State": "associated"},
            {"TransitGatewayAttachmentId": "tgw-attach-2", "State": "associated"},
            {"TransitGatewayAttachmentId": "tgw-attach-3", "State": "disassociating"},
        ]
    }
    assert exposed(ask(estate)) == OPEN


def test_delegated_prefixes_are_told_apart() -> None:
    estate = adding(tgw_route("10.1.0.64/27", state="blackhole"))
    estate.interfaces[0]["Ipv4Prefixes"] = [
        {"Ipv4Prefix": "10.1.0.128/28"},
        {"Ipv4Prefix": "10.1.0.64/28"},
        {"Ipv4Prefix": "10.1.0.80/28"},
    ]
    found = ask(estate)
    assert [each.address for each in found.exposures if each.edge == VPCS] == [
        "10.1.0.11",
        "10.1.0.128/28",
    ]
    mixed = adding(tgw_route("10.1.0.130/32", state="blackhole"))
    mixed.interfaces[0]["Ipv4Prefixes"] = [{"Ipv4Prefix": "10.1.0.128/28"}]
    unknown = [each for each in ask(mixed).unknown if each.edge == VPCS]
    assert [(each.address, each.component) for each in unknown] == [("10.1.0.128/28", "subnet-1")]


def test_answers_that_go_round_in_circles_do_not_return() -> None:
    estate = base(permission("udp", 53, 53, v4=("0.0.0.0/0",)))
    attach(estate, "tgw-attach-5", "tgw-2", None, kind="peering")
    gateway(estate, "tgw-2")
    attach(estate, "tgw-attach-5", "tgw-1", "tgw-rtb-2", kind="peering", tgw="tgw-2")
    attachment(
        estate,
        "peering",
        Association={"TransitGatewayRouteTableId": "tgw-rtb-2", "State": "associated"},
    )
    routes(estate, TO_1, tgw_route("10.2.0.0/16", "tgw-attach-5", kind="peering"))
    tgw_table(estate, "tgw-rtb-2", tgw_route("10.2.0.0/16", "tgw-attach-5", kind="peering"))
    found = one(ask(estate))
    assert (found.transport, found.return_path, found.back) == ("UDP", False, ())


def walked(estate: Estate, source: str, port: int = 22) -> Any:
    topology = topology_of(snapshot_from({PLACE: estate.answers()}))
    point = next(each for each in topology.points if each.name == VPCS and each.vpc == "vpc-1")
    packet = Packet(
        transport=Transport.TCP, source=parse_address(source)[1], source_port=50000, port=port
    )
    return trace(topology, 0, point, packet)


def test_the_tracer_stops_where_nothing_leads_on() -> None:
    assert walked(base(), "10.2.0.1").answered
    assert walked(base(), "10.9.0.1").stop.code == "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"
    assert walked(_hidden(), "10.7.0.1").stop.code == "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"
    assert walked(acl(1, IN), "10.2.0.1").stop.code == "SUBNET_ACL_RESTRICTION"
    assert walked(zones("az-b", "az-a"), "10.2.0.1").stop_back.code == "TGW_ROUTE_AZ_RESTRICTION"
    hidden = walked(_forget(base(), "search-transit-gateway-routes/tgw-rtb-1"), "10.2.0.1")
    assert hidden.stop.code == "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"
    unknown = base(landing=("subnet-2", "subnet-7"))
    assert walked(unknown, "10.2.0.1").answered
    assert walked(base(landing=("subnet-7",)), "10.2.0.1").stop.code == "SUBNET_ACL_RESTRICTION"
    assert walked(a_table_for_each((TO_1,), ()), "10.2.0.1").stop_back.component == "tgw-1"


def test_an_internal_load_balancer_is_reached_through_it() -> None:
    estate = base()
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/raw/1"
    estate.interface(
        7,
        "subnet-1",
        ("sg-1",),
        state=None,
        InterfaceType="network_load_balancer",
        Description="ELB net/raw/1",
        RequesterId="amazon-elb",
    )
    estate.extra |= {
        "elbv2.describe-load-balancers": {
            "LoadBalancers": [
                {
                    "LoadBalancerArn": arn,
                    "LoadBalancerName": "raw",
                    "Type": "network",
                    "Scheme": "internal",
                    "VpcId": "vpc-1",
                    "AvailabilityZones": [{"SubnetId": "subnet-1"}],
                }
            ]
        },
        "elbv2.describe-target-groups": {
            "TargetGroups": [
                {
                    "TargetGroupArn": "arn:tg/web/1",
                    "TargetGroupName": "web",
                    "Protocol": "TCP",
                    "Port": 22,
                    "TargetType": "instance",
                    "VpcId": "vpc-1",
                    "LoadBalancerArns": [arn],
                }
            ]
        },
        "elbv2.describe-listeners/raw": {
            "Listeners": [
                {
                    "ListenerArn": f"{arn}/l",
                    "LoadBalancerArn": arn,
                    "Port": 22,
                    "Protocol": "TCP",
                    "DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn:tg/web/1"}],
                }
            ]
        },
        "elbv2.describe-target-health/web": {
            "TargetHealthDescriptions": [{"Target": {"Id": "i-1", "Port": 22}}]
        },
        "elbv2.describe-target-group-attributes/web": {"Attributes": []},
        "elbv2.describe-load-balancer-attributes/raw": {"Attributes": []},
    }
    estate.groups[0]["IpPermissionsEgress"] = [permission("-1", v4=("0.0.0.0/0",))]
    through = [each for each in ask(estate).exposures if each.edge == VPCS and each.through]
    assert [(each.resource, each.sources) for each in through] == [("i-1", ("10.2.0.0/16",))]
    kinds = {change.kind for one in through[0].closing_changes for change in one.changes}
    assert {"deregister-target", "deny-in-network-acl"} <= kinds
    assert "detach-transit-gateway" not in kinds  # it is not this VPC's alone


def test_a_route_by_a_prefix_list_ranks_below_a_static_one() -> None:
    listed = {
        "PrefixListId": "pl-1",
        "TransitGatewayAttachments": [
            {"TransitGatewayAttachmentId": "tgw-attach-2", "ResourceType": "vpc"}
        ],
        "Type": "static",
        "State": "active",
    }
    estate = adding(listed, tgw_route("10.1.0.0/24", "tgw-attach-1"))
    estate.prefix_list("pl-1", "10.1.0.0/24")
    assert exposed(ask(estate)) == OPEN
    estate = adding(listed, tgw_route("10.1.0.0/24", "tgw-attach-1", state="pending"))
    estate.prefix_list("pl-1", "10.1.0.0/24")
    assert exposed(ask(estate)) == {}


def test_an_association_that_is_perhaps_not_recorded_is_not_known() -> None:
    estate = _cut_attachments(attachment(base(), "tgw-attach-2", Association={}))
    unknown = [each for each in ask(estate).unknown if each.edge == VPCS]
    assert unknown
    assert exposed(ask(estate)) == {}


def test_one_packet_arrives_where_no_answer_leaves() -> None:
    estate = base(permission("udp", 53, 53, v4=("0.0.0.0/0",)))
    estate.acls[1]["Entries"] = [entry(9, "deny", "0.0.0.0/0"), OUT]
    found = one(ask(estate))
    assert (found.transport, found.return_path, found.back) == ("UDP", False, ())


def test_a_route_that_others_cover_is_never_taken() -> None:
    estate = base()
    estate.tables[0]["Routes"] += [
        route("0.0.0.0/1", "tgw-1"),
        route("128.0.0.0/1", "tgw-1"),
        route("0.0.0.0/0", "nat-1"),
    ]
    assert exposed(ask(estate)) == OPEN
