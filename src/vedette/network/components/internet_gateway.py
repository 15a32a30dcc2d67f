"""An internet gateway lets in what its VPC is attached to, from sources that are neither private nor the VPC's own.

Source: VPC user guide, "Internet gateways"; Reachability Analyzer, `IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS`,
`IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS`, `GATEWAY_REJECTS_SPOOFED_TRAFFIC`. Peerings and VPN gateways are the
edges of the same form: `NO_PATH` where the VPC has no gateway for the edge.
"""

from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Component,
    Doubt,
    Flow,
    Passage,
    Role,
    Shut,
    Sieve,
    Situation,
    doubtful,
    uniform,
)


def _judge(situation: Situation) -> Passage:
    point = situation.point
    if point.doubt is not None:
        return doubtful(Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.GATEWAY, reason=point.doubt))
    if point.gateway is None:
        return Shut(
            code=Code.NO_PATH, role=Role.VPC, reason="the VPC has no internet gateway attached"
        )
    if point.state != "available":
        return Shut(
            code=Code.BAD_STATE,
            role=Role.GATEWAY,
            reason=f"the gateway's attachment is {point.state}"
            if point.front is None
            else f"it is {point.state}",
        )
    if point.transit is not None:
        return OPEN  # its route tables say what comes in
    return Sieve(
        most=Flow(forward=uniform(point.sources)),
        blocks=Shut(
            code=Code.GATEWAY_REJECTS_SPOOFED_TRAFFIC,
            role=Role.GATEWAY,
            reason="every source that could come in is private or the VPC's own",
        ),
    )


def _key(situation: Situation) -> tuple[object, ...]:
    point = situation.point
    return point.gateway, point.sources, point.state, point.doubt, point.transit is None


COMPONENT = Component(
    name="internet_gateway",
    type="AWS::EC2::InternetGateway",
    codes=(
        Code.BAD_STATE,
        Code.GATEWAY_REJECTS_SPOOFED_TRAFFIC,
        Code.NO_PATH,
        Code.UNKNOWN_RESOURCE,
    ),
    judge=_judge,
    key=_key,
)
