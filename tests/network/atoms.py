"""The elementary cells of an estate: one source and one port of every range that anything in it tells apart."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from tests.network.oracle import bounds

_ALWAYS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "2000::/3")
_MESSAGES = ((8, 0), (0, 0), (3, 4), (13, 0), (15, 0), (17, 0), (128, 0), (129, 0))


def addresses_of(eni: Any) -> list[dict[str, Any]]:
    v4 = [
        {
            "version": 4,
            "private": one["PrivateIpAddress"],
            "public": one.get("Association", {}).get("PublicIp"),
        }
        for one in eni["PrivateIpAddresses"]
    ]
    six = [one["Ipv6Address"] for one in eni["Ipv6Addresses"]]
    return v4 + [{"version": 6, "private": one, "public": one} for one in six]


def edges_of(answers: dict[str, Any], eni: Any, version: int) -> list[str]:
    vpc = eni["VpcId"]
    out = [f"internet-v{version}"]
    for one in answers["ec2.describe-vpc-peering-connections"]["VpcPeeringConnections"]:
        sides = {side["VpcId"]: side for side in (one["AccepterVpcInfo"], one["RequesterVpcInfo"])}
        here = sides.pop(vpc, None)
        far = next(iter(sides.values()))
        if here and (version == 4 or far["Ipv6CidrBlockSet"]):
            out.append(f"vpc-peering-v{version}:{one['VpcPeeringConnectionId']}")
    out += [
        f"vpn-gateway-v4:{one['VpnGatewayId']}"
        for one in answers["ec2.describe-vpn-gateways"]["VpnGateways"]
        if version == 4 and vpc in {link["VpcId"] for link in one["VpcAttachments"]}
    ]
    return out


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def _is_block(text: str) -> bool:
    if "." not in text and ":" not in text:
        return False
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def source_atoms(answers: dict[str, Any], version: int) -> list[int]:
    last = (1 << (32 if version == 4 else 128)) - 1
    texts = {*_ALWAYS, *(text for text in texts_in(answers) if _is_block(text))}
    spans = [bounds(text) for text in texts]
    borders = {0} | {
        one for family, low, high in spans if family == version for one in (low, high + 1)
    }
    return sorted(one for one in borders if one <= last)


def _port_ranges(answers: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for acl in answers["ec2.describe-network-acls"]["NetworkAcls"]:
        for entry in acl["Entries"]:
            if "PortRange" in entry:
                yield entry["PortRange"]["From"], entry["PortRange"]["To"]
    for group in answers["ec2.describe-security-groups"]["SecurityGroups"]:
        for permission in group["IpPermissions"]:
            if permission["IpProtocol"] in {"tcp", "udp"}:
                yield permission["FromPort"], permission["ToPort"]


def port_atoms(answers: dict[str, Any], *, icmp: bool) -> list[int]:
    if icmp:
        numbers = [kind * 256 + code for kind, code in _MESSAGES]
        borders = {one for number in numbers for one in (number, number + 1, number // 256 * 256)}
        return sorted(borders | {number // 256 * 256 + 256 for number in numbers} | {0})
    borders = {0} | {one for low, high in _port_ranges(answers) for one in (low, high + 1)}
    return sorted(one for one in borders if one <= 65535)
