"""What-if of prefix lists, VPN and transit gateways, PrivateLink, CloudFront, accelerators and APIs, in three languages."""

import json
from typing import Any

import pytest

from tests.network.estates import PLACE, Estate, permission, route, simple, tcp
from tests.network.test_apis import PETS, document as policy, http, rest, statement
from tests.network.test_fronts import (
    CLOUD,
    FAST,
    INSTANCE,
    NLB,
    SERVICE,
    SPEED,
    base as fronted,
    clouded,
    linked,
    sped,
)
from tests.network.test_transit import base as attached
from tests.network.whatif.plans import (
    change,
    change_set,
    difference,
    plan,
    refer,
    stack,
    terraform,
    unknown,
)
from vedette.network.describe import snapshot_from
from vedette.network.whatif import read
from vedette.network.whatif.compare import Difference

Answers = dict[str, Any]
TGW = "transit-gateway-v4:tgw-1"
LISTENER = f"{SPEED}/listener/ef"


def moves(found: Difference, edge: str) -> tuple[set[str], set[str]]:
    """The resources that open and that close over an edge."""
    return tuple(  # type: ignore[return-value]  # two
        {one.resource for one in side if one.edge == edge} for side in (found.opens, found.closes)
    )


def listed(answers: Answers, *changes: Answers) -> Difference:
    return difference(answers, {"changes": list(changes)})


def planned(answers: Answers, *changes: tuple[str, Any, Any]) -> Difference:
    return difference(answers, terraform(*(change(*one) for one in changes)))


def stacked(answers: Answers, kind: str, before: Any, after: Any, name: str = "x") -> Difference:
    return difference(answers, change_set(stack(kind, before, after, name)))


NOTHING: tuple[set[str], set[str]] = (set(), set())

# -- prefix lists -----------------------------------------------------------------------------------------------------


def by_list() -> Answers:
    estate = simple(permission("tcp", 22, 22, lists=("pl-1",)))
    estate.prefix_list("pl-1", "198.51.100.0/24")
    estate.extra["ec2.describe-managed-prefix-lists"] = {
        "PrefixLists": [{"PrefixListId": "pl-1", "OwnerId": "111122223333"}]
    }
    return estate.answers()


def sources(found: Difference) -> tuple[list[Any], list[Any]]:
    return (
        [one.sources for one in found.opens],
        [one.sources for one in found.closes],
    )


def test_prefix_lists() -> None:
    more, less = (["203.0.113.0/24"], ["198.51.100.0/24"])
    added = {"kind": "add-prefix-list-entry", "component": "pl-1", "source": more[0]}
    assert sources(listed(by_list(), added)) == ([tuple(more)], [])
    gone = {"kind": "remove-prefix-list-entry", "component": "pl-1", "source": less[0]}
    assert sources(listed(by_list(), gone)) == ([], [tuple(less)])
    entry = {"prefix_list_id": "pl-1", "cidr": more[0]}
    name = "aws_ec2_managed_prefix_list_entry.e"
    assert sources(planned(by_list(), (name, None, entry))) == ([tuple(more)], [])
    assert sources(planned(by_list(), (name, entry, entry | {"description": "x"}))) == ([], [])
    old = entry | {"cidr": less[0]}
    assert sources(planned(by_list(), (name, old, None))) == ([], [tuple(less)])
    whole = {"id": "pl-1", "entry": [{"cidr": less[0]}]}
    name = "aws_ec2_managed_prefix_list.l"
    wider = whole | {"entry": [{"cidr": less[0]}, {"cidr": more[0]}]}
    assert sources(planned(by_list(), (name, whole, wider))) == ([tuple(more)], [])
    assert sources(planned(by_list(), (name, whole, whole | {"tags": {"a": "b"}}))) == ([], [])
    entries = {"Entries": [{"Cidr": less[0]}, {"Cidr": more[0]}]}
    found = stacked(by_list(), "AWS::EC2::PrefixList", {"Entries": []}, entries, "pl-1")
    assert sources(found) == ([tuple(more)], [])
    done = plan(by_list(), terraform(change(name, whole, None)))
    assert done.snapshot.places[0].managed_prefix_lists == ()


def test_a_new_prefix_list_and_a_rule_that_names_it() -> None:
    new = {"name": "office", "entry": [{"cidr": "203.0.113.0/24"}]}
    rule = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 443, "to_port": 443}
    document = terraform(
        change("aws_ec2_managed_prefix_list.l", None, new),
        change("aws_vpc_security_group_ingress_rule.r", None, rule, {"prefix_list_id": True}),
        aws_vpc_security_group_ingress_rule__r={
            "prefix_list_id": refer("aws_ec2_managed_prefix_list.l.id")
        },
    )
    assert sources(difference(by_list(), document))[0] == [("203.0.113.0/24",)]


def test_a_list_that_two_accounts_recorded() -> None:
    other = dict(by_list())
    snapshot = snapshot_from(
        {PLACE: by_list(), ("999900001111", "eu-west-1"): other, ("9", "x"): {}}
    )
    added = {"kind": "add-prefix-list-entry", "component": "pl-1", "source": "203.0.113.0/24"}
    done = read.planned(snapshot, json.dumps([added]).encode())
    assert [
        len(one.prefix_blocks) and len(one.prefix_blocks[0].blocks) for one in done.snapshot.places
    ] == [2, 0, 2]


def test_entries_of_lists_that_were_not_recorded() -> None:
    changes = [{"kind": "add-prefix-list-entry", "component": "pl-9", "source": "1.0.0.0/8"}]
    done = plan(by_list(), {"changes": changes})
    assert [one.reason for one in done.unknown] == [
        "pl-9: the entries of the prefix list were not recorded"
    ]
    changes = [{"kind": "remove-prefix-list-entry", "component": "pl-1", "source": "1.0.0.0/8"}]
    assert "has no entry" in plan(by_list(), {"changes": changes}).unknown[0].reason


# -- virtual private gateways and peerings ----------------------------------------------------------------------------


def inside() -> Estate:
    estate = simple(tcp(22, v4=("10.0.0.0/8",)))
    estate.subnets[0]["Ipv6CidrBlockAssociationSet"] = []
    estate.tables[0]["Routes"].append(route("10.9.0.0/16", "vgw-1", propagated=True))
    return estate


def with_vpn() -> Answers:
    estate = inside()
    attachment = {"VpcId": "vpc-1", "State": "attached"}
    estate.vpn_gateways.append(
        {"VpnGatewayId": "vgw-1", "State": "available", "VpcAttachments": [attachment]}
    )
    return estate.answers()


VPN = "vpn-gateway-v4:vgw-1"
GATEWAY = {"id": "vgw-1", "vpc_id": "vpc-1"}


def test_vpn_gateways() -> None:
    there = {"kind": "attach-vpn-gateway", "component": "vgw-1", "target": "vpc-1"}
    assert moves(listed(inside().answers(), there), VPN) == ({"i-1"}, set())
    name = "aws_vpn_gateway.g"
    assert moves(planned(with_vpn(), (name, GATEWAY, None)), VPN) == (set(), {"i-1"})
    gone = GATEWAY | {"vpc_id": ""}
    assert moves(planned(with_vpn(), (name, GATEWAY, gone)), VPN) == (set(), {"i-1"})
    assert moves(planned(with_vpn(), (name, GATEWAY, GATEWAY)), VPN) == NOTHING
    assert moves(planned(inside().answers(), (name, gone, GATEWAY)), VPN) == ({"i-1"}, set())
    link = {"vpc_id": "vpc-1", "vpn_gateway_id": "vgw-1"}
    name = "aws_vpn_gateway_attachment.a"
    assert moves(planned(inside().answers(), (name, None, link)), VPN) == ({"i-1"}, set())
    assert moves(planned(with_vpn(), (name, link, None)), VPN) == (set(), {"i-1"})
    done = plan(inside().answers(), terraform(change("aws_vpn_gateway.g", GATEWAY, None)))
    assert done.unknown == ()


def test_propagated_routes() -> None:
    link = {"route_table_id": "rtb-1", "vpn_gateway_id": "vgw-1"}
    name = "aws_vpn_gateway_route_propagation.p"
    assert moves(planned(with_vpn(), (name, link, None)), VPN) == (set(), {"i-1"})
    done = plan(with_vpn(), terraform(change(name, None, link)))
    assert unknown(done) == [(name, "route_table_id")]
    assert planned(with_vpn(), (name, link, link | {"tags": {"a": "b"}})).closes == ()


def test_vpn_connections() -> None:
    to_vpc = {"vpn_gateway_id": "vgw-1", "customer_gateway_id": "cgw-1", "type": "ipsec.1"}
    to_transit = {"transit_gateway_id": "tgw-1", "customer_gateway_id": "cgw-1"}
    name = "aws_vpn_connection.c"
    customer = ("aws_customer_gateway.c", None, {"bgp_asn": "65000", "ip_address": "192.0.2.1"})
    static = ("aws_vpn_connection_route.r", None, {"destination_cidr_block": "10.8.0.0/16"})
    assert planned(with_vpn(), (name, None, to_vpc), customer, static).opens == ()
    assert planned(with_vpn(), (name, to_vpc, None)).closes == ()
    for before, after in ((None, to_transit), (to_transit, None)):
        done = plan(with_vpn(), terraform(change(name, before, after)))
        assert unknown(done) == [(name, "transit_gateway_id")]


def test_a_peering_that_accepts_itself() -> None:
    estate = simple(tcp(22, v4=("10.2.0.0/16",)))
    estate.vpc("vpc-2", "10.2.0.0/16", "2001:db8:9::/56")
    estate.tables[0]["Routes"].append(route("10.2.0.0/16", "pcx-(aws_vpc_peering_connection.p)"))
    new = {"vpc_id": "vpc-1", "peer_vpc_id": "vpc-2", "auto_accept": True}
    found = planned(estate.answers(), ("aws_vpc_peering_connection.p", None, new))
    assert [one.sources for one in found.opens] == [("10.2.0.0/16",)]
    same = (new | {"id": "pcx-9"}, new | {"id": "pcx-9", "tags": {"a": "b"}})
    assert planned(estate.answers(), ("aws_vpc_peering_connection.p", *same)).opens == ()


# -- transit gateways -------------------------------------------------------------------------------------------------

PAIR = {
    "transit_gateway_attachment_id": "tgw-attach-2",
    "transit_gateway_route_table_id": "tgw-rtb-1",
}
MINE = PAIR | {"transit_gateway_attachment_id": "tgw-attach-1"}
VPC = {
    "id": "tgw-attach-1",
    "transit_gateway_id": "tgw-1",
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1"],
}


def transit() -> Answers:
    estate = attached()
    estate.extra["ec2.get-transit-gateway-route-table-associations/tgw-rtb-1"] = {
        "Associations": [
            {"TransitGatewayAttachmentId": one, "State": "associated"}
            for one in ("tgw-attach-1", "tgw-attach-2")
        ]
    }
    return estate.answers()


def reached(found: Difference) -> tuple[bool, bool]:
    opened, closed = moves(found, TGW)
    return "i-1" in opened, "i-1" in closed


CLOSING: list[tuple[dict[str, Any], tuple[str, Any, Any], tuple[str, Any, Any, str]]] = [
    (
        {"kind": "delete-transit-gateway-attachment", "component": "tgw-attach-1"},
        ("aws_ec2_transit_gateway_vpc_attachment.a", VPC, None),
        (
            "AWS::EC2::TransitGatewayVpcAttachment",
            {"TransitGatewayId": "tgw-1", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"]},
            None,
            "tgw-attach-1",
        ),
    ),
    (
        {
            "kind": "disable-transit-gateway-propagation",
            "component": "tgw-rtb-1",
            "target": "tgw-attach-1",
        },
        ("aws_ec2_transit_gateway_route_table_propagation.p", MINE, None),
        (
            "AWS::EC2::TransitGatewayRouteTablePropagation",
            {
                "TransitGatewayAttachmentId": "tgw-attach-1",
                "TransitGatewayRouteTableId": "tgw-rtb-1",
            },
            None,
            "x",
        ),
    ),
    (
        {"kind": "disassociate-transit-gateway-route-table", "component": "tgw-attach-2"},
        ("aws_ec2_transit_gateway_route_table_association.a", PAIR, None),
        (
            "AWS::EC2::TransitGatewayRouteTableAssociation",
            {
                "TransitGatewayAttachmentId": "tgw-attach-2",
                "TransitGatewayRouteTableId": "tgw-rtb-1",
            },
            None,
            "x",
        ),
    ),
    (
        {
            "kind": "create-transit-gateway-route",
            "component": "tgw-rtb-1",
            "rule": "10.1.0.0/16",
        },
        (
            "aws_ec2_transit_gateway_route.r",
            None,
            {
                "transit_gateway_route_table_id": "tgw-rtb-1",
                "destination_cidr_block": "10.1.0.0/16",
                "blackhole": True,
            },
        ),
        (
            "AWS::EC2::TransitGatewayRoute",
            None,
            {
                "TransitGatewayRouteTableId": "tgw-rtb-1",
                "DestinationCidrBlock": "10.1.0.0/16",
                "Blackhole": "true",
            },
            "x",
        ),
    ),
]


@pytest.mark.parametrize("case", CLOSING)
def test_transit_gateways_in_three_languages(case: Any) -> None:
    in_words, in_plan, in_set = case
    assert reached(listed(transit(), in_words)) == (False, True)
    assert reached(planned(transit(), in_plan)) == (False, True)
    assert reached(stacked(transit(), *in_set)) == (False, True)


def test_what_is_undone_is_as_it_was() -> None:
    for first, then in (
        (
            {"kind": "disable-transit-gateway-propagation", "component": "tgw-rtb-1"},
            {"kind": "enable-transit-gateway-propagation", "component": "tgw-rtb-1"},
        ),
        (
            {"kind": "disassociate-transit-gateway-route-table", "component": "tgw-attach-2"},
            {"kind": "associate-transit-gateway-route-table", "component": "tgw-rtb-1"},
        ),
        (
            {"kind": "create-transit-gateway-route", "component": "tgw-rtb-1"},
            {"kind": "delete-transit-gateway-route", "component": "tgw-rtb-1"},
        ),
    ):
        more = {"target": "tgw-attach-1"} if "propagation" in first["kind"] else {}
        more |= {"rule": "10.1.0.0/16"} if "route" in then["kind"].split("-") else {}
        last = {"target": "tgw-attach-2"} if "associate-" in then["kind"][:10] else more
        assert reached(listed(transit(), first | more, then | last)) == (False, False), first


def test_a_vpc_is_attached_with_all_that_goes_with_it() -> None:
    """Deleted and made again, in the gateway's default tables or by resources of their own."""
    name = "aws_ec2_transit_gateway_vpc_attachment"
    new = {name: one for name, one in VPC.items() if name != "id"}
    gone = plan(transit(), terraform(change(f"{name}.a", VPC, None)))
    assert gone.unknown == ()
    pair = {"transit_gateway_route_table_id": "tgw-rtb-1"}
    later = {"transit_gateway_attachment_id": True}
    link = refer(f"{name}.b.id")
    document = terraform(
        change(f"{name}.a", VPC, None),
        change(f"{name}.b", None, new),
        change("aws_ec2_transit_gateway_route_table_association.b", None, pair, later),
        change("aws_ec2_transit_gateway_route_table_propagation.b", None, pair, later),
        aws_ec2_transit_gateway_route_table_association__b={"transit_gateway_attachment_id": link},
        aws_ec2_transit_gateway_route_table_propagation__b={"transit_gateway_attachment_id": link},
    )
    answers = transit()
    # the deleted attachment's route of the VPC leads nowhere, whoever is attached later
    assert reached(difference(answers, document)) == (False, True)
    for one in answers["ec2.describe-route-tables"]["RouteTables"]:
        for route_ in one["Routes"]:
            route_["State"] = "active"


def test_a_new_gateway_has_its_default_table() -> None:
    gateway = "aws_ec2_transit_gateway.g"
    kind = "aws_ec2_transit_gateway_vpc_attachment"
    estate = attached()
    estate.tables[0]["Routes"] = [
        route("10.1.0.0/16", "local"),
        route("10.2.0.0/16", f"tgw-({gateway})"),
    ]
    both = [
        change(f"{kind}.v{number}", None, {"vpc_id": f"vpc-{number}", "subnet_ids": [subnet]},
               {"transit_gateway_id": True})
        for number, subnet in ((1, "subnet-1"), (2, "subnet-2"))
    ]  # fmt: skip
    links = {
        f"{kind}__v{number}": {"transit_gateway_id": refer(f"{gateway}.id")} for number in (1, 2)
    }
    edge = f"transit-gateway-v4:tgw-({gateway})"
    for options, opened in (
        ({}, {"i-1"}),
        ({"default_route_table_association": "disable"}, set()),
        ({"default_route_table_propagation": "disable"}, set()),
        (
            {
                "default_route_table_association": "disable",
                "default_route_table_propagation": "disable",
            },
            set(),
        ),
    ):
        document = terraform(
            change(gateway, None, {"description": "new"} | options), *both, **links
        )
        found = difference(estate.answers(), document)
        assert moves(found, edge)[0] & {"i-1"} == opened, options
    off = {
        "transit_gateway_default_route_table_association": False,
        "transit_gateway_default_route_table_propagation": False,
    }
    for one in both:
        one["change"]["after"] |= off
    document = terraform(change(gateway, None, {}), *both, **links)
    assert moves(difference(estate.answers(), document), edge)[0] == set()


def test_tables_and_gateways_are_made_and_taken_away() -> None:
    answers = transit()
    table = {"id": "tgw-rtb-1", "transit_gateway_id": "tgw-1"}
    name = "aws_ec2_transit_gateway_route_table.t"
    assert (
        plan(answers, terraform(change(name, None, {"transit_gateway_id": "tgw-1"}))).unknown == ()
    )
    done = plan(answers, terraform(change(name, table, table | {"tags": {"a": "b"}})))
    assert done.unknown == ()
    assert (
        plan(answers, terraform(change(name, table, None))).snapshot.places[0].transit_tables == ()
    )
    gateway = {"id": "tgw-1", "default_route_table_association": "enable"}
    name = "aws_ec2_transit_gateway.g"
    assert (
        plan(answers, terraform(change(name, gateway, None))).snapshot.places[0].transit_gateways
        == ()
    )
    other = gateway | {"default_route_table_association": "disable"}
    assert unknown(plan(answers, terraform(change(name, gateway, other)))) == [
        (name, "default_route_table_association")
    ]
    on = gateway | {"security_group_referencing_support": "enable"}
    assert plan(answers, terraform(change(name, gateway, on))).unknown == ()


def test_what_of_transit_gateways_is_not_known() -> None:
    name = "aws_ec2_transit_gateway_vpc_attachment.a"
    moved = VPC | {"transit_gateway_default_route_table_association": False}
    assert unknown(plan(transit(), terraform(change(name, VPC, moved)))) == [
        (name, "transit_gateway_default_route_table_association")
    ]
    elsewhere = {"transit_gateway_id": "tgw-9", "vpc_id": "vpc-1", "subnet_ids": ["subnet-1"]}
    assert unknown(plan(transit(), terraform(change(name, None, elsewhere)))) == [
        (name, "transit_gateway_id")
    ]
    answers = transit()
    del answers["ec2.search-transit-gateway-routes/tgw-rtb-1"]
    del answers["ec2.get-transit-gateway-route-table-associations/tgw-rtb-1"]
    gone = {"kind": "delete-transit-gateway-attachment", "component": "tgw-attach-1"}
    assert plan(answers, {"changes": [gone]}).unknown == ()
    site = transit()
    for one in site["ec2.describe-transit-gateway-attachments"]["TransitGatewayAttachments"]:
        one["ResourceType"] = "vpn"
    spread = {
        "kind": "enable-transit-gateway-propagation",
        "component": "tgw-rtb-1",
        "target": "tgw-attach-1",
    }
    assert "what it propagates is not known" in plan(site, {"changes": [spread]}).unknown[0].reason
    absent = {
        "kind": "delete-transit-gateway-route",
        "component": "tgw-rtb-1",
        "rule": "9.0.0.0/8",
    }
    assert "no static route" in plan(transit(), {"changes": [absent]}).unknown[0].reason
    assert plan(site, {"changes": [gone]}).unknown == ()
    del site["ec2.describe-transit-gateway-vpc-attachments"]
    assert plan(site, {"changes": [gone]}).unknown == ()
    # of a gateway that another account has, not even that is known
    shared = transit()
    shared["ec2.describe-transit-gateways"]["TransitGateways"] = []
    again = [gone, {"kind": "associate-transit-gateway-route-table", "component": "tgw-rtb-1"}]
    again[1]["target"] = "tgw-attach-2"
    assert plan(shared, {"changes": again}).unknown == ()
    new = {name: one for name, one in VPC.items() if name != "id"}
    done = plan(shared, terraform(change("aws_ec2_transit_gateway_vpc_attachment.a", None, new)))
    assert [one.attribute for one in done.unknown] == ["transit_gateway_id"]


def test_static_routes_to_what_is_gone() -> None:
    answers = transit()
    routes = answers["ec2.search-transit-gateway-routes/tgw-rtb-1"]["Routes"]
    for one in routes:
        one["Type"] = "static"
    gone = {"kind": "delete-transit-gateway-attachment", "component": "tgw-attach-2"}
    done = plan(answers, {"changes": [gone]})
    (left,) = [
        one.items
        for one in done.snapshot.places[0].answered
        if one.call == "ec2.search-transit-gateway-routes"
    ]
    assert sorted(getattr(one, "state", "") for one in left) == [
        "active",
        "active",
        "blackhole",
        "blackhole",
    ]


def test_routes_to_prefix_lists() -> None:
    answers = transit()
    answers["ec2.get-managed-prefix-list-entries/pl-1"] = {"Entries": [{"Cidr": "10.1.0.0/24"}]}
    new = {"transit_gateway_route_table_id": "tgw-rtb-1", "prefix_list_id": "pl-1"}
    drop = new | {"blackhole": True}
    name = "aws_ec2_transit_gateway_prefix_list_reference.p"
    assert reached(planned(answers, (name, None, drop))) == (False, True)
    back = drop | {"blackhole": False, "transit_gateway_attachment_id": "tgw-attach-1"}
    done = plan(answers, terraform(change(name, None, drop)))
    assert done.unknown == ()
    assert (
        "has no static route"
        in plan(answers, terraform(change(name, drop, back))).unknown[0].reason
    )


# -- PrivateLink ------------------------------------------------------------------------------------------------------


def test_endpoint_services() -> None:
    answers = fronted().answers()
    behind = {"eni-7", "i-1"}
    new = {
        "acceptance_required": False,
        "network_load_balancer_arns": [NLB],
        "allowed_principals": ["*"],
    }
    name = "aws_vpc_endpoint_service.s"
    edge = f"privatelink-v4:vpce-svc-({name})"
    assert moves(planned(answers, (name, None, new)), edge) == (behind, set())
    closed = new | {"acceptance_required": True}
    assert moves(planned(answers, (name, None, closed)), edge) == NOTHING
    nobody = {one: value for one, value in new.items() if one != "allowed_principals"}
    assert moves(planned(answers, (name, None, nobody)), edge) == NOTHING
    properties = {"AcceptanceRequired": False, "NetworkLoadBalancerArns": [NLB]}
    found = difference(
        answers,
        change_set(stack("AWS::EC2::VPCEndpointService", None, properties)),
    )
    assert found.opens == ()
    gateway = nobody | {
        "gateway_load_balancer_arns": ["arn:gwlb"],
        "network_load_balancer_arns": [],
    }
    assert unknown(plan(answers, terraform(change(name, None, gateway)))) == [
        (name, "gateway_load_balancer_arns")
    ]


OPENED: tuple[set[str], set[str]] = ({"eni-7", "i-1"}, set())
CLOSED: tuple[set[str], set[str]] = (set(), {"eni-7", "i-1"})


def test_who_may_connect() -> None:
    open_, shut = OPENED, CLOSED
    closed = linked(fronted(), AcceptanceRequired=False).answers()
    opened = linked(fronted(), allowed=("*",), AcceptanceRequired=False).answers()
    may = {"component": "vpce-svc-1", "rule": "*"}
    allow, disallow = (
        may | {"kind": f"{one}-endpoint-service-principal"} for one in ("allow", "disallow")
    )
    assert moves(listed(closed, allow), SERVICE) == open_
    assert moves(listed(opened, disallow), SERVICE) == shut
    name = "aws_vpc_endpoint_service_allowed_principal.p"
    one = {"vpc_endpoint_service_id": "vpce-svc-1", "principal_arn": "*"}
    assert moves(planned(closed, (name, None, one)), SERVICE) == open_
    assert moves(planned(opened, (name, one, None)), SERVICE) == shut
    several = {"ServiceId": "vpce-svc-1", "AllowedPrincipals": ["*"]}
    kind = "AWS::EC2::VPCEndpointServicePermissions"
    assert moves(stacked(closed, kind, None, several), SERVICE) == open_
    service = {
        "id": "vpce-svc-1",
        "acceptance_required": False,
        "network_load_balancer_arns": [NLB],
    }
    gone = planned(opened, ("aws_vpc_endpoint_service.s", service, None))
    assert moves(gone, SERVICE) == shut
    deleted = {"kind": "delete-endpoint-service", "component": "vpce-svc-1"}
    assert moves(listed(opened, deleted), SERVICE) == shut
    asked = planned(
        opened, ("aws_vpc_endpoint_service.s", service, service | {"acceptance_required": True})
    )
    assert moves(asked, SERVICE) == shut


def test_connections() -> None:
    open_, shut = OPENED, CLOSED
    waiting = linked(fronted(), "vpce-9", state="pendingAcceptance").answers()
    connected = linked(fronted(), "vpce-9").answers()
    one = {"component": "vpce-svc-1", "rule": "vpce-9"}
    assert moves(listed(waiting, one | {"kind": "accept-endpoint-connection"}), SERVICE) == open_
    assert moves(listed(connected, one | {"kind": "reject-endpoint-connection"}), SERVICE) == shut
    new = {"vpc_endpoint_service_id": "vpce-svc-1", "vpc_endpoint_id": "vpce-8"}
    name = "aws_vpc_endpoint_connection_accepter.a"
    assert moves(planned(waiting, (name, None, new)), SERVICE) == open_
    old = new | {"vpc_endpoint_id": "vpce-9"}
    assert moves(planned(connected, (name, old, None)), SERVICE) == shut


def test_endpoints_open_private_apis() -> None:
    scoped = policy(statement(Condition={"StringEquals": {"aws:SourceVpce": "vpce-9"}}))
    answers = rest(policy=scoped, endpointConfiguration={"types": ["PRIVATE"]})
    service = "com.amazonaws.eu-west-1.execute-api"
    new = {"vpc_id": "vpc-1", "vpc_endpoint_type": "Interface", "service_name": service}
    name = "aws_vpc_endpoint.e"
    done = plan(answers, terraform(change(name, None, new)))
    assert (done.unknown, len(done.snapshot.places[0].endpoints)) == ((), 1)
    gateway = {"vpc_id": "vpc-1", "service_name": "s3", "route_table_ids": ["rtb-1"]}
    done = plan(answers, terraform(change(name, None, gateway)))
    assert unknown(done) == [(name, "route_table_ids")]
    there = {"id": "vpce-9"} | new
    estate = simple(tcp(22, v4=("0.0.0.0/0",)))
    estate.extra["ec2.describe-vpc-endpoints"] = {"VpcEndpoints": [{"VpcEndpointId": "vpce-9"}]}
    done = plan(estate.answers(), terraform(change(name, there, None)))
    assert done.snapshot.places[0].endpoints == ()


# -- CloudFront and Global Accelerator --------------------------------------------------------------------------------

BEHIND = {"eni-7", "i-1"}
ORIGIN = {"arn": NLB, "http_port": 80, "https_port": 443, "origin_protocol_policy": "https-only"}


def test_distributions() -> None:
    on, off = clouded(fronted()).answers(), clouded(fronted(), enabled=False).answers()
    for kind, answers, expected in (
        ("disable-distribution", on, (set(), BEHIND)),
        ("enable-distribution", off, (BEHIND, set())),
    ):
        assert moves(listed(answers, {"kind": kind, "component": "E1"}), CLOUD) == expected
    name = "aws_cloudfront_distribution.d"
    used = [{"vpc_origin_config": [{"vpc_origin_id": "vo_1"}]}]
    there = {"id": "E1", "enabled": True, "origin": used}
    assert moves(planned(on, (name, there, None)), CLOUD) == (set(), BEHIND)
    assert moves(planned(on, (name, there, there | {"enabled": False})), CLOUD) == (set(), BEHIND)
    assert moves(planned(on, (name, there, there | {"origin": [{}]})), CLOUD) == (set(), BEHIND)
    kind = "AWS::CloudFront::Distribution"
    inner = {"Enabled": True, "Origins": [{"VpcOriginConfig": {"VpcOriginId": "vo_1"}}]}
    before, after = ({"DistributionConfig": inner | {"Enabled": one}} for one in (False, True))
    assert moves(stacked(off, kind, before, after, "E1"), CLOUD) == (BEHIND, set())
    new = planned(on, (name, None, {"enabled": True, "origin": used}))
    assert moves(new, f"cloudfront-v4:({name})") == (BEHIND, set())


def test_origins() -> None:
    answers = clouded(fronted(), HTTPSPort=8080).answers()
    name = "aws_cloudfront_vpc_origin.o"
    before = {"id": "vo_1", "vpc_origin_endpoint_config": [ORIGIN | {"https_port": 8080}]}
    after = before | {"vpc_origin_endpoint_config": [ORIGIN]}
    assert moves(planned(answers, (name, before, after)), CLOUD)[0] == BEHIND
    kind = "AWS::CloudFront::VpcOrigin"
    inner = {"Arn": NLB, "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    found = stacked(answers, kind, {}, {"VpcOriginEndpointConfig": inner}, "vo_1")
    assert moves(found, CLOUD)[0] == BEHIND
    short = before | {"vpc_origin_endpoint_config": [{"arn": NLB}]}
    assert moves(planned(answers, (name, before, short)), CLOUD)[0] == BEHIND
    assert unknown(plan(answers, terraform(change(name, before, None)))) == [(name, "id")]


def test_accelerators() -> None:
    on = sped(fronted(), INSTANCE).answers()
    off = sped(fronted(), INSTANCE, Enabled=False).answers()
    for kind, before, expected in (
        ("disable-accelerator", on, (set(), {"i-1"})),
        ("enable-accelerator", off, ({"i-1"}, set())),
    ):
        assert moves(listed(before, {"kind": kind, "component": SPEED}), FAST) == expected
    there = {"id": SPEED, "name": "fast", "enabled": True}
    name = "aws_globalaccelerator_accelerator.a"
    assert moves(planned(on, (name, there, None)), FAST) == (set(), {"i-1"})
    assert moves(planned(off, (name, there | {"enabled": False}, there)), FAST) == ({"i-1"}, set())
    listener = {
        "id": LISTENER,
        "accelerator_arn": SPEED,
        "protocol": "TCP",
        "port_range": [{"from_port": 443, "to_port": 443}],
    }
    wide = listener | {"port_range": [{"from_port": 80, "to_port": 443}]}
    name = "aws_globalaccelerator_listener.l"
    assert moves(planned(on, (name, listener, wide)), FAST) == ({"i-1"}, set())
    assert moves(planned(on, (name, listener, None)), FAST) == (set(), {"i-1"})
    absent = listener | {"id": f"{SPEED}/listener/zz"}
    assert "no listener" in plan(on, terraform(change(name, absent, None))).unknown[0].reason
    partly = listener | {"port_range": [{"from_port": 443}]}
    assert (
        "ports are not known" in plan(on, terraform(change(name, None, partly))).unknown[0].reason
    )


def test_a_new_accelerator_in_parts() -> None:
    answers = sped(fronted(), INSTANCE, Enabled=False).answers()
    speed, listener = "aws_globalaccelerator_accelerator.a", "aws_globalaccelerator_listener.l"
    group = "aws_globalaccelerator_endpoint_group.g"
    ends = {
        "endpoint_configuration": [{"endpoint_id": "i-1"}],
        "port_override": [{"listener_port": 443, "endpoint_port": 8443}],
    }
    document = terraform(
        change(speed, None, {"name": "new", "enabled": True}),
        change(
            listener,
            None,
            {"port_range": [{"from_port": 443, "to_port": 443}]},
            {"accelerator_arn": True},
        ),
        change(group, None, ends, {"listener_arn": True}),
        aws_globalaccelerator_listener__l={"accelerator_arn": refer(f"{speed}.id")},
        aws_globalaccelerator_endpoint_group__g={"listener_arn": refer(f"{listener}.id")},
    )
    found = difference(answers, document)
    assert [(one.resource, one.ports.begin) for one in found.opens if "accel" in one.edge] == [
        ("i-1", 8443)
    ]
    there = {"id": "g", "listener_arn": LISTENER} | ends
    on = sped(fronted(), INSTANCE, group={"EndpointGroupArn": "g"}).answers()
    assert moves(planned(on, (group, there, None)), FAST) == (set(), {"i-1"})
    bad = there | {"port_override": [{"listener_port": 443}]}
    assert "no ports" in plan(on, terraform(change(group, there, bad))).unknown[0].reason
    kind = "AWS::GlobalAccelerator::EndpointGroup"
    properties = {
        "ListenerArn": LISTENER,
        "EndpointConfigurations": [{"EndpointId": "i-1", "ClientIPPreservationEnabled": False}],
    }
    assert moves(stacked(on, kind, properties, properties, "g"), FAST) == (set(), {"i-1"})


# -- APIs -------------------------------------------------------------------------------------------------------------

API = "api-gateway"


def shut(found: Difference) -> tuple[bool, bool]:
    opened, closed = moves(found, API)
    return bool(opened), bool(closed)


def test_apis_in_our_words() -> None:
    wide = policy(statement(Sid="all"))
    for answers in (rest(policy=wide), http(PETS)):
        disable = {"kind": "disable-api-endpoint", "component": "api1"}
        assert shut(listed(answers, disable)) == (False, True)
        ask = {"kind": "require-api-authorization", "component": "api1", "rule": "GET /pets"}
        assert shut(listed(answers, ask)) == (False, True)
        other = ask | {"rule": "PUT /pets"}
        assert "it has no" in plan(answers, {"changes": [other]}).unknown[0].reason
    for name in ("all", "1"):
        gone = {"kind": "remove-api-policy-statement", "component": "api1", "rule": name}
        assert shut(listed(rest(policy=wide), gone)) == (False, True)
    absent = {"kind": "remove-api-policy-statement", "component": "api1", "rule": "none"}
    assert "has no statement" in plan(rest(policy=wide), {"changes": [absent]}).unknown[0].reason
    for text in ("{", json.dumps({"Statement": 7}), json.dumps([])):
        done = plan(rest(policy=text), {"changes": [absent]})
        assert "its policy is malformed" in done.unknown[0].reason
    one = json.dumps({"Statement": statement(Sid="all")})
    gone = absent | {"rule": "all"}
    assert shut(listed(rest(policy=one), gone)) == (False, True)


def test_rest_apis_in_a_plan() -> None:
    answers = rest()
    api = {
        "id": "api1",
        "name": "shop",
        "endpoint_configuration": [{"types": ["REGIONAL"]}],
        "policy": "",
    }
    name = "aws_api_gateway_rest_api.a"
    assert shut(planned(answers, (name, api, None))) == (False, True)
    off = api | {"disable_execute_api_endpoint": True}
    assert shut(planned(answers, (name, api, off))) == (False, True)
    private = api | {"endpoint_configuration": [{"types": ["PRIVATE"]}]}
    assert shut(planned(answers, (name, api, private))) == (False, True)
    denied = api | {"policy": policy(statement("Deny"))}
    assert shut(planned(answers, (name, api, denied))) == (False, True)
    rule = {"rest_api_id": "api1", "policy": policy(statement("Deny"))}
    assert shut(planned(answers, ("aws_api_gateway_rest_api_policy.p", None, rule))) == (
        False,
        True,
    )
    open_ = rest(policy=policy(statement("Deny")))
    assert shut(planned(open_, ("aws_api_gateway_rest_api_policy.p", rule, None))) == (True, False)
    read = api | {"body": "{}"}
    assert unknown(plan(answers, terraform(change(name, api, read)))) == [(name, "body")]
    stage = {"rest_api_id": "api1", "stage_name": "prod"}
    gone = planned(answers, ("aws_api_gateway_stage.s", stage, None))
    assert shut(gone) == (False, True)
    same = planned(answers, ("aws_api_gateway_stage.s", None, stage))
    assert shut(same) == (False, False)


METHOD = {
    "rest_api_id": "api1",
    "resource_id": "0",
    "http_method": "GET",
    "authorization": "NONE",
}


def test_rest_methods_in_a_plan() -> None:
    answers = rest()
    name = "aws_api_gateway_method.m"
    asked = METHOD | {"authorization": "AWS_IAM"}
    assert shut(planned(answers, (name, METHOD, asked))) == (False, True)
    assert shut(planned(answers, (name, METHOD, None))) == (False, True)
    resource = {"id": "0", "rest_api_id": "api1", "path_part": "pets"}
    gone = planned(answers, ("aws_api_gateway_resource.r", resource, None))
    assert shut(gone) == (False, True)
    same = planned(answers, ("aws_api_gateway_resource.r", resource, resource))
    assert shut(same) == (False, False)
    absent = METHOD | {"resource_id": "zz"}
    assert (
        "no resource zz" in plan(answers, terraform(change(name, absent, None))).unknown[0].reason
    )
    integration = {
        "rest_api_id": "api1",
        "resource_id": "0",
        "http_method": "GET",
        "type": "AWS_PROXY",
    }
    name = "aws_api_gateway_integration.i"
    assert shut(planned(answers, (name, integration, None))) == (False, True)
    mock = integration | {"type": "MOCK"}
    assert shut(planned(answers, (name, integration, mock))) == (False, True)


def test_a_new_rest_api_in_parts() -> None:
    answers = rest()
    answers["lambda.get-policy/shop"]["Policy"] = answers["lambda.get-policy/shop"][
        "Policy"
    ].replace("api1/*", "*")
    uri = answers["apigateway.get-resources/api1"]["items"][0]["resourceMethods"]["GET"][
        "methodIntegration"
    ]["uri"]
    api = "aws_api_gateway_rest_api.n"
    later = {"rest_api_id": True, "resource_id": True}
    links = {
        "rest_api_id": refer(f"{api}.id"),
        "resource_id": refer("aws_api_gateway_resource.n.id"),
    }
    document = terraform(
        change(api, None, {"name": "new", "endpoint_configuration": [{"types": ["REGIONAL"]}]}),
        change(
            "aws_api_gateway_resource.n",
            None,
            {"path_part": "cats"},
            {"rest_api_id": True, "parent_id": True},
        ),
        change("aws_api_gateway_resource.m", None, {"path_part": "toys"},
               {"rest_api_id": True, "parent_id": True}),
        change("aws_api_gateway_method.n", None, {"http_method": "GET", "authorization": "NONE"}, later),
        change("aws_api_gateway_integration.n", None,
               {"http_method": "GET", "type": "AWS_PROXY", "uri": uri}, later),
        change("aws_api_gateway_stage.n", None, {"stage_name": "live"}, {"rest_api_id": True}),
        change("aws_api_gateway_deployment.n", None, {}, {"rest_api_id": True}),
        aws_api_gateway_resource__n={"rest_api_id": links["rest_api_id"]},
        aws_api_gateway_resource__m={
            "rest_api_id": links["rest_api_id"],
            "parent_id": refer("aws_api_gateway_resource.n.id"),
        },
        aws_api_gateway_method__n=links,
        aws_api_gateway_integration__n=links,
        aws_api_gateway_stage__n={"rest_api_id": links["rest_api_id"]},
        aws_api_gateway_deployment__n={"rest_api_id": links["rest_api_id"]},
    )  # fmt: skip
    done = plan(answers, document)
    assert done.unknown == ()
    made = done.snapshot.places[0].rest_apis[-1].id
    (paths,) = [one.items for one in done.snapshot.places[0].answered
                if (one.call, one.id) == ("apigateway.get-resources", made)]  # fmt: skip
    assert [getattr(one, "path", None) for one in paths] == ["/", "/cats", "/cats/toys"]
    assert shut(difference(answers, document)) == (True, False)


def test_resources_that_are_below_one_another() -> None:
    document = terraform(
        *(
            change(f"aws_api_gateway_resource.{one}", None, {"path_part": one, "rest_api_id": "api1"}, {"parent_id": True})
            for one in ("a", "b")
        ),
        aws_api_gateway_resource__a={"parent_id": refer("aws_api_gateway_resource.b.id")},
        aws_api_gateway_resource__b={"parent_id": refer("aws_api_gateway_resource.a.id")},
    )  # fmt: skip
    done = plan(rest(), document)
    assert [one.component for one in done.unknown] == [
        "aws_api_gateway_resource.a",
        "aws_api_gateway_resource.b",
    ]


def test_a_method_at_the_root_of_a_new_api() -> None:
    api = "aws_api_gateway_rest_api.n"
    document = terraform(
        change(api, None, {"name": "new"}),
        change(
            "aws_api_gateway_method.n",
            None,
            {"http_method": "GET"},
            {"rest_api_id": True, "resource_id": True},
        ),
        aws_api_gateway_method__n={
            "rest_api_id": refer(f"{api}.id"),
            "resource_id": refer(f"{api}.root_resource_id"),
        },
    )
    assert plan(rest(), document).unknown == ()


def test_rest_apis_in_a_change_set() -> None:
    kind = "AWS::ApiGateway::Method"
    before = {
        "RestApiId": "api1",
        "ResourceId": "0",
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
    }
    after = before | {"AuthorizationType": "AWS_IAM"}
    assert shut(stacked(rest(), kind, before, after)) == (False, True)
    mock = before | {"Integration": {"Type": "MOCK", "IntegrationResponses": []}}
    assert shut(stacked(rest(), kind, before, mock)) == (False, True)


ROUTE = {"api_id": "api1", "route_key": "GET /pets", "target": "integrations/i1"}


def test_http_apis_in_a_plan() -> None:
    answers = http(PETS)
    name = "aws_apigatewayv2_route.r"
    assert shut(planned(answers, (name, ROUTE, None))) == (False, True)
    asked = ROUTE | {"authorization_type": "JWT"}
    assert shut(planned(answers, (name, ROUTE, asked))) == (False, True)
    api = {"id": "api1", "name": "shop", "protocol_type": "HTTP"}
    name = "aws_apigatewayv2_api.a"
    assert shut(planned(answers, (name, api, None))) == (False, True)
    off = api | {"disable_execute_api_endpoint": True}
    assert shut(planned(answers, (name, api, off))) == (False, True)
    done = plan(answers, terraform(change(name, None, api | {"body": "x", "target": "y"})))
    assert unknown(done) == [(name, "body"), (name, "target")]
    stage = {"api_id": "api1", "name": "$default"}
    assert shut(planned(answers, ("aws_apigatewayv2_stage.s", stage, None))) == (False, True)
    assert shut(planned(answers, ("aws_apigatewayv2_stage.s", None, stage))) == (False, False)
    mock = {"id": "i1", "api_id": "api1", "integration_type": "MOCK"}
    name = "aws_apigatewayv2_integration.i"
    assert shut(planned(answers, (name, mock, mock | {"tags": {}}))) == (False, True)
    kind = "AWS::ApiGatewayV2::Route"
    old = {"ApiId": "api1", "RouteKey": "GET /pets", "Target": "integrations/i1"}
    assert shut(stacked(answers, kind, old, None)) == (False, True)


def test_a_new_http_api_in_parts() -> None:
    answers = http(PETS)
    answers["lambda.get-policy/shop"]["Policy"] = answers["lambda.get-policy/shop"][
        "Policy"
    ].replace("api1/*", "*")
    function = answers["apigatewayv2.get-integrations/api1"]["Items"][0]["IntegrationUri"]
    api = "aws_apigatewayv2_api.n"
    link = {"api_id": refer(f"{api}.id")}
    later = {"api_id": True}
    target = "integrations/(aws_apigatewayv2_integration.n)"
    document = terraform(
        change(api, None, {"name": "new", "protocol_type": "HTTP"}),
        change(
            "aws_apigatewayv2_integration.n",
            None,
            {"integration_type": "AWS_PROXY", "integration_uri": function},
            later,
        ),
        change(
            "aws_apigatewayv2_route.n", None, {"route_key": "$default", "target": target}, later
        ),
        change("aws_apigatewayv2_stage.n", None, {"name": "$default"}, later),
        change("aws_apigatewayv2_deployment.n", None, {}, later),
        aws_apigatewayv2_integration__n=link,
        aws_apigatewayv2_route__n=link,
        aws_apigatewayv2_stage__n=link,
        aws_apigatewayv2_deployment__n=link,
    )
    assert shut(difference(answers, document)) == (True, False)
