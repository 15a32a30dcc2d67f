"""The tracer's reading of a load balancer's node: which listener takes a packet."""

from collections.abc import Iterator

from vedette.network import names
from vedette.network.balancing import BalancerKind
from vedette.network.codes import Code
from vedette.network.packets import Packet, StoppedError
from vedette.network.topology import Profile, Topology

NodeHop = tuple[str, str, str | None, str]
"""Component type, id, rule, because."""


def node_hops(topology: Topology, profile: Profile, packet: Packet) -> Iterator[NodeHop]:
    """The load balancer and the listener that takes the packet. StoppedError if none does, or it is not known."""
    if profile.balancer < 0:
        reason = "whose interface it is was not described"
        raise StoppedError(Code.UNKNOWN_RESOURCE, "load balancer", reason)
    balancer = topology.balancers[profile.balancer]
    classic = balancer.kind is BalancerKind.CLASSIC
    if balancer.doubt is not None or balancer.kind is BalancerKind.GATEWAY:
        raise StoppedError(
            Code.UNKNOWN_RESOURCE, balancer.id, balancer.doubt or "its kind is not judged"
        )
    if balancer.failed:
        raise StoppedError(Code.BAD_STATE, balancer.id, "it is failed")
    for listener in balancer.listeners:
        if listener.port == packet.port and packet.transport in listener.transports:
            kind = names.CLASSIC_BALANCER if classic else names.BALANCER
            yield kind, balancer.id, None, f"it is a node of {balancer.name}"
            yield (
                names.CLASSIC_BALANCER if classic else names.LISTENER,
                listener.id,
                None,
                f"the listener takes {packet.transport} {packet.port}",
            )
            return
    code = Code.ELB_LISTENERS_MISMATCH if classic else Code.ELBV2_LISTENERS_MISMATCH
    raise StoppedError(code, balancer.id, f"no listener takes port {packet.port}")


def refuses_igw(topology: Topology, profile: Profile) -> bool:
    """Whether the load balancer refuses IPv6 traffic of internet gateways, or may do so."""
    if profile.balancer < 0:
        return False
    return topology.balancers[profile.balancer].refuses_igw is not False


def takes_anybody(topology: Topology, profile: Profile) -> bool:
    """Whether it is a Network Load Balancer's interface: without security groups every client reaches it."""
    if profile.balancer < 0:
        return False
    return topology.balancers[profile.balancer].kind is BalancerKind.NETWORK
