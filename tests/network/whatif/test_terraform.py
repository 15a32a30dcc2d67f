"""Terraform plans: each type does what its attributes say, and nothing that is not known is passed over."""

import json
from typing import Any

import pytest

from tests.network.balanced import balancer_arn, group_arn
from tests.network.estates import ACCOUNT, PLACE, REGION, entry, permission, route, simple, tcp
from tests.network.test_balancers import alb
from tests.network.test_functions import ARN, OPEN_INVOKE, OPEN_URL, recorded
from tests.network.whatif.plans import (
    change,
    compared,
    constant,
    difference,
    plan,
    ports,
    refer,
    terraform,
    unknown,
)
from vedette.errors import ParseError
from vedette.network.describe import snapshot_from
from vedette.network.whatif import terraform as terraform_module
from vedette.network.whatif.read import planned
from vedette.network.whatif.resources.catalogue import KINDS, has_no_part

WORLD = ("0.0.0.0/0",)
RULE = {
    "security_group_id": "sg-1",
    "type": "ingress",
    "protocol": "tcp",
    "from_port": 443,
    "to_port": 443,
    "cidr_blocks": ["198.51.100.0/24"],
}


def base() -> dict[str, Any]:
    """One public instance; nothing of it is IPv6."""
    estate = simple(tcp(22, v4=WORLD))
    estate.subnets[0]["Ipv6CidrBlockAssociationSet"] = []
    return estate.answers()


# -- security groups --------------------------------------------------------------------------------------------------


def test_a_rule_is_created_changed_and_deleted() -> None:
    address = "aws_security_group_rule.web"
    created = difference(base(), terraform(change(address, None, RULE)))
    assert ports(created.opens) == [("i-1", 443)]
    assert created.opens[0].sources == ("198.51.100.0/24",)
    ssh = RULE | {"from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}
    narrower = difference(
        base(), terraform(change(address, ssh, ssh | {"cidr_blocks": ["198.51.100.0/24"]}))
    )
    assert (ports(narrower.opens), ports(narrower.closes)) == ([], [("i-1", 22)])
    deleted = difference(base(), terraform(change(address, ssh, None)))
    assert ports(deleted.closes) == [("i-1", 22)]


@pytest.mark.parametrize(
    "rule",
    [
        {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "198.51.100.0/24"},
        {"ip_protocol": "-1", "cidr_ipv4": "198.51.100.0/24"},
    ],
)
def test_the_newer_rules(rule: dict[str, Any]) -> None:
    whole = rule | {"security_group_id": "sg-1"}
    address = "aws_vpc_security_group_ingress_rule.web"
    found = difference(base(), terraform(change(address, None, whole)))
    assert found.opens
    gone = difference(base(), terraform(change(address, None, whole)) | {})
    assert gone == found
    other = whole | {"cidr_ipv4": "10.0.0.0/8"}
    done = plan(base(), terraform(change(address, other, whole)))
    assert done.unknown[0].reason.startswith("sg-1: it has no rule of")


def test_rules_that_name_groups_and_lists() -> None:
    estate = simple(tcp(22, groups=("sg-1",)), permission("tcp", 23, 23, lists=("pl-1",)))
    estate.prefix_list("pl-1", "198.51.100.0/24")
    by_group = {
        "security_group_id": "sg-1",
        "ip_protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "referenced_security_group_id": f"{ACCOUNT}/sg-1",
    }
    by_list = by_group | {"from_port": 23, "to_port": 23, "prefix_list_id": "pl-1"}
    del by_list["referenced_security_group_id"]
    document = terraform(
        change("aws_vpc_security_group_ingress_rule.a", by_group, None),
        change("aws_vpc_security_group_ingress_rule.b", by_list, None),
    )
    assert ports(difference(estate.answers(), document).closes) == [("i-1", 23)]
    both = terraform(change("aws_vpc_security_group_ingress_rule.a", None, by_group | by_list))
    assert unknown(plan(estate.answers(), both)) == [("aws_vpc_security_group_ingress_rule.a", "")]
    named = by_group | {"referenced_security_group_id": "web"}
    done = plan(
        estate.answers(), terraform(change("aws_vpc_security_group_ingress_rule.a", None, named))
    )
    assert "not the id of a security group" in done.unknown[0].reason


def test_outbound_rules_are_applied() -> None:
    rule = {"security_group_id": "sg-1", "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"}
    address = "aws_vpc_security_group_egress_rule.all"
    done = plan(base(), terraform(change(address, None, rule)))
    (group,) = done.snapshot.places[0].security_groups
    assert [one.ip_protocol for one in group.ip_permissions_egress] == ["-1"]
    outbound = RULE | {"type": "egress"}
    estate = simple(tcp(22, v4=WORLD))
    estate.groups[0]["IpPermissionsEgress"] = [tcp(443, v4=("198.51.100.0/24",))]
    assert (
        plan(
            estate.answers(), terraform(change("aws_security_group_rule.web", outbound, None))
        ).unknown
        == ()
    )
    estate.groups[0]["IpPermissionsEgress"] = [permission("-1", v4=WORLD)]
    for after in (None, rule | {"cidr_ipv4": "10.0.0.0/8"}):
        assert plan(estate.answers(), terraform(change(address, rule, after))).unknown == ()


def block(first: int, *sources: str, **more: Any) -> dict[str, Any]:
    return {
        "protocol": "tcp",
        "from_port": first,
        "to_port": first,
        "cidr_blocks": list(sources),
        "description": "",
        "self": False,
        "security_groups": [],
    } | more


def test_rules_inside_a_group() -> None:
    before = {"id": "sg-1", "vpc_id": "vpc-1", "ingress": [block(22, "0.0.0.0/0")], "egress": []}
    after = before | {
        "ingress": [block(443, "198.51.100.0/24", self=True, security_groups=["sg-1"])]
    }
    found = difference(base(), terraform(change("aws_security_group.web", before, after)))
    assert (ports(found.opens), ports(found.closes)) == ([("i-1", 443)], [("i-1", 22)])
    gone = plan(base(), terraform(change("aws_security_group.web", before, None)))
    assert {one.code for one in compared(base(), gone).unknown} == {"UNKNOWN_RESOURCE"}


def test_a_new_group_is_found_by_its_reference() -> None:
    """The group, its rule and the link to an interface that is there: none of their ids is known yet."""
    document = terraform(
        change(
            "aws_security_group.web",
            None,
            {"vpc_id": "vpc-1", "name": "web"},
            {"id": True, "ingress": True},
        ),
        change(
            "aws_vpc_security_group_ingress_rule.web",
            None,
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
            {"security_group_id": True, "id": True},
        ),
        change(
            "aws_network_interface_sg_attachment.web",
            None,
            {"network_interface_id": "eni-1"},
            {"security_group_id": True},
        ),
        aws_security_group__web={"vpc_id": constant("vpc-1"), "name": constant("web")},
        aws_vpc_security_group_ingress_rule__web={
            "security_group_id": refer("aws_security_group.web.id")
        },
        aws_network_interface_sg_attachment__web={
            "security_group_id": refer("aws_security_group.web.id")
        },
    )
    assert ports(difference(base(), document).opens) == [("i-1", 443)]


def test_a_rule_of_an_unknown_group() -> None:
    rule = {name: value for name, value in RULE.items() if name != "security_group_id"}
    expressions: tuple[dict[str, Any], ...] = (
        {"security_group_id": refer("var.group")},
        {"security_group_id": refer("aws_security_group.absent[0].id")},
        {"security_group_id": {}},
        {"security_group_id": 5},
    )
    for expression in expressions:
        document = terraform(
            change("aws_security_group_rule.web", None, rule, {"security_group_id": True}),
            aws_security_group_rule__web=expression,
        )
        assert unknown(plan(base(), document)) == [
            ("aws_security_group_rule.web", ""),
            ("aws_security_group_rule.web", "security_group_id"),
        ]


# -- network ACLs -----------------------------------------------------------------------------------------------------

ENTRY = {
    "network_acl_id": "acl-1",
    "rule_number": 5,
    "rule_action": "DENY",
    "egress": False,
    "protocol": "tcp",
    "cidr_block": "0.0.0.0/0",
    "from_port": 22,
    "to_port": 22,
}


def test_entries_of_network_acls() -> None:
    address = "aws_network_acl_rule.no"
    found = difference(base(), terraform(change(address, None, ENTRY)))
    assert ports(found.closes) == [("i-1", 22)]
    estate = simple(tcp(22, v4=WORLD))
    estate.acls[0]["Entries"] = [
        *estate.acls[0]["Entries"],
        entry(5, "deny", "0.0.0.0/0", "6", (22, 22)),
    ]
    back = difference(estate.answers(), terraform(change(address, ENTRY, None)))
    assert ports(back.opens) == [("i-1", 22)]
    moved = difference(
        estate.answers(), terraform(change(address, ENTRY, ENTRY | {"from_port": 0}))
    )
    assert (moved.opens, moved.closes) == ((), ())
    for bad in ({"rule_number": None}, {"cidr_block": None}):
        assert unknown(plan(base(), terraform(change(address, None, ENTRY | bad)))) == [
            (address, "")
        ]
    assert unknown(plan(base(), terraform(change(address, ENTRY | {"rule_number": None}, None))))


def test_icmp_and_every_protocol_in_entries() -> None:
    address = "aws_network_acl_rule.no"
    icmp = ENTRY | {"protocol": "icmp", "icmp_type": 8, "icmp_code": None}
    estate = simple(permission("icmp", 8, 0, v4=WORLD))
    assert difference(estate.answers(), terraform(change(address, None, icmp))).closes
    every = ENTRY | {"protocol": "-1"}
    assert difference(estate.answers(), terraform(change(address, None, every))).closes


def acl_block(number: int, action: str) -> dict[str, Any]:
    return {
        "rule_no": number,
        "action": action,
        "protocol": "-1",
        "cidr_block": "0.0.0.0/0",
        "ipv6_cidr_block": "",
        "from_port": 0,
        "to_port": 0,
    }


def test_a_new_network_acl_and_its_subnets() -> None:
    new = {
        "vpc_id": "vpc-1",
        "ingress": [acl_block(1, "deny")],
        "egress": [acl_block(1, "allow")],
        "subnet_ids": ["subnet-1"],
    }
    document = terraform(change("aws_network_acl.no", None, new, {"id": True}))
    assert ports(difference(base(), document).closes) == [("i-1", 22)]
    there = {
        "id": "acl-1",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1"],
        "ingress": [acl_block(100, "allow")],
    }
    away = difference(
        base(), terraform(change("aws_network_acl.it", there, there | {"subnet_ids": []}))
    )
    assert [one.code for one in away.new_unknown] == ["UNKNOWN_RESOURCE"]  # no default one is known
    fewer = plan(base(), terraform(change("aws_network_acl.it", there, there | {"ingress": []})))
    assert ports(compared(base(), fewer).closes) == [("i-1", 22)]
    assert plan(base(), terraform(change("aws_network_acl.it", there, None))).unknown == ()
    link = {"network_acl_id": "acl-1", "subnet_id": "subnet-1"}
    for pair in ((None, link), (link, link | {"id": "x"}), (link, None)):
        done = plan(base(), terraform(change("aws_network_acl_association.it", *pair)))
        assert done.unknown == ()


# -- routes and gateways ----------------------------------------------------------------------------------------------

DEFAULT = {
    "route_table_id": "rtb-1",
    "destination_cidr_block": "0.0.0.0/0",
    "gateway_id": "igw-1",
    "nat_gateway_id": "",
}


def test_routes() -> None:
    address = "aws_route.out"
    assert ports(difference(base(), terraform(change(address, DEFAULT, None))).closes) == [
        ("i-1", 22)
    ]
    nat = DEFAULT | {"gateway_id": "", "nat_gateway_id": "nat-1"}
    assert difference(base(), terraform(change(address, DEFAULT, nat))).closes
    for bad in ({"gateway_id": ""}, {"destination_cidr_block": ""}):
        assert unknown(plan(base(), terraform(change(address, None, DEFAULT | bad)))) == [
            (address, "")
        ]
    assert unknown(
        plan(base(), terraform(change(address, DEFAULT | {"destination_cidr_block": ""}, None)))
    ) == [(address, "")]


def test_a_route_to_a_gateway_that_is_made_with_it() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.gateways.clear()
    estate.tables[0]["Routes"] = [route("10.1.0.0/16", "local")]
    block_unknown = {"route": [{"gateway_id": True}]}
    document = terraform(
        change("aws_internet_gateway.out", None, {"vpc_id": "vpc-1"}, {"id": True}),
        change(
            "aws_route_table.public",
            None,
            {"vpc_id": "vpc-1", "route": [{"cidr_block": "0.0.0.0/0", "nat_gateway_id": ""}]},
            block_unknown | {"id": True, "propagating_vgws": True},
        ),
        change(
            "aws_route_table_association.it",
            None,
            {"subnet_id": "subnet-1", "gateway_id": None},
            {"route_table_id": True},
        ),
        aws_internet_gateway__out={"vpc_id": constant("vpc-1")},
        aws_route_table__public={
            "route": [
                {
                    "cidr_block": constant("0.0.0.0/0"),
                    "gateway_id": refer("aws_internet_gateway.out.id"),
                }
            ]
        },
        aws_route_table_association__it={"route_table_id": refer("aws_route_table.public.id")},
    )
    assert ports(difference(estate.answers(), document).opens) == [("i-1", 22)]


def test_two_blocks_that_cannot_be_told_apart_stay_unknown() -> None:
    blocks = [{"cidr_block": "0.0.0.0/0"}, {"cidr_block": "0.0.0.0/0"}]
    document = terraform(
        change(
            "aws_route_table.it",
            None,
            {"vpc_id": "vpc-1", "route": blocks},
            {"route": [{"gateway_id": True}, True]},
        ),
        aws_route_table__it={"route": [{"gateway_id": refer("aws_internet_gateway.a.id")}] * 2},
    )
    assert ("aws_route_table.it", "route") in unknown(plan(base(), document))


def test_route_tables() -> None:
    there = {
        "id": "rtb-1",
        "vpc_id": "vpc-1",
        "route": [{"cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"}],
    }
    away = terraform(change("aws_route_table.it", there, there | {"route": []}))
    assert ports(difference(base(), away).closes) == [("i-1", 22)]
    more = there | {"propagating_vgws": ["vgw-1"]}
    assert unknown(plan(base(), terraform(change("aws_route_table.it", there, more)))) == [
        ("aws_route_table.it", "propagating_vgws")
    ]
    gone = plan(base(), terraform(change("aws_route_table.it", there, None)))
    assert compared(base(), gone).closes
    assert plan(base(), terraform(change("aws_default_route_table.it", there, None))).unknown == ()
    link = {"route_table_id": "rtb-1", "subnet_id": "subnet-1", "gateway_id": ""}
    for pair in ((link, None), (link, link | {"id": "x"})):
        done = plan(base(), terraform(change("aws_route_table_association.it", *pair)))
        assert done.unknown == ()
    edge = {"route_table_id": "rtb-1", "gateway_id": "igw-1"}
    assert (
        plan(base(), terraform(change("aws_route_table_association.e", None, edge))).unknown == ()
    )
    main = {"route_table_id": "rtb-1", "vpc_id": "vpc-1", "original_route_table_id": "rtb-2"}
    estate = simple(tcp(22, v4=WORLD))
    estate.table("rtb-2", "vpc-1", [route("10.1.0.0/16", "local")], main=True)
    estate.table("rtb-3", "vpc-2", [], main=True)
    estate.tables[0]["Associations"] = []
    found = difference(
        estate.answers(), terraform(change("aws_main_route_table_association.m", None, main))
    )
    assert ports(found.opens) == [("i-1", 22)]
    done = plan(
        estate.answers(), terraform(change("aws_main_route_table_association.m", main, None))
    )
    assert done.unknown == ()


def test_a_table_of_a_network_that_is_not_described() -> None:
    new = {"vpc_id": "vpc-9", "route": []}
    done = plan(base(), terraform(change("aws_route_table.it", None, new)))
    assert done.snapshot.places[0].route_tables[-1].routes == ()


def test_gateways() -> None:
    there = {"id": "igw-1", "vpc_id": "vpc-1"}
    address = "aws_internet_gateway.out"
    for after in (None, there | {"vpc_id": ""}):
        found = difference(base(), terraform(change(address, there, after)))
        assert ports(found.closes) == [("i-1", 22)]
    same = difference(base(), terraform(change(address, there, there | {"tags": {"a": "b"}})))
    assert same.closes == ()
    link = {"internet_gateway_id": "igw-1", "vpc_id": "vpc-1"}
    name = "aws_internet_gateway_attachment.it"
    assert difference(base(), terraform(change(name, link, None))).closes
    assert difference(base(), terraform(change(name, link, link | {"id": "x"}))).closes == ()
    vpn = {"vpn_gateway_id": "vgw-1", "vpc_id": "vpc-1"}
    inside = simple(tcp(22, v4=("10.0.0.0/8",)))
    inside.tables[0]["Routes"].append(route("10.9.0.0/16", "vgw-1", state="blackhole"))
    found = difference(inside.answers(), terraform(change(name, None, vpn)))
    assert [(one.edge, one.sources) for one in found.opens if one.transport == "TCP"] == [
        ("vpn-gateway-v4:vgw-1", ("10.9.0.0/16",))
    ]
    estate = simple(tcp(22, v4=("10.0.0.0/8",)))
    estate.vpn_gateways.append(
        {
            "VpnGatewayId": "vgw-1",
            "State": "available",
            "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
        }
    )
    estate.tables[0]["Routes"].append(route("10.9.0.0/16", "vgw-1"))
    assert difference(estate.answers(), terraform(change(name, vpn, None))).closes


def test_what_only_leads_out_opens_nothing() -> None:
    nat = {"subnet_id": "subnet-1", "allocation_id": "eipalloc-1"}
    document = terraform(
        change("aws_nat_gateway.out", None, nat, {"id": True}),
        change("aws_egress_only_internet_gateway.out", None, {"vpc_id": "vpc-1"}),
        change("aws_nat_gateway.old", nat | {"id": "nat-9"}, None),
    )
    assert difference(base(), document).opens == ()


def test_peerings() -> None:
    estate = simple(tcp(22, v4=("10.0.0.0/8",)))
    estate.vpc("vpc-2", "10.2.0.0/16")
    estate.peering("pcx-1", "vpc-1", "vpc-2")
    estate.tables[0]["Routes"].append(route("10.2.0.0/16", "pcx-1"))
    peering = {"id": "pcx-1", "vpc_id": "vpc-1", "peer_vpc_id": "vpc-2"}
    gone = difference(
        estate.answers(), terraform(change("aws_vpc_peering_connection.p", peering, None))
    )
    assert ports(gone.closes) == [("i-1", 22)]
    done = plan(base(), terraform(change("aws_vpc_peering_connection.p", None, peering)))
    assert unknown(done) == [("aws_vpc_peering_connection.p", "status")]


def test_block_public_access() -> None:
    block_it = {"internet_gateway_block_mode": "block-ingress"}
    address = "aws_vpc_block_public_access_options.it"
    assert difference(base(), terraform(change(address, None, block_it))).closes
    placed = block_it | {"aws_account_id": ACCOUNT, "aws_region": REGION}
    assert difference(base(), terraform(change(address, None, placed))).closes
    assert difference(base(), terraform(change(address, placed, None))).closes == ()


# -- what is in the network -------------------------------------------------------------------------------------------


def new_network() -> dict[str, Any]:
    """A VPC with all that makes one instance public, nothing of which is there yet."""
    one = {"id": True}
    return terraform(
        change("aws_vpc.new", None, {"cidr_block": "10.5.0.0/16"}, one),
        change("aws_subnet.new", None, {"cidr_block": "10.5.1.0/24"}, one | {"vpc_id": True}),
        change("aws_internet_gateway.new", None, {}, one | {"vpc_id": True}),
        change(
            "aws_route_table.new",
            None,
            {"route": [{"cidr_block": "0.0.0.0/0"}]},
            one | {"vpc_id": True, "route": [{"gateway_id": True}]},
        ),
        change(
            "aws_route_table_association.new",
            None,
            {},
            one | {"subnet_id": True, "route_table_id": True},
        ),
        change(
            "aws_security_group.new",
            None,
            {"ingress": [block(22, "0.0.0.0/0")]},
            one | {"vpc_id": True},
        ),
        change(
            "aws_instance.new[0]",
            None,
            {"associate_public_ip_address": True, "ami": "ami-1", "source_dest_check": True},
            one | {"subnet_id": True, "vpc_security_group_ids": [True], "private_ip": True},
        ),
        change("aws_eip.new", None, {"domain": "vpc"}, one | {"instance": True, "public_ip": True}),
        aws_vpc__new={"cidr_block": constant("10.5.0.0/16")},
        aws_subnet__new={"vpc_id": refer("aws_vpc.new.id")},
        aws_internet_gateway__new={"vpc_id": refer("aws_vpc.new.id")},
        aws_route_table__new={
            "vpc_id": refer("aws_vpc.new.id"),
            "route": [
                {
                    "cidr_block": constant("0.0.0.0/0"),
                    "gateway_id": refer("aws_internet_gateway.new.id"),
                }
            ],
        },
        aws_route_table_association__new={
            "subnet_id": refer("aws_subnet.new.id"),
            "route_table_id": refer("aws_route_table.new.id"),
        },
        aws_security_group__new={"vpc_id": refer("aws_vpc.new.id"), "ingress": constant([])},
        aws_instance__new={
            "subnet_id": refer("aws_subnet.new.id"),
            "vpc_security_group_ids": refer("aws_security_group.new.id"),
        },
        aws_eip__new={
            "instance": {
                "references": ["aws_instance.new[0].id", "aws_instance.new[0]", "aws_instance.new"]
            }
        },
    )


def test_a_whole_network_that_is_not_there_yet() -> None:
    done = plan(base(), new_network())
    assert done.unknown == ()
    found = compared(base(), done)
    assert ports(found.opens) == [("i-(aws_instance.new[0])", 22)]
    assert found.opens[0].address == "192.0.2.2"
    assert done.notes == (
        "aws_eip.new is given when it is made: 192.0.2.2 stands for it",
        "aws_instance.new[0] gets a private address when it is made: 10.5.1.4 is taken",
        "aws_instance.new[0] gets a public address when it is made: 192.0.2.1 stands for it",
    )


def test_in_a_module() -> None:
    """The same inside a module that is used twice."""
    whole = new_network()
    for one in whole["resource_changes"]:
        one["address"] = f'module.net["a"].{one["address"]}'
        one["module_address"] = 'module.net["a"]'
    root = whole["configuration"]["root_module"]
    whole["configuration"] = {"root_module": {"module_calls": {"net": {"module": root}}}}
    done = plan(base(), whole)
    assert done.unknown == ()
    assert ports(compared(base(), done).opens) == [('i-(module.net["a"].aws_instance.new[0])', 22)]


def test_without_a_configuration_references_stay_unknown() -> None:
    whole = new_network()
    del whole["configuration"]
    done = plan(base(), whole)
    assert ("aws_instance.new[0]", "subnet_id") in unknown(done)
    assert compared(base(), done).opens == ()
    for strange in (
        {"root_module": 1},
        {"root_module": {"resources": [1, {"address": "aws_vpc.new", "expressions": 1}]}},
    ):
        assert plan(base(), whole | {"configuration": strange}).unknown


INSTANCE = {
    "subnet_id": "subnet-1",
    "vpc_security_group_ids": ["sg-1"],
    "associate_public_ip_address": True,
    "private_ip": "10.1.0.77",
}


def created(after: dict[str, Any], unknown_: dict[str, Any] | None = None) -> Any:
    return plan(base(), terraform(change("aws_instance.it", None, after, unknown_)))


def test_a_new_instance() -> None:
    done = created(INSTANCE)
    assert done.unknown == ()
    assert ports(compared(base(), done).opens) == [("i-(aws_instance.it)", 22)]
    assert compared(base(), created(INSTANCE | {"associate_public_ip_address": False})).opens == ()
    assert unknown(created(INSTANCE | {"associate_public_ip_address": None})) == [
        ("aws_instance.it", "associate_public_ip_address")
    ]
    assert unknown(created(INSTANCE | {"vpc_security_group_ids": []})) == [
        ("aws_instance.it", "vpc_security_group_ids")
    ]
    named = INSTANCE | {"vpc_security_group_ids": None, "security_groups": ["default", "sg-1"]}
    assert unknown(created(named)) == [("aws_instance.it", "security_groups")]
    assert unknown(created(INSTANCE | {"ipv6_address_count": 1})) == [
        ("aws_instance.it", "ipv6_address_count")
    ]
    assert unknown(created(INSTANCE | {"launch_template": [{"id": "lt-1"}]})) == [
        ("aws_instance.it", "launch_template")
    ]
    six = created(INSTANCE | {"ipv6_addresses": ["2001:db8:0:1::9"]})
    assert six.unknown == ()


def test_an_instance_in_a_subnet_with_ipv6_may_get_an_address() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.subnets[0]["Ipv6CidrBlockAssociationSet"] = [{"Ipv6CidrBlock": "2001:db8:0:1::/64"}]
    done = plan(estate.answers(), terraform(change("aws_instance.it", None, INSTANCE)))
    assert unknown(done) == [("aws_instance.it", "ipv6_addresses")]


def test_an_instance_with_interfaces_that_are_there() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2", state=None)
    new = {"network_interface": [{"network_interface_id": "eni-2", "device_index": 0}]}
    done = plan(estate.answers(), terraform(change("aws_instance.it", None, new)))
    assert done.unknown == ()
    assert ("i-(aws_instance.it)", 22) in ports(compared(estate.answers(), done).opens)


def test_an_instance_is_changed_and_terminated() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.group("sg-2", tcp(443, v4=WORLD))
    there = {"id": "i-1", "vpc_security_group_ids": ["sg-1"]}
    moved = difference(
        estate.answers(),
        terraform(change("aws_instance.it", there, there | {"vpc_security_group_ids": ["sg-2"]})),
    )
    assert (ports(moved.opens), ports(moved.closes)) == ([("i-1", 443)], [("i-1", 22)])
    gone = difference(base(), terraform(change("aws_instance.it", there, None)))
    assert ports(gone.closes) == [("i-1", 22)]
    done = plan(
        base(), terraform(change("aws_instance.it", there, there | {"private_ip": "10.1.0.5"}))
    )
    assert unknown(done) == [("aws_instance.it", "private_ip")]
    replaced = change("aws_instance.it", there, INSTANCE, {"id": True})
    found = compared(base(), plan(base(), terraform(replaced)))
    assert (ports(found.opens), ports(found.closes)) == (
        [("i-(aws_instance.it)", 22)],
        [("i-1", 22)],
    )


def test_the_primary_interface_is_needed() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.interface(2, "subnet-1", ("sg-1",))
    for one in estate.interfaces:
        one["Attachment"]["InstanceId"] = "i-1"
    there = {"id": "i-1", "vpc_security_group_ids": ["sg-1"]}
    document = terraform(
        change("aws_instance.it", there, there | {"vpc_security_group_ids": ["sg-2"]})
    )
    assert unknown(plan(estate.answers(), document)) == [("aws_instance.it", "")]
    estate.interfaces[1]["Attachment"]["DeviceIndex"] = 0
    assert unknown(plan(estate.answers(), document)) == []


def test_interfaces() -> None:
    new = {
        "subnet_id": "subnet-1",
        "security_groups": ["sg-1"],
        "private_ips": ["10.1.0.80", "10.1.0.81"],
    }
    address = "aws_network_interface.it"
    attached = new | {"attachment": [{"instance": "i-1", "device_index": 1}]}
    done = plan(base(), terraform(change(address, None, attached)))
    assert done.unknown == ()
    (made,) = [
        one for one in done.snapshot.places[0].interfaces if "aws" in one.network_interface_id
    ]
    assert [one.private_ip_address for one in made.private_ip_addresses] == [
        "10.1.0.80",
        "10.1.0.81",
    ]
    assert made.attachment is not None
    assert unknown(plan(base(), terraform(change(address, None, {"subnet_id": "subnet-1"})))) == [
        (address, "security_groups")
    ]
    there = {"id": "eni-1", "security_groups": ["sg-1"], "private_ips": ["10.1.0.11"]}
    away = there | {"security_groups": []}
    assert plan(base(), terraform(change(address, there, away))).unknown == ()
    assert unknown(
        plan(base(), terraform(change(address, there, there | {"private_ips": []})))
    ) == [(address, "private_ips")]
    assert ports(difference(base(), terraform(change(address, there, None))).closes) == [
        ("i-1", 22)
    ]


def test_links_of_interfaces() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.group("sg-2", tcp(443, v4=WORLD))
    name = "aws_network_interface_sg_attachment.it"
    link = {"network_interface_id": "eni-1", "security_group_id": "sg-1"}
    other = link | {"security_group_id": "sg-2"}
    moved = difference(estate.answers(), terraform(change(name, link, other)))
    assert (ports(moved.opens), ports(moved.closes)) == ([("i-1", 443)], [("i-1", 22)])
    name = "aws_network_interface_attachment.it"
    fixed: dict[str, Any] = {
        "network_interface_id": "eni-1",
        "instance_id": "i-1",
        "device_index": 0,
    }
    assert difference(base(), terraform(change(name, fixed, None))).closes
    assert difference(base(), terraform(change(name, fixed, fixed | {"id": "x"}))).closes == ()


def test_public_addresses() -> None:
    estate = simple(tcp(22, v4=WORLD), public=None)
    estate.interface(2, "subnet-1", ("sg-1",))
    estate.extra["ec2.describe-addresses"] = {
        "Addresses": [{"AllocationId": "eipalloc-1", "PublicIp": "54.1.1.1"}]
    }
    answers = estate.answers()
    there = {"id": "eipalloc-1", "public_ip": "54.1.1.1", "instance": "", "network_interface": ""}
    address = "aws_eip.it"
    given = difference(answers, terraform(change(address, there, there | {"instance": "i-2"})))
    assert ports(given.opens) == [("i-2", 22)]
    new = {
        "network_interface": "eni-1",
        "public_ip": "54.1.1.9",
        "associate_with_private_ip": "10.1.0.11",
    }
    assert [
        one.address for one in difference(answers, terraform(change(address, None, new))).opens
    ] == ["54.1.1.9"]
    link = {"allocation_id": "eipalloc-1", "network_interface_id": "eni-1"}
    name = "aws_eip_association.it"
    linked = plan(answers, terraform(change(name, None, link)))
    assert ports(compared(answers, linked).opens) == [("i-1", 22)]
    estate.interfaces[0]["PrivateIpAddresses"][0]["Association"] = {"PublicIp": "54.1.1.1"}
    answers = estate.answers()
    for document in (
        terraform(change(name, link, None)),
        terraform(change(address, there | {"network_interface": "eni-1"}, None)),
        terraform(change(address, there | {"network_interface": "eni-1"}, there)),
    ):
        assert ports(difference(answers, document).closes) == [("i-1", 22)]
    moved = difference(
        answers, terraform(change(name, link, link | {"network_interface_id": "eni-2"}))
    )
    assert (ports(moved.opens), ports(moved.closes)) == ([("i-2", 22)], [("i-1", 22)])
    done = plan(answers, terraform(change(name, None, link | {"allocation_id": "eipalloc-9"})))
    assert unknown(done) == [(name, "")]
    same = difference(answers, terraform(change(address, there, there | {"tags": {"a": "b"}})))
    assert same.opens == ()


def test_networks() -> None:
    vpc = {"id": "vpc-1", "cidr_block": "10.1.0.0/16"}
    six = vpc | {"ipv6_cidr_block": "2001:db8::/56"}
    assert unknown(plan(base(), terraform(change("aws_vpc.it", vpc, six)))) == [
        ("aws_vpc.it", "ipv6_cidr_block")
    ]
    assert (
        plan(
            base(), terraform(change("aws_vpc.it", vpc, vpc | {"enable_dns_support": True}))
        ).unknown
        == ()
    )
    assert plan(base(), terraform(change("aws_vpc.it", vpc, None))).unknown == ()
    assert (
        plan(
            base(),
            terraform(
                change(
                    "aws_vpc.new",
                    None,
                    {"cidr_block": "10.6.0.0/16", "ipv6_cidr_block": "2001:db8:6::/56"},
                )
            ),
        ).unknown
        == ()
    )
    chosen = {"cidr_block": "10.6.0.0/16", "assign_generated_ipv6_cidr_block": True}
    assert unknown(plan(base(), terraform(change("aws_vpc.new", None, chosen)))) == [
        ("aws_vpc.new", "ipv6_cidr_block")
    ]
    subnet = {"id": "subnet-1", "vpc_id": "vpc-1", "cidr_block": "10.1.0.0/24"}
    for after in (
        None,
        subnet | {"ipv6_cidr_block": "2001:db8:0:1::/64"},
        subnet | {"tags": {"a": "b"}},
    ):
        assert plan(base(), terraform(change("aws_subnet.it", subnet, after))).unknown == ()
    both = {"vpc_id": "vpc-1", "cidr_block": "10.1.9.0/24", "ipv6_cidr_block": "2001:db8:0:9::/64"}
    assert plan(base(), terraform(change("aws_subnet.new", None, both))).unknown == ()


def test_no_address_is_left() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.subnets[0]["CidrBlock"] = "10.1.0.0/30"
    new = {name: value for name, value in INSTANCE.items() if name != "private_ip"}
    done = plan(estate.answers(), terraform(change("aws_instance.it", None, new)))
    assert "no free address" in done.unknown[0].reason
    del estate.subnets[0]["CidrBlock"]
    done = plan(estate.answers(), terraform(change("aws_instance.it", None, new)))
    assert "it has no IPv4 block" in done.unknown[0].reason


# -- load balancers ---------------------------------------------------------------------------------------------------


def new_balancer(**balancer: Any) -> dict[str, Any]:
    """A load balancer before an instance that only its group lets in."""
    action = [{"type": "forward", "order": 1}]
    return terraform(
        change(
            "aws_lb.web",
            None,
            {
                "name": "web2",
                "internal": False,
                "subnets": ["subnet-lb", "subnet-app"],
                "security_groups": ["sg-lb"],
            }
            | balancer,
            {"id": True, "arn": True},
        ),
        change(
            "aws_lb_target_group.web",
            None,
            {
                "name": "web2",
                "port": 8080,
                "protocol": "HTTP",
                "vpc_id": "vpc-1",
                "preserve_client_ip": None,
            },
            {"id": True, "arn": True, "preserve_client_ip": True},
        ),
        change(
            "aws_lb_listener.web",
            None,
            {"port": 80, "protocol": "HTTP", "default_action": action},
            {"id": True, "load_balancer_arn": True, "default_action": [{"target_group_arn": True}]},
        ),
        change(
            "aws_lb_target_group_attachment.web",
            None,
            {"target_id": "i-1", "port": 8080},
            {"target_group_arn": True},
        ),
        aws_lb__web={},
        aws_lb_target_group__web={},
        aws_lb_listener__web={
            "load_balancer_arn": refer("aws_lb.web.arn"),
            "default_action": [
                {
                    "type": constant("forward"),
                    "target_group_arn": refer("aws_lb_target_group.web.arn"),
                }
            ],
        },
        aws_lb_target_group_attachment__web={
            "target_group_arn": refer("aws_lb_target_group.web.arn")
        },
    )


def test_a_new_load_balancer() -> None:
    answers = alb().answers()
    done = plan(answers, new_balancer())
    assert done.unknown == ()
    found = compared(answers, done)
    assert ports(found.opens) == [("eni-(aws_lb.web in subnet-lb)", 80), ("i-1", 8080)]
    inner = compared(answers, plan(answers, new_balancer(internal=True)))
    assert inner.opens == ()
    mapped = new_balancer(
        subnets=[], subnet_mapping=[{"subnet_id": "subnet-lb"}, {"subnet_id": "subnet-app"}]
    )
    assert len(compared(answers, plan(answers, mapped)).opens) == 2
    assert ("aws_lb.web", "") in unknown(plan(answers, new_balancer(subnets=[])))
    assert ("aws_lb.web", "security_groups") in unknown(
        plan(answers, new_balancer(security_groups=[]))
    )
    assert ("aws_lb.web", "ip_address_type") in unknown(
        plan(answers, new_balancer(ip_address_type="dualstack"))
    )
    network = new_balancer(load_balancer_type="network", security_groups=[])
    assert plan(answers, network).unknown == ()


def test_a_load_balancer_that_is_there() -> None:
    answers = alb().answers()
    there = {"id": balancer_arn("web"), "security_groups": ["sg-lb"], "internal": False}
    fewer = difference(
        answers, terraform(change("aws_lb.it", there, there | {"security_groups": ["sg-app"]}))
    )
    assert set(ports(fewer.closes)) == {("eni-2", 80), ("i-1", 8080)}
    gone = difference(answers, terraform(change("aws_alb.it", there, None)))
    assert set(ports(gone.closes)) == {("eni-2", 80), ("i-1", 8080)}
    assert unknown(
        plan(answers, terraform(change("aws_lb.it", there, there | {"internal": True})))
    ) == [("aws_lb.it", "internal")]


def listener(answers: dict[str, Any]) -> str:
    return str(answers["elbv2.describe-listeners/web"]["Listeners"][0]["ListenerArn"])


def test_listeners_and_their_rules() -> None:
    answers = alb().answers()
    arn = listener(answers)
    forward = {"type": "forward", "target_group_arn": group_arn("web")}
    there = {
        "id": arn,
        "load_balancer_arn": balancer_arn("web"),
        "port": 80,
        "protocol": "HTTP",
        "default_action": [forward],
    }
    fixed = there | {"default_action": [{"type": "fixed-response"}]}
    assert ports(
        difference(answers, terraform(change("aws_lb_listener.it", there, fixed))).closes
    ) == [("i-1", 8080)]
    gone = difference(answers, terraform(change("aws_lb_listener.it", there, None)))
    assert set(ports(gone.closes)) == {("eni-2", 80), ("i-1", 8080)}
    signed = there | {
        "default_action": [
            {
                "type": "authenticate-oidc",
                "authenticate_oidc": [{"on_unauthenticated_request": "deny"}],
            },
            {
                "type": "forward",
                "forward": [{"target_group": [{"arn": group_arn("web"), "weight": 1}]}],
            },
        ],
        "mutual_authentication": [{"mode": "verify"}],
    }
    found = difference(answers, terraform(change("aws_lb_listener.it", there, signed)))
    assert {one.labels for one in found.opens} == {("client-certificate", "authenticated")}
    rule = {
        "listener_arn": arn,
        "priority": 1,
        "action": [{"type": "fixed-response"}],
        "condition": [
            {"source_ip": [{"values": ["0.0.0.0/1"]}]},
        ],
    }
    narrowed = difference(answers, terraform(change("aws_lb_listener_rule.no", None, rule)))
    assert ports(narrowed.closes) == [("i-1", 8080)]
    chosen = rule | {
        "condition": [
            {"host_header": [{"values": ["a.example"]}]},
            {"http_header": [{"http_header_name": "X", "values": ["y"]}]},
            {"query_string": [{"key": "a", "value": "b"}]},
            {"path_pattern": [{"values": ["/a"]}]},
        ]
    }
    assert (
        difference(answers, terraform(change("aws_lb_listener_rule.no", None, chosen))).closes == ()
    )
    unnumbered = rule | {"priority": None}
    assert unknown(
        plan(answers, terraform(change("aws_lb_listener_rule.no", None, unnumbered)))
    ) == [("aws_lb_listener_rule.no", "priority")]
    for strange in (rule | {"id": "other"}, rule | {"listener_arn": "other"}):
        assert unknown(plan(answers, terraform(change("aws_lb_listener_rule.no", strange, None))))


def test_a_rule_that_is_there() -> None:
    estate = alb(None, ([], {"Type": "fixed-response"}))
    answers = estate.answers()
    recorded_rules = next(
        value for name, value in answers.items() if name.startswith("elbv2.describe-rules/")
    )
    identity = recorded_rules["Rules"][0]["RuleArn"]
    there = {
        "id": identity,
        "listener_arn": listener(answers),
        "priority": 5,
        "action": [],
        "condition": [],
    }
    done = plan(answers, terraform(change("aws_lb_listener_rule.it", there, None)))
    assert done.unknown == ()
    done = plan(
        answers, terraform(change("aws_lb_listener_rule.it", there, there | {"priority": 6}))
    )
    assert done.unknown == ()


def test_a_listener_whose_rules_were_not_recorded() -> None:
    answers = {
        name: value for name, value in alb().answers().items() if "describe-rules" not in name
    }
    there = {
        "id": listener(answers),
        "load_balancer_arn": balancer_arn("web"),
        "port": 80,
        "default_action": [],
    }
    document = terraform(change("aws_lb_listener.it", there, there | {"port": 81}))
    assert plan(answers, document).unknown == ()
    for name in [one for one in answers if "describe-listeners" in one]:
        del answers[name]
    assert unknown(plan(answers, document))
    rule = {"listener_arn": "x", "priority": 1, "action": [], "condition": []}
    assert unknown(plan(answers, terraform(change("aws_lb_listener_rule.no", None, rule))))


def test_target_groups() -> None:
    answers = alb().answers()
    there = {"id": group_arn("web"), "port": 8080, "protocol": "HTTP", "vpc_id": "vpc-1"}
    target = {"target_group_arn": group_arn("web"), "target_id": "i-1", "port": 8080}
    name = "aws_lb_target_group_attachment.it"
    assert ports(difference(answers, terraform(change(name, target, None))).closes) == [
        ("i-1", 8080)
    ]
    assert difference(answers, terraform(change(name, target, target | {"id": "x"}))).closes == ()
    kept = there | {
        "preserve_client_ip": "true",
        "load_balancing_cross_zone_enabled": "use_load_balancer_configuration",
    }
    assert plan(answers, terraform(change("aws_lb_target_group.it", there, kept))).unknown == ()
    gone = plan(answers, terraform(change("aws_lb_target_group.it", there, None)))
    assert compared(answers, gone).new_unknown


# -- functions --------------------------------------------------------------------------------------------------------


def test_function_urls_and_permissions() -> None:
    answers = recorded(OPEN_URL, OPEN_INVOKE)
    url = {"function_name": "f", "authorization_type": "NONE", "qualifier": ""}
    address = "aws_lambda_function_url.it"
    closed = difference(
        answers, terraform(change(address, url, url | {"authorization_type": "AWS_IAM"}))
    )
    assert {one.edge for one in closed.closes} == {"lambda-url"}
    assert difference(answers, terraform(change(address, url, None))).closes
    alias = url | {"qualifier": "live"}
    assert plan(answers, terraform(change(address, None, alias))).unknown == ()
    permission_ = {
        "function_name": ARN,
        "action": "lambda:InvokeFunctionUrl",
        "principal": "*",
        "statement_id": OPEN_URL["Sid"],
        "function_url_auth_type": "NONE",
    }
    name = "aws_lambda_permission.it"
    assert difference(answers, terraform(change(name, permission_, None))).closes
    narrowed = permission_ | {"principal_org_id": "o-1", "source_account": ACCOUNT}
    assert difference(answers, terraform(change(name, permission_, narrowed))).closes
    for principal in ("s3.amazonaws.com", "arn:aws:iam::1:root"):
        other = permission_ | {"principal": principal, "source_arn": "arn:aws:s3:::b"}
        assert difference(answers, terraform(change(name, permission_, other))).closes


def test_a_new_function_that_anybody_can_call() -> None:
    document = terraform(
        change("aws_lambda_function.f", None, {"function_name": "g"}, {"arn": True, "id": True}),
        change(
            "aws_lambda_function_url.f", None, {"function_name": "g", "authorization_type": "NONE"}
        ),
        change(
            "aws_lambda_permission.url",
            None,
            {
                "function_name": "g",
                "action": "lambda:InvokeFunctionUrl",
                "principal": "*",
                "function_url_auth_type": "NONE",
            },
        ),
        change(
            "aws_lambda_permission.call",
            None,
            {
                "function_name": "g",
                "action": "lambda:InvokeFunction",
                "principal": "*",
                "invoked_via_function_url": True,
            },
        ),
    )
    found = difference(base(), document)
    assert [one.edge for one in found.opens] == ["lambda-url"] * 2
    there: dict[str, Any] = {"id": "f", "function_name": "f"}
    answers = recorded(OPEN_URL)
    gone = difference(answers, terraform(change("aws_lambda_function.f", there, None)))
    assert [one.edge for one in gone.closes] == ["lambda-url"] * 2
    same = terraform(change("aws_lambda_function.f", there, there | {"memory_size": 256}))
    assert difference(answers, same).closes == ()


# -- what is not understood -------------------------------------------------------------------------------------------


def test_what_has_no_part_is_counted_and_what_is_not_modelled_is_said() -> None:
    document = terraform(
        change("aws_s3_bucket.a", None, {}),
        change("aws_s3_bucket.b", None, {}),
        change("random_id.c", None, {}),
        change("aws_autoscaling_group.d", None, {}),
        change("aws_route53_resolver_endpoint.e", None, {}),
        change("kubernetes_service.f", None, {}),
        change("aws_default_security_group.g", None, {}),
        change("aws_s3_bucket.h", None, None),
        change("aws_s3_bucket.data", None, {}, mode="data"),
    )
    done = plan(base(), document)
    assert done.ignored == (("aws_s3_bucket", 2), ("random_id", 1))
    assert unknown(done) == [
        ("aws_autoscaling_group.d", ""),
        ("aws_default_security_group.g", "id"),
        ("aws_route53_resolver_endpoint.e", ""),
        ("kubernetes_service.f", ""),
    ]


def test_an_attribute_that_is_not_modelled_is_said() -> None:
    document = terraform(change("aws_route.out", None, DEFAULT | {"colour": "red", "shade": ""}))
    assert unknown(plan(base(), document)) == [("aws_route.out", "colour")]
    there = DEFAULT | {"colour": "red"}
    document = terraform(change("aws_route.out", there, there | {"colour": "blue"}))
    assert unknown(plan(base(), document)) == [("aws_route.out", "colour")]
    document = terraform(change("aws_route.out", None, DEFAULT, {"colour": True}))
    assert unknown(plan(base(), document)) == [("aws_route.out", "colour")]


def test_a_list_that_may_hold_more_is_taken_and_said() -> None:
    document = terraform(
        change("aws_security_group.web", None, {"vpc_id": "vpc-1"}, {"id": True}),
        change("aws_instance.it", None, INSTANCE, {"vpc_security_group_ids": True}),
        aws_security_group__web={},
        aws_instance__it={"vpc_security_group_ids": refer("aws_security_group.web.id")},
    )
    assert unknown(plan(base(), document)) == [("aws_instance.it", "vpc_security_group_ids")]
    whole = {name: value for name, value in INSTANCE.items() if name != "vpc_security_group_ids"}
    document["resource_changes"][1] = change(
        "aws_instance.it", None, whole, {"vpc_security_group_ids": True}
    )
    assert unknown(plan(base(), document)) == [("aws_instance.it", "vpc_security_group_ids")]
    part = INSTANCE | {"vpc_security_group_ids": ["sg-1", None]}
    document["resource_changes"][1] = change(
        "aws_instance.it", None, part, {"vpc_security_group_ids": [False, True]}
    )
    assert unknown(plan(base(), document)) == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("from_port", "x", "from_port is not a whole number"),
        ("self", "maybe", "self is neither true nor false"),
        ("cidr_blocks", 5, "cidr_blocks is not a list"),
        ("cidr_blocks", [5], "cidr_blocks has something else than texts"),
        ("cidr_blocks", ["x"], "CIDR"),
        ("protocol", [], "protocol is not a text"),
        ("type", "sideways", "neither ingress nor egress"),
        ("to_port", None, "one of its ports is not known"),
        ("security_group_id", "sg-9", "sg-9: the snapshot does not have it"),
    ],
)
def test_a_resource_that_makes_no_sense_is_unclear(name: str, value: Any, reason: str) -> None:
    done = plan(
        base(), terraform(change("aws_security_group_rule.web", None, RULE | {name: value}))
    )
    assert unknown(done) == [("aws_security_group_rule.web", "")]
    assert reason in done.unknown[0].reason


@pytest.mark.parametrize("value", [5, [5]])
def test_blocks_that_make_no_sense(value: Any) -> None:
    new = {"vpc_id": "vpc-1", "ingress": value}
    assert unknown(plan(base(), terraform(change("aws_security_group.web", None, new)))) == [
        ("aws_security_group.web", "")
    ]


def test_a_single_block_and_a_single_text() -> None:
    new = {
        "vpc_id": "vpc-1",
        "ingress": block(1)
        | {"cidr_blocks": "0.0.0.0/0", "self": "true", "source_security_group_id": "sg-1"},
    }
    assert plan(base(), terraform(change("aws_security_group.web", None, new))).unknown == ()


def test_rules_with_unknown_sources() -> None:
    document = terraform(
        change(
            "aws_security_group_rule.web",
            None,
            RULE | {"cidr_blocks": ["198.51.100.0/24", None]},
            {"cidr_blocks": [False, True]},
        ),
        aws_security_group_rule__web={"cidr_blocks": refer("var.ranges")},
    )
    done = plan(base(), document)
    assert unknown(done) == [("aws_security_group_rule.web", "cidr_blocks")]
    assert ports(compared(base(), done).opens) == [("i-1", 443)]


def test_plans_that_are_not_whole() -> None:
    whole = terraform() | {"errored": True, "complete": False, "deferred_changes": [{}]}
    assert unknown(plan(base(), whole)) == [
        ("plan", "complete"),
        ("plan", "deferred_changes"),
        ("plan", "errored"),
    ]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"format_version": "2.0", "resource_changes": []}, "format 2.0"),
        ({"format_version": "1.0", "resource_changes": {}}, "not a Terraform plan"),
        (
            terraform(change("aws_vpc.a", None, None) | {"change": {"actions": ["conquer"]}}),
            "no action 'conquer'",
        ),
    ],
)
def test_plans_that_cannot_be_used(document: Any, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        plan(base(), document)


def test_every_order_gives_the_same() -> None:
    whole = new_network()
    backwards = json.loads(json.dumps(whole))
    backwards["resource_changes"].reverse()
    assert plan(base(), whole).snapshot == plan(base(), backwards).snapshot


def test_types_are_told_apart() -> None:
    assert not any(has_no_part(kind.type) for kind in KINDS)
    assert len({kind.type for kind in KINDS}) == len(KINDS)
    assert not any(kind.reads & kind.harmless for kind in KINDS)


def test_links_that_are_changed_in_place() -> None:
    answers = alb().answers()
    same = {"id": "same"}
    for address, link in (
        (
            "aws_network_acl_association.it",
            {"network_acl_id": "acl-subnet-lb", "subnet_id": "subnet-lb"},
        ),
        ("aws_route_table_association.it", {"route_table_id": "rtb-lb", "subnet_id": "subnet-lb"}),
        ("aws_internet_gateway_attachment.it", {"internet_gateway_id": "igw-1", "vpc_id": "vpc-1"}),
        (
            "aws_network_interface_attachment.it",
            {"network_interface_id": "eni-1", "instance_id": "i-1", "device_index": 0},
        ),
        (
            "aws_lb_target_group_attachment.it",
            {"target_group_arn": group_arn("web"), "target_id": "i-1", "port": 8080},
        ),
    ):
        document = terraform(change(address, link | same, link | same | {"tags": {"a": "b"}}))
        found = difference(answers, document)
        assert (found.opens, found.closes) == ((), ()), address


def test_a_permission_without_conditions() -> None:
    answers = recorded(OPEN_URL)
    new = {
        "function_name": "f",
        "action": "lambda:*",
        "principal": "*",
        "id": "Mine",
        "statement_id": "Mine",
    }
    document = terraform(change("aws_lambda_permission.it", None, new))
    assert plan(answers, document).unknown == ()
    both = answers | {
        "lambda.list-function-url-configs/g": {
            "FunctionUrlConfigs": [
                {"FunctionUrl": "https://g/", "FunctionArn": ARN[:-1] + "g", "AuthType": "NONE"}
            ]
        }
    }
    gone = terraform(change("aws_lambda_function.f", {"id": "f", "function_name": "f"}, None))
    left = plan(both, gone).snapshot.places[0].function_urls
    assert [one.function_arn for one in left] == [ARN[:-1] + "g"]


def test_each_instance_gets_an_address_of_its_own() -> None:
    new = {name: value for name, value in INSTANCE.items() if name != "private_ip"}
    done = plan(
        base(), terraform(change("aws_instance.a", None, new), change("aws_instance.b", None, new))
    )
    made = [
        one for one in done.snapshot.places[0].interfaces if one.network_interface_id != "eni-1"
    ]
    assert [one.private_ip_address for one in made] == ["10.1.0.4", "10.1.0.5"]


def test_an_unmodelled_attribute_that_stays_as_it_is() -> None:
    there = DEFAULT | {"colour": "red"}
    assert (
        plan(base(), terraform(change("aws_route.out", there, there | {"tags": {}}))).unknown == ()
    )


def test_rules_that_a_dynamic_block_may_write_stay_unknown() -> None:
    """The configuration does not show `dynamic` blocks: no rule of its own, no expression, and nothing is known."""
    document = terraform(
        change("aws_security_group.web", None, {"vpc_id": "vpc-1"}, {"id": True, "ingress": True}),
        aws_security_group__web={"vpc_id": constant("vpc-1")},
    )
    assert unknown(plan(base(), document)) == [("aws_security_group.web", "ingress")]


@pytest.mark.parametrize(
    "module",
    [
        {"resources": 5, "module_calls": 5},
        {
            "resources": [5, {"address": 5, "expressions": 5}],
            "module_calls": {"a": 5, "b": {"module": 5}},
        },
        {
            "resources": [
                {
                    "address": "aws_route.a",
                    "expressions": {"route_table_id": {"references": [5, "x"]}},
                }
            ]
        },
        {
            "resources": [
                {"address": "aws_route.a", "expressions": {"route_table_id": {"references": 5}}}
            ]
        },
    ],
)
def test_a_configuration_that_makes_no_sense_resolves_nothing(module: Any) -> None:
    new = {name: value for name, value in DEFAULT.items() if name != "route_table_id"}
    document = terraform(change("aws_route.a", None, new, {"route_table_id": True}))
    document["configuration"] = {"root_module": module}
    assert ("aws_route.a", "route_table_id") in unknown(plan(base(), document))


def test_blocks_of_a_plan_that_make_no_sense_resolve_nothing() -> None:
    document = terraform(
        change(
            "aws_route_table.it",
            None,
            {"vpc_id": "vpc-1", "route": ["x", {"cidr_block": "10.7.0.0/16"}]},
            {"route": [{"gateway_id": True}, {"gateway_id": True}]},
        ),
        aws_route_table__it={
            "route": [5, {"cidr_block": constant("10.7.0.0/16"), "gateway_id": refer("var.x")}]
        },
    )
    assert ("aws_route_table.it", "") in unknown(plan(base(), document))


def test_references_to_what_is_known_and_to_all_instances() -> None:
    document = terraform(
        change("aws_security_group.a[0]", {"id": "sg-1"}, {"id": "sg-1"}),
        change("aws_security_group.a[1]", None, {"vpc_id": "vpc-1"}, {"id": True}),
        change(
            "aws_instance.it",
            None,
            {name: value for name, value in INSTANCE.items() if name != "vpc_security_group_ids"}
            | {"vpc_security_group_ids": ["sg-1", None]},
            {"vpc_security_group_ids": [False, True]},
        ),
        change(
            "aws_network_interface_sg_attachment.x",
            None,
            {"security_group_id": "sg-1"},
            {"network_interface_id": True},
        ),
        change("aws_eip.x", None, {}, {"public_ip": True, "network_interface": True}),
        change(
            "aws_eip_association.x", None, {"network_interface_id": "eni-1"}, {"public_ip": True}
        ),
        aws_security_group__a={},
        aws_instance__it={"vpc_security_group_ids": {"references": ["aws_security_group.a"]}},
        aws_network_interface_sg_attachment__x={
            "network_interface_id": refer("aws_instance.it.primary_network_interface_id")
        },
        aws_eip__x={},
        aws_eip_association__x={"public_ip": refer("aws_eip.x.public_ip")},
    )
    done = plan(base(), document)
    assert unknown(done) == [("aws_eip_association.x", ""), ("aws_eip_association.x", "public_ip")]
    made = done.snapshot.places[0].interfaces[-1]
    assert [one.group_id for one in made.groups] == ["sg-1", "sg-(aws_security_group.a[1])"]


def test_too_many_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform_module, "_MOST", 10)
    one = change("aws_vpc.a", None, None)
    with pytest.raises(ParseError, match="more than 10 changes"):
        plan(base(), terraform() | {"resource_changes": [one] * 11})


def test_new_things_in_an_estate_of_several_places() -> None:
    """Where it is made is not known, unless something that is there says it."""
    snapshot = snapshot_from({PLACE: base(), (ACCOUNT, "us-east-1"): simple().answers()})
    document = terraform(
        change("aws_vpc.a", None, {"cidr_block": "10.7.0.0/16"}),
        change("aws_subnet.b", None, {"vpc_id": "vpc-1", "cidr_block": "10.1.7.0/24"}),
    )
    done = planned(snapshot, json.dumps(document).encode())
    assert unknown(done) == [("aws_vpc.a", "")]
    assert [len(one.subnets) for one in done.snapshot.places] == [2, 1]


def test_what_is_deleted_and_was_not_there() -> None:
    document = terraform(change("aws_vpc.it", {"id": "vpc-9"}, None))
    assert unknown(plan(base(), document)) == [("aws_vpc.it", "")]
