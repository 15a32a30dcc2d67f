"""Whatever is taken from a recording, nothing that was open or unknown becomes `not reachable`, or is passed over.

Each call in turn is left out, answers with an error, is cut, or has an item or a member that is malformed, on random
networks. What was exposed must then be exposed still, or unknown: itself, or its account and Region, or its edge.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.network.balanced import random_balanced
from tests.network.estates import ACCOUNT, PLACE, REGION, Estate, random_estate
from tests.network.fronted import random_fronts
from tests.network.transits import random_transit
from vedette.model.network import Exposure, NotReachable, UnknownReach
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

Answers = Mapping[str, Any]
WHERE = f"{ACCOUNT}/{REGION}"
NOT_THE_TYPE_OF_ANYTHING = 7.5


def judged(answers: Answers) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: answers})), cuts=False)


def damaged(answers: Answers, rng: random.Random) -> Iterator[tuple[str, Answers]]:
    for call, answer in sorted(answers.items()):
        rest = {name: one for name, one in answers.items() if name != call}
        yield f"without {call}", rest
        yield f"error from {call}", {**rest, call: {"errors": [{"Code": "AccessDenied"}]}}
        for member, items in answer.items():
            if not isinstance(items, list) or not items:
                continue
            at = rng.randrange(len(items))
            before, item, after = items[:at], items[at], items[at + 1 :]
            yield f"{call} cut", {**rest, call: {member: [*before, *after], "NextToken": "more"}}
            bad = NOT_THE_TYPE_OF_ANYTHING
            yield f"{call}[{at}]", {**rest, call: {member: [*before, bad, *after]}}
            if isinstance(item, dict):
                name = rng.choice(sorted(item))
                broken = {**item, name: bad}
                yield (
                    f"{call}[{at}].{name}",
                    {**rest, call: {member: [*before, broken, *after]}},
                )


def direct(one: Exposure | NotReachable | UnknownReach) -> tuple[str, ...]:
    return one.edge, one.resource, one.interface or "", one.address or ""


def through(one: Exposure) -> tuple[object, ...]:
    return one.edge, one.resource, one.transport, one.ports, one.through


def kind_of(edge: str) -> str:
    return edge.partition(":")[0].partition("-v")[0].removesuffix("-sites")


def losses(before: Reach, after: Reach) -> Iterator[str]:
    """What was not shut and is now, or is not spoken of any more."""
    exposed = {direct(one) for one in after.exposures if one.through is None}
    behind = {through(one) for one in after.exposures if one.through is not None}
    shut = {direct(one): one for one in after.not_reachable}
    unknown = {direct(one) for one in after.unknown}
    spoken = {(one.edge, one.resource) for one in after.unknown}
    anywhere = {kind_of(edge) for edge, resource in spoken if resource == WHERE}
    edges = {kind_of(edge) for edge, _ in spoken}

    def is_named(edge: str, resource: str) -> bool:
        named = {(edge, resource), ("any", resource)} & spoken
        return bool(named) or "any" in anywhere or kind_of(edge) in anywhere

    kinds = " ".join(after.assumptions) if after.assumptions != before.assumptions else ""
    assumed = {
        kind
        for kind, words in {
            "vpc-peering": "a vpc-peering is known",
            "vpn-gateway": "a vpn-gateway is known",
            "privatelink": "no endpoint service call",
            "cloudfront": "no CloudFront call",
            "global-accelerator": "no Global Accelerator call",
        }.items()
        if words in kinds
    }
    spoken_of: list[Exposure | UnknownReach] = [*before.exposures, *before.unknown]
    for one in spoken_of:
        kind = kind_of(one.edge)
        if isinstance(one, Exposure) and one.through is not None:
            named = is_named(one.edge, one.resource) or kind in edges | assumed
            if through(one) not in behind and not named:
                yield f"{through(one)} is not spoken of"
        elif one.interface is None or direct(one) in exposed | unknown:
            continue
        elif direct(one) in shut:
            yield f"{direct(one)} is said to be {shut[direct(one)].code}"
        elif not is_named(one.edge, one.resource) and kind not in edges | assumed:
            yield f"{direct(one)} is not spoken of"


GENERATORS: tuple[tuple[Callable[[int], Estate], int], ...] = (
    (random_estate, 8),
    (random_balanced, 8),
    (random_transit, 6),
    (random_fronts, 8),
)


def _lost(generate: Callable[[int], Estate], seed: int) -> tuple[int, list[str]]:
    answers = generate(seed).answers()
    before = judged(answers)
    count, out = 0, []
    for name, less in damaged(answers, random.Random(seed)):
        count += 1
        found = list(losses(before, judged(less)))
        out += [f"seed {seed}, {name}: {one}" for one in found]
    return count, out


@pytest.mark.parametrize(
    ("generate", "seed"),
    [(generate, seed) for generate, count in GENERATORS for seed in range(count)]
    + [
        (random_transit, 129),  # groups that are referred to across a gateway
        (random_transit, 267),  # IPv6 over an attachment
        (random_estate, 192),  # groups that are referred to over a peering
        (random_estate, 308),  # groups that are associated with two VPCs
        (random_fronts, 141),  # CloudFront's own group
        (random_balanced, 184),  # a node of a load balancer
    ],
)
def test_nothing_is_lost(generate: Callable[[int], Estate], seed: int) -> None:
    count, lost = _lost(generate, seed)
    assert lost == []
    assert count > 20


@pytest.mark.slow
@pytest.mark.parametrize("generate", [generate for generate, _ in GENERATORS])
@pytest.mark.parametrize("start", range(100, 300, 20))
def test_nothing_is_lost_of_many(generate: Callable[[int], Estate], start: int) -> None:
    assert [line for seed in range(start, start + 20) for line in _lost(generate, seed)[1]] == []
