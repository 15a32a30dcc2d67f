"""One packet's walk through load balancers to a target, and its answer's walk back.

Like `trace`, this reads rules, entries and routes one at a time, and shares no set or region code with the judgement.
Nodes send from ports 1024-65535 (Reachability Analyzer, `REMAP_EPHEMERAL_PORT`), so that any of them may be taken.
"""

from collections.abc import Iterator

from vedette.model.network import Hop
from vedette.network import names
from vedette.network.addrset import Family
from vedette.network.balancing import BalancerKind
from vedette.network.codes import Code
from vedette.network.packets import Packet, Stop, StoppedError, Trace
from vedette.network.topology import (
    AclEntry,
    EdgeKind,
    EdgePoint,
    GroupRule,
    NetworkAcl,
    Subnet,
    Topology,
)
from vedette.network.trace import Walk, entry_text, rule_text, trace
from vedette.network.ways import Step, Way

_NODE_PORTS = (1024, 65535)
_USUAL = 49152


def trace_way(topology: Topology, way: Way, source: int) -> Trace:
    """Walk a packet from this source along the way; the client uses the first port from which it is answered."""
    best: Trace | None = None
    for port in _client_ports(topology, way):
        walk = _walk(topology, way, source, port)
        if walk.answered:
            return walk
        if best is None or (walk.delivered and not best.delivered):
            best = walk
    return best or Trace(path=(), back=())


def client_port_of(topology: Topology, way: Way, source: int) -> int:
    """The client port that `trace_way` takes."""
    ports = _client_ports(topology, way)
    return next((one for one in ports if _walk(topology, way, source, one).answered), _USUAL)


def _client_ports(topology: Topology, way: Way) -> list[int]:
    """One port of every range that some network ACL on the way tells apart, usual ones first."""
    borders: set[int] = {0, 1024}
    for step in way.steps:
        for address in (step.node, step.arrived):
            if address is not None:
                borders |= _borders(_subnet(topology, address).acl)
    for landing in way.point.transit.landings if way.point.transit else ():
        borders |= _borders(landing.acl)
    usual = [_USUAL, 32768, 1024]
    return usual + sorted(borders - set(usual), key=lambda one: (one < _NODE_PORTS[0], one))


def _borders(acl: NetworkAcl) -> set[int]:
    entries = (*acl.inbound, *acl.outbound)
    found = {border for one in entries for border in (one.ports[0], one.ports[1] + 1)}
    return {one for one in found if one <= _NODE_PORTS[1]}


def _subnet(topology: Topology, address: int) -> Subnet:
    profile = topology.profiles[topology.addresses.profiles[address]]
    return topology.subnets[profile.subnet]


def _walk(topology: Topology, way: Way, source: int, client_port: int) -> Trace:
    first = way.steps[0]
    packet = Packet(
        transport=way.transport, source=source, source_port=client_port, port=first.listener.port
    )
    entered = trace(topology, first.node, way.point, packet)
    if not entered.delivered:
        return entered
    path, back = list(entered.path), list(entered.back)
    stop_back = entered.stop_back
    client = (way.point.family, source)
    for step in way.steps:
        try:
            leg = _Leg(topology, way, step, client, client_port)
            path += leg.forward()
        except StoppedError as stopped:
            return Trace(path=tuple(path), back=(), stop=stopped.stop)
        answer, stopped_at = leg.backward()
        back = [*answer, *back]
        stop_back = stop_back or stopped_at
        client = leg.sender
    return Trace(path=tuple(path), back=tuple(back), stop_back=stop_back)


class _Leg:
    """From a node to what it sends to; `sender` is the address that is sent from."""

    def __init__(
        self,
        topology: Topology,
        way: Way,
        step: Step,
        client: tuple[Family, int],
        client_port: int,
    ) -> None:
        self._topology = topology
        self._way = way
        self._step = step
        self._client = client
        self._client_port = client_port
        self.sender = client
        if step.arrived is None:
            return
        here, there = _subnet(topology, step.node), _subnet(topology, step.arrived)
        self._here, self._there = here, there
        family = self._family(step.arrived)
        if not step.preserved:
            self.sender = (family, self._node_address(family))
        addresses = topology.addresses
        target = step.target.port
        self._near = Walk(
            topology,
            self._sibling(family),
            self._inner_point(here.vpc),
            Packet(
                transport=way.transport,
                source=addresses.private[step.arrived],
                source_port=target,
                port=target,
            ),
        )
        self._far = Walk(
            topology,
            step.arrived,
            self._inner_point(there.vpc),
            Packet(
                transport=way.transport,
                source=self.sender[1],
                source_port=client_port,
                port=target,
            ),
        )

    def forward(self) -> list[Hop]:
        step = self._step
        hops = [*self._rules(), self._group()]
        if step.target.refused is not None or step.target.doubt is not None:
            reason = step.target.refused or step.target.doubt or ""
            raise StoppedError(Code.UNKNOWN_RESOURCE, step.target.id, reason)
        if step.arrived is None:
            return [*hops, _function_hop(step)]
        self._zones()
        hops.append(self._leaves())
        route = self._near.route()
        hops.append(
            self._near.hop(
                names.ROUTE_TABLE,
                self._here.table.id,
                route.text,
                f"route {route.text} leads to {route.target}",
            )
        )
        hops += self._acls(self._here.acl.outbound, self._there.acl.inbound, step.target.port)
        self._far.enter_groups()
        self._far.arrive()
        return hops + self._far.path

    def backward(self) -> tuple[list[Hop], Stop | None]:
        """The answer's hops from the target to the node, and where it stops."""
        if self._step.arrived is None:
            return [], None
        if self._step.preserved:
            ports = [self._client_port]
        else:
            low, high = _NODE_PORTS
            borders = _borders(self._here.acl) | _borders(self._there.acl)
            ports = [_USUAL, low, *sorted(one for one in borders if low <= one <= high)]
        stop: Stop | None = None
        for port in ports:
            try:
                return self._answer(port), None
            except StoppedError as stopped:
                stop = stopped.stop
        return [], stop

    def _answer(self, port: int) -> list[Hop]:
        step, far = self._step, self._far
        interface = self._topology.addresses.interfaces[step.arrived or 0]
        hops = [
            far.hop(
                names.NETWORK_INTERFACE,
                self._topology.interfaces.ids[interface],
                None,
                "the answer passes its security groups because the request was let in",
            )
        ]
        if not step.preserved:
            far.route()
        if self._here.id != self._there.id:
            hops.append(
                self._entry(far, self._there, far.acl_entry(self._there.acl.outbound, port))
            )
            near = self._near
            hops.append(self._entry(near, self._here, near.acl_entry(self._here.acl.inbound, port)))
        return hops

    def _rules(self) -> Iterator[Hop]:
        step = self._step
        family, address = self._client
        sources = dict(step.forward.sources)[family]
        if step.listener.doubt is not None:
            raise StoppedError(Code.UNKNOWN_RESOURCE, step.listener.id, step.listener.doubt)
        if not any(low <= address <= high for low, high in sources):
            raise StoppedError(Code.NO_PATH, step.forward.rule, "the rule is not for this client")
        if step.forward.rule == step.listener.id:
            return
        labels = f", {' and '.join(step.forward.labels)}" if step.forward.labels else ""
        yield Hop(
            component_type=names.LISTENER_RULE,
            component_id=step.forward.rule,
            arn=step.forward.rule,
            because=f"a request that it takes is forwarded{labels}",
        )

    def _group(self) -> Hop:
        step = self._step
        group = step.forward.group
        classic = step.balancer.kind is BalancerKind.CLASSIC
        if self._way.transport not in group.transports:
            raise StoppedError(Code.NO_PATH, group.id, f"it does not take {self._way.transport}")
        port = f":{step.target.port}" if step.target.port else ""
        return Hop(
            component_type=names.CLASSIC_BALANCER if classic else names.TARGET_GROUP,
            component_id=group.id,
            arn=group.id if group.id.startswith("arn:") else None,
            rule=f"{step.target.id}{port}",
            because=f"{step.target.id}{port} is registered",
        )

    def _zones(self) -> None:
        step, target = self._step, self._there.zone
        if step.target.anywhere:
            return
        zones = {
            subnet.zone for subnet in self._topology.subnets if subnet.id in step.balancer.subnets
        }
        every = {one.id for one in self._topology.subnets} >= set(step.balancer.subnets)
        if every and zones and None not in zones and target is not None and target not in zones:
            raise StoppedError(
                Code.ELB_INSTALLED_AZ_RESTRICTION, step.balancer.id, f"{target} is not enabled"
            )
        same = target is not None and target == self._here.zone
        if step.forward.group.crosses is not True and not same:
            raise StoppedError(Code.ELB_NOT_CROSSZONE, step.balancer.id, f"it is in {target}")

    def _leaves(self) -> Hop:
        """The outbound rule of the node's groups that lets the packet out."""
        step, topology = self._step, self._topology
        ids = self._groups_of(step.node)
        if not ids and step.balancer.kind is BalancerKind.NETWORK:
            return Hop(
                component_type=names.BALANCER,
                component_id=step.balancer.id,
                arn=step.balancer.id,
                because="it has no security groups: all traffic can leave",
            )
        for group in topology.outbound:
            for rule in group.rules:
                if group.id in ids and self._permits(rule):
                    text = rule_text(rule).replace("lets in", "lets out").replace("from", "to")
                    return self._near.hop(names.SECURITY_GROUP, group.id, rule.id, text)
        raise StoppedError(
            Code.ENI_SG_RULES_MISMATCH, ",".join(ids), "no outbound rule lets it out"
        )

    def _permits(self, rule: GroupRule) -> bool:
        step = self._step
        if rule.doubt is not None or rule.transport not in {None, self._way.transport}:
            return False
        if not rule.ports[0] <= step.target.port <= rule.ports[1]:
            return False
        arrived = step.arrived or 0
        if rule.reference is not None:
            return rule.reference in self._groups_of(arrived)
        address = self._topology.addresses.private[arrived]
        same = rule.family is self._family(arrived)
        return same and any(low <= address <= high for low, high in rule.spans)

    def _acls(
        self, out: tuple[AclEntry, ...], into: tuple[AclEntry, ...], port: int
    ) -> Iterator[Hop]:
        """Between subnets both network ACLs meet it; a Classic Load Balancer's outbound one always does."""
        crosses = self._here.id != self._there.id
        if crosses or self._step.balancer.kind is BalancerKind.CLASSIC:
            yield self._entry(self._near, self._here, self._near.acl_entry(out, port))
        if crosses:
            yield self._entry(self._far, self._there, self._far.acl_entry(into, port))

    def _entry(self, walk: Walk, subnet: Subnet, entry: AclEntry) -> Hop:
        return walk.hop(names.NETWORK_ACL, subnet.acl.id, entry.number, entry_text(entry))

    def _inner_point(self, vpc: str | None) -> EdgePoint:
        """What stands for the way between node and target in one of their VPCs."""
        joined = "local" if self._here.vpc == self._there.vpc else self._peering()
        regions = {
            one.region for one in self._topology.vpcs if one.id in {self._here.vpc, self._there.vpc}
        }
        groups = self._groups_of(self._step.node) if len(regions) == 1 else ()
        everyone = ((0, (1 << 128) - 1),)
        return EdgePoint(
            name=EdgeKind.BALANCER,
            kind=EdgeKind.BALANCER,
            family=self._family(self._step.arrived or 0),
            vpc=vpc or "",
            gateway=joined,
            sources=everyone,
            members=tuple((one, everyone) for one in groups),
        )

    def _peering(self) -> str | None:
        pairs = [
            {
                one.gateway
                for one in self._topology.points
                if one.kind is EdgeKind.PEERING and one.vpc == vpc
            }
            for vpc in (self._here.vpc, self._there.vpc)
        ]
        return min((one for one in pairs[0] & pairs[1] if one is not None), default=None)

    def _family(self, address: int) -> Family:
        return self._topology.profiles[self._topology.addresses.profiles[address]].family

    def _groups_of(self, address: int) -> tuple[str, ...]:
        profile = self._topology.profiles[self._topology.addresses.profiles[address]]
        return self._topology.group_sets[profile.groups].ids

    def _sibling(self, family: Family) -> int:
        """The node's first address of a family."""
        addresses, step = self._topology.addresses, self._step
        number = addresses.interfaces[step.node]
        for node in step.balancer.nodes:
            if addresses.interfaces[node] == number and self._family(node) is family:
                return node
        raise StoppedError(Code.NO_PATH, step.balancer.id, f"the node has no {family} address")

    def _node_address(self, family: Family) -> int:
        return self._topology.addresses.private[self._sibling(family)]


def _function_hop(step: Step) -> Hop:
    return Hop(
        component_type=names.FUNCTION,
        component_id=step.target.id,
        arn=step.target.id,
        because="the function is invoked with the request",
    )
