"""A packet-by-packet reading of load balancers in AWS's JSON, written apart from the analyser.

One yes or no for one client: is a packet that it sends to a node's port forwarded to a target, and is it answered?
It imports nothing of vedette.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from tests.network.oracle import NUMBERS, WANTED, Oracle, holds

REQUESTS = [
    {"path-pattern": path, "host-header": host}
    for path in ("/a", "/b", "/c")
    for host in ("x.example", "y.example", "z.example")
]
NODE_PORTS = (1024, 65535)


class BalancedOracle(Oracle):
    """Answers for one recorded estate with load balancers."""

    def service(self, call: str, member: str) -> list[Any]:
        found: list[Any] = self.answers.get(call, {}).get(member, [])
        return found

    def balancers(self) -> list[Any]:
        return self.service("elbv2.describe-load-balancers", "LoadBalancers")

    def eni(self, identity: str) -> Any:
        enis = self.items("describe-network-interfaces", "NetworkInterfaces")
        return next(one for one in enis if one["NetworkInterfaceId"] == identity)

    def nodes(self, described: str) -> list[Any]:
        enis = self.items("describe-network-interfaces", "NetworkInterfaces")
        return [one for one in enis if one.get("Description") == f"ELB {described}"]

    # -- what a client's packet can come to ------------------------------------------------------------------------

    def reached(
        self, node: Any, address: Any, packet: tuple[str, int, int], client_port: int
    ) -> Iterator[tuple[str, int, bool]]:
        """(interface, port, answered) of everything that the packet is sent on to, from an internet client."""
        _, source, _ = packet
        version = address["version"]
        edge = f"internet-v{version}"
        balancer = self.of_node(node)
        if (
            version == 6
            and self.attributes("load-balancer", balancer).get("ipv6.deny_all_igw_traffic")
            == "true"
        ):
            return
        if not self.delivered(node, address, edge, packet):
            return
        back = self.returns(node, version, edge, source) and self.acl_allows(
            node["SubnetId"], (packet[0], source, client_port), version, egress=True
        )
        yield from self.sent_on(node, packet, (version, source, client_port), answered=back)

    def of_node(self, node: Any) -> str:
        text: str = node["Description"].removeprefix("ELB ")
        return text.split("/")[1] if "/" in text else text

    def attributes(self, what: str, name: str) -> dict[str, str]:
        answer = self.answers.get(f"elbv2.describe-{what}-attributes/{name}", {"Attributes": []})
        return {one["Key"]: one["Value"] for one in answer["Attributes"]}

    def group_allows(self, eni: Any, packet: tuple[str, int, int], version: int, edge: str) -> bool:
        if not eni["Groups"] and eni["InterfaceType"] == "network_load_balancer":
            return True
        return super().group_allows(eni, packet, version, edge)

    def sent_on(
        self,
        node: Any,
        packet: tuple[str, int, int],
        client: tuple[int, int, int],
        *,
        answered: bool,
    ) -> Iterator[tuple[str, int, bool]]:
        """`client` is the address (version, address, port) that the load balancer sees."""
        protocol, _, port = packet
        for group in self.chosen(node, protocol, port, client):
            for target in self.targets(group):
                for eni, target_port in self.interfaces(group, target):
                    found = self.leg(node, group, (eni, target_port), protocol, client)
                    if found is None:
                        continue
                    back, seen = found
                    yield eni["NetworkInterfaceId"], target_port, answered and back
                    if eni.get("Description", "").startswith("ELB "):
                        inner = (protocol, seen[1], target_port)
                        yield from self.sent_on(eni, inner, seen, answered=answered and back)

    def chosen(
        self, node: Any, protocol: str, port: int, client: tuple[int, int, int]
    ) -> list[Any]:
        """The groups to which some request of the client is forwarded."""
        name = self.of_node(node)
        out: list[Any] = []
        for classic in self.service("elb.describe-load-balancers", "LoadBalancerDescriptions"):
            if classic["LoadBalancerName"] == name and protocol == "TCP":
                out += [
                    {"classic": classic, "port": one["Listener"]["InstancePort"]}
                    for one in classic["ListenerDescriptions"]
                    if one["Listener"]["LoadBalancerPort"] == port
                ]
        for listener in self.service(f"elbv2.describe-listeners/{name}", "Listeners"):
            kind = listener["Protocol"]
            takes = {"UDP": ("UDP",), "TCP_UDP": ("TCP", "UDP")}.get(kind, ("TCP",))
            if listener["Port"] != port or protocol not in takes:
                continue
            rules = self.answers.get(
                f"elbv2.describe-rules/{listener['ListenerArn'].rsplit('/', 1)[1]}"
            )
            if rules is None:
                actions = listener["DefaultActions"]
                out += self.forwarded(actions)
                continue
            for request in REQUESTS:
                out += self.forwarded(self.decided(rules["Rules"], request, client))
        return out

    def decided(
        self, rules: list[Any], request: dict[str, str], client: tuple[int, int, int]
    ) -> Any:
        ordered = sorted(
            rules, key=lambda one: 10**6 if one["Priority"] == "default" else int(one["Priority"])
        )
        for rule in ordered:
            if all(self.meets(one, request, client) for one in rule.get("Conditions", [])):
                return rule["Actions"]
        raise AssertionError("the default rule takes everything")

    @staticmethod
    def meets(condition: Any, request: dict[str, str], client: tuple[int, int, int]) -> bool:
        if condition["Field"] == "source-ip":
            return any(
                holds(block, client[0], client[1])
                for block in condition["SourceIpConfig"]["Values"]
            )
        name = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}
        values = condition[name[condition["Field"]]]["Values"]
        return "*" in values or request[condition["Field"]] in values

    def forwarded(self, actions: list[Any]) -> list[Any]:
        arns = []
        for action in actions:
            if action["Type"] != "forward":
                continue
            if "ForwardConfig" in action:
                listed = action["ForwardConfig"]["TargetGroups"]
                arns += [one["TargetGroupArn"] for one in listed if one["Weight"] > 0]
            else:
                arns.append(action["TargetGroupArn"])
        groups = self.service("elbv2.describe-target-groups", "TargetGroups")
        return [one for one in groups if one["TargetGroupArn"] in arns]

    def targets(self, group: Any) -> list[Any]:
        if "classic" in group:
            return [{"Id": one["InstanceId"]} for one in group["classic"]["Instances"]]
        call = f"elbv2.describe-target-health/{group['TargetGroupName']}"
        return [one["Target"] for one in self.service(call, "TargetHealthDescriptions")]

    def interfaces(self, group: Any, target: Any) -> Iterator[tuple[Any, int]]:
        port = group["port"] if "classic" in group else target.get("Port") or group["Port"]
        kind = group.get("TargetType", "instance")
        if kind == "alb":
            named = target["Id"].split(":loadbalancer/")[1]
            yield from ((one, port) for one in self.nodes(named))
            return
        for eni in self.items("describe-network-interfaces", "NetworkInterfaces"):
            attached = eni.get("Attachment", {})
            if kind == "ip" and eni["PrivateIpAddress"] == target["Id"]:
                yield eni, port
            if kind == "instance" and attached.get("InstanceId") == target["Id"]:
                yield eni, port

    # -- from a node to a target -----------------------------------------------------------------------------------

    def leg(
        self,
        node: Any,
        group: Any,
        target: tuple[Any, int],
        protocol: str,
        client: tuple[int, int, int],
    ) -> tuple[bool, tuple[int, int, int]] | None:
        """None if nothing arrives; else whether it is answered, and who is seen at the target."""
        eni, port = target
        there = int(ipaddress.ip_address(eni["PrivateIpAddress"]))
        mine = int(ipaddress.ip_address(node["PrivateIpAddress"]))
        kept = self.preserved(node, group) and client[0] == 4
        sender = client[1] if kept else mine
        same = node["SubnetId"] == eni["SubnetId"]
        members = {one["GroupId"] for one in node["Groups"]}
        to_target, from_node = (protocol, there, port), (protocol, sender, port)
        leaves = (same and "classic" not in group) or self.acl_allows(
            node["SubnetId"], to_target, 4, egress=True
        )
        arrives = same or self.acl_allows(eni["SubnetId"], from_node, 4, egress=False)
        is_node = eni.get("Description", "").startswith("ELB ")
        if not (
            self.zones_allow(node, group, eni)
            and self.egress(node, eni, protocol, port)
            and self.routed(node["SubnetId"], there)
            and self.alive(eni)
            and leaves
            and arrives
            and self.admitted(eni, from_node, members)
            and (not is_node or self.listens(eni, protocol, port))
        ):
            return None
        ports = [client[2]] if kept else self.node_ports()
        back = same or any(
            self.acl_allows(eni["SubnetId"], (protocol, sender, one), 4, egress=True)
            and self.acl_allows(node["SubnetId"], (protocol, there, one), 4, egress=False)
            for one in ports
        )
        if not kept:
            back = back and self.routed(eni["SubnetId"], mine)
        if protocol == "TCP" and not back:
            return None
        return back, (4, sender, client[2])

    def node_ports(self) -> list[int]:
        low, high = NODE_PORTS
        return sorted({low} | {one for one in self.client_ports if low <= one <= high})

    def listens(self, eni: Any, protocol: str, port: int) -> bool:
        return bool(self.chosen_listeners(self.of_node(eni), protocol, port))

    def chosen_listeners(self, name: str, protocol: str, port: int) -> list[Any]:
        listed = self.service(f"elbv2.describe-listeners/{name}", "Listeners")
        return [one for one in listed if one["Port"] == port and protocol == "TCP"]

    def preserved(self, node: Any, group: Any) -> bool:
        if node["InterfaceType"] != "network_load_balancer":
            return False
        if group["TargetType"] == "alb" or "UDP" in group["Protocol"]:
            return True
        default = "false" if group["TargetType"] == "ip" else "true"
        attributes = self.attributes("target-group", group["TargetGroupName"])
        return attributes.get("preserve_client_ip.enabled", default) == "true"

    def zones_allow(self, node: Any, group: Any, eni: Any) -> bool:
        zone = self.subnets[eni["SubnetId"]]["AvailabilityZoneId"]
        here = self.subnets[node["SubnetId"]]["AvailabilityZoneId"]
        if "classic" in group:
            enabled = group["classic"]["Subnets"]
            name = group["classic"]["LoadBalancerName"]
            call = f"elb.describe-load-balancer-attributes/{name}"
            crosses = self.answers[call]["LoadBalancerAttributes"]["CrossZoneLoadBalancing"]
            crossing = bool(crosses["Enabled"])
        else:
            name = self.of_node(node)
            balancer = next(one for one in self.balancers() if one["LoadBalancerName"] == name)
            enabled = [one["SubnetId"] for one in balancer["AvailabilityZones"]]
            own = self.attributes("target-group", group["TargetGroupName"]).get(
                "load_balancing.cross_zone.enabled"
            )
            if own is None:
                whole = self.attributes("load-balancer", name)
                is_alb = balancer["Type"] == "application"
                own = "true" if is_alb else whole.get("load_balancing.cross_zone.enabled", "false")
            crossing = own == "true"
        if zone not in {self.subnets[one]["AvailabilityZoneId"] for one in enabled}:
            return False
        return crossing or zone == here

    def egress(self, node: Any, eni: Any, protocol: str, port: int) -> bool:
        if not node["Groups"] and node["InterfaceType"] == "network_load_balancer":
            return True
        members = {one["GroupId"] for one in eni["Groups"]}
        there = int(ipaddress.ip_address(eni["PrivateIpAddress"]))
        rules = [
            rule
            for one in node["Groups"]
            for rule in self.groups[one["GroupId"]]["IpPermissionsEgress"]
        ]
        return any(self.matches(rule, (protocol, there, port), members) for rule in rules)

    def admitted(self, eni: Any, packet: tuple[str, int, int], members: set[str]) -> bool:
        rules = [
            rule for one in eni["Groups"] for rule in self.groups[one["GroupId"]]["IpPermissions"]
        ]
        return any(self.matches(rule, packet, members) for rule in rules)

    @staticmethod
    def matches(rule: Any, packet: tuple[str, int, int], members: set[str]) -> bool:
        protocol, other, port = packet
        number = NUMBERS[rule["IpProtocol"]]
        if number not in {"-1", WANTED[protocol]}:
            return False
        if number != "-1" and not rule["FromPort"] <= port <= rule["ToPort"]:
            return False
        if any(pair["GroupId"] in members for pair in rule["UserIdGroupPairs"]):
            return True
        return any(holds(one["CidrIp"], 4, other) for one in rule["IpRanges"])

    def routed(self, subnet: str, address: int) -> bool:
        best: tuple[int, Any] | None = None
        for one in self.table(subnet)["Routes"]:
            for block, _ in self.destinations(one):
                if holds(block, 4, address):
                    length = ipaddress.ip_network(block).prefixlen
                    if best is None or length > best[0]:
                        best = (length, one)
        return (
            best is not None
            and best[1]["State"] == "active"
            and best[1].get("GatewayId") == "local"
        )
