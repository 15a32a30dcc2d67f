"""Whether one packet is what a service sends to the target that it stands before."""

from vedette.network.addrset import AddrSet
from vedette.network.codes import Code
from vedette.network.fronts import Front
from vedette.network.packets import Packet, StoppedError
from vedette.network.topology import BlockMode, Subnet


def enter_front(front: Front, sources: AddrSet, packet: Packet, subnet: Subnet) -> None:
    """Check the packet's source and port. StoppedError if the service sends no such packet, or may not."""
    if not any(low <= packet.source <= high for low, high in sources):
        raise StoppedError(Code.NO_PATH, front.id, "the service does not send from the source")
    if not any(
        transport is packet.transport and ports[0] <= packet.port <= ports[1]
        for transport, ports in front.ports
    ):
        raise StoppedError(Code.NO_PATH, front.id, "the service does not send to the port")
    if front.blocked and subnet.block_mode is not BlockMode.OFF:
        raise StoppedError(
            Code.VPC_BLOCK_PUBLIC_ACCESS_ENABLED,
            subnet.id,
            f"VPC Block Public Access: {subnet.block_mode}",
        )
