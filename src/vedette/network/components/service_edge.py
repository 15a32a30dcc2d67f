"""A service that stands before a target sends to its own ports alone.

Sources: AWS PrivateLink guide, "Share your services"; CloudFront developer guide, "Restrict access with VPC origins"
(the origin's HTTP and HTTPS ports, by its protocol policy); Global Accelerator developer guide, "Listeners" and "Port
overrides".
"""

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet
from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Component,
    Flow,
    Passage,
    Region,
    Role,
    Shut,
    Sieve,
    Situation,
)
from vedette.network.fronts import Front
from vedette.network.portset import Cells, stack


def _judge(situation: Situation) -> Passage:
    front = situation.point.front
    if front is None:
        return OPEN
    sources = situation.point.sources
    return Sieve(
        most=Flow(
            forward=Region(
                tcp=_cells(front, Transport.TCP, sources), udp=_cells(front, Transport.UDP, sources)
            )
        ),
        blocks=Shut(
            code=Code.NO_PATH,
            role=Role.GATEWAY,
            reason="the service sends to none of the ports that are let in",
        ),
    )


def _cells(front: Front, transport: Transport, sources: AddrSet) -> Cells:
    return stack((*ports, sources) for one, ports in front.ports if one is transport)


def _key(situation: Situation) -> tuple[object, ...]:
    front = situation.point.front
    return (front, situation.point.sources) if front is not None else ()


COMPONENT = Component(
    name="service_edge",
    type="AWS::EC2::VPCEndpointService",
    codes=(Code.NO_PATH,),
    judge=_judge,
    key=_key,
)
