"""Answers about one thing alone: nothing that may be about it is lost."""

from typing import Any

from tests.network.estates import PLACE, simple, tcp
from tests.network.test_balancers import alb
from tests.network.test_functions import ARN, OPEN_URL, recorded
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach
from vedette.network.selection import Selection, absent, selected


def two() -> dict[str, Any]:
    estate = simple(tcp(22, v4=("0.0.0.0/0",)))
    estate.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2")
    estate.vpc("vpc-2", "10.2.0.0/16")
    estate.subnet("subnet-2", "vpc-2", "10.2.0.0/24")
    estate.acl("acl-2", "vpc-2", ("subnet-2",))
    estate.table("rtb-2", "vpc-2", [], ("subnet-2",))
    estate.interface(3, "subnet-2", ("sg-1",), public="54.1.1.3")
    return estate.answers() | recorded(OPEN_URL)


def chosen(answers: dict[str, Any], **asked: str) -> Reach:
    topology = topology_of(snapshot_from({PLACE: answers}))
    return selected(reach(topology, cuts=False), topology, Selection(**asked))


def names(found: Reach) -> tuple[list[str], list[str]]:
    return [one.resource for one in found.exposures], [one.resource for one in found.not_reachable]


def test_without_a_selection_nothing_is_left_out() -> None:
    topology = topology_of(snapshot_from({PLACE: two()}))
    answers = reach(topology, cuts=False)
    assert selected(answers, topology, Selection()) is answers
    assert names(answers)[0] == ["i-1", "i-2", ARN]


def test_by_interface_resource_and_vpc() -> None:
    assert names(chosen(two(), interface="eni-2")) == (["i-2"], [])
    assert names(chosen(two(), resource="i-1")) == (["i-1"], [])
    assert names(chosen(two(), resource="eni-1")) == (["i-1"], [])
    assert names(chosen(two(), resource=ARN)) == ([ARN], [])
    assert names(chosen(two(), vpc="vpc-2"))[0] == []
    assert names(chosen(two(), vpc="vpc-1", interface="eni-1")) == (["i-1"], [])
    assert names(chosen(two(), vpc="vpc-2", interface="eni-1")) == ([], [])


def test_a_load_balancer_has_what_is_behind_it() -> None:
    estate = alb()
    (balancer,) = {
        one.through
        for one in reach(topology_of(snapshot_from({PLACE: estate.answers()}))).exposures
        if one.through
    }
    found = chosen(estate.answers(), resource=balancer or "")
    assert found.exposures
    assert {one.through for one in found.exposures} == {balancer}


def test_what_may_be_about_it_stays() -> None:
    answers = two()
    del answers["ec2.describe-instances"]
    answers["ec2.describe-network-interfaces"] = answers["ec2.describe-network-interfaces"] | {
        "NextToken": "more"
    }
    found = chosen(answers, interface="eni-1")
    assert [(one.interface, one.resource) for one in found.unknown] == [
        (None, f"{PLACE[0]}/{PLACE[1]}"),
        ("eni-1", "i-1"),
    ]


def test_what_is_not_there() -> None:
    topology = topology_of(snapshot_from({PLACE: two()}))
    answers = reach(topology, cuts=False)
    asked = Selection(interface="eni-9", resource="i-1", vpc="vpc-9")
    assert absent(answers, topology, asked) == ("eni-9", "vpc-9")
    assert absent(answers, topology, Selection(resource=ARN)) == ()
