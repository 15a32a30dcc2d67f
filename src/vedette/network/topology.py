"""The network as it is judged: AWS's words resolved to integers, one record for each component.

Interfaces and addresses are columns (a million of them fit in memory); everything else is a record. `digest` fields
hash what decides traffic and nothing else, so that equal components share results across a run and between runs.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet, Family, Span
from vedette.network.apis import Api
from vedette.network.balancing import Balancer
from vedette.network.fronts import Front


class GroupRule(msgspec.Struct, frozen=True, kw_only=True):
    """An inbound rule of a security group for one kind of source.

    `transport` None means every protocol. Sources are `spans` of `family`, or the members of group `reference`, or
    not known for the reason `doubt`. ICMP uses `type * 256 + code` as its port.
    """

    id: str
    transport: Transport | None
    ports: Span
    source: str
    family: Family | None = None
    spans: AddrSet = ()
    reference: str | None = None
    doubt: str | None = None


class SecurityGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group's inbound rules; `other_protocols` are named by rules and not judged."""

    id: str
    vpc: str | None
    rules: tuple[GroupRule, ...]
    other_protocols: tuple[str, ...] = ()
    digest: bytes = b""


class GroupSet(msgspec.Struct, frozen=True, kw_only=True):
    """The groups of an interface; `absent` were not described (id, reason)."""

    ids: tuple[str, ...]
    groups: tuple[SecurityGroup, ...]
    absent: tuple[tuple[str, str], ...] = ()
    digest: bytes = b""


class AclEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a network ACL in one direction; `transport` None means every protocol."""

    number: int
    allow: bool
    transport: Transport | None
    ports: Span
    span: Span
    family: Family
    text: str


class NetworkAcl(msgspec.Struct, frozen=True, kw_only=True):
    """A network ACL, entries by number; `doubt` says why it cannot be judged."""

    id: str
    inbound: tuple[AclEntry, ...]
    outbound: tuple[AclEntry, ...]
    doubt: str | None = None
    digest: bytes = b""


STATIC, PREFIX_LIST, PROPAGATED = 0, 1, 2
"""Ranks of routes with equal prefixes, best first (VPC user guide, "Route priority")."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One destination block of a route.

    `appliance`: what happens beyond the target is not modelled; `through` says what the target is, where it is known.
    """

    family: Family
    span: Span
    length: int
    rank: int
    target: str
    active: bool
    appliance: bool
    text: str
    through: str | None = None


class DoubtfulRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route whose destinations are not known: its prefix list was not recorded."""

    target: str
    active: bool
    appliance: bool
    text: str
    reason: str


class RouteTable(msgspec.Struct, frozen=True, kw_only=True):
    """A route table; `doubt` says why it cannot be judged at all."""

    id: str
    routes: tuple[Route, ...]
    doubtful: tuple[DoubtfulRoute, ...] = ()
    doubt: str | None = None
    digest: bytes = b""


class BlockMode(StrEnum):
    """What VPC Block Public Access does to a subnet."""

    OFF = "off"
    BIDIRECTIONAL = "block-bidirectional"
    INGRESS = "block-ingress"
    UNKNOWN = "unknown"


class Vpc(msgspec.Struct, frozen=True, kw_only=True):
    """A VPC's own blocks, by family."""

    id: str
    account: str
    region: str
    v4: AddrSet = ()
    v6: AddrSet = ()

    def blocks(self, family: Family) -> AddrSet:
        """The blocks of one family."""
        return self.v4 if family is Family.V4 else self.v6


class Subnet(msgspec.Struct, frozen=True, kw_only=True):
    """A subnet with what governs it; `doubt` says why it was not described, and then nothing is known of it.

    `excluded`: an exclusion lifts VPC Block Public Access, whether that is on or not.
    """

    id: str
    vpc: str | None
    account: str
    region: str
    acl: NetworkAcl
    table: RouteTable
    v4: AddrSet = ()
    v6: AddrSet = ()
    block_mode: BlockMode = BlockMode.OFF
    excluded: bool = False
    zone: str | None = None
    doubt: str | None = None

    def blocks(self, family: Family) -> AddrSet:
        """The blocks of one family."""
        return self.v4 if family is Family.V4 else self.v6


class InterfaceKind(StrEnum):
    """Who answers at an interface."""

    HOST = "host"
    INSTANCE = "instance"
    LAMBDA = "lambda"
    NAT_GATEWAY = "nat-gateway"
    LOAD_BALANCER = "load-balancer"
    UNMODELLED = "unmodelled"


class AttachmentState(StrEnum):
    """Whether an interface is plugged in."""

    ATTACHED = "attached"
    MOVING = "moving"
    DETACHED = "detached"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """All of an address that decides what reaches it; equal ones are judged once.

    `state` is the instance's state, None if there is no instance, "unknown" if it was not described. `public` says
    whether an internet gateway delivers to the address; `carrier`: only a carrier gateway does. `balancer` is the
    index of the load balancer whose interface it is, -1 if it is none's or not known whose. `spot` is an address that
    transit gateways treat like this one, -1 where they treat the whole subnet alike, -2 where a delegated prefix is
    not treated alike. `fronts` are the services that stand before it.
    """

    kind: InterfaceKind
    attachment: AttachmentState
    state: str | None
    family: Family
    public: bool
    deny_igw: bool
    subnet: int
    groups: int
    carrier: bool = False
    balancer: int = -1
    spot: int = -1
    fronts: tuple[str, ...] = ()


class Interfaces(msgspec.Struct, frozen=True, kw_only=True):
    """Columns, one entry for each interface; `owners` has, by number, the services whose an interface is."""

    ids: tuple[str, ...] = ()
    instances: tuple[str | None, ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    owners: Mapping[int, str] = {}


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Columns, one entry for each address of an interface.

    `public` is the address that the edge sends to (the associated IPv4 address, the IPv6 address itself), -1 if
    there is none; `lengths` are 32 or 128, less for a delegated prefix.
    """

    interfaces: tuple[int, ...] = ()
    private: tuple[int, ...] = ()
    public: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()
    profiles: tuple[int, ...] = ()


class EdgeKind(StrEnum):
    """Where traffic comes from."""

    INTERNET = "internet"
    PEERING = "vpc-peering"
    VPN = "vpn-gateway"
    TRANSIT = "transit-gateway"
    SITES = "transit-gateway-sites"
    PRIVATELINK = "privatelink"
    CLOUDFRONT = "cloudfront"
    ACCELERATOR = "global-accelerator"
    API_LINK = "api-gateway-link"
    BALANCER = "load-balancer"


CLOSABLE = frozenset(EdgeKind) - {EdgeKind.BALANCER}
"""Edges over which closing changes are looked for: all but the way from a load balancer on, which is a part of another's."""


class Passing(msgspec.Struct, frozen=True, kw_only=True):
    """A transit gateway's route table that a packet meets, and the attachment that it must leave through."""

    gateway: str
    table: RouteTable
    attachment: str


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """What comes in by attachments that are associated with one route table of a transit gateway.

    `senders` are these attachments of `gateway`, each with its sources, `sources` all of them. `there` are the tables
    on the way in, in order. `answered` are the sources to which tables surely lead back, `perhaps` those to which they
    may. `doubt` says why it is not known what comes from the senders.
    """

    gateway: str
    senders: tuple[tuple[str, AddrSet], ...]
    sources: AddrSet
    there: tuple[Passing, ...]
    answered: AddrSet
    perhaps: AddrSet
    digest: bytes
    doubt: str | None = None


class TransitEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The table that decides about what comes in by an attachment; `peer` is the other end of a peering."""

    table: RouteTable
    peer: tuple[str, str] | None = None


class Landing(msgspec.Struct, frozen=True, kw_only=True):
    """A subnet of a VPC in which a transit gateway has an interface, and what governs it."""

    subnet: str
    zone: str | None
    acl: NetworkAcl
    table: RouteTable


class Transit(msgspec.Struct, frozen=True, kw_only=True):
    """A transit gateway as one VPC sees it: its attachment, where that lands, and what can come in over it.

    `ends` are all attachments of all transit gateways, by gateway and attachment.
    """

    owner: str
    attachment: str
    landings: tuple[Landing, ...]
    lanes: tuple[Lane, ...]
    ends: dict[tuple[str, str], TransitEnd]
    digest: bytes

    def lands_in(self, subnet: str) -> bool:
        """Whether there is an interface of the transit gateway in the subnet."""
        return any(one.subnet == subnet for one in self.landings)


class EdgePoint(msgspec.Struct, frozen=True, kw_only=True):
    """An edge as one VPC sees it.

    `gateway` None: the VPC has no gateway for this edge. `sources` is everything that the edge can send; `members`
    are the addresses behind it that belong to security groups, `perhaps` the groups that may have more members there,
    and why. `table` is the gateway's own route table.
    `client_ports` are those that clients use; `routed`: answers go by the subnet's route table.
    """

    name: str
    kind: EdgeKind
    family: Family
    vpc: str
    gateway: str | None
    sources: AddrSet
    state: str = "available"
    members: tuple[tuple[str, AddrSet], ...] = ()
    perhaps: tuple[tuple[str, str], ...] = ()
    table: RouteTable | None = None
    doubt: str | None = None
    client_ports: Span = (0, 65535)
    routed: bool = True
    transit: Transit | None = None
    front: Front | None = None

    def reaches(self, profile: Profile) -> bool:
        """Whether it is an edge of such addresses at all: a service that stands before others is not."""
        return self.front is None or self.front.id in profile.fronts


class FunctionUrl(msgspec.Struct, frozen=True, kw_only=True):
    """A function URL; `policy` is the resource policy's text, None if there is none, `doubt` if not recorded."""

    arn: str
    function: str
    url: str
    auth_type: str
    account: str
    region: str
    created: str | None = None
    policy: str | None = None
    doubt: str | None = None
    failed: bool = False


class Gap(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something that is not judged at all, known before any judgement."""

    edge: str
    resource: str
    code: str
    component: str
    reason: str


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """The whole network. `points` are the edges, several for each VPC; profiles refer to subnets and group sets.

    `outbound` are the security groups of load balancers with their outbound rules, whose sources are destinations.
    `clouds` are the IPv4 addresses that CloudFront asks origins from, where its prefix list was recorded.
    """

    vpcs: tuple[Vpc, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    group_sets: tuple[GroupSet, ...] = ()
    profiles: tuple[Profile, ...] = ()
    interfaces: Interfaces = Interfaces()
    addresses: Addresses = Addresses()
    points: tuple[EdgePoint, ...] = ()
    function_urls: tuple[FunctionUrl, ...] = ()
    apis: tuple[Api, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    outbound: tuple[SecurityGroup, ...] = ()
    clouds: AddrSet = ()
    gaps: tuple[Gap, ...] = ()
    assumptions: tuple[str, ...] = ()
