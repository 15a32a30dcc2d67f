"""What changes of one component leave is what the whole judgement leaves."""

from collections.abc import Iterator

import pytest

from tests.network.estates import PLACE, permission, random_estate, simple, tcp
from tests.network.fronted import random_fronts
from tests.network.transits import random_transit
from vedette.model.network import Transport
from vedette.network.changes import (
    Change,
    DenyInAcl,
    DetachGroup,
    ReleaseAddress,
    RevokeRule,
    apply_all,
)
from vedette.network.components._base import Situation, transports
from vedette.network.cuts import free_number
from vedette.network.describe import snapshot_from
from vedette.network.judge import Memo, judge_all, situation_of
from vedette.network.narrowing import perhaps_left, surely_left
from vedette.network.normalise.topology import topology_of
from vedette.network.portset import Cells, meet
from vedette.network.reach import reach

MAKERS = {"plain": random_estate, "transit": random_transit, "fronted": random_fronts}


SEEDS = {"plain": 12, "transit": 4, "fronted": 30}


def changes_of(
    situation: Situation, transport: Transport, cells: Cells
) -> Iterator[tuple[Change, ...]]:
    groups = situation.groups.groups
    revoked: list[Change] = [
        RevokeRule(group=group.id, rule=rule.id) for group in groups for rule in group.rules
    ]
    detached: list[Change] = [
        DetachGroup(group=name, interface="eni-1") for name in situation.groups.ids
    ]
    family = situation.point.family
    yield from ((one,) for one in (*revoked, *detached))
    yield from ((*revoked[:size], *detached[:1]) for size in range(2, len(revoked)))
    number = free_number(situation.subnet.acl, transport, family)
    for first, last, _ in cells if number is not None else ():
        denial = DenyInAcl(
            acl=situation.subnet.acl.id,
            number=number or 1,
            transport=transport,
            ports=(first, last),
            family=family,
        )
        yield (denial,)
        if revoked:
            yield denial, revoked[0]
    if revoked:
        yield ReleaseAddress(interface="eni-1", address="54.1.1.1", family=family), revoked[0]


@pytest.mark.parametrize("kind", MAKERS)
def test_the_same_is_left_as_when_everything_is_judged_again(kind: str) -> None:
    compared = narrowed = 0
    for seed in range(SEEDS[kind]):
        topology = topology_of(snapshot_from({PLACE: MAKERS[kind](seed).answers()}))
        judgement = judge_all(topology)
        memo = Memo()
        for profile, outcomes in enumerate(judgement.by_profile):
            for judged in outcomes:
                situation = situation_of(topology, profile, judged.point)
                for transport in transports(judged.point.family):
                    least = judged.outcome.least.of(transport)
                    for changes in changes_of(situation, transport, least):
                        changed = apply_all(changes, situation)
                        whole = Memo().outcome(changed)
                        sure = surely_left(memo, changed, changes, least, transport)
                        assert meet(sure, least) == meet(whole.least.of(transport), least)
                        most = judged.outcome.most.of(transport)
                        left = perhaps_left(memo, changed, changes, most, transport)
                        assert left == meet(whole.most.of(transport), most)
                        compared += 1
                        narrowed += meet(sure, least) != least
    assert compared > narrowed > 10


def test_what_addresses_have_in_common_is_told_of_each_by_its_own_names() -> None:
    estate = simple(tcp(22, v4=("0.0.0.0/0",)))
    estate.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2")
    found = reach(topology_of(snapshot_from({PLACE: estate.answers()}))).exposures
    own = {
        one.interface: [
            (change.kind, change.component, change.rule)
            for closing in one.closing_changes
            for change in closing.changes
            if one.interface == change.component
        ]
        for one in found
    }
    assert own == {
        "eni-1": [
            ("detach-security-group", "eni-1", "sg-1"),
            ("release-address", "eni-1", "54.1.1.1"),
        ],
        "eni-2": [
            ("detach-security-group", "eni-2", "sg-1"),
            ("release-address", "eni-2", "54.1.1.2"),
        ],
    }
    named = {one.interface: one.closing_changes[-1].breaks for one in found}
    assert named == {
        "eni-1": ("i-2 TCP 22 (internet-v4)",),
        "eni-2": ("i-1 TCP 22 (internet-v4)",),
    }


def test_what_a_rule_of_an_unknown_list_may_let_in_does_not_surely_pass() -> None:
    unknown = permission("tcp", 22, 22, lists=("pl-unknown",))
    estate = simple(tcp(22, v4=("0.0.0.0/0",)), unknown)
    topology = topology_of(snapshot_from({PLACE: estate.answers()}))
    (judged,) = judge_all(topology).by_profile[0]
    situation = situation_of(topology, 0, judged.point)
    cells = judged.outcome.least.tcp
    (group,) = situation.groups.groups
    (rule,) = (one.id for one in group.rules if one.doubt is None)
    changes = (RevokeRule(group="sg-1", rule=rule),)
    changed = apply_all(changes, situation)
    assert surely_left(Memo(), changed, changes, cells, Transport.TCP) == ()
    assert perhaps_left(Memo(), changed, changes, cells, Transport.TCP) == cells
