"""How AWS's words are resolved: rule ids, sharing between accounts, what stands in for what."""

from typing import Any

import pytest

from tests.network.estates import (
    ACCOUNT,
    PLACE,
    REGION,
    Estate,
    entry,
    permission,
    route,
    simple,
    tcp,
)
from tests.network.test_semantics import (
    OPEN_22,
    closed_code,
    exposed,
    peered,
    replace_acl,
    replace_routes,
)
from vedette.errors import ParseError
from vedette.network.describe import snapshot_from
from vedette.network.names import ec2_arn
from vedette.network.normalise.protocols import (
    OtherProtocolError,
    icmp_span,
    port_span,
    transport_of,
)
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

SSH = tcp(22, v4=("0.0.0.0/0",))


def judged(answers: dict[str, Any]) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: answers})))


def rule(identity: str, **more: Any) -> dict[str, Any]:
    plain = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IsEgress": False,
        "GroupId": "sg-1",
    }
    return {"SecurityGroupRuleId": identity, **plain, **more}


RULES = [
    rule("sgr-v4", CidrIpv4="0.0.0.0/0"),
    rule("sgr-v6", CidrIpv6="::/0"),
    rule("sgr-pl", PrefixListId="pl-1"),
    rule("sgr-ref", ReferencedGroupInfo={"GroupId": "sg-1"}),
    rule("sgr-out", CidrIpv4="0.0.0.0/0", IsEgress=True),
    rule("sgr-all", IpProtocol="-1", FromPort=-1, ToPort=-1, CidrIpv4="198.51.100.0/24"),
]


class TestRuleIds:
    def estate(self, *permissions: Any) -> Estate:
        estate = simple(*permissions)
        estate.prefix_list("pl-1", "198.51.100.0/24")
        estate.extra["ec2.describe-security-group-rules"] = {"SecurityGroupRules": RULES}
        return estate

    @staticmethod
    def used(answers: dict[str, Any]) -> set[str | None]:
        return {
            hop.rule
            for one in judged(answers).exposures
            for hop in one.path
            if hop.component_type == "AWS::EC2::SecurityGroup"
        }

    def test_rules_are_named_by_their_ids(self) -> None:
        assert self.used(self.estate(SSH).answers()) == {"sgr-v4"}
        assert self.used(self.estate(tcp(22, lists=("pl-1",))).answers()) == {"sgr-pl"}
        assert self.used(self.estate(permission("-1", v4=("198.51.100.0/24",))).answers()) == {
            "sgr-all"
        }

    def test_groups_can_be_rebuilt_from_rules_alone(self) -> None:
        answers = self.estate().answers()
        del answers["ec2.describe-security-groups"]
        found = judged(answers)
        assert self.used(answers) == {"sgr-v4", "sgr-all"}
        assert {(one.transport.value, one.ports.begin) for one in found.exposures} == {
            ("TCP", 0), ("TCP", 22), ("TCP", 23), ("UDP", 0), ("ICMP", 0),
        }  # fmt: skip

    def test_cut_rules_do_not_make_a_group(self) -> None:
        answers = self.estate().answers()
        del answers["ec2.describe-security-groups"]
        answers["ec2.describe-security-group-rules"]["NextToken"] = "more"
        assert judged(answers).exposures == ()
        assert [one.resource for one in judged(answers).unknown] == ["i-1"]


class TestSharedSubnets:
    """VPC sharing: the owner has the subnet, its ACL, its table and its gateway; the participant the interface."""

    participant = ("222233334444", REGION)

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        answers = simple(SSH, OwnerId=self.participant[0]).answers()
        mine = (
            "ec2.describe-network-interfaces",
            "ec2.describe-instances",
            "ec2.describe-security-groups",
        )
        empty = {
            "ec2.describe-network-acls": {"NetworkAcls": []},
            "ec2.describe-route-tables": {"RouteTables": []},
            "ec2.describe-internet-gateways": {"InternetGateways": []},
            "ec2.describe-subnets": answers["ec2.describe-subnets"],
        }
        theirs = {name: one for name, one in answers.items() if name not in mine}
        theirs["ec2.describe-network-interfaces"] = answers["ec2.describe-network-interfaces"]
        theirs["ec2.describe-instances"] = {"Reservations": []}
        theirs["ec2.describe-security-groups"] = {"SecurityGroups": []}
        return theirs, {name: answers[name] for name in mine} | empty

    def test_both_sides_are_joined(self) -> None:
        owner, participant = self.split()
        owner["ec2.describe-network-interfaces"] = {"NetworkInterfaces": []}
        found = reach(topology_of(snapshot_from({PLACE: owner, self.participant: participant})))
        assert [(one.resource, one.account) for one in found.exposures] == [("i-1", "222233334444")]
        assert found.unknown == ()
        assert found.exposures[0].path[1].arn == (
            f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-acl/acl-1"
        )

    def test_an_interface_that_both_describe_counts_once(self) -> None:
        owner, participant = self.split()
        found = reach(topology_of(snapshot_from({PLACE: owner, self.participant: participant})))
        assert len(found.exposures) == 1

    def test_without_the_owner_the_answer_is_unknown(self) -> None:
        _, participant = self.split()
        found = reach(topology_of(snapshot_from({self.participant: participant})))
        assert found.exposures == ()
        (gap,) = [one for one in found.unknown if one.interface and one.edge == "internet-v4"]
        assert f"nothing was recorded of {ACCOUNT}/{REGION}" in gap.reason


def test_routes_to_edges_that_are_not_judged_are_named() -> None:
    estate = replace_routes(
        simple(SSH),
        route("0.0.0.0/0", "igw-1"),
        route("10.8.0.0/16", "tgw-1"),
        route("10.9.0.0/16", "pcx-9"),
        route("10.10.0.0/16", "pcx-8", state="blackhole"),
        route("pl-404", "vgw-9"),
    )
    gaps = [
        (one.edge, one.code, one.resource)
        for one in judged(estate.answers()).unknown
        if not one.interface
    ]
    assert gaps == [
        ("transit-gateway:tgw-1", "UNKNOWN_RESOURCE", "vpc-1"),
        ("vpc-peering:pcx-9", "UNKNOWN_RESOURCE", "vpc-1"),
        ("vpn-gateway:vgw-9", "UNKNOWN_RESOURCE", "vpc-1"),
    ]


def test_a_nat_gateway_by_its_own_description() -> None:
    estate = simple(SSH, state=None)
    estate.extra["ec2.describe-nat-gateways"] = {
        "NatGateways": [
            {"NatGatewayId": "nat-1", "NatGatewayAddresses": [{"NetworkInterfaceId": "eni-1"}]}
        ]
    }
    assert closed_code(estate) == "NO_POSSIBLE_DESTINATION"


def test_a_lone_private_address() -> None:
    estate = simple(SSH)
    estate.interfaces[0] |= {"PrivateIpAddresses": [], "Association": {"PublicIp": "54.1.1.1"}}
    assert exposed(estate) == OPEN_22


def test_an_interface_without_an_address_has_no_answer() -> None:
    estate = simple(SSH)
    estate.interfaces[0] |= {"PrivateIpAddresses": [], "PrivateIpAddress": None}
    found = judged(estate.answers())
    assert (found.exposures, found.not_reachable, found.unknown) == ((), (), ())


def test_a_delegated_ipv4_prefix_is_reached_over_a_peering() -> None:
    estate = peered(tcp(22, v4=("10.0.0.0/8",)))
    estate.interfaces[0]["Ipv4Prefixes"] = [{"Ipv4Prefix": "10.1.0.64/28"}]
    found = [one.address for one in judged(estate.answers()).exposures if one.interface == "eni-1"]
    assert found == ["10.1.0.11", "10.1.0.64/28"]


def test_an_attachment_without_a_status() -> None:
    estate = simple(SSH)
    estate.interfaces[0]["Attachment"] = {"InstanceId": "i-1"}
    assert exposed(estate) == OPEN_22


def test_associations_that_are_not_in_use() -> None:
    estate = simple(SSH)
    estate.tables[0]["Associations"][0]["AssociationState"] = {"State": "disassociated"}
    estate.tables.append(
        {"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": []}
    )
    assert closed_code(estate) == "NO_ROUTE_TO_DESTINATION"
    estate.gateways[0]["Attachments"][0]["State"] = "detaching"
    assert closed_code(estate) == "NO_PATH"


def test_entries_that_match_no_judged_packet() -> None:
    """GRE is not TCP, UDP or ICMP; an association without a subnet says nothing."""
    gre = entry(1, "deny", "0.0.0.0/0", "47")
    estate = replace_acl(
        simple(SSH),
        gre,
        entry(2, "allow", "0.0.0.0/0"),
        entry(2, "allow", "0.0.0.0/0", egress=True),
    )
    estate.acls[0]["Associations"].append({"NetworkAclAssociationId": "aclassoc-1"})
    assert exposed(estate) == OPEN_22


def test_ipv6_blocks_that_are_going_away_do_not_count() -> None:
    estate = simple(SSH)
    subnet = estate.subnets[0]["Ipv6CidrBlockAssociationSet"]
    subnet[0]["Ipv6CidrBlockState"] = {"State": "disassociated"}
    subnet.append(
        {"Ipv6CidrBlock": "2001:db8:0:2::/64", "Ipv6CidrBlockState": "{'State': 'associated'}"}
    )
    subnet.append({"Ipv6CidrBlock": "2001:db8:0:3::/64"})
    estate.vpcs[0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlockState"] = {"State": "failed"}
    (vpc,) = topology_of(snapshot_from({PLACE: estate.answers()})).vpcs
    assert len(vpc.v6) == 1
    assert vpc.v6[0][0] == 0x20010DB8_0000_0002 << 64


def test_a_vpc_with_a_malformed_block_keeps_its_subnets() -> None:
    estate = simple(SSH)
    estate.vpcs[0]["CidrBlock"] = "x"
    assert exposed(estate) == OPEN_22


def test_a_subnet_without_ipv4_and_an_interface_without_a_subnet() -> None:
    estate = simple(SSH)
    estate.subnets[0]["CidrBlock"] = None
    assert exposed(estate) == OPEN_22
    estate.interfaces[0]["SubnetId"] = None
    (found,) = [one for one in judged(estate.answers()).unknown if one.edge == "internet-v4"]
    assert found.component == "subnet of vpc-1"
    estate.interfaces[0]["VpcId"] = None
    (found,) = judged(estate.answers()).unknown
    assert (found.resource, found.component) == ("i-1", "eni-1")
    assert found.reason.endswith("neither its VPC nor its subnet is known")


def test_a_peer_with_malformed_or_no_blocks() -> None:
    edge = "vpc-peering-v4:pcx-1"
    estate = peered(SSH)
    estate.peerings[0]["RequesterVpcInfo"]["CidrBlockSet"] = [{"CidrBlock": "x"}]
    unknown = {
        one.interface: one.code for one in judged(estate.answers()).unknown if one.edge == edge
    }
    assert unknown["eni-1"] == "UNKNOWN_RESOURCE"
    estate.peerings[0]["RequesterVpcInfo"] |= {"CidrBlock": None, "CidrBlockSet": []}
    unknown = {
        one.interface: one.reason for one in judged(estate.answers()).unknown if one.edge == edge
    }
    assert "the peer's blocks were not described" in unknown["eni-1"]
    estate.peerings[0]["RequesterVpcInfo"] = None
    assert not [one for one in judged(estate.answers()).not_reachable if one.edge == edge]


def test_an_ipv6_peering() -> None:
    estate = peered(tcp(22, groups=("sg-9",)), v6=("2001:db8:0:1::5",))
    estate.peerings[0]["RequesterVpcInfo"]["Ipv6CidrBlockSet"] = [
        {"Ipv6CidrBlock": "2600:0:0:2::/64"}
    ]
    estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2600:0:0:2::9"}]
    estate = replace_routes(estate, route("2600:0:0:2::/64", "pcx-1"))
    assert exposed(estate, "vpc-peering-v6:pcx-1") == {("TCP", 22, 22): ("2600:0:0:2::9/128",)}


def test_service_prefix_lists() -> None:
    answers = simple(tcp(22, lists=("pl-s3",))).answers()
    answers["ec2.describe-prefix-lists"] = {
        "PrefixLists": [
            {"PrefixListId": "pl-s3", "Cidrs": ["198.51.100.0/24"]},
            {"PrefixListId": "pl-x", "Cidrs": ["x"]},
        ]
    }
    assert [one.sources for one in judged(answers).exposures] == [("198.51.100.0/24",)]


def test_an_unknown_list_that_leads_to_the_gateway_takes_nothing_away() -> None:
    estate = replace_routes(simple(SSH), route("0.0.0.0/0", "igw-1"), route("pl-404", "igw-1"))
    found = judged(estate.answers())
    assert (len(found.exposures), found.unknown) == (1, ())


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_partitions(region: str, partition: str) -> None:
    assert (
        ec2_arn("AWS::EC2::Instance", "i-1", "1", region)
        == f"arn:{partition}:ec2:{region}:1:instance/i-1"
    )


def test_protocols() -> None:
    assert transport_of("ALL") is None
    assert port_span(-1, -1) == (0, 65535)
    assert icmp_span(-1, -1) == (0, 65535)
    for wrong in ((None, 0), (0, None), (256, 0), (0, 256), (-2, 0)):
        with pytest.raises(ParseError):
            icmp_span(*wrong)
    for bad in ((None, 1), (1, None), (2, 1), (-1, 5), (0, 65536)):
        with pytest.raises(ParseError):
            port_span(*bad)
    with pytest.raises(OtherProtocolError):
        transport_of("47")


def test_more_faults_of_recorded_answers() -> None:
    answers = simple(SSH).answers()
    answers["ec2.describe-instances"] = {"Reservations": [{"Instances": 7}]}
    assert [gap.reason for gap in snapshot_from({PLACE: answers}).missing] == [
        "Instances is missing or not a list in Reservations"
    ]
    answers = simple(SSH).answers()
    answers["lambda.list-functions"] = {"Functions": []}
    answers["lambda.get-function-url-config/f"] = {"AuthType": 7}
    answers["lambda.get-function-url-config/g"] = {}
    answers["ec2.get-managed-prefix-list-entries/pl-1"] = {"Entries": 7}
    answers["lambda.get-policy/f"] = []
    calls = [(gap.call, gap.item) for gap in snapshot_from({PLACE: answers}).missing]
    assert calls == [
        ("ec2.get-managed-prefix-list-entries", "pl-1"),
        ("lambda.get-function-url-config", "f"),
        ("lambda.get-policy", "f"),
    ]
