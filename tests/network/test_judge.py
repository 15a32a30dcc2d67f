"""The judgement's short cut and its memory change nothing."""

import pytest

from tests.network.estates import PLACE, random_estate
from vedette.network import judge
from vedette.network.describe import snapshot_from
from vedette.network.judge import Memo, judge_all, situation_of
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_the_usual_case_equals_the_one_in_order(start: int) -> None:
    taken = 0
    for seed in range(start, start + 20):
        topology = topology_of(snapshot_from({PLACE: random_estate(seed).answers()}))
        memo = Memo()
        for index, outcomes in enumerate(judge_all(topology).by_profile):
            for judged in outcomes:
                situation = situation_of(topology, index, judged.point)
                short = judge._open(situation, memo)
                if short is not None:
                    taken += 1
                    assert short == judge._in_order(situation, Memo())
    assert taken > 10


def test_a_memo_may_be_kept_from_one_network_to_the_next() -> None:
    memo = Memo()
    for seed in range(30):
        topology = topology_of(snapshot_from({PLACE: random_estate(seed).answers()}))
        assert reach(topology, memo, cuts=False) == reach(topology, cuts=False)
