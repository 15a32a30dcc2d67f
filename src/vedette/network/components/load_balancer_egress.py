"""What a node sends must pass its own outbound rules, its subnet's network ACL both ways, and its route table.

Sources: Application Load Balancer guide, "Security groups"; Network Load Balancer guide, "Update the security groups"
(without any, all traffic can leave); Reachability Analyzer, `REMAP_EPHEMERAL_PORT` (nodes use ports 1024-65535) and
`ELB_ACL_RESTRICTION` (a Classic Load Balancer's traffic meets the network ACL even within one subnet).
"""

from collections.abc import Iterable

from vedette.model.network import Transport
from vedette.network.addrset import contains
from vedette.network.balancing import BalancerKind
from vedette.network.codes import Code
from vedette.network.components._base import (
    OPEN,
    Doubt,
    ForwardingComponent,
    Handover,
    Role,
    Shut,
    Verdict,
)
from vedette.network.portset import LAST_PORT
from vedette.network.topology import AclEntry, GroupRule, Route

NODE_PORTS = (1024, LAST_PORT)
"""The ports that nodes send from."""


def _judge(handover: Handover) -> Verdict:
    doubt: Doubt | None = None
    for verdict in (_groups(handover), _acl(handover), _table(handover)):
        if isinstance(verdict, Shut):
            return verdict
        if isinstance(verdict, Doubt):
            doubt = doubt or verdict
    return doubt or OPEN


def _groups(handover: Handover) -> Verdict:
    if not handover.restricted:
        return OPEN
    rules = [rule for group in handover.groups for rule in group.rules]
    if any(rule.doubt is None and _permits(rule, handover) for rule in rules):
        return OPEN
    if handover.absent:
        return _unknown(Role.NODE_GROUPS, f"{handover.absent[0]} was not described")
    for rule in rules:
        if rule.doubt is not None and _about(rule, handover):
            return _unknown(Role.NODE_GROUPS, f"{rule.id}: {rule.doubt}")
    return Shut(
        code=Code.ENI_SG_RULES_MISMATCH if rules else Code.SG_HAS_NO_RULES,
        role=Role.NODE_GROUPS,
        reason="no outbound rule of the load balancer's security groups lets it reach the target",
    )


def _about(rule: GroupRule, handover: Handover) -> bool:
    first, last = rule.ports
    named = rule.transport in {None, handover.transport}
    return named and first <= handover.target.port <= last


def _permits(rule: GroupRule, handover: Handover) -> bool:
    if not _about(rule, handover):
        return False
    if rule.reference is not None:
        return rule.reference in handover.members
    return rule.family is handover.family and contains(rule.spans, handover.address)


def _acl(handover: Handover) -> Verdict:
    """Out to the target's port, and back in to a port of the node; clients' ports are judged with the target's ACL."""
    classic = handover.balancer.kind is BalancerKind.CLASSIC
    if handover.same and not classic:
        return OPEN
    acl = handover.node.acl
    if acl.doubt is not None:
        return _unknown(Role.NODE_NETWORK_ACL, acl.doubt)
    out = _allowed(acl.outbound, handover, handover.target.port)
    one_way = handover.same or handover.preserved or handover.transport is Transport.UDP
    back = one_way or returns(acl.inbound, handover)
    if out and back:
        return OPEN
    return Shut(
        code=Code.ELB_ACL_RESTRICTION if handover.same else Code.SUBNET_ACL_RESTRICTION,
        role=Role.NODE_NETWORK_ACL,
        reason="the network ACL of the load balancer's subnet denies it, or every answer to it",
    )


def returns(inbound: tuple[AclEntry, ...], handover: Handover) -> bool:
    """Whether answers of the target are let in on some port that a node uses."""
    ports = {NODE_PORTS[0]}
    for entry in inbound:
        ports |= {entry.ports[0], entry.ports[1] + 1}
    usable = [port for port in ports if NODE_PORTS[0] <= port <= NODE_PORTS[1]]
    return any(_allowed(inbound, handover, port) for port in usable)


def _allowed(entries: Iterable[AclEntry], handover: Handover, port: int) -> bool:
    for entry in entries:
        if entry.family is not handover.family:
            continue
        if entry.transport not in {None, handover.transport}:
            continue
        low, high = entry.span
        if entry.ports[0] <= port <= entry.ports[1] and low <= handover.address <= high:
            return entry.allow
    return False


def _table(handover: Handover) -> Verdict:
    table = handover.node.table
    if table.doubt is not None:
        return _unknown(Role.NODE_ROUTE_TABLE, table.doubt)
    if table.doubtful:
        return _unknown(Role.NODE_ROUTE_TABLE, table.doubtful[0].reason)
    best = _best(table.routes, handover)
    leading = [route for route in best if route.active and route.target == handover.gateway]
    if best and leading == best:
        return OPEN
    appliances = [route for route in best if route.active and route.appliance]
    if appliances:
        return Doubt(
            code=Code.UNSUPPORTED_COMPONENT,
            role=Role.NODE_ROUTE_TABLE,
            reason=f"the load balancer's traffic to {appliances[0].text} goes through"
            f" {appliances[0].target}, {appliances[0].through}, which is not judged",
            component=appliances[0].target,
        )
    if leading:
        reason = f"where {best[0].text} leads the load balancer's traffic is not judged"
        return _unknown(Role.NODE_ROUTE_TABLE, reason)
    return Shut(
        code=Code.NO_ROUTE_TO_DESTINATION,
        role=Role.NODE_ROUTE_TABLE,
        reason="no route of the load balancer's subnet leads to the target",
    )


def _best(routes: Iterable[Route], handover: Handover) -> list[Route]:
    """The routes to the target that no other precedes: several where it is undefined."""
    meeting = [
        route
        for route in routes
        if route.family is handover.family and contains((route.span,), handover.address)
    ]
    first = min(((-route.length, route.rank) for route in meeting), default=None)
    return [route for route in meeting if (-route.length, route.rank) == first]


def _unknown(role: Role, reason: str) -> Doubt:
    return Doubt(code=Code.UNKNOWN_RESOURCE, role=role, reason=reason)


COMPONENT = ForwardingComponent(
    name="load_balancer_egress",
    type="AWS::EC2::SecurityGroupEgress",
    codes=(
        Code.ELB_ACL_RESTRICTION,
        Code.ENI_SG_RULES_MISMATCH,
        Code.NO_ROUTE_TO_DESTINATION,
        Code.SG_HAS_NO_RULES,
        Code.SUBNET_ACL_RESTRICTION,
        Code.UNKNOWN_RESOURCE,
        Code.UNSUPPORTED_COMPONENT,
    ),
    judge=_judge,
)
