"""The subnet's route table must lead answers back to the gateway that the packet came in through.

Source: VPC user guide, "Route tables", "Route priority": the longest prefix wins; of equal prefixes a static route to
a CIDR block, then one to a prefix list, then a propagated one; several prefix lists with the same block and different
targets are undefined. A blackhole route drops. `NO_ROUTE_TO_DESTINATION` where no client can be answered.
"""

from vedette.network.addrset import (
    NONE,
    everything,
    union,
)
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
    uniform,
)
from vedette.network.routing import decided
from vedette.network.topology import Route


def _judge(situation: Situation) -> Passage:
    table, family = situation.subnet.table, situation.profile.family
    target = situation.point.gateway
    if not situation.point.routed:
        return OPEN
    if table.doubt is not None or target is None:
        reason = table.doubt or "which gateway the VPC has is not known"
        return _unjudged(Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.ROUTE_TABLE, reason=reason))
    parts = list(decided(table.routes, family))
    sure = union(part for part, winners in parts if _all_lead(winners, target))
    maybe = union(part for part, winners in parts if _some_may_lead(winners, target))
    doubts = [_doubt(winners) for _, winners in parts if _is_doubtful(winners, target)]
    for route in table.doubtful:
        doubts.append(Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.ROUTE_TABLE, reason=route.reason))
        leads = route.active and route.target == target
        if leads or (route.active and route.appliance):
            maybe = everything(family)
        if not leads:
            sure = NONE  # any client may be within the list
    return Sieve(
        most=Flow(answers=uniform(maybe)),
        least=Flow(answers=uniform(sure)) if doubts else None,
        blocks=Shut(
            code=Code.NO_ROUTE_TO_DESTINATION,
            role=Role.ROUTE_TABLE,
            reason=f"no route leads answers back through {target}",
        ),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _unjudged(doubt: Doubt) -> Sieve:
    """Some answers may return, or none."""
    return Sieve(
        most=Flow(),
        least=Flow(answers=uniform(NONE)),
        blocks=Shut(code=doubt.code, role=doubt.role, reason=doubt.reason),
        doubts=(doubt,),
    )


def _leads(route: Route, target: str) -> bool:
    return route.active and route.target == target


def _all_lead(winners: list[Route], target: str) -> bool:
    return all(_leads(route, target) for route in winners)


def _some_may_lead(winners: list[Route], target: str) -> bool:
    return any(_leads(route, target) or (route.active and route.appliance) for route in winners)


def _is_doubtful(winners: list[Route], target: str) -> bool:
    return _some_may_lead(winners, target) and not _all_lead(winners, target)


def _doubt(winners: list[Route]) -> Doubt:
    for route in winners:
        if route.appliance:
            return Doubt(
                code=Code.UNSUPPORTED_COMPONENT,
                role=Role.ROUTE_TABLE,
                reason=f"answers to {route.text} leave through {route.target}, {route.through},"
                " which is not judged",
                component=route.target,
            )
    return Doubt(
        code=Code.ROUTE_PRIORITY_UNDEFINED,
        role=Role.ROUTE_TABLE,
        reason=f"several routes to {winners[0].text} lead to different targets",
    )


def _key(situation: Situation) -> tuple[object, ...]:
    point = situation.point
    return situation.subnet.table.digest, situation.profile.family, point.gateway, point.routed


COMPONENT = Component(
    name="route_table",
    type="AWS::EC2::RouteTable",
    codes=(
        Code.NO_ROUTE_TO_DESTINATION,
        Code.ROUTE_PRIORITY_UNDEFINED,
        Code.UNKNOWN_RESOURCE,
        Code.UNSUPPORTED_COMPONENT,
    ),
    judge=_judge,
    key=_key,
)
