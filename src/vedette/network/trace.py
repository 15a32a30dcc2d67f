"""One packet's walk from an edge to an interface and its answer's walk back, rule by rule.

This is a second reading of the same topology: it shares no set or region code with the judgement, walks entries and
routes one at a time, and so checks every witness that the judgement gives.
"""

from vedette.model.network import Hop, Transport
from vedette.network import names
from vedette.network.addrset import Family, address_text
from vedette.network.codes import Code
from vedette.network.packets import Packet, StoppedError, Trace
from vedette.network.topology import (
    AclEntry,
    AttachmentState,
    BlockMode,
    EdgeKind,
    EdgePoint,
    GroupRule,
    InterfaceKind,
    NetworkAcl,
    Profile,
    Route,
    RouteTable,
    Subnet,
    Topology,
)
from vedette.network.trace_front import enter_front
from vedette.network.trace_node import node_hops, refuses_igw, takes_anybody
from vedette.network.trace_transit import Passage

_RFC1918 = (
    (0x0A000000, 0x0AFFFFFF),  # 10.0.0.0/8
    (0xAC100000, 0xAC1FFFFF),  # 172.16.0.0/12
    (0xC0A80000, 0xC0A8FFFF),  # 192.168.0.0/16
)
_RFC6598 = ((0x64400000, 0x647FFFFF),)  # 100.64.0.0/10
_GLOBAL_UNICAST_TOP = 0b001  # 2000::/3
_REPLIES = {
    (Transport.ICMP, 8 * 256): 0,
    (Transport.ICMP, 13 * 256): 14 * 256,
    (Transport.ICMP, 15 * 256): 16 * 256,
    (Transport.ICMP, 17 * 256): 18 * 256,
    (Transport.ICMPV6, 128 * 256): 129 * 256,
}


def trace(topology: Topology, address: int, point: EdgePoint, packet: Packet) -> Trace:
    """Walk a packet to the address with this index, and its answer back."""
    walk = Walk(topology, address, point, packet)
    try:
        walk.forward()
    except StoppedError as stopped:
        return Trace(path=tuple(walk.path), back=(), stop=stopped.stop)
    try:
        walk.backward()
    except StoppedError as stopped:
        return Trace(path=tuple(walk.path), back=tuple(walk.back), stop_back=stopped.stop)
    return Trace(path=tuple(walk.path), back=tuple(walk.back))


class Walk:
    """The state of one walk; its steps can be taken one by one where a packet does not come straight from an edge."""

    def __init__(self, topology: Topology, address: int, point: EdgePoint, packet: Packet) -> None:
        addresses, interfaces = topology.addresses, topology.interfaces
        number = addresses.interfaces[address]
        self._topology = topology
        self._point = point
        self._packet = packet
        self._profile: Profile = topology.profiles[addresses.profiles[address]]
        self._subnet: Subnet = topology.subnets[self._profile.subnet]
        self._interface = interfaces.ids[number]
        self._instance = interfaces.instances[number]
        self._account, self._region = interfaces.accounts[number], interfaces.regions[number]
        self._private = addresses.private[address]
        self._public = addresses.public[address]
        transit = point.transit
        self._passage = Passage(point, transit, self._subnet, packet) if transit else None
        self._lands = transit is not None and transit.lands_in(self._subnet.id)
        self._is_screened = point.front is None or point.front.screened
        self.path: list[Hop] = []
        self.back: list[Hop] = []

    def forward(self) -> None:
        """From the edge to whatever answers at the interface."""
        point = self._point
        self._enter()
        self._gateway_table()
        if self._passage is not None:
            self.path += [self.hop(*one) for one in self._passage.forward(self._private)]
        if not self._lands and self._is_screened:
            entry = self.acl_entry(self._subnet.acl.inbound, self._packet.port)
            self.path.append(
                self.hop(names.NETWORK_ACL, self._subnet.acl.id, entry.number, entry_text(entry))
            )
        if point.front is None or point.front.filtered:
            self.enter_groups()
        self.arrive()

    def backward(self) -> None:
        """From the interface back to the client."""
        answer = self._answer_port()
        self.back.append(
            self.hop(
                names.NETWORK_INTERFACE,
                self._interface,
                None,
                "the answer passes its security groups because the request was let in",
            )
        )
        if self._is_screened:
            entry = self.acl_entry(self._subnet.acl.outbound, answer)
            self.back.append(
                self.hop(names.NETWORK_ACL, self._subnet.acl.id, entry.number, entry_text(entry))
            )
        if self._point.routed:
            route = self.route()
            self.back.append(
                self.hop(
                    names.ROUTE_TABLE,
                    self._subnet.table.id,
                    route.text,
                    f"route {route.text} leads to {route.target}",
                )
            )
        if self._passage is not None:
            self.back += [self.hop(*one) for one in self._passage.backward(self._private, answer)]
        gateway = self._point.gateway or ""
        self.back.append(
            self.hop(names.gateway_type(self._point), gateway, None, self._translation(out=True))
        )

    def _enter(self) -> None:
        point, profile = self._point, self._profile
        gateway = point.gateway
        if point.doubt is not None:
            raise StoppedError(Code.UNKNOWN_RESOURCE, gateway or point.vpc, point.doubt)
        if gateway is None:
            raise StoppedError(Code.NO_PATH, point.vpc, "the VPC has no gateway for this edge")
        if point.state != "available":
            raise StoppedError(Code.BAD_STATE, gateway, f"the attachment is {point.state}")
        self._check_source(gateway)
        if point.kind is EdgeKind.INTERNET:
            self._check_public(gateway)
        if profile.family is not point.family:
            raise StoppedError(Code.NO_PATH, gateway, "the address is of the other family")
        self.path.append(
            self.hop(names.gateway_type(point), gateway, None, self._translation(out=False))
        )

    def _check_source(self, gateway: str) -> None:
        source, point = self._packet.source, self._point
        if point.front is not None:
            enter_front(point.front, point.sources, self._packet, self._subnet)
            return
        if point.kind is EdgeKind.PEERING:
            if not _inside(source, point.sources):
                raise StoppedError(Code.NO_PATH, gateway, "the source is not in the peer's blocks")
            return
        own = next((vpc for vpc in self._topology.vpcs if vpc.id == point.vpc), None)
        if own is not None and _inside(source, own.blocks(point.family)):
            raise StoppedError(
                Code.GATEWAY_REJECTS_SPOOFED_TRAFFIC, gateway, "the source is the VPC's own"
            )
        if point.kind is EdgeKind.INTERNET:
            _check_internet(source, point.family, gateway)

    def _check_public(self, gateway: str) -> None:
        profile = self._profile
        if self._public < 0 or profile.carrier:
            raise StoppedError(
                Code.IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS,
                gateway,
                "the address is not a public one",
            )
        if profile.deny_igw and profile.family is Family.V6:
            raise StoppedError(
                Code.ENI_DENIES_IGW_TRAFFIC, self._interface, "the interface refuses it"
            )
        if profile.family is Family.V6 and refuses_igw(self._topology, profile):
            raise StoppedError(
                Code.BALANCER_DENIES_IGW_TRAFFIC, self._interface, "the load balancer refuses it"
            )
        if self._subnet.block_mode is not BlockMode.OFF:
            raise StoppedError(
                Code.VPC_BLOCK_PUBLIC_ACCESS_ENABLED,
                self._subnet.id,
                f"VPC Block Public Access: {self._subnet.block_mode}",
            )

    def _gateway_table(self) -> None:
        table = self._point.table
        if table is None:
            return
        route = _best_route(table, self._private, self._profile.family)
        if table.doubt or table.doubtful or (route is not None and route.target != "local"):
            raise StoppedError(
                Code.INGRESS_RTB_TRAFFIC_REDIRECTION, table.id, "it leads somewhere else"
            )

    def acl_entry(self, entries: tuple[AclEntry, ...], port: int) -> AclEntry:
        """The entry that lets the packet's other end through on a port. StoppedError if none does."""
        acl: NetworkAcl = self._subnet.acl
        if acl.doubt is not None:
            raise StoppedError(Code.UNKNOWN_RESOURCE, acl.id, acl.doubt)
        packet = self._packet
        for entry in entries:
            if (
                entry.family is self._profile.family
                and entry.transport in {None, packet.transport}
                and entry.ports[0] <= port <= entry.ports[1]
                and entry.span[0] <= packet.source <= entry.span[1]
            ):
                if entry.allow:
                    return entry
                raise StoppedError(
                    Code.SUBNET_ACL_RESTRICTION, acl.id, f"entry {entry.number} denies it"
                )
        raise StoppedError(Code.SUBNET_ACL_RESTRICTION, acl.id, "no entry allows it")

    def enter_groups(self) -> None:
        """Find the rule that lets the packet in. StoppedError if none does."""
        groups = self._topology.group_sets[self._profile.groups]
        if not groups.ids and takes_anybody(self._topology, self._profile):
            return
        for group in groups.groups:
            for rule in group.rules:
                if self._rule_matches(rule):
                    self.path.append(
                        self.hop(names.SECURITY_GROUP, group.id, rule.id, rule_text(rule))
                    )
                    return
        listed = ",".join(groups.ids)
        if not any(group.rules for group in groups.groups):
            raise StoppedError(Code.SG_HAS_NO_RULES, listed, "there are no inbound rules")
        raise StoppedError(Code.ENI_SG_RULES_MISMATCH, listed, "no inbound rule lets it in")

    def _rule_matches(self, rule: GroupRule) -> bool:
        packet = self._packet
        if rule.doubt is not None or rule.transport not in {None, packet.transport}:
            return False
        if not rule.ports[0] <= packet.port <= rule.ports[1]:
            return False
        if rule.reference is not None:
            return any(
                group == rule.reference and _inside(packet.source, addresses)
                for group, addresses in self._point.members
            )
        return rule.family is self._profile.family and _inside(packet.source, rule.spans)

    def arrive(self) -> None:
        """Reach what answers. StoppedError if nothing does."""
        profile = self._profile
        if profile.attachment is not AttachmentState.ATTACHED:
            raise StoppedError(
                Code.BAD_STATE_ATTACHMENT, self._interface, f"it is {profile.attachment}"
            )
        node = profile.kind is InterfaceKind.LOAD_BALANCER
        if not node and profile.kind not in {InterfaceKind.HOST, InterfaceKind.INSTANCE}:
            raise StoppedError(
                Code.NO_POSSIBLE_DESTINATION, self._interface, f"it belongs to a {profile.kind}"
            )
        private = address_text(self._private, profile.family)
        self.path.append(
            self.hop(names.NETWORK_INTERFACE, self._interface, None, f"it has {private}")
        )
        if node:
            self.path += [
                self.hop(*one) for one in node_hops(self._topology, profile, self._packet)
            ]
        if self._instance is None:
            return
        if profile.state != "running":
            raise StoppedError(Code.BAD_STATE, self._instance, f"it is {profile.state}")
        self.path.append(self.hop(names.INSTANCE, self._instance, None, "it is running"))

    def _answer_port(self) -> int:
        packet = self._packet
        if packet.transport in {Transport.TCP, Transport.UDP}:
            return packet.source_port
        answer = _REPLIES.get((packet.transport, packet.port))
        if answer is None:
            raise StoppedError(Code.NO_PATH, self._interface, "this ICMP message has no answer")
        return answer

    def route(self) -> Route:
        """The route to the packet's other end, which leads to the gateway. StoppedError if it does not."""
        table = self._subnet.table
        inside = self._point.kind is EdgeKind.BALANCER
        unclear = [
            one
            for one in table.doubtful
            if not (inside and one.target.startswith("vpce-") and not one.appliance)
        ]
        if table.doubt is not None or unclear:
            certain = table.doubt is None and all(
                one.active and one.target == self._point.gateway for one in unclear
            )
            if not certain:
                raise StoppedError(Code.UNKNOWN_RESOURCE, table.id, "its routes are not all known")
        route = _best_route(table, self._packet.source, self._profile.family)
        if route is None:
            raise StoppedError(Code.NO_ROUTE_TO_DESTINATION, table.id, "no route to the client")
        if not route.active:
            raise StoppedError(Code.BAD_STATE_ROUTE, table.id, f"{route.text} is a blackhole")
        if route.target != self._point.gateway:
            raise StoppedError(
                Code.NO_ROUTE_TO_DESTINATION,
                table.id,
                f"{route.text} leads to {route.target}, not to {self._point.gateway}",
            )
        return route

    def _translation(self, *, out: bool) -> str:
        family = self._profile.family
        private = address_text(self._private, family)
        if self._point.front is not None and not out:
            return f"for {private}: {self._point.front.words}"
        if self._point.kind is not EdgeKind.INTERNET or family is Family.V6:
            return f"from {private}" if out else f"for {private}"
        public = address_text(self._public, family)
        return f"from {private} to {public}" if out else f"to {public}, which is {private}"

    def hop(self, kind: str, identity: str, rule: str | int | None, because: str) -> Hop:
        """A hop with the component's ARN; other services' components are named by theirs."""
        in_subnet = kind in {names.NETWORK_ACL, names.ROUTE_TABLE, *names.GATEWAY_TYPES.values()}
        account = self._subnet.account if in_subnet else self._account
        if self._point.transit is not None and kind in names.TRANSIT_TYPES:
            account = self._point.transit.owner
        return Hop(
            component_type=kind,
            component_id=identity,
            arn=names.arn_of(kind, identity, account, self._region),
            rule=None if rule is None else str(rule),
            because=because,
        )


def _check_internet(source: int, family: Family, gateway: str) -> None:
    if family is Family.V6:
        if source >> 125 != _GLOBAL_UNICAST_TOP:
            raise StoppedError(Code.NO_PATH, gateway, "the source is not a global address")
    elif _inside(source, _RFC1918):
        raise StoppedError(
            Code.IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS, gateway, "the source is private"
        )
    elif _inside(source, _RFC6598):
        raise StoppedError(
            Code.IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS, gateway, "the source is shared"
        )


def _inside(address: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= address <= high for low, high in spans)


def _best_route(table: RouteTable, address: int, family: Family) -> Route | None:
    best: Route | None = None
    for route in table.routes:
        if route.family is not family or not route.span[0] <= address <= route.span[1]:
            continue
        if best is None or (-route.length, route.rank) < (-best.length, best.rank):
            best = route
    return best


def entry_text(entry: AclEntry) -> str:
    """What a network ACL's entry allows, in words."""
    return f"entry {entry.number} allows {scope_text(entry.transport, entry.ports)}: {entry.text}"


def rule_text(rule: GroupRule) -> str:
    """What an inbound rule lets in, in words."""
    return f"the rule lets in {scope_text(rule.transport, rule.ports)} from {rule.source}"


def scope_text(transport: Transport | None, ports: tuple[int, int]) -> str:
    """Protocol and ports in words."""
    if transport is None:
        return "everything"
    if transport in {Transport.ICMP, Transport.ICMPV6}:
        return f"{transport} type/code {ports[0] >> 8}/{ports[0] & 255}-{ports[1] >> 8}/{ports[1] & 255}"
    return (
        f"{transport} {ports[0]}" if ports[0] == ports[1] else f"{transport} {ports[0]}-{ports[1]}"
    )
