"""Load balancers with their nodes, listeners and targets; and what of them was not described.

The nodes of a load balancer are the interfaces that Elastic Load Balancing made for it. Where none is described, what
it lets in cannot be judged, and so is said of it and of everything behind it.
"""

from collections.abc import Iterable, Iterator

from vedette.errors import ParseError
from vedette.model.network import Transport
from vedette.network import described as aws
from vedette.network.addrset import Family, everything
from vedette.network.balancing import (
    Balancer,
    BalancerKind,
    Forward,
    Listener,
    Target,
    TargetGroup,
)
from vedette.network.calls import CLASSIC_ATTRIBUTES, LISTENERS, RULES
from vedette.network.codes import Code
from vedette.network.normalise.balancer_names import BalancerNames, kind_of, name_of
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.normalise.groups import outbound_groups
from vedette.network.normalise.interfaces import Columns
from vedette.network.normalise.listeners import TRANSPORTS, listener_of
from vedette.network.normalise.members import Members
from vedette.network.normalise.target_groups import Found, TargetGroups
from vedette.network.snapshot import Place
from vedette.network.topology import EdgePoint, Gap, InterfaceKind, SecurityGroup, Subnet

_DENY_IGW = "ipv6.deny_all_igw_traffic"
_ALL = tuple((family, everything(family)) for family in Family)


def balancers_of(
    gathered: Gathered, columns: Columns, subnets: list[Subnet], names: BalancerNames
) -> tuple[Balancer, ...]:
    """Every described load balancer, in the order of `names`."""
    found = Found(gathered, columns, subnets, names)
    nodes = _nodes(columns)
    out = []
    for index, (place, balancer) in enumerate(names.rows):
        mine = nodes.get(index, ())
        if isinstance(balancer, aws.ClassicLoadBalancer):
            out.append(_classic(gathered, found, place, balancer, mine))
        else:
            groups = TargetGroups(gathered, found, names, place)
            out.append(_balancer(gathered, groups, place, balancer, mine))
    return tuple(out)


def outbound_of(
    gathered: Gathered, columns: Columns, balancers: Iterable[Balancer]
) -> tuple[SecurityGroup, ...]:
    """The security groups of all nodes, with their outbound rules."""
    wanted: set[str] = set()
    for balancer in balancers:
        for node in balancer.nodes:
            profile = columns.profiles[columns.addresses.profiles[node]]
            wanted.update(columns.group_sets[profile.groups].ids)
    return outbound_groups(gathered, wanted)


def balancer_gaps(
    members: Members,
    columns: Columns,
    balancers: tuple[Balancer, ...],
    points: tuple[EdgePoint, ...],
) -> Iterator[Gap]:
    """One for each edge of a load balancer whose nodes are not described, and of each of its targets.

    Where it is not known what is behind a load balancer, that may be anything of its account and Region.
    """
    yield from _nameless(columns)
    names: dict[str, set[str]] = {}
    fronted: dict[str, set[str]] = {}
    for point in points:
        if point.front is None:
            names.setdefault(point.vpc, set()).add(point.name)
        else:
            fronted.setdefault(point.front.target, set()).add(point.name)
    unread = _Unread(members, columns, balancers)
    behind = {target.id for one in balancers for target in _targets(one)}
    for balancer in balancers:
        edges = names.get(balancer.vpc or "") or {"internet-v4"}
        edges = edges | fronted.get(balancer.id, set())
        private = balancer.internal and balancer.id not in behind
        for edge in sorted(edges):
            if not (private and edge.startswith("internet-")):
                yield from _gaps(unread, balancer, edge)


def _gaps(unread: "_Unread", balancer: Balancer, edge: str) -> Iterator[Gap]:
    unknown = [balancer.doubt, *(one.doubt for one in balancer.listeners)]
    unknown += [group.doubt for group in _groups(balancer)]
    hidden = next((f"not all of its targets are known: {one}" for one in unknown if one), None)
    if hidden is not None:
        yield _gap(edge, f"{balancer.account}/{balancer.region}", balancer.id, hidden)
    lost = unread.nodes(balancer)
    if lost is None:
        return
    yield _gap(edge, balancer.id, balancer.id, f"{lost}; {hidden}" if hidden else lost)
    for resource in sorted(unread.behind(balancer)):
        yield _gap(edge, resource, balancer.id, lost)


def _nameless(columns: Columns) -> Iterator[Gap]:
    """One for each place with an interface of a load balancer that is not described."""
    lost = {
        index
        for index, profile in enumerate(columns.profiles)
        if profile.kind is InterfaceKind.LOAD_BALANCER and profile.balancer < 0
    }
    rows, interfaces = columns.addresses, columns.interfaces
    if not lost:
        return
    for number, profile in zip(rows.interfaces, rows.profiles, strict=True):
        if profile not in lost:
            continue
        yield _gap(
            "internet-v4",
            f"{interfaces.accounts[number]}/{interfaces.regions[number]}",
            interfaces.ids[number],
            "it is a load balancer's that was not described, and neither is what is behind it",
        )


def _gap(edge: str, resource: str, component: str, reason: str) -> Gap:
    return Gap(
        edge=edge,
        resource=resource,
        code=Code.UNKNOWN_RESOURCE,
        component=component,
        reason=reason,
    )


def _groups(balancer: Balancer) -> list[TargetGroup]:
    listed = [forward.group for one in balancer.listeners for forward in one.forwards]
    return [*balancer.suspects, *listed]


def _targets(balancer: Balancer) -> list[Target]:
    return [target for group in _groups(balancer) for target in group.targets]


class _Unread:
    """What load balancers have that was not described, and what that hides."""

    def __init__(self, members: Members, columns: Columns, balancers: tuple[Balancer, ...]) -> None:
        self._members = members
        self._columns = columns
        self._balancers = balancers

    def nodes(self, balancer: Balancer) -> str | None:
        """Why not all interfaces of the load balancer are known; None where they are."""
        if balancer.kind is BalancerKind.GATEWAY:
            return None
        if not balancer.nodes:
            return "the network interfaces of this load balancer were not described"
        reason = self._members.unread(balancer.vpc or "", balancer.account, balancer.region)
        described = {self._columns.subnet_of(node) for node in balancer.nodes}
        bare = sorted(set(balancer.subnets) - described)
        if reason is None or not bare:
            return None
        return f"its network interfaces in {', '.join(bare)} may not have been described: {reason}"

    def behind(self, balancer: Balancer) -> set[str]:
        """All targets, and those of load balancers that are targets, by what answers name."""
        out: set[str] = set()
        waiting, seen = [balancer], {balancer.id}
        while waiting:
            for target in _targets(waiting.pop()):
                out.add(target.id if target.address is None else self._resource(target.address))
                inner = None if target.balancer is None else self._balancers[target.balancer]
                if inner is not None and inner.id not in seen:
                    out.update(self._resource(node) for node in inner.nodes)
                    seen.add(inner.id)
                    waiting.append(inner)
        return out

    def _resource(self, address: int) -> str:
        number = self._columns.addresses.interfaces[address]
        return self._columns.interfaces.instances[number] or self._columns.interfaces.ids[number]


def _nodes(columns: Columns) -> dict[int, tuple[int, ...]]:
    profiles = {
        index: profile.balancer
        for index, profile in enumerate(columns.profiles)
        if profile.balancer >= 0
    }
    out: dict[int, list[int]] = {}
    if profiles:
        for index, profile in enumerate(columns.addresses.profiles):
            if profile in profiles:
                out.setdefault(profiles[profile], []).append(index)
    return {balancer: tuple(nodes) for balancer, nodes in out.items()}


def _balancer(
    gathered: Gathered,
    groups: TargetGroups,
    place: Place,
    described: aws.LoadBalancer,
    nodes: tuple[int, ...],
) -> Balancer:
    internal = described.scheme == "internal"
    attributes = groups.balancer_attributes(described)
    refuses: bool | None = None
    if attributes is not None:
        default = "true" if internal else "false"
        refuses = attributes.get(_DENY_IGW, default) == "true"
    elif not internal:
        refuses = False
    listeners: tuple[Listener, ...] = ()
    kind, doubt = kind_of(described), None
    suspects: tuple[TargetGroup, ...] = ()
    try:
        listeners = tuple(_listeners(gathered, groups, place, described))
    except ParseError as error:
        doubt = str(error)
        attached = groups.attached(described.load_balancer_arn)
        suspects = tuple(groups.of(described, arn) for arn in attached)
    return Balancer(
        id=described.load_balancer_arn,
        name=name_of(described),
        kind=kind or BalancerKind.APPLICATION,
        internal=internal,
        vpc=described.vpc_id,
        account=place.account,
        region=place.region,
        nodes=nodes,
        subnets=tuple(one.subnet_id for one in described.availability_zones if one.subnet_id),
        listeners=listeners,
        suspects=suspects,
        refuses_igw=refuses,
        failed=described.state is not None and described.state.code == "failed",
        doubt=doubt,
        digest=_digest(listeners, refuses, kind, doubt),
    )


def _digest(listeners: tuple[Listener, ...], *more: object) -> bytes:
    ports = sorted((one.port, *one.transports) for one in listeners)
    return digest_of(ports, *more)


def _listeners(
    gathered: Gathered, groups: TargetGroups, place: Place, described: aws.LoadBalancer
) -> Iterator[Listener]:
    if kind_of(described) is None:
        raise ParseError(f"its type is {described.type}")
    name = described.load_balancer_name or name_of(described)
    found = gathered.items(LISTENERS, aws.Listener, place, name)
    if found is None:
        raise ParseError(gathered.reason(LISTENERS.name, place.account, place.region, name))
    layer7 = kind_of(described) is BalancerKind.APPLICATION

    def group(arn: str) -> TargetGroup:
        return groups.of(described, arn)

    for one in found:
        identity = one.listener_arn.rpartition("/")[2]
        rules = gathered.items(RULES, aws.Rule, place, identity) if layer7 else None
        doubt = None
        if layer7 and rules is None:
            doubt = gathered.reason(RULES.name, place.account, place.region, identity)
        try:
            listener = listener_of(one, rules, group)
        except ParseError as error:
            raise ParseError(str(error), one.listener_arn) from error
        if doubt is None:
            yield listener
            continue
        attached = groups.attached(described.load_balancer_arn)
        yield Listener(
            id=listener.id,
            port=listener.port,
            transports=listener.transports,
            forwards=tuple(
                Forward(rule=listener.id, group=group(arn), sources=_ALL) for arn in attached
            ),
            labels=listener.labels,
            doubt=doubt,
        )


def _classic(
    gathered: Gathered,
    found: Found,
    place: Place,
    described: aws.ClassicLoadBalancer,
    nodes: tuple[int, ...],
) -> Balancer:
    name = described.load_balancer_name
    attributes = gathered.items(CLASSIC_ATTRIBUTES, aws.ClassicAttributes, place, name)
    crosses = None
    if attributes:
        cross = attributes[0].cross_zone_load_balancing
        crosses = cross.enabled if cross is not None else None
    listeners = []
    doubt = None
    for one in described.listener_descriptions:
        listener = one.listener
        transports = TRANSPORTS.get(listener.protocol.upper())
        if transports is None:
            doubt = f"it listens with {listener.protocol}"
            continue
        group = TargetGroup(
            id=name,
            name=name,
            transports=(Transport.TCP,),
            targets=tuple(
                _instance(found, instance.instance_id, listener.instance_port)
                for instance in described.instances
            ),
            crosses=crosses,
        )
        identity = f"{name}:{listener.load_balancer_port}"
        listeners.append(
            Listener(
                id=identity,
                port=listener.load_balancer_port,
                transports=transports,
                forwards=(Forward(rule=identity, group=group, sources=_ALL),),
            )
        )
    return Balancer(
        id=name,
        name=name,
        kind=BalancerKind.CLASSIC,
        internal=described.scheme == "internal",
        vpc=described.vpc_id,
        account=place.account,
        region=place.region,
        nodes=nodes,
        subnets=described.subnets,
        listeners=tuple(listeners),
        doubt=doubt,
        digest=_digest(tuple(listeners), doubt),
    )


def _instance(found: Found, identity: str, port: int) -> Target:
    try:
        address = found.instance(identity, Family.V4)
    except ParseError as error:
        return Target(id=identity, port=port, doubt=str(error))
    return Target(id=identity, port=port, address=address)
