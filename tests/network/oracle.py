"""A packet-by-packet reading of AWS's JSON, written apart from the analyser: one yes or no for one packet.

It imports nothing of vedette, works on the raw answers with `ipaddress`, and is slow on purpose.
"""

from __future__ import annotations

import ipaddress
from functools import cache, cached_property
from typing import Any

PRIVATE = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
GLOBAL_V6 = ipaddress.ip_network("2000::/3")
NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "-1": "-1"}
WANTED = {"TCP": "6", "UDP": "17", "ICMP": "1", "ICMPV6": "58"}
ECHO = {"ICMP": {2048: 0, 3328: 3584, 3840: 4096, 4352: 4608}, "ICMPV6": {32768: 33024}}


@cache
def network(text: str) -> Any:
    return ipaddress.ip_network(text)


@cache
def bounds(text: str) -> tuple[int, int, int]:
    """Version, first and last address of a block."""
    block = network(text)
    return block.version, int(block[0]), int(block[-1])


def holds(text: str, version: int, address: int) -> bool:
    family, low, high = bounds(text)
    return family == version and low <= address <= high


class Oracle:
    """Answers for one recorded estate."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.prefix_lists = {
            name.split("/")[1]: [entry["Cidr"] for entry in answer["Entries"]]
            for name, answer in answers.items()
            if name.startswith("ec2.get-managed-prefix-list-entries/")
        }

    def items(self, call: str, member: str) -> list[Any]:
        found: list[Any] = self.answers.get(f"ec2.{call}", {}).get(member, [])
        return found

    @cached_property
    def groups(self) -> dict[str, Any]:
        return {
            one["GroupId"]: one for one in self.items("describe-security-groups", "SecurityGroups")
        }

    @cached_property
    def states(self) -> dict[str, str]:
        return {
            one["InstanceId"]: one["State"]["Name"]
            for reservation in self.items("describe-instances", "Reservations")
            for one in reservation["Instances"]
        }

    @cached_property
    def subnets(self) -> dict[str, Any]:
        return {one["SubnetId"]: one for one in self.items("describe-subnets", "Subnets")}

    def blocks(self, vpc: str) -> list[str]:
        for one in self.items("describe-vpcs", "Vpcs"):
            if one["VpcId"] == vpc:
                v4 = [block["CidrBlock"] for block in one["CidrBlockAssociationSet"]]
                v6 = [
                    block["Ipv6CidrBlock"] for block in one.get("Ipv6CidrBlockAssociationSet", [])
                ]
                return v4 + v6
        return []

    def acl(self, subnet: str) -> Any:
        acls = self.items("describe-network-acls", "NetworkAcls")
        for one in acls:
            if any(link["SubnetId"] == subnet for link in one["Associations"]):
                return one
        vpc = self.subnets[subnet]["VpcId"]
        return next(one for one in acls if one["IsDefault"] and one["VpcId"] == vpc)

    def table(self, subnet: str) -> Any:
        tables = self.items("describe-route-tables", "RouteTables")
        for one in tables:
            if any(link.get("SubnetId") == subnet for link in one["Associations"]):
                return one
        vpc = self.subnets[subnet]["VpcId"]
        return next(
            one
            for one in tables
            if one["VpcId"] == vpc and any(link.get("Main") for link in one["Associations"])
        )

    def gateway(self, vpc: str) -> str | None:
        for one in self.items("describe-internet-gateways", "InternetGateways"):
            if any(
                link["VpcId"] == vpc and link["State"] == "available" for link in one["Attachments"]
            ):
                return str(one["InternetGatewayId"])
        return None

    def peer_of(self, pcx: str, vpc: str) -> Any:
        for one in self.items("describe-vpc-peering-connections", "VpcPeeringConnections"):
            if one["VpcPeeringConnectionId"] == pcx and one["Status"]["Code"] == "active":
                sides = [one["AccepterVpcInfo"], one["RequesterVpcInfo"]]
                return next(side for side in sides if side["VpcId"] != vpc)
        return None

    # -- one packet ----------------------------------------------------------------------------------------------

    def delivered(self, eni: Any, address: Any, edge: str, packet: tuple[str, int, int]) -> bool:
        """Whether a packet (protocol, source, port) that enters at the edge is delivered to the address."""
        _, source, _ = packet
        version = address["version"]
        if not self.alive(eni):
            return False
        if edge.startswith("internet"):
            if not self.enters(eni, address, source):
                return False
        elif edge.startswith("vpc-peering"):
            peer = self.peer_of(edge.split(":")[1], eni["VpcId"])
            blocks = [block["CidrBlock"] for block in peer["CidrBlockSet"]]
            blocks += [block["Ipv6CidrBlock"] for block in peer.get("Ipv6CidrBlockSet", [])]
            if not any(holds(block, version, source) for block in blocks):
                return False
        elif any(holds(block, version, source) for block in self.blocks(eni["VpcId"])):
            return False
        if not self.acl_allows(eni["SubnetId"], packet, version, egress=False):
            return False
        return self.group_allows(eni, packet, version, edge)

    def alive(self, eni: Any) -> bool:
        attachment = eni.get("Attachment")
        if not attachment or attachment["Status"] != "attached":
            return False
        if eni["InterfaceType"] in {"lambda", "nat_gateway"}:
            return False
        instance = attachment.get("InstanceId")
        return instance is None or self.states[instance] == "running"

    def enters(self, eni: Any, address: Any, source: int) -> bool:
        if self.gateway(eni["VpcId"]) is None or self.blocked(eni):
            return False
        if address["version"] == 4:
            if address["public"] is None:
                return False
            if any(int(block[0]) <= source <= int(block[-1]) for block in PRIVATE):
                return False
        else:
            if eni.get("DenyAllIgwTraffic"):
                return False
            if ipaddress.ip_address(address["private"]) not in GLOBAL_V6:
                return False
            if not int(GLOBAL_V6[0]) <= source <= int(GLOBAL_V6[-1]):
                return False
        return not any(
            holds(block, address["version"], source) for block in self.blocks(eni["VpcId"])
        )

    def blocked(self, eni: Any) -> bool:
        options = self.answers.get("ec2.describe-vpc-block-public-access-options")
        if options is None:
            return False
        if options["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"] == "off":
            return False
        excluded = self.items(
            "describe-vpc-block-public-access-exclusions", "VpcBlockPublicAccessExclusions"
        )
        return not any(
            one["InternetGatewayExclusionMode"] == "allow-bidirectional"
            and one["State"] == "create-complete"
            and one["ResourceArn"].split("/")[-1] in {eni["SubnetId"], eni["VpcId"]}
            for one in excluded
        )

    def acl_allows(
        self, subnet: str, packet: tuple[str, int, int], version: int, *, egress: bool
    ) -> bool:
        protocol, peer, port = packet
        entries = [one for one in self.acl(subnet)["Entries"] if one["Egress"] == egress]
        for entry in sorted(entries, key=lambda one: one["RuleNumber"]):
            block = entry.get("CidrBlock") or entry["Ipv6CidrBlock"]
            if not holds(block, version, peer):
                continue
            if entry["Protocol"] not in {"-1", WANTED[protocol]}:
                continue
            if entry["Protocol"] != "-1" and not self.entry_port(entry, protocol, port):
                continue
            return bool(entry["RuleAction"] == "allow")
        return False

    @staticmethod
    def entry_port(entry: Any, protocol: str, port: int) -> bool:
        if protocol in {"TCP", "UDP"}:
            return bool(entry["PortRange"]["From"] <= port <= entry["PortRange"]["To"])
        icmp = entry["IcmpTypeCode"]
        return icmp["Type"] in {-1, port // 256} and icmp["Code"] in {-1, port % 256}

    def group_allows(self, eni: Any, packet: tuple[str, int, int], version: int, edge: str) -> bool:
        protocol, source, port = packet
        for name in eni["Groups"]:
            for permission in self.groups[name["GroupId"]]["IpPermissions"]:
                if not self.permission_port(permission, protocol, port):
                    continue
                blocks = [one["CidrIp"] for one in permission["IpRanges"]]
                blocks += [one["CidrIpv6"] for one in permission["Ipv6Ranges"]]
                for one in permission["PrefixListIds"]:
                    blocks += self.prefix_lists[one["PrefixListId"]]
                if any(holds(block, version, source) for block in blocks):
                    return True
                for pair in permission["UserIdGroupPairs"]:
                    if self.is_member(pair["GroupId"], version, source, edge, eni["VpcId"]):
                        return True
        return False

    @staticmethod
    def permission_port(permission: Any, protocol: str, port: int) -> bool:
        number = NUMBERS[permission["IpProtocol"]]
        if number == "-1":
            return True
        if number != WANTED[protocol]:
            return False
        low, high = permission["FromPort"], permission["ToPort"]
        if protocol in {"TCP", "UDP"}:
            return bool(low <= port <= high)
        return low in {-1, port // 256} and (low == -1 or high in {-1, port % 256})

    def is_member(self, group: str, version: int, source: int, edge: str, vpc: str) -> bool:
        """Only a peering keeps who is a member of what."""
        if not edge.startswith("vpc-peering"):
            return False
        peer = self.peer_of(edge.split(":")[1], vpc)
        for eni in self.items("describe-network-interfaces", "NetworkInterfaces"):
            if eni["VpcId"] != peer["VpcId"]:
                continue
            if group not in {one["GroupId"] for one in eni["Groups"]}:
                continue
            addresses = [one["PrivateIpAddress"] for one in eni["PrivateIpAddresses"]]
            addresses += [one["Ipv6Address"] for one in eni["Ipv6Addresses"]]
            for text in addresses:
                address = ipaddress.ip_address(text)
                if address.version == version and int(address) == source:
                    return True
        return False

    def answered(self, eni: Any, version: int, edge: str, packet: tuple[str, int, int]) -> bool:
        """Whether some answer to a delivered packet gets back to the client."""
        protocol, source, port = packet
        if not self.returns(eni, version, edge, source):
            return False
        if protocol in {"TCP", "UDP"}:
            return any(
                self.acl_allows(eni["SubnetId"], (protocol, source, client), version, egress=True)
                for client in self.client_ports
            )
        if port not in ECHO[protocol]:
            return False
        answer = (protocol, source, ECHO[protocol][port])
        return self.acl_allows(eni["SubnetId"], answer, version, egress=True)

    @cached_property
    def client_ports(self) -> list[int]:
        """One client port of every range that some outbound entry tells apart."""
        borders = {0}
        for acl in self.items("describe-network-acls", "NetworkAcls"):
            for entry in acl["Entries"]:
                if "PortRange" in entry:
                    borders |= {entry["PortRange"]["From"], entry["PortRange"]["To"] + 1}
        return sorted(port for port in borders if port <= 65535)

    def returns(self, eni: Any, version: int, edge: str, client: int) -> bool:
        gateway = self.gateway(eni["VpcId"]) if edge.startswith("internet") else edge.split(":")[1]
        best: tuple[int, int] | None = None
        leads = False
        for route in self.table(eni["SubnetId"])["Routes"]:
            for block, rank in self.destinations(route):
                if not holds(block, version, client):
                    continue
                preference = (-network(block).prefixlen, rank)
                if best is None or preference < best:
                    best = preference
                    target = (
                        route.get("GatewayId")
                        or route.get("NatGatewayId")
                        or route.get("VpcPeeringConnectionId")
                    )
                    leads = route["State"] == "active" and target == gateway
        return leads

    def destinations(self, route: Any) -> list[tuple[str, int]]:
        if "DestinationPrefixListId" in route:
            return [(block, 1) for block in self.prefix_lists[route["DestinationPrefixListId"]]]
        block = route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]
        return [(block, 2 if route["Origin"] == "EnableVgwRoutePropagation" else 0)]
