"""Judging again after security groups have changed: only what they touch.

Everything else of a judgement stays as it is. Where a change reaches further than the rules of described groups (a rule
names a group that none has named before, so that its members were not gathered), there is nothing to build on, and the
whole has to be judged.
"""

from collections.abc import Mapping

import msgspec

from vedette.network.judge import Judged, Judgement, Memo, situation_of
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.normalise.groups import outbound_groups, security_groups
from vedette.network.snapshot import Snapshot
from vedette.network.topology import GroupSet, SecurityGroup, Topology


class Regrouped(msgspec.Struct, frozen=True, kw_only=True):
    """Security groups as they are after a change: their inbound rules, and the outbound ones of load balancers'."""

    inbound: Mapping[str, SecurityGroup]
    outbound: Mapping[str, SecurityGroup]


class Rejudged(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement after a change, and the profiles (by index) that were judged again."""

    judgement: Judgement
    touched: tuple[int, ...]


def regrouped(snapshot: Snapshot, groups: frozenset[str]) -> Regrouped:
    """Some groups of a snapshot, resolved without the rest of it."""
    places = tuple(
        msgspec.structs.replace(
            place,
            security_groups=tuple(one for one in place.security_groups if one.group_id in groups),
            security_group_rules=tuple(
                one for one in place.security_group_rules if one.group_id in groups
            ),
        )
        for place in snapshot.places
    )
    gathered = Gathered(Snapshot(places=places))
    outbound = outbound_groups(gathered, groups)
    return Regrouped(inbound=security_groups(gathered), outbound={one.id: one for one in outbound})


def rejudge(judgement: Judgement, changed: Regrouped, memo: Memo) -> Rejudged | None:
    """Judge what the changed groups touch; None where the whole has to be judged.

    Args:
        judgement: before the change.
        changed: the groups that changed, as they are now.
        memo: what is remembered of the first judgement.
    """
    topology = judgement.topology
    if _reaches_further(topology, changed):
        return None
    sets = {
        index: _replaced(one, changed)
        for index, one in enumerate(topology.group_sets)
        if any(identity in changed.inbound for identity in one.ids)
    }
    group_sets = list(topology.group_sets)
    for index, one in sets.items():
        group_sets[index] = one
    after = msgspec.structs.replace(
        topology,
        group_sets=tuple(group_sets),
        outbound=tuple(changed.outbound.get(one.id, one) for one in topology.outbound),
    )
    touched = [index for index, one in enumerate(topology.profiles) if one.groups in sets]
    by_profile = list(judgement.by_profile)
    for index in touched:
        by_profile[index] = tuple(
            Judged(point=one.point, outcome=memo.outcome(situation_of(after, index, one.point)))
            for one in by_profile[index]
        )
    return Rejudged(
        judgement=Judgement(topology=after, by_profile=tuple(by_profile)), touched=tuple(touched)
    )


def _reaches_further(topology: Topology, changed: Regrouped) -> bool:
    """Whether a group was not described before, or a rule names a group that no rule has named."""
    absent = {identity for one in topology.group_sets for identity, _ in one.absent}
    if absent & changed.inbound.keys():
        return True
    named = {
        rule.reference
        for one in topology.group_sets
        for group in one.groups
        for rule in group.rules
        if rule.reference
    }
    now = {
        rule.reference
        for group in changed.inbound.values()
        for rule in group.rules
        if rule.reference
    }
    return not now <= named


def _replaced(one: GroupSet, changed: Regrouped) -> GroupSet:
    groups = tuple(changed.inbound.get(group.id, group) for group in one.groups)
    content = sorted({group.digest for group in groups})
    return msgspec.structs.replace(one, groups=groups, digest=digest_of(content, one.absent))
