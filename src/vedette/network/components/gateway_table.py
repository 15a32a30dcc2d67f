"""A gateway's own route table may send what comes in to a middlebox instead of to the subnet.

Source: VPC user guide, "Gateway route tables"; Reachability Analyzer, `INGRESS_RTB_TRAFFIC_REDIRECTION`. Destinations
are the VPC's blocks or whole subnets; what an appliance lets through is not judged, so that the answer is "unknown".
"""

from vedette.network.addrset import AddrSet, Family, covers, intersect
from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Component,
    Doubt,
    Passage,
    Role,
    Shut,
    Situation,
    doubtful,
)
from vedette.network.topology import Route, RouteTable


def _judge(situation: Situation) -> Passage:
    table = situation.point.table
    if table is None:
        return OPEN
    blocks = situation.subnet.blocks(situation.profile.family)
    if table.doubt is not None or table.doubtful or not blocks:
        return doubtful(_doubt(table.doubt or "where the gateway's route table leads is not known"))
    route = _best(table, blocks, situation.profile.family)
    if route is None or (route.target == "local" and covers((route.span,), blocks)):
        return OPEN  # the VPC's own route is implied where the table does not replace it
    if not covers((route.span,), blocks):
        return doubtful(_doubt(f"the gateway's route to {route.text} is for a part of the subnet"))
    if not route.active:
        return Shut(
            code=Code.BAD_STATE_ROUTE,
            role=Role.GATEWAY_TABLE,
            reason=f"the gateway's route to {route.text} is a blackhole",
        )
    if not route.appliance and route.through is not None:
        return Shut(
            code=Code.ENI_SOURCE_DEST_CHECK_RESTRICTION,
            role=Role.GATEWAY_TABLE,
            reason=f"the gateway sends traffic for {route.text} to {route.target}, {route.through}",
            component=route.target,
        )
    return doubtful(
        Doubt(
            code=Code.INGRESS_RTB_TRAFFIC_REDIRECTION,
            role=Role.GATEWAY_TABLE,
            reason=f"the gateway sends traffic for {route.text} to {route.target},"
            f" {route.through}, which is not judged",
            component=route.target,
        )
    )


def _doubt(reason: str) -> Doubt:
    return Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.GATEWAY_TABLE, reason=reason)


def _best(table: RouteTable, blocks: AddrSet, family: Family) -> Route | None:
    """The most specific route that the subnet meets; a redirection of any part of it counts as one of all."""
    meeting = [
        route
        for route in table.routes
        if route.family is family and intersect(blocks, (route.span,))
    ]
    return min(meeting, key=lambda route: (-route.length, route.rank), default=None)


def _key(situation: Situation) -> tuple[object, ...]:
    table = situation.point.table
    subnet = situation.subnet
    return (
        table.digest if table else None,
        subnet.blocks(situation.profile.family),
        situation.profile.family,
    )


COMPONENT = Component(
    name="gateway_table",
    type="AWS::EC2::GatewayRouteTableAssociation",
    codes=(
        Code.BAD_STATE_ROUTE,
        Code.ENI_SOURCE_DEST_CHECK_RESTRICTION,
        Code.INGRESS_RTB_TRAFFIC_REDIRECTION,
        Code.UNKNOWN_RESOURCE,
    ),
    judge=_judge,
    key=_key,
)
