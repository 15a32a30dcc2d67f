"""A network like that of AWS's Inspector workshop, with the port sets that Amazon Inspector reported for it.

Three VPCs: a web application, a proof of concept, and a bastion between them (peered with both, VPN to the office).
Source of the expectations: the workshop's pages on its findings (amazon-inspector-network-reachability-workshop).
"""

from typing import Any

import pytest

from tests.network.estates import PLACE, Estate, route, tcp
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

WORLD, BASTION, OFFICE = ("0.0.0.0/0",), ("10.1.0.0/16",), ("192.168.0.0/16",)
ADMIN = [tcp(22, v4=BASTION), tcp(3389, v4=BASTION)]
POC_ONE, POC_TWO, DATABASE, WEB, JUMP = 1, 2, 3, 4, 5


def workshop() -> Estate:
    estate = Estate()
    estate.vpc("vpc-web", "10.0.0.0/16")
    estate.vpc("vpc-bastion", "10.1.0.0/16", gateway=False)
    estate.vpc("vpc-poc", "10.250.0.0/16")
    for subnet, vpc, block in (
        ("subnet-web", "vpc-web", "10.0.1.0/24"),
        ("subnet-db", "vpc-web", "10.0.2.0/24"),
        ("subnet-bastion", "vpc-bastion", "10.1.0.0/24"),
        ("subnet-poc", "vpc-poc", "10.250.0.0/24"),
    ):
        estate.subnet(subnet, vpc, block)
        estate.acl(f"acl-{subnet}", vpc, (subnet,))
    estate.peering("pcx-web", "vpc-web", "vpc-bastion")
    estate.peering("pcx-poc", "vpc-poc", "vpc-bastion")
    estate.vpn_gateways.append(
        {
            "VpnGatewayId": "vgw-1",
            "State": "available",
            "VpcAttachments": [{"VpcId": "vpc-bastion", "State": "attached"}],
        }
    )
    # the database subnets have the public route table by mistake
    estate.table(
        "rtb-public",
        "vpc-web",
        [route("0.0.0.0/0", "igw-web"), route("10.1.0.0/16", "pcx-web")],
        ("subnet-db",),
    )
    estate.table(
        "rtb-private",
        "vpc-web",
        [route("0.0.0.0/0", "nat-1"), route("10.1.0.0/16", "pcx-web")],
        ("subnet-web",),
    )
    # the bastion has no route to the proof of concept
    estate.table(
        "rtb-bastion",
        "vpc-bastion",
        [route("192.168.0.0/16", "vgw-1"), route("10.0.0.0/16", "pcx-web")],
        ("subnet-bastion",),
    )
    estate.table(
        "rtb-poc",
        "vpc-poc",
        [route("0.0.0.0/0", "igw-poc"), route("10.1.0.0/16", "pcx-poc")],
        ("subnet-poc",),
    )
    estate.group("sg-poc-1", tcp(80, v4=WORLD), *ADMIN, vpc="vpc-poc")
    estate.group("sg-poc-2", tcp(443, v4=WORLD), tcp(22, v4=WORLD), ADMIN[1], vpc="vpc-poc")
    estate.group("sg-db", tcp(3306, v4=WORLD), *ADMIN, vpc="vpc-web")
    estate.group("sg-web", tcp(80, groups=("sg-balancer",)), *ADMIN, vpc="vpc-web")
    estate.group("sg-bastion", tcp(22, v4=OFFICE), tcp(3389, v4=OFFICE), vpc="vpc-bastion")
    estate.interface(POC_ONE, "subnet-poc", ("sg-poc-1",), public="54.0.0.1")
    estate.interface(POC_TWO, "subnet-poc", ("sg-poc-2",), public="54.0.0.2")
    estate.interface(DATABASE, "subnet-db", ("sg-db",), public="54.0.0.3")
    estate.interface(WEB, "subnet-web", ("sg-web",), public="54.0.0.4")
    estate.interface(JUMP, "subnet-bastion", ("sg-bastion",))
    return estate


@pytest.fixture(scope="module")
def found() -> Reach:
    return reach(topology_of(snapshot_from({PLACE: workshop().answers()})))


def ports(found: Reach, number: int, edge: str) -> list[int]:
    return [
        one.ports.begin
        for one in found.exposures
        if one.resource == f"i-{number}" and one.edge.startswith(edge)
    ]


@pytest.mark.parametrize(
    ("number", "edge", "expected"),
    [
        (POC_ONE, "internet", [80]),
        (POC_TWO, "internet", [22, 443]),
        (DATABASE, "internet", [3306]),
        (WEB, "internet", []),
        (JUMP, "internet", []),
        # Inspector reports these although the bastion has no route back
        (POC_TWO, "vpc-peering", [22, 443, 3389]),
        (POC_ONE, "vpc-peering", [22, 80, 3389]),
        (DATABASE, "vpc-peering", [22, 3306, 3389]),
        (WEB, "vpc-peering", [22, 3389]),
        # a peering is not transitive, and the groups name the office alone
        (JUMP, "vpc-peering", []),
        (JUMP, "vpn-gateway", [22, 3389]),
    ],
)
def test_port_sets_are_those_of_amazon_inspector(
    found: Reach, number: int, edge: str, expected: list[int]
) -> None:
    assert ports(found, number, edge) == expected


def test_the_projection_has_amazon_inspectors_steps(found: Reach) -> None:
    (database,) = [
        one for one in found.exposures if one.resource == "i-3" and one.edge == "internet-v4"
    ]
    steps: list[Any] = [(hop.component_type, hop.component_id) for hop in database.inspector_path]
    assert steps == [
        ("AWS::EC2::InternetGateway", "igw-web"),
        ("AWS::EC2::NetworkAcl", "acl-subnet-db"),
        ("AWS::EC2::SecurityGroup", "sg-db"),
        ("AWS::EC2::NetworkInterface", "eni-3"),
        ("AWS::EC2::Instance", "i-3"),
    ]
    assert database.inspector_path[0].arn == (
        "arn:aws:ec2:eu-west-1:111122223333:internet-gateway/igw-web"
    )


def test_the_workshops_remedy_is_among_the_closing_changes(found: Reach) -> None:
    """It denies port 22 in the network ACL of the second proof of concept server."""
    (ssh,) = [
        one
        for one in found.exposures
        if one.resource == "i-2" and one.edge == "internet-v4" and one.ports.begin == 22
    ]
    kinds = [change.kind for closing in ssh.closing_changes for change in closing.changes]
    assert kinds[0] == "revoke-security-group-rule"
    assert "deny-in-network-acl" in kinds


def test_everything_is_known_but_the_balancer_is_not_there(found: Reach) -> None:
    assert found.unknown == ()
    assert {
        one.code
        for one in found.not_reachable
        if one.resource == "i-4" and one.edge == "internet-v4"
    } == {"ENI_SG_RULES_MISMATCH"}
