"""VPCs with everything that decides what can be reached."""

from typing import Any

import msgspec

from vedette_simulator.estate.model import AclEntry, Estate, GroupRule, Network, NetworkAcl, Subnet
from vedette_simulator.wire import Fields
from vedette_simulator.world import Place, World


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A network that exists: names → identifiers."""

    place: Place
    subnets: dict[str, str]
    groups: dict[str, str]


class _Builder:
    """One VPC being made."""

    def __init__(self, world: World, network: Network) -> None:
        self.world = world
        self.network = network
        self.place = Place(account=network.account, region=network.region)

    def ask(self, operation: str, **params: Any) -> Fields:
        """An operation of EC2 in the network's place."""
        return self.world.invoke("ec2", operation, params, self.place)

    def named(self, kind: str, name: str) -> list[Fields]:
        """TagSpecifications with a Name."""
        return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def clear_default_networks(world: World, estate: Estate) -> None:
    """Delete the default VPCs, as organizations that look after their accounts do."""
    for account in estate.organization.accounts:
        for region in estate.organization.regions:
            place = Place(account=account.id, region=region)
            for vpc in world.invoke("ec2", "DescribeVpcs", {}, place)["Vpcs"]:
                wanted = {"Filters": [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]}
                for subnet in world.invoke("ec2", "DescribeSubnets", wanted, place)["Subnets"]:
                    world.invoke("ec2", "DeleteSubnet", {"SubnetId": subnet["SubnetId"]}, place)
                world.invoke("ec2", "DeleteVpc", {"VpcId": vpc["VpcId"]}, place)


def make_networks(world: World, estate: Estate) -> dict[str, Made]:
    """Make every network; the result is by name."""
    return {network.name: _make(_Builder(world, network)) for network in estate.networks}


def _make(builder: _Builder) -> Made:
    network = builder.network
    vpc = builder.ask(
        "CreateVpc", CidrBlock=network.cidr, TagSpecifications=builder.named("vpc", network.name)
    )["Vpc"]["VpcId"]
    gateway = _gateway(builder, vpc) if network.internet_gateway else None
    subnets = {subnet.name: _subnet(builder, vpc, subnet) for subnet in network.subnets}
    _route_tables(builder, vpc, gateway, subnets)
    for acl in network.network_acls:
        _network_acl(builder, vpc, acl, subnets)
    return Made(place=builder.place, subnets=subnets, groups=_groups(builder, vpc))


def _gateway(builder: _Builder, vpc: str) -> str:
    made = builder.ask(
        "CreateInternetGateway",
        TagSpecifications=builder.named("internet-gateway", builder.network.name),
    )
    gateway: str = made["InternetGateway"]["InternetGatewayId"]
    builder.ask("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    return gateway


def _subnet(builder: _Builder, vpc: str, subnet: Subnet) -> str:
    made: str = builder.ask(
        "CreateSubnet",
        VpcId=vpc,
        CidrBlock=subnet.cidr,
        AvailabilityZone=builder.place.region + subnet.zone,
        TagSpecifications=builder.named("subnet", subnet.name),
    )["Subnet"]["SubnetId"]
    if subnet.map_public_ip:
        builder.ask("ModifySubnetAttribute", SubnetId=made, MapPublicIpOnLaunch={"Value": True})
    return made


def _route_tables(
    builder: _Builder, vpc: str, gateway: str | None, subnets: dict[str, str]
) -> None:
    for table in builder.network.route_tables:
        made = builder.ask(
            "CreateRouteTable",
            VpcId=vpc,
            TagSpecifications=builder.named("route-table", table.name),
        )["RouteTable"]["RouteTableId"]
        for route in table.routes if gateway else ():
            builder.ask(
                "CreateRoute",
                RouteTableId=made,
                DestinationCidrBlock=route.to,
                GatewayId=gateway,
            )
        for subnet in builder.network.subnets:
            if subnet.route_table == table.name:
                builder.ask("AssociateRouteTable", RouteTableId=made, SubnetId=subnets[subnet.name])


def _network_acl(builder: _Builder, vpc: str, acl: NetworkAcl, subnets: dict[str, str]) -> None:
    made = builder.ask(
        "CreateNetworkAcl", VpcId=vpc, TagSpecifications=builder.named("network-acl", acl.name)
    )["NetworkAcl"]["NetworkAclId"]
    for entry in acl.entries:
        builder.ask("CreateNetworkAclEntry", NetworkAclId=made, **_acl_entry(entry))
    for subnet in builder.network.subnets:
        if subnet.network_acl == acl.name:
            wanted = [{"Name": "association.subnet-id", "Values": [subnets[subnet.name]]}]
            found = builder.ask("DescribeNetworkAcls", Filters=wanted)["NetworkAcls"][0]
            association = next(
                item["NetworkAclAssociationId"]
                for item in found["Associations"]
                if item["SubnetId"] == subnets[subnet.name]
            )
            builder.ask(
                "ReplaceNetworkAclAssociation", AssociationId=association, NetworkAclId=made
            )


def _acl_entry(entry: AclEntry) -> Fields:
    fields: Fields = {
        "RuleNumber": entry.rule,
        "Egress": entry.direction == "out",
        "RuleAction": entry.action,
        "CidrBlock": entry.cidr,
        "Protocol": entry.protocol,
    }
    if entry.ports is not None:
        fields["PortRange"] = {"From": entry.ports[0], "To": entry.ports[1]}
    return fields


def _groups(builder: _Builder, vpc: str) -> dict[str, str]:
    network = builder.network
    lists = {
        item.name: builder.ask(
            "CreateManagedPrefixList",
            PrefixListName=item.name,
            AddressFamily="IPv4",
            MaxEntries=max(10, len(item.cidrs)),
            Entries=[{"Cidr": cidr} for cidr in item.cidrs],
        )["PrefixList"]["PrefixListId"]
        for item in network.prefix_lists
    }
    groups = {
        group.name: builder.ask(
            "CreateSecurityGroup",
            GroupName=group.name,
            Description=group.description,
            VpcId=vpc,
            TagSpecifications=builder.named("security-group", group.name),
        )["GroupId"]
        for group in network.security_groups
    }
    for group in network.security_groups:
        allowed = [_permission(rule, groups, lists) for rule in group.ingress]
        if allowed:
            builder.ask(
                "AuthorizeSecurityGroupIngress", GroupId=groups[group.name], IpPermissions=allowed
            )
        if group.egress is not None:
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            builder.ask(
                "RevokeSecurityGroupEgress", GroupId=groups[group.name], IpPermissions=everything
            )
            for rule in group.egress:
                permission = _permission(rule, groups, lists)
                builder.ask(
                    "AuthorizeSecurityGroupEgress",
                    GroupId=groups[group.name],
                    IpPermissions=[permission],
                )
    return groups


def _permission(rule: GroupRule, groups: dict[str, str], lists: dict[str, str]) -> Fields:
    note = {"Description": rule.description} if rule.description else {}
    fields: Fields = {"IpProtocol": rule.protocol}
    if rule.ports is not None:
        fields |= {"FromPort": rule.ports[0], "ToPort": rule.ports[1]}
    if rule.group is not None:
        return fields | {"UserIdGroupPairs": [{"GroupId": groups[rule.group], **note}]}
    if rule.prefix_list is not None:
        return fields | {"PrefixListIds": [{"PrefixListId": lists[rule.prefix_list], **note}]}
    cidr = rule.cidr or ""
    kind = ("Ipv6Ranges", "CidrIpv6") if ":" in cidr else ("IpRanges", "CidrIp")
    return fields | {kind[0]: [{kind[1]: cidr, **note}]}
