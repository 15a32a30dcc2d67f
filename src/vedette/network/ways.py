"""Ways through load balancers: from an edge, over nodes, to a target, with the clients that can take them."""

from collections.abc import Iterator

import msgspec

from vedette.model.network import Transport
from vedette.network.addrset import NONE, AddrSet, Family, contains, intersect
from vedette.network.balancing import Balancer, Forward, Listener, Target
from vedette.network.components._base import Doubt, Shut
from vedette.network.judge import Outcome
from vedette.network.portset import sources_at
from vedette.network.topology import EdgePoint


class Clients(msgspec.Struct, frozen=True, kw_only=True):
    """Clients that surely get through, that perhaps do, and that surely get an answer."""

    least: AddrSet = NONE
    most: AddrSet = NONE
    answers: AddrSet = NONE

    def within(self, sources: AddrSet) -> "Clients":
        """Those of them that are among the sources."""
        return Clients(
            least=intersect(self.least, sources),
            most=intersect(self.most, sources),
            answers=intersect(self.answers, sources),
        )

    def unsure(self) -> "Clients":
        """The same, where it is not known whether any gets through."""
        return Clients(most=self.most)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One load balancer on the way: its node's address, the listener, the rule, the target.

    `preserved`: the target sees the client's address. `arrived` is the address that is sent to, None for a function.
    """

    balancer: Balancer
    node: int
    listener: Listener
    forward: Forward
    target: Target
    preserved: bool
    arrived: int | None


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way from an edge through nodes to a target; `whole` are the sets that count as all of the edge."""

    point: EdgePoint
    transport: Transport
    steps: tuple[Step, ...]
    clients: Clients
    whole: tuple[AddrSet, ...] = ()
    shut: Shut | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def last(self) -> Step:
        """The step that reaches the target."""
        return self.steps[-1]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Clients at a node of a load balancer, on a port; `seen` is the address that stands for all of them there."""

    point: EdgePoint
    transport: Transport
    node: int
    port: int
    clients: Clients
    seen: tuple[Family, int] | None = None
    whole: tuple[AddrSet, ...] = ()
    steps: tuple[Step, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """From a node to an address of a target; `gateway` None: nothing that is judged joins the two."""

    step: Step
    transport: Transport
    family: Family
    clients: Clients
    gateway: str | None
    same: bool


def arrivals(
    balancer: Balancer, node: int, point: EdgePoint, outcome: Outcome
) -> Iterator[Arrival]:
    """The clients on each port that the load balancer listens on."""
    if not outcome.most:
        return
    taken = {(one.port, transport) for one in balancer.listeners for transport in one.transports}
    for port, transport in sorted(taken):
        clients = clients_at(outcome, transport, port)
        if clients.most:
            yield Arrival(
                point=point,
                transport=transport,
                node=node,
                port=port,
                clients=clients,
                whole=outcome.whole,
                doubts=outcome.doubts,
            )


def clients_at(outcome: Outcome, transport: Transport, port: int) -> Clients:
    """The clients that reach one port."""
    return Clients(
        least=sources_at(outcome.least.of(transport), port),
        most=sources_at(outcome.most.of(transport), port),
        answers=sources_at(outcome.answers.of(transport), port),
    )


def taken_of(arrival: Arrival, forward: Forward) -> Clients:
    """The clients whose requests a rule takes, by the addresses that the load balancer sees."""
    if arrival.seen is None:
        return arrival.clients.within(forward.of(arrival.point.family))
    family, address = arrival.seen
    return arrival.clients if contains(forward.of(family), address) else Clients()


def way_of(
    arrival: Arrival,
    step: Step,
    clients: Clients,
    shut: Shut | None = None,
    doubts: tuple[Doubt, ...] = (),
) -> Way:
    """The way that an arrival and one more step make."""
    return Way(
        point=arrival.point,
        transport=arrival.transport,
        steps=(*arrival.steps, step),
        clients=clients,
        whole=arrival.whole,
        shut=shut,
        doubts=doubts,
    )
