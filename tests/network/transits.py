"""Transit gateways for tests: builders, random ones directed at ties and edges, and a packet's reading of the JSON."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator
from typing import Any

from tests.network.estates import (
    ACCOUNT,
    OPEN_ENTRIES,
    V4_BLOCKS,
    V6_BLOCKS,
    Estate,
    _entries,
    _permission,
    entry,
    route,
)
from tests.network.oracle import ECHO, Oracle, holds, network

_LISTS = {
    "describe-transit-gateways": "TransitGateways",
    "describe-transit-gateway-attachments": "TransitGatewayAttachments",
    "describe-transit-gateway-vpc-attachments": "TransitGatewayVpcAttachments",
    "describe-transit-gateway-route-tables": "TransitGatewayRouteTables",
}
_SITES = ("vpn", "direct-connect-gateway", "connect")
_RANKS = {"vpc": 2, "direct-connect-gateway": 3, "connect": 4, "vpn": 5}


def _listed(estate: Estate, call: str) -> list[Any]:
    answer = estate.extra.setdefault(f"ec2.{call}", {_LISTS[call]: []})
    found: list[Any] = answer[_LISTS[call]]
    return found


def gateway(estate: Estate, name: str = "tgw-1", *, references: bool = False) -> None:
    for call in _LISTS:
        _listed(estate, call)
    _listed(estate, "describe-transit-gateways").append(
        {
            "TransitGatewayId": name,
            "OwnerId": ACCOUNT,
            "Options": {"SecurityGroupReferencingSupport": "enable" if references else "disable"},
        }
    )


def attach(  # noqa: PLR0913 - what tells attachments apart
    estate: Estate,
    name: str,
    resource: str,
    table: str | None,
    *,
    kind: str = "vpc",
    subnets: tuple[str, ...] = (),
    tgw: str = "tgw-1",
    state: str = "available",
    **options: str,
) -> None:
    link = {"TransitGatewayRouteTableId": table, "State": "associated"} if table else None
    _listed(estate, "describe-transit-gateway-attachments").append(
        {
            "TransitGatewayAttachmentId": name,
            "TransitGatewayId": tgw,
            "TransitGatewayOwnerId": ACCOUNT,
            "ResourceOwnerId": ACCOUNT,
            "ResourceType": kind,
            "ResourceId": resource,
            "State": state,
        }
        | ({"Association": link} if link else {})
    )
    if kind == "vpc":
        _listed(estate, "describe-transit-gateway-vpc-attachments").append(
            {
                "TransitGatewayAttachmentId": name,
                "TransitGatewayId": tgw,
                "VpcId": resource,
                "SubnetIds": list(subnets),
                "Options": options or {"Ipv6Support": "enable"},
            }
        )


def tgw_table(estate: Estate, name: str, *routes: Any, tgw: str = "tgw-1") -> None:
    _listed(estate, "describe-transit-gateway-route-tables").append(
        {"TransitGatewayRouteTableId": name, "TransitGatewayId": tgw}
    )
    estate.extra[f"ec2.search-transit-gateway-routes/{name}"] = {
        "Routes": list(routes),
        "AdditionalRoutesAvailable": False,
    }


def tgw_route(
    block: str,
    *attachments: str,
    propagated: bool = False,
    state: str = "active",
    kind: str = "vpc",
) -> dict[str, Any]:
    return {
        "DestinationCidrBlock": block,
        "TransitGatewayAttachments": [
            {"TransitGatewayAttachmentId": one, "ResourceType": kind} for one in attachments
        ],
        "Type": "propagated" if propagated else "static",
        "State": state,
    }


def zoned(estate: Estate, **zones: str) -> None:
    """Give subnets their Availability Zones (`subnet_1="az-a"`)."""
    for one in estate.subnets:
        zone = zones.get(one["SubnetId"].replace("-", "_"))
        if zone:
            one["AvailabilityZoneId"] = zone


def random_transit(seed: int) -> Estate:
    """Two attached VPCs, what is on premises, and often a peered gateway with a third VPC."""
    rng = random.Random(seed)
    estate = Estate()
    estate.prefix_list("pl-1", *rng.sample(V4_BLOCKS, 2), rng.choice(V6_BLOCKS))
    _vpcs(rng, estate)
    _gateways(rng, estate)
    for number in (1, 2, 3):
        estate.group(f"sg-{number}", *(_permission(rng) for _ in range(rng.randrange(1, 4))))
    for number in range(1, rng.randrange(2, 5)):
        subnet = rng.choice(("subnet-1", "subnet-2", "subnet-3"))
        estate.interface(
            number,
            subnet,
            tuple(rng.sample(("sg-1", "sg-2", "sg-3"), rng.randrange(1, 3))),
            v6=("2001:db8:0:1::5",) if subnet == "subnet-1" else (),
        )
    if rng.random() < 0.5:
        estate.subnet("subnet-9", "vpc-2", "10.2.0.0/24")
        estate.interface(9, "subnet-9", ("sg-1",), private="10.2.0.7")
        estate.acl("acl-9", "vpc-2", ("subnet-9",))
        routes = [route("10.2.0.0/16", "local"), route("0.0.0.0/0", "tgw-1")]
        estate.table("rtb-9", "vpc-2", routes, ("subnet-9",))
    return estate


def _vpcs(rng: random.Random, estate: Estate) -> None:
    estate.vpc("vpc-1", "10.1.0.0/16", "2001:db8:0:1::/64")
    estate.vpc("vpc-2", rng.choice(("10.2.0.0/16", "10.0.0.0/8")), None)
    estate.vpc("vpc-3", "198.51.100.0/24", "2600:0:0:2::/64")
    estate.subnet("subnet-1", "vpc-1", "10.1.0.0/24", "2001:db8:0:1::/64")
    estate.subnet("subnet-2", "vpc-1", "10.1.1.0/24")
    estate.subnet("subnet-3", "vpc-1", "10.1.2.0/24")
    zones = ("az-a", "az-a", "az-b")
    zoned(estate, subnet_1="az-a", subnet_2=rng.choice(zones), subnet_3=rng.choice(zones))
    estate.acl("acl-1", "vpc-1", ("subnet-1",), _entries(rng))
    inner = _pointed(rng) if rng.random() < 0.5 else _entries(rng)
    estate.acl("acl-3", "vpc-1", ("subnet-3",), inner)
    estate.acl("acl-2", "vpc-1", ("subnet-2",), rng.choice((OPEN_ENTRIES, _entries(rng))))
    for number in (1, 2, 3):
        estate.table(f"rtb-{number}", "vpc-1", _vpc_routes(rng), (f"subnet-{number}",))


def _gateways(rng: random.Random, estate: Estate) -> None:
    blocks = {one["VpcId"]: one["CidrBlock"] for one in estate.vpcs}
    landing = rng.choice(
        (("subnet-3",), ("subnet-2", "subnet-3"), ("subnet-1",), ("subnet-1", "subnet-2"))
    )
    gateway(estate, references=rng.random() < 0.6)
    some = ("tgw-rtb-1", "tgw-rtb-2", "tgw-rtb-1", "tgw-rtb-2", "tgw-rtb-1", None)
    attach(estate, "tgw-attach-1", "vpc-1", rng.choice(some), subnets=landing, Ipv6Support="enable")
    attach(
        estate,
        "tgw-attach-2",
        "vpc-2",
        rng.choice(some),
        SecurityGroupReferencingSupport=rng.choice(("enable", "disable")),
        state=rng.choice(("available", "available", "available", "deleting")),
    )
    site = rng.choice(_SITES)
    attach(estate, "tgw-attach-9", "vpn-1", rng.choice(some), kind=site)
    ends = {"tgw-attach-1": "vpc", "tgw-attach-2": "vpc", "tgw-attach-9": site}
    if rng.random() < 0.6:
        attach(estate, "tgw-attach-5", "tgw-2", rng.choice(some), kind="peering")
        ends["tgw-attach-5"] = "peering"
        gateway(estate, "tgw-2")
        near = rng.choice(("tgw-rtb-3", None))
        attach(estate, "tgw-attach-5", "tgw-1", near, kind="peering", tgw="tgw-2")
        attach(estate, "tgw-attach-6", "vpc-3", "tgw-rtb-3", tgw="tgw-2")
        far = {"tgw-attach-5": "peering", "tgw-attach-6": "vpc"}
        tgw_table(estate, "tgw-rtb-3", *_tgw_routes(rng, far, blocks), tgw="tgw-2")
    for one in ("tgw-rtb-1", "tgw-rtb-2"):
        tgw_table(estate, one, *_tgw_routes(rng, ends, blocks))


_TARGETS = (
    "10.1.0.0/16",
    "10.1.0.0/24",
    "10.1.0.11/32",
    "10.1.0.12/31",
    "10.1.1.0/24",
    "10.1.2.0/25",
)


def _pointed(rng: random.Random) -> list[Any]:
    """Entries about the targets: what is sent is met by its destination, what is answered by its source."""
    out = []
    for egress in (False, True):
        for number in rng.sample(range(1, 99), rng.randrange(1, 4)):
            ports = rng.choice(((22, 22), (0, 1023), (1024, 65535), (0, 65535)))
            action = rng.choice(("allow", "deny"))
            out.append(
                entry(
                    number,
                    action,
                    rng.choice(_TARGETS),
                    rng.choice(("6", "17", "-1")),
                    ports,
                    egress=egress,
                )
            )
        if rng.random() < 0.7:
            out.append(entry(200, "allow", "0.0.0.0/0", egress=egress))
            out.append(entry(201, "allow", "::/0", egress=egress))
    return out


def _vpc_routes(rng: random.Random) -> list[Any]:
    out = [route("10.1.0.0/16", "local"), route("2001:db8:0:1::/64", "local")]
    out += [route(one, "tgw-1") for one in ("0.0.0.0/0", "::/0") if rng.random() < 0.85]
    for block in rng.sample(V4_BLOCKS[1:] + V6_BLOCKS[1:], rng.randrange(3)):
        state = "blackhole" if rng.random() < 0.3 else "active"
        # AWS takes no second route to a destination, and none to a part of a subnet
        if block not in {"10.1.0.0/16", "2001:db8:0:1::/64", "2001:db8:0:1::5/128"}:
            out.append(route(block, rng.choice(("tgw-1", "igw-1")), state=state))
    return out


def _tgw_routes(rng: random.Random, ends: dict[str, str], blocks: dict[str, str]) -> list[Any]:
    """Propagated blocks, static routes over and within them, blackholes, equal prefixes of different types."""
    out = []
    taken: set[tuple[str, bool, str]] = set()

    def add(block: str, attachment: str, *, propagated: bool) -> None:
        kind = ends[attachment]
        key = (block, propagated, kind if propagated else "")
        if key in taken or (propagated and kind == "peering"):
            return
        taken.add(key)
        if not propagated and rng.random() < 0.2:
            out.append(tgw_route(block, state="blackhole"))
        else:
            out.append(tgw_route(block, attachment, propagated=propagated, kind=kind))

    owners = {"tgw-attach-1": "vpc-1", "tgw-attach-2": "vpc-2", "tgw-attach-6": "vpc-3"}
    for attachment, kind in ends.items():
        if rng.random() < 0.75:
            block = blocks[owners[attachment]] if attachment in owners else "0.0.0.0/0"
            add(block, attachment, propagated=kind != "peering" and rng.random() < 0.8)
    near = "tgw-attach-1" if "tgw-attach-1" in ends else "tgw-attach-5"
    if rng.random() < 0.85:
        add("10.1.0.0/16", near, propagated="tgw-attach-1" in ends)
        add("2001:db8:0:1::/64", near, propagated="tgw-attach-1" in ends)
    for _ in range(rng.randrange(4)):
        block = rng.choice((*_TARGETS, *V4_BLOCKS, *V6_BLOCKS))
        add(block, rng.choice(sorted(ends)), propagated=rng.random() < 0.4)
    rng.shuffle(out)
    return out


class TransitOracle(Oracle):
    """One yes or no for one packet that comes through a transit gateway."""

    def attachments(self, tgw: str) -> dict[str, Any]:
        return {
            one["TransitGatewayAttachmentId"]: one
            for one in self.items(
                "describe-transit-gateway-attachments", "TransitGatewayAttachments"
            )
            if one["TransitGatewayId"] == tgw and one["State"] == "available"
        }

    def own(self, tgw: str, vpc: str) -> Any:
        return next(
            (one for one in self.attachments(tgw).values() if one["ResourceId"] == vpc), None
        )

    def details(self, attachment: str) -> Any:
        return next(
            one
            for one in self.items(
                "describe-transit-gateway-vpc-attachments", "TransitGatewayVpcAttachments"
            )
            if one["TransitGatewayAttachmentId"] == attachment
        )

    def next_hop(self, tgw: str, came_by: str, address: int, version: int) -> str | None:
        """The attachment that the table of the incoming one leads to."""
        link = self.attachments(tgw)[came_by].get("Association")
        if link is None:
            return None
        answer = self.answers[
            f"ec2.search-transit-gateway-routes/{link['TransitGatewayRouteTableId']}"
        ]
        best: tuple[int, int] | None = None
        hop = None
        for one in answer["Routes"]:
            if not holds(one["DestinationCidrBlock"], version, address):
                continue
            ends = one["TransitGatewayAttachments"]
            rank = 0
            if one["Type"] == "propagated":
                rank = _RANKS[ends[0]["ResourceType"]]
            preference = (-network(one["DestinationCidrBlock"]).prefixlen, rank)
            if best is None or preference < best:
                best = preference
                hop = ends[0]["TransitGatewayAttachmentId"] if one["State"] == "active" else None
        return hop

    def follow(self, tgw: str, came_by: str, address: int, version: int) -> tuple[str, str] | None:
        """The (gateway, attachment) that a packet leaves by for good, over peerings."""
        for _ in range(5):
            hop = self.next_hop(tgw, came_by, address, version)
            if hop is None or hop not in self.attachments(tgw):
                return None
            end = self.attachments(tgw)[hop]
            if end["ResourceType"] != "peering":
                return tgw, hop
            tgw, came_by = end["ResourceId"], hop
        return None

    def senders(self, eni: Any, edge: str, source: int, version: int) -> Iterator[tuple[str, str]]:
        """The attachments that may have sent it, by the source: (gateway, attachment)."""
        sites = edge.startswith("transit-gateway-sites")
        own = self.own(edge.split(":")[1], eni["VpcId"])
        if any(holds(block, version, source) for block in self.blocks(eni["VpcId"])):
            return
        for tgw in ("tgw-1", "tgw-2"):
            for name, one in self.attachments(tgw).items():
                if one["ResourceType"] == "peering" or name == own["TransitGatewayAttachmentId"]:
                    continue
                if (one["ResourceType"] != "vpc") != sites:
                    continue
                if sites or any(
                    holds(block, version, source) for block in self.blocks(one["ResourceId"])
                ):
                    yield tgw, name

    def arriving(self, eni: Any, address: Any, edge: str, source: int) -> Iterator[tuple[str, str]]:
        version = address["version"]
        own = self.own(edge.split(":")[1], eni["VpcId"])["TransitGatewayAttachmentId"]
        private = _number(address["private"])
        for tgw, name in self.senders(eni, edge, source, version):
            if self.follow(tgw, name, private, version) == (edge.split(":")[1], own):
                yield tgw, name

    def delivered(self, eni: Any, address: Any, edge: str, packet: tuple[str, int, int]) -> bool:
        if not edge.startswith("transit-gateway"):
            return super().delivered(eni, address, edge, packet)
        protocol, source, port = packet
        version = address["version"]
        if not self.alive(eni) or not list(self.arriving(eni, address, edge, source)):
            return False
        own = self.own(edge.split(":")[1], eni["VpcId"])
        if (
            version == 6
            and self.details(own["TransitGatewayAttachmentId"])["Options"].get("Ipv6Support")
            != "enable"
        ):
            return False
        landings = self.details(own["TransitGatewayAttachmentId"])["SubnetIds"]
        private = _number(address["private"])
        inside = any(
            one == eni["SubnetId"]
            or (
                self.acl_allows(one, (protocol, private, port), version, egress=True)
                and self.acl_allows(eni["SubnetId"], packet, version, egress=False)
            )
            for one in landings
        )
        return inside and self.group_allows(eni, packet, version, edge)

    def is_member(self, group: str, version: int, source: int, edge: str, vpc: str) -> bool:
        if not edge.startswith("transit-gateway-v"):
            return super().is_member(group, version, source, edge, vpc)
        tgw = edge.split(":")[1]
        described = self.items("describe-transit-gateways", "TransitGateways")
        on = {
            one["TransitGatewayId"]: one["Options"]["SecurityGroupReferencingSupport"]
            for one in described
        }
        own = self.own(tgw, vpc)["TransitGatewayAttachmentId"]
        if on[tgw] != "enable" or not self.refers(own):
            return False
        others = {
            one["ResourceId"]
            for name, one in self.attachments(tgw).items()
            if one["ResourceType"] == "vpc" and name != own and self.refers(name)
        }
        for eni in self.items("describe-network-interfaces", "NetworkInterfaces"):
            if eni["VpcId"] in others and group in {one["GroupId"] for one in eni["Groups"]}:
                texts = [one["PrivateIpAddress"] for one in eni["PrivateIpAddresses"]]
                if version == 4 and source in {_number(text) for text in texts}:
                    return True
        return False

    def refers(self, attachment: str) -> bool:
        options = self.details(attachment)["Options"]
        return bool(options.get("SecurityGroupReferencingSupport", "enable") == "enable")

    def answered_from(
        self, eni: Any, address: Any, edge: str, packet: tuple[str, int, int]
    ) -> bool:
        """Whether some answer gets back to some sender whose packet arrives."""
        protocol, source, port = packet
        version = address["version"]
        tgw = edge.split(":")[1]
        if not self.returns(eni, version, edge, source):
            return False
        own = self.own(tgw, eni["VpcId"])["TransitGatewayAttachmentId"]
        if not any(
            self.follow(tgw, own, source, version) == sender
            for sender in self.arriving(eni, address, edge, source)
        ):
            return False
        landings = self.details(own)["SubnetIds"]
        zone = self.subnets[eni["SubnetId"]]["AvailabilityZoneId"]
        exits = [one for one in landings if one == eni["SubnetId"]] or [
            one for one in landings if self.subnets[one]["AvailabilityZoneId"] == zone
        ]
        private = _number(address["private"])

        def leaves(number: int) -> bool:
            return self.acl_allows(
                eni["SubnetId"], (protocol, source, number), version, egress=True
            ) and any(
                self.acl_allows(one, (protocol, private, number), version, egress=False)
                for one in exits
            )

        if protocol in {"TCP", "UDP"}:
            return any(leaves(one) for one in self.client_ports)
        return port in ECHO[protocol] and leaves(ECHO[protocol][port])

    def returns(self, eni: Any, version: int, edge: str, client: int) -> bool:
        if not edge.startswith("transit-gateway"):
            return super().returns(eni, version, edge, client)
        best: int | None = None
        leads = False
        for one in self.table(eni["SubnetId"])["Routes"]:
            block = one.get("DestinationCidrBlock") or one["DestinationIpv6CidrBlock"]
            if holds(block, version, client) and (best is None or network(block).prefixlen > best):
                best = network(block).prefixlen
                leads = (
                    one["State"] == "active" and one.get("TransitGatewayId") == edge.split(":")[1]
                )
        return leads


def _number(text: str) -> int:
    return int(ipaddress.ip_address(text))
