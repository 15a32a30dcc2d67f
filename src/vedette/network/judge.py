"""One judgement for each distinct situation: what every component lets through, intersected exactly.

The path from an edge to an interface is a fixed row of components, and each filter is a union of boxes, so that no
search and no solver is needed. Components answer once for each content (`Component.key`), situations once for each
`situation_key`; a `Memo` may be kept from one run to the next, since its keys are content.
"""

from collections.abc import Iterable

import msgspec

from vedette.network.addrset import AddrSet, intersect
from vedette.network.components import COMPONENTS, route_table, security_group
from vedette.network.components._base import (
    NOTHING,
    Component,
    Doubt,
    Flow,
    Open,
    Passage,
    Region,
    Shut,
    Sieve,
    Situation,
    anything,
)
from vedette.network.portset import sources_at
from vedette.network.topology import EdgePoint, Topology

_GROUPS = security_group.COMPONENT.name


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What reaches an address.

    `least` surely does, `most` perhaps; they differ only where `doubts` say why. `answers` are the sources that can
    surely be answered. `shut`: nothing does, for certain, and why. `whole` are the source sets that count as
    everything that the edge can send.
    """

    least: Region = NOTHING
    most: Region = NOTHING
    answers: Region = NOTHING
    whole: tuple[AddrSet, ...] = ()
    shut: Shut | None = None
    doubts: tuple[Doubt, ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to the security groups of an interface: the region, who can be answered, what counts as all."""

    region: Region
    answers: Region
    whole: tuple[AddrSet, ...]


class Memo:
    """Answers that are already known; keys are content, values never change."""

    def __init__(self) -> None:
        self._passages: dict[tuple[object, ...], Passage] = {}
        self._limits: dict[tuple[object, ...], Limits | None] = {}
        self._outcomes: dict[tuple[object, ...], Outcome] = {}

    def passage(self, component: Component, situation: Situation) -> Passage:
        """The component's answer."""
        if component.key is None:
            return component.judge(situation)
        key = (component.name, *component.key(situation))
        found = self._passages.get(key)
        if found is None:
            found = self._passages[key] = component.judge(situation)
        return found

    def limits(self, situation: Situation) -> "Limits | None":
        """What all components but the groups let through together; None if one is shut or in doubt."""
        shared = [one for one in COMPONENTS if one.key is not None and one.name != _GROUPS]
        key = tuple(one.key(situation) for one in shared if one.key is not None)
        if key not in self._limits:
            passages = [self.passage(one, situation) for one in shared]
            self._limits[key] = _limits(situation, passages, self)
        return self._limits[key]

    def outcome(self, situation: Situation) -> Outcome:
        """The judgement of a situation."""
        key = situation_key(situation)
        found = self._outcomes.get(key)
        if found is None:
            found = self._outcomes[key] = judge(situation, self)
        return found


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One edge's outcome for every address of one profile."""

    point: EdgePoint
    outcome: Outcome


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Every outcome: `by_profile[i]` are those of `topology.profiles[i]`, in the order of the edges' names."""

    topology: Topology
    by_profile: tuple[tuple[Judged, ...], ...]


def judge_all(topology: Topology, memo: Memo | None = None) -> Judgement:
    """Judge every profile against every edge of its VPC and family."""
    memo = memo or Memo()
    points: dict[tuple[str, str], list[EdgePoint]] = {}
    for point in topology.points:
        points.setdefault((point.vpc, point.family), []).append(point)
    out = []
    for index, profile in enumerate(topology.profiles):
        vpc = topology.subnets[profile.subnet].vpc or ""
        out.append(
            tuple(
                Judged(point=point, outcome=memo.outcome(situation_of(topology, index, point)))
                for point in points.get((vpc, profile.family), ())
                if point.reaches(profile)
            )
        )
    return Judgement(topology=topology, by_profile=tuple(out))


def situation_of(topology: Topology, profile: int, point: EdgePoint) -> Situation:
    """A profile as one edge sees it."""
    one = topology.profiles[profile]
    return Situation(
        point=point,
        profile=one,
        subnet=topology.subnets[one.subnet],
        groups=topology.group_sets[one.groups],
        balancer=topology.balancers[one.balancer] if one.balancer >= 0 else None,
    )


def situation_key(situation: Situation) -> tuple[object, ...]:
    """All that an outcome depends on, as content."""
    point, profile, subnet = situation.point, situation.profile, situation.subnet
    return (
        # a gateway stands for its edge: one VPC has one of each, and its blocks are in `sources`
        point.gateway,
        point.sources,
        point.state,
        point.doubt,
        point.members,
        point.perhaps,
        (point.table.digest, subnet.blocks(profile.family)) if point.table else None,
        point.kind,
        point.client_ports,
        point.routed,
        point.front,
        (point.transit.digest, subnet.id, subnet.zone, profile.spot) if point.transit else None,
        profile.kind,
        profile.attachment,
        profile.state,
        profile.family,
        profile.public,
        profile.deny_igw,
        profile.carrier,
        subnet.block_mode,
        subnet.acl.digest,
        subnet.table.digest,
        situation.groups.digest,
        bool(situation.groups.ids),
        situation.balancer.digest if situation.balancer else None,
    )


def judge(situation: Situation, memo: Memo) -> Outcome:
    """Intersect what the components let through."""
    return _open(situation, memo) or _in_order(situation, memo)


def _open(situation: Situation, memo: Memo) -> Outcome | None:
    """The usual case at once: nothing is shut or in doubt, and something is let in. None in all other cases."""
    gates = (one for one in COMPONENTS if one.key is None)
    if not all(isinstance(memo.passage(one, situation), Open) for one in gates):
        return None
    groups = memo.passage(security_group.COMPONENT, situation)
    limits = memo.limits(situation)
    if limits is None or not isinstance(groups, Sieve) or groups.least is not None:
        return None
    if security_group.COMPONENT not in COMPONENTS or groups.most.forward is None:
        return None
    region = groups.most.forward.meet(limits.region)
    if not region:
        return None
    return Outcome(least=region, most=region, answers=limits.answers, whole=limits.whole)


def _limits(situation: Situation, passages: Iterable[Passage], memo: Memo) -> Limits | None:
    region = answers = anything(situation.profile.family)
    for passage in passages:
        if isinstance(passage, Open):
            continue
        if isinstance(passage, Shut) or passage.least is not None:
            return None
        region = _through(region, passage.most)
        if passage.most.answers is not None:
            answers = answers.meet(passage.most.answers)
    return Limits(region=region, answers=answers, whole=_whole(situation, memo))


def _in_order(situation: Situation, memo: Memo) -> Outcome:
    """Component by component; the first that leaves nothing is the reason."""
    most = least = anything(situation.profile.family)
    answers = least
    doubts: list[Doubt] = []
    for component in COMPONENTS:
        passage = memo.passage(component, situation)
        if isinstance(passage, Open):
            continue
        if isinstance(passage, Shut):
            return Outcome(shut=passage)
        sure = passage.least or passage.most
        # while nothing is in doubt the two are one object, and are intersected once
        same = least is most and passage.least is None
        most = _through(most, passage.most)
        least = most if same else _through(least, sure)
        if sure.answers is not None:
            answers = answers.meet(sure.answers)
        doubts += passage.doubts
        if not most:
            return Outcome(shut=passage.blocks)
    return Outcome(
        least=least,
        most=most,
        answers=answers,
        whole=_whole(situation, memo),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _through(region: Region, flow: Flow) -> Region:
    """What is left of a region; TCP needs its answers, one packet of UDP or ICMP is enough to count as reached."""
    forward = region.meet(flow.forward) if flow.forward is not None else region
    if flow.answers is None or not forward.tcp:
        return forward
    answered = Region(tcp=flow.answers.tcp).meet(Region(tcp=forward.tcp))
    return Region(tcp=answered.tcp, udp=forward.udp, icmp=forward.icmp)


def _whole(situation: Situation, memo: Memo) -> tuple[AddrSet, ...]:
    """All of the edge's sources; and those whose answers return, if the default route leads to the edge."""
    point, family = situation.point, situation.profile.family
    default = any(
        route.length == 0
        and route.family is family
        and route.active
        and route.target == point.gateway
        for route in situation.subnet.table.routes
    )
    if not default:
        return (point.sources,)
    passage = memo.passage(route_table.COMPONENT, situation)
    if not isinstance(passage, Sieve) or passage.most.answers is None:
        return (point.sources,)
    return point.sources, intersect(point.sources, sources_at(passage.most.answers.tcp, 0))
