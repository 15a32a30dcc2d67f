"""What a component's rule gets and what it answers.

A rule is a pure function from a `Situation` to a `Passage`. It says which (protocol, port, source) it lets through
towards the interface, and which sources it lets answers back to; the engine intersects all components. Where
something is not known, the rule gives two answers: the least and the most that it may let through.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet, Family, Span, everything, intersect, subtract, union
from vedette.network.apis import Api, Door
from vedette.network.balancing import Balancer, Target, TargetGroup
from vedette.network.codes import Code
from vedette.network.policy import Sources
from vedette.network.portset import (
    ALL_PORTS,
    NO_CELLS,
    Cells,
    any_port,
    cut_points,
    every_port,
    meet,
    merge,
    minus,
    sources_at,
)
from vedette.network.topology import (
    AclEntry,
    EdgePoint,
    FunctionUrl,
    GroupSet,
    Profile,
    SecurityGroup,
    Subnet,
)


class Role(StrEnum):
    """Which component of a path an answer is about; the id is looked up for each interface."""

    GATEWAY = "gateway"
    VPC = "vpc"
    SUBNET = "subnet"
    INTERFACE = "interface"
    INSTANCE = "instance"
    NETWORK_ACL = "network-acl"
    ROUTE_TABLE = "route-table"
    GATEWAY_TABLE = "gateway-table"
    GROUPS = "groups"
    FUNCTION_URL = "function-url"
    API = "api"
    BALANCER = "load-balancer"
    TARGET_GROUP = "target-group"
    NODE_GROUPS = "node-groups"
    NODE_NETWORK_ACL = "node-network-acl"
    NODE_ROUTE_TABLE = "node-route-table"


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Cells for each protocol; `icmp` is ICMP for IPv4 and ICMPv6 for IPv6, with `type * 256 + code` as the port."""

    tcp: Cells = NO_CELLS
    udp: Cells = NO_CELLS
    icmp: Cells = NO_CELLS

    def __bool__(self) -> bool:
        """Whether anything is in it."""
        return bool(self.tcp or self.udp or self.icmp)

    def of(self, transport: Transport) -> Cells:
        """The cells of one protocol."""
        if transport is Transport.TCP:
            return self.tcp
        return self.udp if transport is Transport.UDP else self.icmp

    def meet(self, other: "Region") -> "Region":
        """What is in both."""
        return Region(
            tcp=meet(self.tcp, other.tcp),
            udp=meet(self.udp, other.udp),
            icmp=meet(self.icmp, other.icmp),
        )

    def minus(self, other: "Region") -> "Region":
        """What is in this one alone."""
        return Region(
            tcp=minus(self.tcp, other.tcp),
            udp=minus(self.udp, other.udp),
            icmp=minus(self.icmp, other.icmp),
        )


NOTHING = Region()


def transports(family: Family) -> tuple[Transport, ...]:
    """The protocols that are judged in a family, in the order in which they are reported."""
    icmp = Transport.ICMP if family is Family.V4 else Transport.ICMPV6
    return Transport.TCP, Transport.UDP, icmp


def uniform(sources: AddrSet) -> Region:
    """The same sources on every port of every protocol."""
    cells = every_port(sources)
    return Region(tcp=cells, udp=cells, icmp=cells)


_ANYTHING = {family: uniform(everything(family)) for family in Family}


def anything(family: Family) -> Region:
    """Everything that the family has."""
    return _ANYTHING[family]


ICMP_ANSWERS = {
    Family.V4: {8 * 256: 0, 13 * 256: 14 * 256, 15 * 256: 16 * 256, 17 * 256: 18 * 256},
    Family.V6: {128 * 256: 129 * 256},
}
"""ICMP request → answer as `type * 256 + code` (RFC 792, RFC 950, RFC 4443); other messages have no answer."""


def admitted(entries: tuple[AclEntry, ...], family: Family) -> Region:
    """What the entries of one direction let through: destination ports with addresses of the other end."""
    icmp = Transport.ICMP if family is Family.V4 else Transport.ICMPV6

    def of(transport: Transport) -> Cells:
        matching = [
            entry
            for entry in entries
            if entry.family is family and entry.transport in {None, transport}
        ]
        ranges = [ALL_PORTS, *(entry.ports for entry in matching)]
        return merge(
            (low, high, _first_match(matching, low, family)) for low, high in cut_points(ranges)
        )

    return Region(tcp=of(Transport.TCP), udp=of(Transport.UDP), icmp=of(icmp))


def _first_match(entries: list[AclEntry], port: int, family: Family) -> AddrSet:
    """The sources that are allowed on one port."""
    undecided = everything(family)
    allowed: list[AddrSet] = []
    for entry in entries:
        if entry.ports[0] <= port <= entry.ports[1]:
            if entry.allow:
                allowed.append(intersect(undecided, (entry.span,)))
            undecided = subtract(undecided, (entry.span,))
            if not undecided:
                break
    return union(allowed)


def answers_by(out: Region, family: Family, clients: Span) -> Region:
    """To whom answers can leave: TCP and UDP to some port of the client, ICMP as the message that answers."""
    used = ((*clients, everything(family)),)
    return Region(
        tcp=every_port(any_port(meet(out.tcp, used))),
        udp=every_port(any_port(meet(out.udp, used))),
        icmp=merge(
            (request, request, sources_at(out.icmp, answer))
            for request, answer in sorted(ICMP_ANSWERS[family].items())
        ),
    )


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """One address as one edge sees it; `balancer` is whose node it is."""

    point: EdgePoint
    profile: Profile
    subnet: Subnet
    groups: GroupSet
    balancer: Balancer | None = None


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """What a load balancer's node sends to an address of a target.

    `node` is the node's subnet, `groups` the node's security groups with their outbound rules, `absent` those that
    were not described. `gateway` is where both route tables must lead: `local`, or a peering. `members` are the
    target's own groups; `same`: both are in one subnet; `preserved`: it is sent from the client's address.
    """

    balancer: Balancer
    group: TargetGroup
    target: Target
    transport: Transport
    family: Family
    address: int
    node: Subnet
    zone: str | None
    zones: frozenset[str | None]
    groups: tuple[SecurityGroup, ...]
    absent: tuple[str, ...]
    restricted: bool
    members: frozenset[str]
    gateway: str
    same: bool
    preserved: bool


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """Everything passes."""


class Shut(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing passes, for certain; `component` names one that is not the role's."""

    code: Code
    role: Role
    reason: str
    component: str | None = None


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """What is not known, and about which component; `component` names one that is not the role's."""

    code: Code
    role: Role
    reason: str
    component: str | None = None


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What passes forwards, and to which sources answers pass back; None is everything."""

    forward: Region | None = None
    answers: Region | None = None


class Sieve(msgspec.Struct, frozen=True, kw_only=True):
    """Some things pass; `least` and `most` differ only where there are doubts.

    `blocks` says why, if this component is the one that leaves nothing over; `blocks_answers` the same for answers.
    """

    most: Flow
    blocks: Shut
    least: Flow | None = None
    doubts: tuple[Doubt, ...] = ()


Passage = Open | Shut | Sieve

OPEN = Open()


def doubtful(doubt: Doubt) -> Sieve:
    """Nothing or everything passes; which of the two is not known."""
    return Sieve(
        most=Flow(),
        least=Flow(forward=NOTHING),
        blocks=Shut(code=doubt.code, role=doubt.role, reason=doubt.reason),
        doubts=(doubt,),
    )


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A component's rule.

    `type` is CloudFormation's; `codes` are all the explanation codes that the rule gives. `key` is what the answer
    depends on, so that it can be kept; None: too cheap to keep.
    """

    name: str
    type: str
    codes: tuple[Code, ...]
    judge: Callable[[Situation], Passage]
    key: Callable[[Situation], tuple[object, ...]] | None = None


Verdict = Open | Shut | Doubt


class ForwardingComponent(msgspec.Struct, frozen=True, kw_only=True):
    """The rule of what a load balancer sends on: it passes, it does not, or it is not known."""

    name: str
    type: str
    codes: tuple[Code, ...]
    judge: Callable[[Handover], Verdict]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A layer-7 entry that lets these sources in, by these statements; `doubt`: perhaps others too."""

    sources: Sources
    statements: tuple[str, ...]
    doubt: Doubt | None = None


UrlPassage = Reached | Shut | Doubt


ANONYMOUS = frozenset(
    {
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "lambda:eventsourcetoken",
    }
)
"""Condition keys that an anonymous request over the internet does not have."""


class Layer7Component(msgspec.Struct, frozen=True, kw_only=True):
    """The rule of an entry that is not reached through a VPC."""

    name: str
    type: str
    codes: tuple[Code, ...]
    judge: Callable[[FunctionUrl], UrlPassage]


class ApiComponent(msgspec.Struct, frozen=True, kw_only=True):
    """The rule of a method or route of an API."""

    name: str
    type: str
    codes: tuple[Code, ...]
    judge: Callable[[Api, Door], UrlPassage]
