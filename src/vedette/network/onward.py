"""What is exposed through load balancers: one answer for each edge, listener, and target.

Ways over several nodes of one load balancer are one answer with all of their clients. As with every exposure, a
packet is walked, and a walk that contradicts the judgement is told in place of it.
"""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.model.network import (
    ClosingChange,
    Exposure,
    NotReachable,
    PortRange,
    Transport,
    UnknownReach,
    Witness,
)
from vedette.network.addrset import (
    AddrSet,
    Family,
    address_text,
    covers,
    intersect,
    subtract,
    to_cidrs,
    union,
)
from vedette.network.balancing import Balancer, Listener, Target
from vedette.network.codes import Code
from vedette.network.components._base import Doubt, Role, Shut
from vedette.network.forwarding import Forwarder
from vedette.network.names import inspector_path
from vedette.network.normalise.invocations import base_of
from vedette.network.topology import CLOSABLE, EdgeKind, Topology
from vedette.network.trace_way import client_port_of, trace_way
from vedette.network.ways import Step, Way
from vedette.network.witness import usual_source

Answer = Exposure | NotReachable | UnknownReach

Key = tuple[object, ...]


class Onward(msgspec.Struct, frozen=True, kw_only=True):
    """All ways from one edge through one listener to one target."""

    ways: tuple[Way, ...]

    @property
    def first(self) -> Way:
        """One of them, for what they have in common."""
        return self.ways[0]

    @property
    def least(self) -> AddrSet:
        """Clients that surely get through."""
        return union(way.clients.least for way in self.ways)

    @property
    def most(self) -> AddrSet:
        """Clients that perhaps get through."""
        return union(way.clients.most for way in self.ways)

    @property
    def answers(self) -> AddrSet:
        """Clients that surely get through and are answered."""
        return union(intersect(way.clients.least, way.clients.answers) for way in self.ways)

    @property
    def whole(self) -> bool:
        """Whether the clients are all that the edge has."""
        sets = [one for way in self.ways for one in way.whole]
        return self.least in sets or covers(self.least, self.first.point.sources)


class Closer:
    """What would close an exposure; this one knows nothing."""

    def closing_changes(self, onward: Onward) -> tuple[ClosingChange, ...]:
        """Every minimal set of changes."""
        del onward
        return ()


def key_of(way: Way) -> Key:
    """What tells answers apart: the edge, each listener and group on the way, and what is arrived at."""
    steps = tuple(
        (one.balancer.id, one.listener.id, one.forward.group.id, one.forward.labels)
        for one in way.steps
    )
    last = way.last
    return (
        way.point.name,
        way.transport,
        steps,
        last.target.id,
        last.target.port,
        last.arrived or -1,
    )


def gathered(ways: Iterable[Way]) -> dict[Key, Onward]:
    """Ways as answers."""
    found: dict[Key, list[Way]] = {}
    for way in ways:
        found.setdefault(key_of(way), []).append(way)
    return {key: Onward(ways=tuple(one)) for key, one in found.items()}


def onward_answers(
    topology: Topology, forwarder: Forwarder, onwards: Iterable[Onward], closer: Closer
) -> Iterator[Answer]:
    """Every answer about what is behind load balancers."""
    for onward in onwards:
        yield from _answers(topology, onward, closer)
    for balancer in topology.balancers:
        for edge in forwarder.edges(balancer):
            yield from _empty(topology, balancer, edge)


def _named(topology: Topology, target: Target) -> str:
    """The instance or interface that a target is, its own id where none is known."""
    if target.address is None:
        return target.id
    interfaces = topology.interfaces
    number = topology.addresses.interfaces[target.address]
    return interfaces.instances[number] or interfaces.ids[number]


def _empty(
    topology: Topology, balancer: Balancer, edge: str
) -> Iterator[NotReachable | UnknownReach]:
    """Groups without targets, or whose targets were not described."""
    for group in balancer.suspects:
        for target in group.targets:
            yield UnknownReach(
                edge=edge,
                resource=_named(topology, target),
                code=Code.UNKNOWN_RESOURCE,
                component=balancer.id,
                reason=balancer.doubt or "",
            )
    for listener in balancer.listeners:
        for forward in listener.forwards:
            if forward.group.doubt is not None:
                yield UnknownReach(
                    edge=edge,
                    resource=balancer.id,
                    code=Code.UNKNOWN_RESOURCE,
                    component=forward.group.id,
                    reason=f"not all of its targets are known: {forward.group.doubt}",
                )
            elif not forward.group.targets:
                yield _without_targets(balancer, listener, edge, forward.group.id)


def _without_targets(balancer: Balancer, listener: Listener, edge: str, group: str) -> NotReachable:
    return NotReachable(
        edge=edge,
        resource=balancer.id,
        code=Code.ELBV2_LISTENER_HAS_NO_TG,
        component=group,
        reason=f"nothing is registered behind the listener of port {listener.port}",
    )


def _answers(topology: Topology, onward: Onward, closer: Closer) -> Iterator[Answer]:
    least, most = onward.least, onward.most
    if least:
        yield _exposure(topology, onward, closer)
    open_set = subtract(most, least)
    subject = _Subject.of(topology, onward.first)
    if open_set:
        doubts = tuple(dict.fromkeys(doubt for way in onward.ways for doubt in way.doubts))
        first = doubts[0] if doubts else _NO_DOUBT
        yield UnknownReach(
            edge=onward.first.point.name,
            resource=subject.resource,
            interface=subject.interface,
            address=subject.address,
            code=first.code,
            component=first.component or _component(topology, onward.first.last, first.role),
            reason="; ".join(doubt.reason for doubt in doubts),
        )
    if not most:
        way = next((one for one in onward.ways if one.shut is not None), onward.first)
        shut = way.shut or _NOTHING
        yield NotReachable(
            edge=way.point.name,
            resource=subject.resource,
            interface=subject.interface,
            address=subject.address,
            code=shut.code,
            component=shut.component or _component(topology, way.last, shut.role),
            reason=f"through {way.steps[0].balancer.name}: {shut.reason}",
        )


_NO_DOUBT = Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.BALANCER, reason="")
_NOTHING = Shut(code=Code.NO_PATH, role=Role.BALANCER, reason="no client gets through")


class _Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is arrived at."""

    resource: str
    interface: str | None
    address: str | None
    account: str
    region: str
    owner: str | None = None

    @classmethod
    def of(cls, topology: Topology, way: Way) -> "_Subject":
        """The subject of a way's answers."""
        last = way.last
        if last.arrived is None:
            function = last.target.function
            name = base_of(function) if function else last.target.id
            balancer = last.balancer
            return cls(
                resource=name,
                interface=None,
                address=None,
                account=balancer.account,
                region=balancer.region,
            )
        addresses, interfaces = topology.addresses, topology.interfaces
        number = addresses.interfaces[last.arrived]
        return cls(
            resource=interfaces.instances[number] or interfaces.ids[number],
            interface=interfaces.ids[number],
            address=address_text(
                addresses.private[last.arrived], family_of(topology, last.arrived)
            ),
            account=interfaces.accounts[number],
            region=interfaces.regions[number],
            owner=interfaces.owners.get(number),
        )


def family_of(topology: Topology, address: int) -> Family:
    """The family of an address."""
    return topology.profiles[topology.addresses.profiles[address]].family


def subject_name(topology: Topology, onward: Onward) -> str:
    """The resource that is arrived at, as exposures name it."""
    return _Subject.of(topology, onward.first).resource


def subject_text(topology: Topology, onward: Onward) -> str:
    """An exposure in a few words: `i-1 TCP 8080 (internet-v4 through app/web/1)`."""
    way = onward.first
    name = subject_name(topology, onward)
    through = way.steps[0].balancer.name
    return f"{name} {way.transport} {_port(way)} ({way.point.name} through {through})"


def _port(way: Way) -> int:
    """The target's port; a function has none, and answers on the listener's."""
    return way.last.target.port if way.last.arrived is not None else way.steps[0].listener.port


def _component(topology: Topology, step: Step, role: Role) -> str:
    """The id of the component that a role has on this way."""

    def at(address: int) -> dict[Role, str]:
        profile = topology.profiles[topology.addresses.profiles[address]]
        subnet = topology.subnets[profile.subnet]
        number = topology.addresses.interfaces[address]
        interface = topology.interfaces.ids[number]
        return {
            Role.NETWORK_ACL: subnet.acl.id,
            Role.ROUTE_TABLE: subnet.table.id,
            Role.GROUPS: ",".join(topology.group_sets[profile.groups].ids) or interface,
            Role.INTERFACE: interface,
            Role.INSTANCE: topology.interfaces.instances[number] or interface,
        }

    near = at(step.node)
    ids = {
        Role.NODE_NETWORK_ACL: near[Role.NETWORK_ACL],
        Role.NODE_ROUTE_TABLE: near[Role.ROUTE_TABLE],
        Role.NODE_GROUPS: near[Role.GROUPS],
        Role.TARGET_GROUP: step.forward.group.id,
        **(at(step.arrived) if step.arrived is not None else {}),
    }
    return ids.get(role, step.balancer.id)


def _exposure(topology: Topology, onward: Onward, closer: Closer) -> Exposure | UnknownReach:
    way, source = _witness(onward)
    walk = trace_way(topology, way, source)
    subject = _Subject.of(topology, way)
    least = onward.least
    returns = covers(onward.answers, least)
    must_return = way.transport is Transport.TCP or returns
    if not walk.delivered or (must_return and not walk.answered):
        stop = walk.stop or walk.stop_back
        where = f"{stop.component}: {stop.code}: {stop.reason}" if stop else "nowhere"
        text = address_text(source, way.point.family)
        return UnknownReach(
            edge=way.point.name,
            resource=subject.resource,
            interface=subject.interface,
            address=subject.address,
            code=Code.INTERNAL_DISAGREEMENT,
            component=stop.component if stop else way.last.balancer.id,
            reason=(
                f"a {way.transport} packet from {text} through {way.steps[0].balancer.name} was judged"
                f" to pass, but its walk stops at {where}; please report this"
            ),
        )
    port = _port(way)
    labels = [label for one in way.steps for label in (*one.listener.labels, *one.forward.labels)]
    return Exposure(
        edge=way.point.name,
        resource=subject.resource,
        interface=subject.interface,
        address=subject.address,
        transport=way.transport,
        ports=PortRange(begin=port, end=port),
        sources=to_cidrs(least, way.point.family),
        return_path=returns,
        path=walk.path,
        back=walk.back if walk.answered else (),
        witness=Witness(
            protocol=way.transport,
            source=address_text(source, way.point.family),
            source_port=client_port_of(topology, way, source),
            destination=_entry(topology, way),
            destination_port=way.steps[0].listener.port,
        ),
        inspector_path=inspector_path(walk.path),
        whole=onward.whole and not (way.point.front and way.point.front.partial),
        account=subject.account,
        region=subject.region,
        owner=subject.owner,
        closing_changes=closer.closing_changes(onward) if way.point.kind in CLOSABLE else (),
        through=way.steps[0].balancer.id,
        labels=tuple(dict.fromkeys(labels)),
    )


def _witness(onward: Onward) -> tuple[Way, int]:
    """A way with a client on it, answered where one is."""
    answered = [(way, intersect(way.clients.least, way.clients.answers)) for way in onward.ways]
    delivered = [(way, way.clients.least) for way in onward.ways]
    way, clients = next((way, some) for way, some in (*answered, *delivered) if some)
    return way, usual_source(clients, way.point.family)


def _entry(topology: Topology, way: Way) -> str:
    """The address that a client sends to."""
    addresses, node = topology.addresses, way.steps[0].node
    public = addresses.public[node]
    to_internet = way.point.kind is EdgeKind.INTERNET
    value = public if to_internet and public >= 0 else addresses.private[node]
    return address_text(value, way.point.family)
