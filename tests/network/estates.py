"""Recorded answers made for tests: a builder for one network by hand, and random ones directed at ties and edges."""

from __future__ import annotations

import random
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
PLACE = (ACCOUNT, REGION)

V4_BLOCKS = (
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "11.0.0.0/8",
    "100.64.0.0/10",
    "100.0.0.0/8",
    "198.51.100.0/24",
    "198.51.100.0/25",
    "198.51.100.7/32",
    "198.51.100.8/32",
    "198.51.100.10/32",
    "203.0.113.0/24",
)
V6_BLOCKS = (
    "::/0",
    "2000::/3",
    "2001:db8::/32",
    "2001:db8:0:1::/64",
    "2001:db8:0:1::5/128",
    "2600::/12",
    "fd00::/8",
)
PORTS = ((0, 65535), (22, 22), (0, 1023), (1024, 65535), (80, 443), (443, 443), (32768, 60999))
ICMP = ((-1, -1), (8, -1), (8, 0), (0, 0), (3, 4))


def tcp(first: int, last: int | None = None, **sources: Any) -> dict[str, Any]:
    """A TCP permission; see `permission`."""
    return permission("tcp", first, first if last is None else last, **sources)


def permission(  # noqa: PLR0913 - the API's own members
    protocol: str,
    first: int | None = None,
    last: int | None = None,
    *,
    v4: tuple[str, ...] = (),
    v6: tuple[str, ...] = (),
    lists: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> dict[str, Any]:
    """An `IpPermission`."""
    out: dict[str, Any] = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": one} for one in v4],
        "Ipv6Ranges": [{"CidrIpv6": one} for one in v6],
        "PrefixListIds": [{"PrefixListId": one} for one in lists],
        "UserIdGroupPairs": [{"GroupId": one, "UserId": ACCOUNT} for one in groups],
    }
    if first is not None:
        out |= {"FromPort": first, "ToPort": last}
    return out


def entry(
    number: int,
    action: str,
    block: str,
    protocol: str = "-1",
    ports: tuple[int, int] | None = None,
    *,
    egress: bool = False,
) -> dict[str, Any]:
    """A `NetworkAclEntry`."""
    out: dict[str, Any] = {
        "RuleNumber": number,
        "RuleAction": action,
        "Protocol": protocol,
        "Egress": egress,
        ("Ipv6CidrBlock" if ":" in block else "CidrBlock"): block,
    }
    if protocol in {"6", "17"}:
        first, last = ports or (0, 65535)
        out["PortRange"] = {"From": first, "To": last}
    if protocol in {"1", "58"}:
        kind, code = ports or (-1, -1)
        out["IcmpTypeCode"] = {"Type": kind, "Code": code}
    return out


def route(
    destination: str, target: str, *, state: str = "active", propagated: bool = False
) -> dict[str, Any]:
    """A `Route`; the members are named after the ids."""
    where = (
        "DestinationPrefixListId"
        if destination.startswith("pl-")
        else "DestinationIpv6CidrBlock"
        if ":" in destination
        else "DestinationCidrBlock"
    )
    starts = {
        "pcx-": "VpcPeeringConnectionId",
        "nat-": "NatGatewayId",
        "eni-": "NetworkInterfaceId",
        "tgw-": "TransitGatewayId",
    }
    member = next((name for start, name in starts.items() if target.startswith(start)), "GatewayId")
    origin = "EnableVgwRoutePropagation" if propagated else "CreateRoute"
    return {where: destination, member: target, "State": state, "Origin": origin}


OPEN_ENTRIES = [
    entry(100, "allow", "0.0.0.0/0"),
    entry(101, "allow", "::/0"),
    entry(100, "allow", "0.0.0.0/0", egress=True),
    entry(101, "allow", "::/0", egress=True),
]


class Estate:
    """Recorded answers of one account in one Region, one VPC with an internet gateway to begin with."""

    def __init__(self) -> None:
        self.vpcs: list[Any] = []
        self.subnets: list[Any] = []
        self.acls: list[Any] = []
        self.tables: list[Any] = []
        self.gateways: list[Any] = []
        self.groups: list[Any] = []
        self.interfaces: list[Any] = []
        self.instances: list[Any] = []
        self.peerings: list[Any] = []
        self.vpn_gateways: list[Any] = []
        self.extra: dict[str, Any] = {}

    def vpc(self, name: str, v4: str, v6: str | None = None, *, gateway: bool = True) -> None:
        self.vpcs.append(
            {
                "VpcId": name,
                "OwnerId": ACCOUNT,
                "CidrBlock": v4,
                "CidrBlockAssociationSet": [
                    {"CidrBlock": v4, "CidrBlockState": {"State": "associated"}}
                ],
                "Ipv6CidrBlockAssociationSet": [
                    {"Ipv6CidrBlock": v6, "Ipv6CidrBlockState": {"State": "associated"}}
                ]
                if v6
                else [],
            }
        )
        if gateway:
            self.gateways.append(
                {
                    "InternetGatewayId": name.replace("vpc", "igw"),
                    "Attachments": [{"VpcId": name, "State": "available"}],
                }
            )

    def subnet(self, name: str, vpc: str, v4: str, v6: str | None = None) -> None:
        self.subnets.append(
            {
                "SubnetId": name,
                "VpcId": vpc,
                "OwnerId": ACCOUNT,
                "CidrBlock": v4,
                "Ipv6CidrBlockAssociationSet": [
                    {"Ipv6CidrBlock": v6, "Ipv6CidrBlockState": {"State": "associated"}}
                ]
                if v6
                else [],
            }
        )

    def acl(
        self,
        name: str,
        vpc: str,
        subnets: tuple[str, ...] = (),
        entries: list[Any] | None = None,
        *,
        default: bool = False,
    ) -> None:
        self.acls.append(
            {
                "NetworkAclId": name,
                "VpcId": vpc,
                "IsDefault": default,
                "Associations": [{"SubnetId": one, "NetworkAclId": name} for one in subnets],
                "Entries": OPEN_ENTRIES if entries is None else entries,
            }
        )

    def table(
        self,
        name: str,
        vpc: str,
        routes: list[Any],
        subnets: tuple[str, ...] = (),
        *,
        main: bool = False,
    ) -> None:
        links: list[Any] = [
            {"SubnetId": one, "RouteTableId": name, "AssociationState": {"State": "associated"}}
            for one in subnets
        ]
        if main:
            links.append({"Main": True, "RouteTableId": name})
        self.tables.append(
            {"RouteTableId": name, "VpcId": vpc, "Associations": links, "Routes": routes}
        )

    def group(self, name: str, *permissions: Any, vpc: str = "vpc-1") -> None:
        self.groups.append(
            {
                "GroupId": name,
                "VpcId": vpc,
                "OwnerId": ACCOUNT,
                "IpPermissions": list(permissions),
                "IpPermissionsEgress": [],
            }
        )

    def interface(  # noqa: PLR0913 - what tells interfaces apart
        self,
        number: int,
        subnet: str,
        groups: tuple[str, ...],
        *,
        private: str | None = None,
        public: str | None = None,
        v6: tuple[str, ...] = (),
        state: str | None = "running",
        attached: bool = True,
        **more: Any,
    ) -> Any:
        place = next(one for one in self.subnets if one["SubnetId"] == subnet)
        private = private or place["CidrBlock"].rsplit(".", 1)[0] + f".{number + 10}"
        address: dict[str, Any] = {"PrivateIpAddress": private, "Primary": True}
        if public:
            address["Association"] = {"PublicIp": public}
        instance = f"i-{number}" if state else None
        out = {
            "NetworkInterfaceId": f"eni-{number}",
            "SubnetId": subnet,
            "VpcId": place["VpcId"],
            "OwnerId": ACCOUNT,
            "InterfaceType": "interface",
            "Status": "in-use" if attached else "available",
            "Groups": [{"GroupId": one} for one in groups],
            "PrivateIpAddress": private,
            "PrivateIpAddresses": [address],
            "Ipv6Addresses": [{"Ipv6Address": one} for one in v6],
        } | more
        if attached:
            out["Attachment"] = {"Status": "attached"} | (
                {"InstanceId": instance} if instance else {}
            )
        self.interfaces.append(out)
        if instance:
            self.instances.append({"InstanceId": instance, "State": {"Name": state}})
        return out

    def peering(self, name: str, left: str, right: str) -> None:
        def side(vpc: str) -> Any:
            one = next(item for item in self.vpcs if item["VpcId"] == vpc)
            return {
                "VpcId": vpc,
                "OwnerId": ACCOUNT,
                "Region": REGION,
                "CidrBlock": one["CidrBlock"],
                "CidrBlockSet": [{"CidrBlock": one["CidrBlock"]}],
                "Ipv6CidrBlockSet": [
                    {"Ipv6CidrBlock": six["Ipv6CidrBlock"]}
                    for six in one["Ipv6CidrBlockAssociationSet"]
                ],
            }

        self.peerings.append(
            {
                "VpcPeeringConnectionId": name,
                "Status": {"Code": "active"},
                "AccepterVpcInfo": side(left),
                "RequesterVpcInfo": side(right),
            }
        )

    def prefix_list(self, name: str, *blocks: str) -> None:
        self.extra[f"ec2.get-managed-prefix-list-entries/{name}"] = {
            "Entries": [{"Cidr": one} for one in blocks]
        }

    def block_public_access(
        self, mode: str, *excluded: str, exclusion: str = "allow-bidirectional"
    ) -> None:
        self.extra["ec2.describe-vpc-block-public-access-options"] = {
            "VpcBlockPublicAccessOptions": {
                "InternetGatewayBlockMode": mode,
                "State": "update-complete",
            }
        }
        self.extra["ec2.describe-vpc-block-public-access-exclusions"] = {
            "VpcBlockPublicAccessExclusions": [
                {
                    "ExclusionId": f"vpcbpa-exclude-{index}",
                    "ResourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:{one.split('-')[0]}/{one}",
                    "InternetGatewayExclusionMode": exclusion,
                    "State": "create-complete",
                }
                for index, one in enumerate(excluded)
            ]
        }

    def answers(self) -> dict[str, Any]:
        return {
            "ec2.describe-vpcs": {"Vpcs": self.vpcs},
            "ec2.describe-subnets": {"Subnets": self.subnets},
            "ec2.describe-network-acls": {"NetworkAcls": self.acls},
            "ec2.describe-route-tables": {"RouteTables": self.tables},
            "ec2.describe-internet-gateways": {"InternetGateways": self.gateways},
            "ec2.describe-security-groups": {"SecurityGroups": self.groups},
            "ec2.describe-network-interfaces": {"NetworkInterfaces": self.interfaces},
            "ec2.describe-instances": {"Reservations": [{"Instances": self.instances}]},
            "ec2.describe-vpc-peering-connections": {"VpcPeeringConnections": self.peerings},
            "ec2.describe-vpn-gateways": {"VpnGateways": self.vpn_gateways},
            **self.extra,
        }


def simple(*permissions: Any, **interface: Any) -> Estate:
    """One public instance in one subnet with an open ACL and a default route; `permissions` make its group."""
    estate = Estate()
    estate.vpc("vpc-1", "10.1.0.0/16", "2001:db8:0:1::/64")
    estate.subnet("subnet-1", "vpc-1", "10.1.0.0/24", "2001:db8:0:1::/64")
    estate.acl("acl-1", "vpc-1", ("subnet-1",))
    estate.table(
        "rtb-1",
        "vpc-1",
        [route("10.1.0.0/16", "local"), route("0.0.0.0/0", "igw-1")],
        ("subnet-1",),
    )
    estate.group("sg-1", *permissions)
    estate.interface(1, "subnet-1", ("sg-1",), **({"public": "54.1.1.1"} | interface))
    return estate


# -- random estates ---------------------------------------------------------------------------------------------------


def _sources(rng: random.Random) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if rng.random() < 0.8:
        out["v4"] = tuple(rng.sample(V4_BLOCKS, rng.randrange(1, 3)))
    if rng.random() < 0.1:
        out["v4"] = ("198.51.100.8/32", "198.51.100.10/32")  # one address stands between them
    if rng.random() < 0.4:
        out["v6"] = tuple(rng.sample(V6_BLOCKS, rng.randrange(1, 3)))
    if rng.random() < 0.15:
        out["lists"] = ("pl-1",)
    if rng.random() < 0.25:
        out["groups"] = (rng.choice(("sg-1", "sg-2", "sg-3")),)
    return out


def _permission(rng: random.Random) -> Any:
    protocol = rng.choice(("tcp", "tcp", "tcp", "udp", "udp", "icmp", "icmpv6", "-1"))
    if protocol == "-1":
        return permission("-1", **_sources(rng))
    first, last = rng.choice(ICMP if protocol.startswith("icmp") else PORTS)
    return permission(protocol, first, last, **_sources(rng))


def _entries(rng: random.Random) -> list[Any]:
    """Overlapping entries, shuffled numbers, both directions, often with egress under 1024 only."""
    chance = rng.random()
    if chance < 0.25:
        return OPEN_ENTRIES
    if chance < 0.35:
        ports = rng.choice(((0, 1023), (22, 22), (1023, 1024)))
        block = rng.choice(("0.0.0.0/0", "::/0", "198.51.100.0/24"))
        return [*OPEN_ENTRIES[:2], entry(7, "allow", block, "6", ports, egress=True)]
    out = []
    for egress in (False, True):
        numbers = rng.sample(range(1, 200), 6)
        for number in numbers[: rng.randrange(1, 6)]:
            protocol = rng.choice(("-1", "6", "6", "6", "17", "17", "1", "58"))
            ports = rng.choice(ICMP if protocol in {"1", "58"} else PORTS)
            block = rng.choice(V4_BLOCKS + V6_BLOCKS)
            out.append(
                entry(
                    number,
                    rng.choice(("allow", "allow", "deny")),
                    block,
                    protocol,
                    ports,
                    egress=egress,
                )
            )
        if rng.random() < 0.6:
            out.append(entry(300, "allow", "0.0.0.0/0", egress=egress))
            out.append(entry(301, "allow", "::/0", egress=egress))
    rng.shuffle(out)
    return out


def _routes(
    rng: random.Random, vpc: str, local: str, ends: tuple[str | None, list[str]]
) -> list[Any]:
    """Longest prefixes, blackholes, equal prefixes of different origin, a prefix list; in any order."""
    peer, listed = ends
    gateway = vpc.replace("vpc", "igw")
    targets = [gateway, gateway, "nat-1", "vgw-1"] + ([peer] if peer else [])
    out = [route(local, "local")]
    taken = {(local, False)}

    def add(block: str, target: str, *, propagated: bool = False) -> None:
        if (block, propagated) in taken:
            return  # one table has one route of one kind for a block
        taken.add((block, propagated))
        state = "blackhole" if rng.random() < 0.25 else "active"
        out.append(route(block, target, state=state, propagated=propagated))

    for default in ("0.0.0.0/0", "::/0"):
        if rng.random() < 0.75:
            taken.add((default, False))
            out.append(route(default, gateway))
    for _ in range(rng.randrange(4)):
        add(
            rng.choice((*V4_BLOCKS, *V6_BLOCKS)), rng.choice(targets), propagated=rng.random() < 0.3
        )
    if rng.random() < 0.35:
        out.append(route("pl-1", rng.choice(targets)))
        # the same block by another kind of route, which ranks above or below the list's
        add(rng.choice(listed), rng.choice(targets), propagated=rng.random() < 0.6)
    rng.shuffle(out)
    return out


def random_estate(seed: int) -> Estate:
    """Two VPCs that may be peered, up to three interfaces, everything else drawn from small pools of borders."""
    rng = random.Random(seed)
    estate = Estate()
    estate.vpc(
        "vpc-1",
        rng.choice(("10.1.0.0/16", "198.51.100.0/24")),
        "2001:db8:0:1::/64",
        gateway=rng.random() < 0.95,
    )
    second_six = "2600:0:0:2::/64" if rng.random() < 0.5 else None
    estate.vpc("vpc-2", "10.2.0.0/16", second_six)
    peer = "pcx-1" if rng.random() < 0.5 else None
    if peer:
        estate.peering(peer, "vpc-1", "vpc-2")
    if rng.random() < 0.3:
        estate.vpn_gateways.append(
            {
                "VpnGatewayId": "vgw-1",
                "State": "available",
                "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
            }
        )
    listed = [*rng.sample(V4_BLOCKS, 2), rng.choice(V6_BLOCKS)]
    estate.prefix_list("pl-1", *listed)
    local = estate.vpcs[0]["CidrBlock"]
    for vpc, subnet, block, six in (
        ("vpc-1", "subnet-1", local.replace("/16", "/24"), "2001:db8:0:1::/64"),
        ("vpc-2", "subnet-2", "10.2.0.0/24", second_six),
    ):
        estate.subnet(subnet, vpc, block, six)
        index = vpc[-1]
        default = rng.random() < 0.3
        estate.acl(f"acl-{index}", vpc, () if default else (subnet,), _entries(rng), default=True)
        main = rng.random() < 0.3
        estate.table(
            f"rtb-{index}",
            vpc,
            _routes(rng, vpc, local if index == "1" else "10.2.0.0/16", (peer, listed)),
            () if main else (subnet,),
            main=True,
        )
    for number in (1, 2, 3):
        estate.group(f"sg-{number}", *(_permission(rng) for _ in range(rng.randrange(4))))
    for number in range(1, rng.randrange(2, 5)):
        second = rng.random() < 0.4
        estate.interface(
            number,
            "subnet-2" if second else "subnet-1",
            tuple(rng.sample(("sg-1", "sg-2", "sg-3"), rng.randrange(1, 3))),
            public=f"54.0.0.{number}" if rng.random() < 0.8 else None,
            v6=(rng.choice(("2001:db8:0:1::5", "2600:0:0:2::7", "fd00::1")),)
            if rng.random() < 0.5
            else (),
            state=rng.choice(
                ("running", "running", "running", "running", "running", "stopped", None)
            ),
            attached=rng.random() < 0.95,
            DenyAllIgwTraffic=rng.random() < 0.1,
        )
    if rng.random() < 0.15:
        mode = rng.choice(("block-bidirectional", "block-ingress", "off"))
        estate.block_public_access(
            mode,
            *rng.sample(("vpc-1", "subnet-1"), rng.randrange(2)),
            exclusion=rng.choice(("allow-bidirectional", "allow-egress")),
        )
    return estate
