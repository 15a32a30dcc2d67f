"""EC2 where AWS differs from moto: each correction with the behaviour that it restores."""

import itertools
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal

pytestmark = pytest.mark.loopback


class Net(msgspec.Struct, frozen=True, kw_only=True):
    """A VPC of the test's own, in a region where the estate has none."""

    ec2: Any
    vpc: str
    subnet: str


@pytest.fixture(scope="module")
def net(aws: Aws) -> Net:
    ec2 = aws("ec2", "data", "us-east-1")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.1.0/24")["Subnet"]["SubnetId"]
    return Net(ec2=ec2, vpc=vpc, subnet=subnet)


def _in(vpc: str) -> dict[str, Any]:
    return {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}


def test_only_the_estates_regions_exist(aws: Aws) -> None:
    found = aws("ec2").describe_regions()["Regions"]
    assert [item["RegionName"] for item in found] == ["eu-central-1", "us-east-1"]


def test_there_are_no_default_networks(aws: Aws) -> None:
    assert aws("ec2", "sandbox").describe_vpcs()["Vpcs"] == []
    assert [vpc["CidrBlock"] for vpc in aws("ec2", "workloads").describe_vpcs()["Vpcs"]] == [
        "10.20.0.0/16"
    ]


def test_the_default_group_of_a_vpc_trusts_itself(net: Net) -> None:
    group = net.ec2.describe_security_groups(**_in(net.vpc))["SecurityGroups"][0]
    assert group["GroupName"] == "default"
    assert [
        (rule["IpProtocol"], [pair["GroupId"] for pair in rule["UserIdGroupPairs"]])
        for rule in group["IpPermissions"]
    ] == [("-1", [group["GroupId"]])]
    out = [
        [item["CidrIp"] for item in rule["IpRanges"]]
        + [item["CidrIpv6"] for item in rule["Ipv6Ranges"]]
        for rule in group["IpPermissionsEgress"]
    ]
    assert sorted(itertools.chain(*out)) == ["0.0.0.0/0", "::/0"]


def test_a_new_group_in_a_vpc_with_ipv6_lets_out_over_it(net: Net) -> None:
    made = net.ec2.create_security_group(GroupName="new", Description="new", VpcId=net.vpc)[
        "GroupId"
    ]
    rules = net.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [made]}])
    assert sorted(
        (rule["IsEgress"], rule.get("CidrIpv4") or rule["CidrIpv6"])
        for rule in rules["SecurityGroupRules"]
    ) == [(True, "0.0.0.0/0"), (True, "::/0")]


def _entries(acl: dict[str, Any]) -> list[tuple[bool, int, str, str]]:
    return [
        (
            item["Egress"],
            item["RuleNumber"],
            item["RuleAction"],
            item.get("CidrBlock") or item["Ipv6CidrBlock"],
        )
        for item in acl["Entries"]
    ]


def test_the_default_acl_allows_and_ends_in_deny(net: Net) -> None:
    acl = net.ec2.describe_network_acls(**_in(net.vpc))["NetworkAcls"][0]
    assert acl["IsDefault"] is True
    one_way = [
        (100, "allow", "0.0.0.0/0"),
        (101, "allow", "::/0"),
        (32767, "deny", "0.0.0.0/0"),
        (32768, "deny", "::/0"),
    ]
    assert _entries(acl) == [(egress, *entry) for egress in (True, False) for entry in one_way]


def test_a_custom_acl_ends_in_deny_too(aws: Aws) -> None:
    acls = aws("ec2", "workloads").describe_network_acls(
        Filters=[{"Name": "tag:Name", "Values": ["web-only"]}]
    )["NetworkAcls"]
    assert [entry for acl in acls for entry in _entries(acl) if entry[1] == 32767] == [
        (True, 32767, "deny", "0.0.0.0/0"),
        (False, 32767, "deny", "0.0.0.0/0"),
    ]


def test_a_route_to_a_gateway_that_left_is_a_blackhole(net: Net) -> None:
    ec2 = net.ec2
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=net.vpc)
    table = ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    def states() -> list[tuple[str, str]]:
        found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [
            (route["DestinationCidrBlock"], route["State"])
            for route in found
            if "DestinationCidrBlock" in route
        ]

    assert states() == [("10.99.0.0/16", "active"), ("0.0.0.0/0", "active")]
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=net.vpc)
    assert states() == [("10.99.0.0/16", "active"), ("0.0.0.0/0", "blackhole")]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=net.vpc)
    assert states() == [("10.99.0.0/16", "active"), ("0.0.0.0/0", "active")]


def test_a_route_to_a_peering_is_active_only_with_it(net: Net) -> None:
    ec2 = net.ec2
    other = ec2.create_vpc(CidrBlock="10.98.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=net.vpc, PeerVpcId=other)[
        "VpcPeeringConnection"
    ]
    peering_id = peering["VpcPeeringConnectionId"]
    table = ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="10.98.0.0/16", VpcPeeringConnectionId=peering_id
    )

    def state() -> str:
        found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return next(
            str(route["State"])
            for route in found
            if route.get("DestinationCidrBlock") == "10.98.0.0/16"
        )

    assert state() == "active"
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    assert state() == "blackhole"


def test_public_addresses_stand_on_the_private_ones(aws: Aws, instances: dict[str, str]) -> None:
    ec2 = aws("ec2", "workloads")
    owners = {}
    for name in ("shop-1", "shop-2"):
        instance = ec2.describe_instances(InstanceIds=[instances[name]])["Reservations"][0][
            "Instances"
        ][0]
        interface = instance["NetworkInterfaces"][0]
        association = interface["PrivateIpAddresses"][0]["Association"]
        assert association == interface["Association"]
        assert association["PublicIp"] == instance["PublicIpAddress"]
        assert association["PublicIp"].startswith("54.")
        assert association["PublicDnsName"] == (
            f"ec2-{association['PublicIp'].replace('.', '-')}.eu-central-1.compute.amazonaws.com"
        )
        owners[name] = association["IpOwnerId"]
        assert instance["PlatformDetails"] == "Linux/UNIX"
        listed = ec2.describe_network_interfaces(
            NetworkInterfaceIds=[interface["NetworkInterfaceId"]]
        )["NetworkInterfaces"][0]
        assert listed["PrivateIpAddresses"][0]["Association"]["PublicIp"] == association["PublicIp"]
    assert owners == {"shop-1": "amazon", "shop-2": "222222222222"}


def test_a_stopped_instance_keeps_its_elastic_address(aws: Aws, instances: dict[str, str]) -> None:
    ec2 = aws("ec2", "data")
    instance = ec2.describe_instances(InstanceIds=[instances["jump-1"]])["Reservations"][0][
        "Instances"
    ][0]
    assert instance["State"]["Name"] == "stopped"
    address = ec2.describe_addresses()["Addresses"][0]
    assert address["InstanceId"] == instances["jump-1"]
    assert instance["PublicIpAddress"] == address["PublicIp"]


def test_listings_come_in_pages(aws: Aws) -> None:
    ec2 = aws("ec2", "workloads")
    pages = ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["SecurityGroups"]) for page in pages] == [5]
    made = [
        ec2.create_security_group(
            GroupName=f"g{n}", Description="x", VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        )
        for n in range(2)
    ]
    assert [len(page["SecurityGroups"]) for page in pages] == [5, 2]
    for group in made:
        ec2.delete_security_group(GroupId=group["GroupId"])
    with pytest.raises(ClientError) as error:
        ec2.describe_subnets(MaxResults=5, NextToken="nonsense")
    assert refusal(error)[0] == "InvalidPaginationToken"


def test_prefix_lists_have_their_entries(aws: Aws) -> None:
    ec2 = aws("ec2", "workloads")
    found = ec2.describe_managed_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": ["offices"]}]
    )
    entries = ec2.get_managed_prefix_list_entries(
        PrefixListId=found["PrefixLists"][0]["PrefixListId"]
    )
    assert [item["Cidr"] for item in entries["Entries"]] == ["198.51.100.0/24", "203.0.113.64/26"]


def test_public_access_can_be_blocked(net: Net) -> None:
    ec2 = net.ec2
    options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert (
        options["AwsAccountId"],
        options["AwsRegion"],
        options["State"],
        options["InternetGatewayBlockMode"],
    ) == (
        "333333333333",
        "us-east-1",
        "default-state",
        "off",
    )
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    changed = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert (changed["State"], changed["InternetGatewayBlockMode"]) == (
        "update-complete",
        "block-ingress",
    )
    made = ec2.create_vpc_block_public_access_exclusion(
        SubnetId=net.subnet, InternetGatewayExclusionMode="allow-egress"
    )["VpcBlockPublicAccessExclusion"]
    listed = ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
    assert [(item["ExclusionId"], item["ResourceArn"]) for item in listed] == [
        (made["ExclusionId"], f"arn:aws:ec2:us-east-1:333333333333:subnet/{net.subnet}")
    ]
    gone = ec2.delete_vpc_block_public_access_exclusion(ExclusionId=made["ExclusionId"])
    assert gone["VpcBlockPublicAccessExclusion"]["State"] == "delete-complete"
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="off")
    with pytest.raises(ClientError):
        ec2.delete_vpc_block_public_access_exclusion(ExclusionId=made["ExclusionId"])
    with pytest.raises(ClientError) as error:
        ec2.create_vpc_block_public_access_exclusion(InternetGatewayExclusionMode="allow-egress")
    assert refusal(error)[0] == "InvalidParameterCombination"
