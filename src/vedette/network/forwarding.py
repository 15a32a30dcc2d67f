"""The second judgement: what load balancers send on, and from which clients it comes.

The first judgement says who reaches a listener of a node. From there a rule forwards to a group, and each target is
judged as an address that is reached from the node: from the node's own address, or, where it is preserved, from the
client's. Sets of clients are exact; a load balancer behind another starts the judgement once more.
"""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.model.network import Transport
from vedette.network.addrset import NONE, contains, everything, intersect, union
from vedette.network.balancer_changes import (
    AnyChange,
    DeleteListener,
    DeregisterTarget,
    applied,
)
from vedette.network.balancing import Balancer, BalancerKind, Forward, Listener
from vedette.network.codes import Code
from vedette.network.components import FORWARDING
from vedette.network.components._base import Doubt, Handover, Role, Shut, Situation
from vedette.network.components.load_balancer_egress import NODE_PORTS
from vedette.network.inside import INSIDE, common_ports, inside_view, node_returns
from vedette.network.judge import Judgement, Memo, Outcome, situation_of
from vedette.network.portset import sources_at
from vedette.network.spots import LOCAL, Spots
from vedette.network.topology import (
    EdgeKind,
    EdgePoint,
    Subnet,
    Topology,
)
from vedette.network.ways import (
    Arrival,
    Clients,
    Leg,
    Step,
    Way,
    arrivals,
    clients_at,
    taken_of,
    way_of,
)

_DEEPEST = 3


class Forwarder:
    """Judges what load balancers send on; with `changes`, as it would be after them."""

    def __init__(
        self, judgement: Judgement, memo: Memo | None = None, changes: tuple[AnyChange, ...] = ()
    ) -> None:
        self._judgement = judgement
        self._topology: Topology = judgement.topology
        self._memo = memo or Memo()
        self._changes = changes
        self._subnets = {subnet.id: subnet for subnet in self._topology.subnets}
        self._outbound = {group.id: group for group in self._topology.outbound}
        self._regions = {vpc.id: vpc.region for vpc in self._topology.vpcs}
        self._at = Spots(self._topology)

    def ways(self, balancers: Iterable[Balancer] | None = None) -> Iterator[Way]:
        """Every way through the load balancers (all, unless some are given), node by node."""
        for balancer in self._topology.balancers if balancers is None else balancers:
            if balancer.kind is BalancerKind.GATEWAY:
                continue
            for node in balancer.nodes:
                profile = self._topology.addresses.profiles[node]
                for judged in self._judgement.by_profile[profile]:
                    outcome = self._first(node, judged.point, judged.outcome)
                    for arrival in arrivals(balancer, node, judged.point, outcome):
                        yield from self._onward(balancer, arrival)

    def again(self, way: Way) -> Clients:
        """The clients of a way that is already known, as they are after the changes."""
        first = way.steps[0]
        outcome = self._memo.outcome(self._situation(first.node, way.point))
        arrival = Arrival(
            point=way.point,
            transport=way.transport,
            node=first.node,
            port=first.listener.port,
            clients=clients_at(outcome, way.transport, first.listener.port),
        )
        for step in way.steps:
            if self._is_gone(step.balancer, step.listener):
                return Clients()
            clients = taken_of(arrival, step.forward)
            arrival = msgspec.structs.replace(arrival, node=step.node, clients=clients)
            followed = [
                one for one in self._to_known(arrival, step) if one.last.arrived == step.arrived
            ]
            if not followed:
                return Clients()
            arrival = self._further(arrival, followed[0])
        return arrival.clients

    def edges(self, balancer: Balancer) -> tuple[str, ...]:
        """The names of the edges from which something reaches the load balancer, or may."""
        profiles = {self._topology.addresses.profiles[node] for node in balancer.nodes}
        return tuple(
            sorted(
                {
                    judged.point.name
                    for profile in profiles
                    for judged in self._judgement.by_profile[profile]
                    if judged.outcome.most
                }
            )
        )

    def _first(self, node: int, point: EdgePoint, outcome: Outcome) -> Outcome:
        if not self._changes:
            return outcome
        return self._memo.outcome(self._situation(node, point))

    def _situation(self, address: int, point: EdgePoint) -> Situation:
        topology = self._topology
        situation = situation_of(topology, topology.addresses.profiles[address], point)
        interface = topology.interfaces.ids[topology.addresses.interfaces[address]]
        return applied(self._changes, situation, interface)

    def _onward(self, balancer: Balancer, arrival: Arrival) -> Iterator[Way]:
        for listener in balancer.listeners:
            if listener.port != arrival.port or arrival.transport not in listener.transports:
                continue
            for forward in listener.forwards:
                if arrival.transport not in forward.group.transports:
                    continue
                clients = taken_of(arrival, forward)
                if clients.most:
                    yield from self._to_group(balancer, arrival, listener, forward, clients)

    def _to_group(
        self,
        balancer: Balancer,
        arrival: Arrival,
        listener: Listener,
        forward: Forward,
        clients: Clients,
    ) -> Iterator[Way]:
        doubts = arrival.doubts
        if listener.doubt is not None:
            clients, doubts = clients.unsure(), (*doubts, _unknown(listener.doubt))
        arrival = msgspec.structs.replace(arrival, clients=clients, doubts=doubts)
        for target in forward.group.targets:
            step = Step(
                balancer=balancer,
                node=arrival.node,
                listener=listener,
                forward=forward,
                target=target,
                preserved=False,
                arrived=None,
            )
            yield from self._to_target(arrival, step)

    def _is_gone(self, balancer: Balancer, listener: Listener) -> bool:
        return DeleteListener(balancer=balancer.id, listener=listener.id) in self._changes

    def _to_target(self, arrival: Arrival, step: Step) -> Iterator[Way]:
        for way in self._to_known(arrival, step):
            yield way
            inner = way.last.target.balancer
            if inner is not None and way.last.arrived is not None and way.clients.most:
                yield from self._onward(
                    self._topology.balancers[inner], self._further(arrival, way)
                )

    def _to_known(self, arrival: Arrival, step: Step) -> Iterator[Way]:
        """The ways of one step: several where the target is a load balancer, which has several nodes."""
        target = step.target
        if DeregisterTarget(group=step.forward.group.id, target=target.id) in self._changes:
            return
        if target.refused is not None:
            reason = Shut(code=Code.FUNCTION_POLICY, role=Role.TARGET_GROUP, reason=target.refused)
            yield way_of(arrival, step, Clients(), shut=reason)
        elif target.doubt is not None:
            doubts = (*arrival.doubts, _unknown(target.doubt))
            yield way_of(arrival, step, arrival.clients.unsure(), doubts=doubts)
        elif target.address is not None:
            yield self._to_address(arrival, step, target.address)
        elif target.balancer is not None:
            yield from self._to_balancer(arrival, step, target.balancer)
        else:
            yield way_of(arrival, step, arrival.clients, doubts=arrival.doubts)

    def _to_balancer(self, arrival: Arrival, step: Step, index: int) -> Iterator[Way]:
        inner = self._topology.balancers[index]
        if inner.nodes and len(arrival.steps) + 1 < _DEEPEST:
            yield from (self._to_address(arrival, step, node) for node in inner.nodes)
            return
        reason = "the network interfaces of the target were not described"
        doubts = (*arrival.doubts, _unknown(reason))
        yield way_of(arrival, step, arrival.clients.unsure(), doubts=doubts)

    def _further(self, arrival: Arrival, way: Way) -> Arrival:
        """Where a way ends, as an arrival."""
        last = way.last
        sender = None
        if last.arrived is not None and not last.preserved:
            sender = self._at.sender(last, self._at.family(last.arrived))
        return Arrival(
            point=arrival.point,
            transport=arrival.transport,
            node=last.arrived or 0,
            port=last.target.port,
            clients=way.clients,
            seen=None if sender is None else (self._at.family(last.arrived or 0), sender),
            whole=arrival.whole,
            steps=way.steps,
            doubts=way.doubts,
        )

    def _to_address(self, arrival: Arrival, step: Step, address: int) -> Way:
        """Judge both ways of sending where it is not known whether the client's address is preserved."""
        family = self._at.family(address)
        preserves = step.forward.group.preserves
        choices = (False, True) if preserves is None else (preserves,)
        if family is not arrival.point.family:
            choices = (False,)  # one family's addresses cannot be kept in the other's packets
        if arrival.point.front is not None and not arrival.point.front.preserves:
            choices = (False,)
        ways = [self._leg(arrival, step, address, preserved) for preserved in choices]
        if len(ways) == 1:
            return ways[0]
        proxied, kept = ways
        if (proxied.clients, proxied.shut) == (kept.clients, kept.shut):
            return proxied
        clients = Clients(
            least=intersect(proxied.clients.least, kept.clients.least),
            most=union((proxied.clients.most, kept.clients.most)),
            answers=intersect(proxied.clients.answers, kept.clients.answers),
        )
        doubt = _unknown("whether clients' addresses are preserved was not recorded")
        doubts = tuple(dict.fromkeys((*proxied.doubts, *kept.doubts, doubt)))
        return msgspec.structs.replace(proxied, clients=clients, shut=None, doubts=doubts)

    def _leg(self, arrival: Arrival, step: Step, address: int, preserved: bool) -> Way:  # noqa: FBT001 - one of two ways
        step = msgspec.structs.replace(step, preserved=preserved, arrived=address)
        node, there = self._at.subnet(step.node), self._at.subnet(address)
        gateway = self._at.gateway(node.vpc or "", there.vpc or "")
        leg = Leg(
            step=step,
            transport=arrival.transport,
            family=self._at.family(address),
            clients=arrival.clients,
            gateway=gateway,
            same=node.id == there.id,
        )
        sender = self._at.sender(step, leg.family)
        unjudged = None
        if gateway is None or (preserved and gateway != LOCAL):
            unjudged = "the target is in a network that is not judged from the load balancer's"
        elif sender is None:
            shut = Shut(
                code=Code.NO_PATH,
                role=Role.BALANCER,
                reason=f"the load balancer's node has no {leg.family} address to send from",
            )
            return way_of(arrival, step, Clients(), shut=shut)
        if unjudged is not None:
            doubts = (*arrival.doubts, _unknown(unjudged))
            return way_of(arrival, step, arrival.clients.unsure(), doubts=doubts)
        return self._judged(arrival, leg, sender or 0, (node, there))

    def _judged(
        self, arrival: Arrival, leg: Leg, sender: int, subnets: tuple[Subnet, Subnet]
    ) -> Way:
        handover = self._handover(leg, *subnets)
        doubts = list(arrival.doubts)
        sure = True
        for component in FORWARDING:
            verdict = component.judge(handover)
            if isinstance(verdict, Shut):
                return way_of(arrival, leg.step, Clients(), shut=verdict)
            if isinstance(verdict, Doubt):
                doubts.append(verdict)
                sure = False
        outcome = self._memo.outcome(self._target_situation(leg, sender))
        if outcome.shut is not None:
            return way_of(arrival, leg.step, Clients(), shut=outcome.shut)
        doubts += outcome.doubts
        clients = self._through(leg, handover, outcome, sender)
        clients = clients if sure else clients.unsure()
        if not clients.most:
            shut = Shut(
                code=Code.ENI_SG_RULES_MISMATCH,
                role=Role.GROUPS,
                reason="nothing of what the load balancer sends is let in",
            )
            return way_of(arrival, leg.step, clients, shut=shut)
        return way_of(arrival, leg.step, clients, doubts=tuple(dict.fromkeys(doubts)))

    def _through(self, leg: Leg, handover: Handover, outcome: Outcome, sender: int) -> Clients:
        transport, port, clients = leg.transport, leg.step.target.port, leg.clients
        least = sources_at(outcome.least.of(transport), port)
        most = sources_at(outcome.most.of(transport), port)
        answers = sources_at(outcome.answers.of(transport), port)
        there = self._at.subnet(leg.step.arrived or 0).acl
        if not leg.step.preserved:
            joint = leg.same or node_returns(handover, there, sender)
            # network ACLs that are not known may have a port for both
            perhaps = joint or {there.doubt, handover.node.acl.doubt} != {None}
            one_way = transport is not Transport.TCP
            return Clients(
                least=clients.least if contains(least, sender) and (joint or one_way) else NONE,
                most=clients.most if contains(most, sender) and (perhaps or one_way) else NONE,
                answers=clients.answers if joint and contains(answers, sender) else NONE,
            )
        back = hope = everything(leg.family)
        if not leg.same:
            back = common_ports(handover, there)
            if there.doubt is None and handover.node.acl.doubt is None:
                hope = back
        if transport is Transport.TCP:
            least, most = intersect(least, back), intersect(most, hope)
        return Clients(
            least=intersect(clients.least, least),
            most=intersect(clients.most, most),
            answers=intersect(clients.answers, intersect(answers, back)),
        )

    def _handover(self, leg: Leg, node: Subnet, there: Subnet) -> Handover:
        step, topology = leg.step, self._topology
        address = step.arrived or 0
        groups = self._at.groups(step.node)
        known = tuple(self._outbound[one] for one in groups.ids if one in self._outbound)
        absent = tuple(one for one in groups.ids if one not in self._outbound)
        return Handover(
            balancer=step.balancer,
            group=step.forward.group,
            target=step.target,
            transport=leg.transport,
            family=leg.family,
            address=topology.addresses.private[address],
            node=inside_view(node),
            zone=there.zone,
            zones=frozenset(
                self._subnets[one].zone if one in self._subnets else None
                for one in step.balancer.subnets
            ),
            groups=known,
            absent=absent,
            restricted=bool(groups.ids) or step.balancer.kind is not BalancerKind.NETWORK,
            members=frozenset(self._at.groups(address).ids),
            gateway=leg.gateway or "",
            same=leg.same,
            preserved=step.preserved,
        )

    def _target_situation(self, leg: Leg, sender: int) -> Situation:
        step, address = leg.step, leg.step.arrived or 0
        own = ((sender, sender),)
        sources = leg.clients.most if step.preserved else own
        here, there = self._at.subnet(step.node), self._at.subnet(address)
        kept = self._regions.get(here.vpc or "") == self._regions.get(there.vpc or "")
        ids = self._at.groups(step.node).ids if kept else ()
        point = EdgePoint(
            name=EdgeKind.BALANCER,
            kind=EdgeKind.BALANCER,
            family=leg.family,
            vpc=there.vpc or "",
            gateway=leg.gateway,
            sources=sources,
            members=tuple((one, sources) for one in ids),
            client_ports=(0, 65535) if step.preserved else NODE_PORTS,
            routed=not step.preserved,
        )
        situation = self._situation(address, point)
        subnet = inside_view(situation.subnet)
        if leg.same:
            subnet = msgspec.structs.replace(subnet, acl=INSIDE)
        return msgspec.structs.replace(situation, subnet=subnet)


def _unknown(reason: str) -> Doubt:
    return Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.BALANCER, reason=reason)
