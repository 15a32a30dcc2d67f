"""Security groups let in the union of what their inbound rules name; they are stateful, so every answer passes.

Sources: VPC user guide, "Security group rules"; EC2 API, IpPermission. A reference to a group means the private
addresses of its members, which only an edge that keeps group identity (a peering within the Region) can show;
through an internet gateway it matches nothing (Reachability Analyzer, `SG_REFERENCES_NOT_PRESERVED`).
"""

from collections.abc import Iterable, Iterator

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet, Family, everything
from vedette.network.balancing import BalancerKind
from vedette.network.codes import Code
from vedette.network.components._base import (
    Component,
    Doubt,
    Flow,
    Passage,
    Region,
    Role,
    Shut,
    Sieve,
    Situation,
    anything,
)
from vedette.network.portset import Cell, stack
from vedette.network.topology import GroupRule, InterfaceKind

_Box = tuple[Transport | None, Cell]


def _judge(situation: Situation) -> Passage:
    groups, family = situation.groups, situation.profile.family
    if _is_passed_by(situation):
        return Sieve(most=Flow(), blocks=_blocks([]))
    if not groups.ids:
        return _without_groups(situation)
    members = dict(situation.point.members)
    rules = [rule for group in groups.groups for rule in group.rules]
    sure = list(_boxes(rules, family, members))
    doubts = [
        Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.GROUPS, reason=reason)
        for _, reason in groups.absent
    ]
    possible = list(_possible(rules, family))
    unseen = dict(situation.point.perhaps)
    hidden = [rule for rule in rules if rule.doubt is None and rule.reference in unseen]
    possible += [(rule.transport, (*rule.ports, situation.point.sources)) for rule in hidden]
    doubts += [
        Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.GROUPS, reason=f"{rule.id}: {rule.doubt}")
        for rule in rules
        if rule.doubt is not None
    ]
    doubts += [_member_doubt(rule, unseen) for rule in hidden]
    least = _region(sure, family)
    most = anything(family) if groups.absent else _region([*sure, *possible], family)
    return Sieve(
        most=Flow(forward=most),
        least=Flow(forward=least) if doubts else None,
        blocks=_blocks(rules),
        doubts=tuple(doubts),
    )


def _member_doubt(rule: GroupRule, unseen: dict[str, str]) -> Doubt:
    group = rule.reference or ""
    return Doubt(
        code=Code.UNKNOWN_RESOURCE,
        role=Role.GROUPS,
        reason=f"{rule.id}: not all members of {group} are known: {unseen[group]}",
    )


def _is_passed_by(situation: Situation) -> bool:
    """Whether the edge's traffic does not meet security groups (Network Load Balancer guide, "Security groups")."""
    front = situation.point.front
    return front is not None and not front.filtered


def _without_groups(situation: Situation) -> Passage:
    """Only Network Load Balancers and NAT gateways can have no group; anything else was not described in full."""
    kind = situation.balancer.kind if situation.balancer else BalancerKind.NETWORK
    if situation.profile.kind is InterfaceKind.LOAD_BALANCER and kind is BalancerKind.NETWORK:
        return Sieve(most=Flow(), blocks=_blocks([]))
    doubt = Doubt(
        code=Code.UNKNOWN_RESOURCE,
        role=Role.INTERFACE,
        reason="the interface was described without security groups",
    )
    return Sieve(most=Flow(), least=Flow(forward=Region()), blocks=_blocks([]), doubts=(doubt,))


def _blocks(rules: list[GroupRule]) -> Shut:
    if not rules:
        return Shut(
            code=Code.SG_HAS_NO_RULES,
            role=Role.GROUPS,
            reason="the security groups have no inbound rules",
        )
    return Shut(
        code=Code.ENI_SG_RULES_MISMATCH,
        role=Role.GROUPS,
        reason="no inbound rule of the security groups lets any of it in",
    )


def _boxes(
    rules: Iterable[GroupRule], family: Family, members: dict[str, AddrSet]
) -> Iterator[_Box]:
    for rule in rules:
        if rule.doubt is not None:
            continue
        if rule.reference is not None:
            sources = members.get(rule.reference, ())
        else:
            sources = rule.spans if rule.family is family else ()
        if sources:
            yield rule.transport, (*rule.ports, sources)


def _possible(rules: Iterable[GroupRule], family: Family) -> Iterator[_Box]:
    for rule in rules:
        if rule.doubt is not None:
            yield rule.transport, (*rule.ports, everything(family))


def _region(boxes: list[_Box], family: Family) -> Region:
    icmp = Transport.ICMP if family is Family.V4 else Transport.ICMPV6

    def of(transport: Transport) -> tuple[Cell, ...]:
        return stack(cell for one, cell in boxes if one is None or one is transport)

    return Region(tcp=of(Transport.TCP), udp=of(Transport.UDP), icmp=of(icmp))


def _key(situation: Situation) -> tuple[object, ...]:
    return (
        situation.groups.digest,
        situation.profile.family,
        situation.point.members,
        (situation.point.perhaps, situation.point.sources) if situation.point.perhaps else None,
        situation.profile.kind is InterfaceKind.LOAD_BALANCER,
        situation.balancer.kind if situation.balancer else None,
        _is_passed_by(situation),
    )


COMPONENT = Component(
    name="security_group",
    type="AWS::EC2::SecurityGroup",
    codes=(Code.ENI_SG_RULES_MISMATCH, Code.SG_HAS_NO_RULES, Code.UNKNOWN_RESOURCE),
    judge=_judge,
    key=_key,
)
