"""Load balancers as they are judged: where they listen, to whom they forward, from which of their addresses.

A load balancer is the one component that ends a flow and starts another. The edge's judgement of its own interfaces
says who reaches a listener; what is forwarded is judged from there (`vedette.network.forwarding`).
"""

from enum import StrEnum

import msgspec

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet, Family


class BalancerKind(StrEnum):
    """The four generations of load balancers."""

    APPLICATION = "application"
    NETWORK = "network"
    CLASSIC = "classic"
    GATEWAY = "gateway"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A registered target: an address (an index into the topology's), a function, or another load balancer.

    `anywhere`: its zone does not matter. `refused` says why it does not take what is sent, `doubt` why it is not known
    what it is, or whether it takes it.
    """

    id: str
    port: int
    address: int | None = None
    function: str | None = None
    balancer: int | None = None
    anywhere: bool = False
    refused: str | None = None
    doubt: str | None = None


class TargetGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Targets that are sent to alike.

    `preserves`: targets see the client's address. `crosses`: any node sends to targets of any zone. None is not
    known. `doubt` says why the targets are not all known.
    """

    id: str
    name: str
    transports: tuple[Transport, ...]
    targets: tuple[Target, ...]
    preserves: bool | None = False
    crosses: bool | None = True
    doubt: str | None = None


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of a listener that sends requests from these sources to a group; `labels` say under which conditions."""

    rule: str
    group: TargetGroup
    sources: tuple[tuple[Family, AddrSet], ...]
    labels: tuple[str, ...] = ()

    def of(self, family: Family) -> AddrSet:
        """The sources of one family."""
        return dict(self.sources)[family]


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A port on which a load balancer accepts connections; `doubt` says why not all of its rules are known."""

    id: str
    port: int
    transports: tuple[Transport, ...]
    forwards: tuple[Forward, ...] = ()
    labels: tuple[str, ...] = ()
    doubt: str | None = None


class Balancer(msgspec.Struct, frozen=True, kw_only=True):
    """A load balancer. `nodes` are indexes of its interfaces' addresses, `subnets` those that it is enabled for.

    `refuses_igw`: IPv6 traffic of internet gateways is refused, None if not known. `doubt` says why its listeners are
    not known, `suspects` are the groups that they may then send to. `digest` hashes what decides who reaches a listener.
    """

    id: str
    name: str
    kind: BalancerKind
    internal: bool
    vpc: str | None
    account: str
    region: str
    nodes: tuple[int, ...] = ()
    subnets: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()
    suspects: tuple[TargetGroup, ...] = ()
    refuses_igw: bool | None = False
    failed: bool = False
    doubt: str | None = None
    digest: bytes = b""
