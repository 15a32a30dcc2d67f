"""Judging again after groups have changed equals judging the whole."""

import random
from typing import Any

import msgspec
import pytest

from tests.network.balanced import random_balanced
from tests.network.estates import PLACE, Estate, permission, random_estate, simple, tcp
from tests.network.test_balancers import alb
from vedette.network.describe import snapshot_from
from vedette.network.judge import Judgement, Memo, judge_all
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, answers_of
from vedette.network.whatif.incremental import Rejudged, regrouped, rejudge

WORLD = ("0.0.0.0/0",)


def again(before: dict[str, Any], after: dict[str, Any], *groups: str) -> Rejudged | None:
    memo = Memo()
    judgement = judge_all(topology_of(snapshot_from({PLACE: before})), memo)
    return rejudge(judgement, regrouped(snapshot_from({PLACE: after}), frozenset(groups)), memo)


def whole(answers: dict[str, Any]) -> Judgement:
    return judge_all(topology_of(snapshot_from({PLACE: answers})))


def told(judgement: Judgement) -> Reach:
    return answers_of(judgement)


def outcomes(judgement: Judgement) -> list[Any]:
    return [[one.outcome for one in row] for row in judgement.by_profile]


def changed(estate: Estate, number: int, *permissions: Any) -> dict[str, Any]:
    """The answers of an estate in which one group has other rules."""
    groups = [dict(one) for one in estate.groups]
    groups[number]["IpPermissions"] = list(permissions)
    return estate.answers() | {"ec2.describe-security-groups": {"SecurityGroups": groups}}


def test_one_group_of_random_estates() -> None:
    touched = wholes = 0
    for seed in range(150):
        rng = random.Random(seed)
        estate, other = random_estate(seed), random_estate(seed + 1000)
        number = rng.randrange(3)
        after = changed(estate, number, *other.groups[number]["IpPermissions"])
        found = again(estate.answers(), after, estate.groups[number]["GroupId"])
        if found is None:
            wholes += 1
            continue
        touched += len(found.touched)
        assert outcomes(found.judgement) == outcomes(whole(after)), seed
        assert told(found.judgement) == told(whole(after)), seed
    assert touched > 100
    assert wholes < 75


def test_groups_of_load_balancers() -> None:
    for seed in range(40):
        estate, other = random_balanced(seed), random_balanced(seed + 500)
        groups = [dict(one) for one in estate.groups]
        names = {one["GroupId"]: one for one in other.groups}
        for one in groups:
            theirs = names.get(one["GroupId"])
            if theirs is not None:
                one["IpPermissions"] = theirs["IpPermissions"]
                one["IpPermissionsEgress"] = theirs["IpPermissionsEgress"]
        after = estate.answers() | {"ec2.describe-security-groups": {"SecurityGroups": groups}}
        found = again(estate.answers(), after, *names)
        if found is not None:
            assert told(found.judgement) == told(whole(after)), seed


def test_only_what_holds_the_group_is_touched() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.group("sg-2", tcp(443, v4=WORLD))
    estate.interface(2, "subnet-1", ("sg-2",), public="54.1.1.2")
    found = again(estate.answers(), changed(estate, 1, tcp(80, v4=WORLD)), "sg-2")
    assert found is not None
    assert len(found.touched) == 1
    assert [(one.resource, one.ports.begin) for one in told(found.judgement).exposures] == [
        ("i-1", 22),
        ("i-2", 80),
    ]


def test_a_group_that_nobody_has() -> None:
    estate = simple(tcp(22, v4=WORLD))
    estate.group("sg-2")
    found = again(estate.answers(), changed(estate, 1, tcp(80, v4=WORLD)), "sg-2")
    assert found is not None
    assert found.touched == ()
    assert found.judgement == whole(estate.answers())


@pytest.mark.parametrize("before", [(), (permission("-1", groups=("sg-3",)),)])
def test_what_reaches_further_has_to_be_judged_whole(before: tuple[Any, ...]) -> None:
    estate = simple(*before)
    after = changed(estate, 0, permission("-1", groups=("sg-2",)))
    assert again(estate.answers(), after, "sg-1") is None


def test_a_group_that_was_not_described() -> None:
    estate = simple(tcp(22, v4=WORLD))
    missing = estate.answers() | {"ec2.describe-security-groups": {"SecurityGroups": []}}
    assert again(missing, estate.answers(), "sg-1") is None


def test_the_ids_of_rules_are_kept() -> None:
    estate = simple(tcp(22, v4=WORLD))
    rules = [
        {
            "SecurityGroupRuleId": f"sgr-{port}",
            "GroupId": "sg-1",
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            "CidrIpv4": "0.0.0.0/0",
        }
        for port in (22, 23)
    ]
    estate.extra["ec2.describe-security-group-rules"] = {"SecurityGroupRules": rules}
    found = again(estate.answers(), changed(estate, 0, tcp(23, v4=WORLD)), "sg-1")
    assert found is not None
    (exposure,) = told(found.judgement).exposures
    assert [hop.rule for hop in exposure.path if "SecurityGroup" in hop.component_type] == [
        "sgr-23"
    ]


def test_outbound_rules_of_a_load_balancer() -> None:
    estate = alb()
    groups = [dict(one) for one in estate.groups]
    groups[0]["IpPermissionsEgress"] = []
    after = estate.answers() | {"ec2.describe-security-groups": {"SecurityGroups": groups}}
    found = again(estate.answers(), after, "sg-lb")
    assert found is not None
    assert told(found.judgement) == told(whole(after))
    assert msgspec.structs.asdict(found.judgement.topology)["outbound"][0].rules == ()
