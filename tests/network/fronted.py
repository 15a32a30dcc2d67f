"""Random networks with services that stand before them, and a packet-by-packet reading of what these send."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator
from typing import Any

from tests.network.balanced_oracle import BalancedOracle
from tests.network.estates import Estate, entry, permission
from tests.network.oracle import PRIVATE, holds
from tests.network.test_fronts import NLB, base, clouded, linked, sped

SERVICE, CLOUD, FAST = "privatelink-v4:vpce-svc-1", "cloudfront-v4:E1", "global-accelerator-v4:abcd"
EDGES = (SERVICE, CLOUD, FAST)
BLOCKS = ("0.0.0.0/0", "120.52.22.96/27", "120.52.22.112/28", "198.51.100.0/25", "10.1.0.0/24")
SPANS = ((0, 65535), (443, 443), (80, 443), (8080, 8080), (1024, 65535), (444, 8079))
INSTANCE_ARN = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
ANYBODY = 999_900_001_111


def _rules(rng: random.Random) -> list[Any]:
    out = [permission("-1", v4=("0.0.0.0/0",))] if rng.random() < 0.3 else []
    for _ in range(rng.randint(1, 3)):
        kind = rng.choice(("tcp", "tcp", "udp", "-1"))
        span = () if kind == "-1" else rng.choice(SPANS)
        sources: dict[str, Any] = {"v4": (rng.choice(BLOCKS),)}
        if rng.random() < 0.5:
            sources = {"groups": (rng.choice(("sg-2", "sg-cf", "sg-cf")),)}
        out.append(permission(kind, *span, **sources))
    return out


def _entries(rng: random.Random) -> list[Any]:
    out = []
    for egress in (False, True):
        for number in range(1, rng.randint(1, 4)):
            span = rng.choice(((0, 65535), (0, 1023), (443, 443), (8080, 8080), (1024, 65535)))
            action = rng.choice(("allow", "deny"))
            block = rng.choice(BLOCKS)
            out.append(entry(number, action, block, rng.choice(("6", "-1")), span, egress=egress))
        out.append(entry(90, rng.choice(("allow", "allow", "deny")), "0.0.0.0/0", egress=egress))
    return out


def random_fronts(seed: int) -> Estate:
    rng = random.Random(f"fronts {seed}")
    instance = {"state": rng.choice(("running", "running", "running", "stopped"))}
    estate = base(*_rules(rng), **instance)
    estate.group("sg-2", *_rules(rng))
    estate.groups[-1]["IpPermissionsEgress"] = [permission("-1", v4=(rng.choice(BLOCKS[::4]),))]
    estate.group("sg-cf")
    estate.groups[-1]["GroupName"] = "CloudFront-VPCOrigins-Service-SG"
    node = estate.interfaces[1]
    node["Groups"] = [{"GroupId": "sg-2"}] if rng.random() < 0.8 else []
    if rng.random() < 0.5:
        estate.acls[0]["Entries"] = _entries(rng)
    if rng.random() < 0.2:
        estate.gateways.clear()
    if rng.random() < 0.2:
        estate.block_public_access(rng.choice(("block-ingress", "block-bidirectional")))
    listener = estate.extra["elbv2.describe-listeners/raw"]["Listeners"][0]
    listener["Port"] = rng.choice((80, 443))
    listener["Protocol"] = rng.choice(("TCP", "TCP", "UDP", "TCP_UDP"))
    group = estate.extra["elbv2.describe-target-groups"]["TargetGroups"][0]
    group["Protocol"] = listener["Protocol"]
    kept = rng.choice(("true", "false", None))
    if kept and "UDP" not in group["Protocol"]:
        attribute = {"Key": "preserve_client_ip.enabled", "Value": kept}
        estate.extra["elbv2.describe-target-group-attributes/web"]["Attributes"] = [attribute]
    _services(rng, estate)
    return estate


def _services(rng: random.Random, estate: Estate) -> None:
    linked(
        estate,
        *(("vpce-9",) if rng.random() < 0.6 else ()),
        allowed=rng.choice(((), ("*",), ("arn:aws:iam::222233334444:root",))),
        state=rng.choice(("available", "available", "pendingAcceptance", "rejected")),
        enforce=rng.choice(("on", "off", None)),
        AcceptanceRequired=rng.random() < 0.5,
        ServiceState=rng.choice(("Available", "Available", "Available", "Deleting")),
    )
    clouded(
        estate,
        rng.choice((NLB, INSTANCE_ARN)),
        enabled=rng.random() < 0.85,
        OriginProtocolPolicy=rng.choice(("https-only", "http-only", "match-viewer")),
        HTTPSPort=rng.choice((443, 8080)),
    )
    target = rng.choice((NLB, "i-1"))
    low = rng.choice((1, 80, 443))
    sped(
        estate,
        {"EndpointId": target, "ClientIPPreservationEnabled": rng.random() < 0.85},
        listener={
            "PortRanges": [{"FromPort": low, "ToPort": rng.choice((443, 8080, 65535))}],
            "Protocol": rng.choice(("TCP", "UDP")),
        },
        group={"PortOverrides": [{"ListenerPort": 443, "EndpointPort": 8080}]}
        if rng.random() < 0.4
        else {},
        Enabled=rng.random() < 0.9,
    )


class FrontOracle(BalancedOracle):
    """One yes or no for one packet of one service, from AWS's own JSON."""

    edge = SERVICE

    def target(self, edge: str) -> Any:
        """The interface that the service sends to; None if it sends nothing."""
        found = {SERVICE: self._service, CLOUD: self._cloud, FAST: self._fast}[edge]()
        if found is None:
            return None
        return self.eni("eni-1" if "i-1" in found else "eni-7")

    def _service(self) -> str | None:
        (one,) = self.service(
            "ec2.describe-vpc-endpoint-service-configurations", "ServiceConfigurations"
        )
        ends = self.service("ec2.describe-vpc-endpoint-connections", "VpcEndpointConnections")
        call = "ec2.describe-vpc-endpoint-service-permissions/vpce-svc-1"
        may = not one["AcceptanceRequired"] and bool(self.service(call, "AllowedPrincipals"))
        connected = any(end["VpcEndpointState"] == "available" for end in ends)
        works = one["ServiceState"] == "Available" and (connected or may)
        return NLB if works else None

    def _origin(self) -> Any:
        call = self.answers["cloudfront.get-vpc-origin/vo_1"]
        return call["VpcOrigin"]["VpcOriginEndpointConfig"]

    def _cloud(self) -> str | None:
        listed = self.answers["cloudfront.list-distributions"]["DistributionList"]["Items"]
        return str(self._origin()["Arn"]) if listed[0]["Enabled"] else None

    def _fast(self) -> str | None:
        accelerator = self.service("globalaccelerator.list-accelerators", "Accelerators")[0]
        (endpoint,) = self._groups()[0]["EndpointDescriptions"]
        works = accelerator["Enabled"] and endpoint["ClientIPPreservationEnabled"]
        return str(endpoint["EndpointId"]) if works else None

    def _groups(self) -> list[Any]:
        return self.service("globalaccelerator.list-endpoint-groups/ef", "EndpointGroups")

    def sends(self, edge: str, protocol: str, source: int, port: int) -> bool:
        """Whether the service sends such a packet at all."""
        if edge == SERVICE:
            return True
        if edge == CLOUD:
            origin = self._origin()
            ports = {
                "https-only": {origin["HTTPSPort"]},
                "http-only": {origin["HTTPPort"]},
                "match-viewer": {origin["HTTPPort"], origin["HTTPSPort"]},
            }[origin["OriginProtocolPolicy"]]
            return protocol == "TCP" and port in ports and holds("120.52.22.96/27", 4, source)
        if any(int(one[0]) <= source <= int(one[-1]) for one in PRIVATE):
            return False
        (listener,) = self.service("globalaccelerator.list-listeners/abcd", "Listeners")
        (span,) = listener["PortRanges"]
        if protocol != listener["Protocol"]:
            return False
        inside = range(span["FromPort"], span["ToPort"] + 1)
        others = {
            one["ListenerPort"]: one["EndpointPort"]
            for one in self._groups()[0].get("PortOverrides", [])
            if one["ListenerPort"] in inside
        }
        return port in others.values() or (port in inside and port not in others)

    def is_member(self, group: str, version: int, source: int, edge: str, vpc: str) -> bool:
        """CloudFront's own group is on the interfaces that it sends from."""
        del version, source, vpc
        return edge == CLOUD and group == "sg-cf"

    def received(self, edge: str, eni: Any, packet: tuple[str, int, int]) -> bool:
        protocol, source, port = packet
        if not self.sends(edge, protocol, source, port) or not self.alive(eni):
            return False
        if edge == SERVICE:
            (balancer,) = self.balancers()
            name = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
            return balancer.get(name) == "off" or self.group_allows(eni, packet, 4, edge)
        if self.gateway(eni["VpcId"]) is None or self.blocked(eni):
            return False
        inward = self.acl_allows(eni["SubnetId"], packet, 4, egress=False)
        return inward and self.group_allows(eni, packet, 4, edge)

    def arrives(
        self, edge: str, packet: tuple[str, int, int], client_port: int
    ) -> Iterator[tuple[str, int, bool]]:
        """(interface, port, answered) of all that one packet of the service comes to."""
        protocol, source, port = packet
        eni = self.target(edge)
        if eni is None or not self.received(edge, eni, packet):
            return
        answer = (protocol, source, client_port)
        back = edge == SERVICE or self.acl_allows(eni["SubnetId"], answer, 4, egress=True)
        if eni["NetworkInterfaceId"] == "eni-1":
            yield "eni-1", port, back
            return
        if not self.chosen(eni, protocol, port, (4, source, client_port)):
            return  # nothing listens there
        yield "eni-7", port, back
        self.edge = edge
        yield from self.sent_on(eni, packet, (4, source, client_port), answered=back)

    def preserved(self, node: Any, group: Any) -> bool:
        return self.edge != SERVICE and super().preserved(node, group)


def clients(edge: str) -> list[int]:
    """Clients that differ in what is said of them."""
    texts = [
        "120.52.22.97",
        "120.52.22.113",
        "198.51.100.7",
        "198.51.100.200",
        "10.1.0.9",
        "8.8.8.8",
    ]
    found = [int(ipaddress.ip_address(one)) for one in texts]
    return found if edge == SERVICE else [one for one in found if one != found[4]]
