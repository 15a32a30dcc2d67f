"""The changes that close most: what they close together, and what they break."""

from typing import Any

from tests.network.estates import PLACE, simple, tcp
from tests.network.test_balancers import alb
from vedette.network.best_changes import best_changes
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

WORLD = ("0.0.0.0/0",)


def estate() -> Reach:
    """Three instances that share a group, one of which has another one as well."""
    built = simple(tcp(22, v4=WORLD))
    built.group("sg-2", tcp(443, v4=WORLD))
    built.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2")
    built.interface(3, "subnet-1", ("sg-1", "sg-2"), public="54.1.1.3")
    return reach(topology_of(snapshot_from({PLACE: built.answers()})))


def told(found: Any) -> list[tuple[str, int, int]]:
    return [(one.change.kind, one.closes, one.breaks) for one in found]


def test_what_closes_most_comes_first() -> None:
    found = best_changes(estate(), 100)
    assert told(found)[:6] == [
        ("remove-route", 4, 0),
        ("block-public-access", 4, 0),
        ("detach-internet-gateway", 4, 0),
        ("revoke-security-group-rule", 3, 0),
        ("deny-in-network-acl", 3, 0),
        ("release-address", 2, 0),
    ]
    revoke = next(one for one in found if one.change.component == "sg-1")
    assert (revoke.closes, revoke.breaks) == (3, 0)
    assert revoke.named == (
        "i-1 TCP 22 (internet-v4)",
        "i-2 TCP 22 (internet-v4)",
        "i-3 TCP 22 (internet-v4)",
    )


def test_what_is_expected_counts_as_broken() -> None:
    answers = estate()
    meant = [("shop",) if one.ports.begin == 443 else () for one in answers.exposures]
    assert told(best_changes(answers, 5, meant)) == [
        ("revoke-security-group-rule", 3, 0),
        ("deny-in-network-acl", 3, 0),
        ("remove-route", 3, 1),
        ("block-public-access", 3, 1),
        ("detach-internet-gateway", 3, 1),
    ]
    everything = [("shop",)] * len(answers.exposures)
    assert best_changes(answers, 3, everything) == ()


def test_what_is_narrowed_counts_as_broken() -> None:
    built = simple(tcp(22, v4=("198.51.100.0/24",)))
    built.groups[0]["IpPermissions"].append(tcp(20, 30, v4=("203.0.113.0/24",)))
    answers = reach(topology_of(snapshot_from({PLACE: built.answers()})))
    assert len(answers.exposures) == 3
    narrowing = next(
        one for one in best_changes(answers, 100) if one.change.kind == "revoke-security-group-rule"
    )
    assert (narrowing.closes, narrowing.breaks) == (2, 1)


def test_no_more_than_asked_for() -> None:
    assert len(best_changes(estate(), 2)) == 2
    assert best_changes(Reach(exposures=(), not_reachable=(), unknown=()), 5) == ()


def test_through_a_load_balancer() -> None:
    answers = reach(topology_of(snapshot_from({PLACE: alb().answers()})))
    named = [text for one in best_changes(answers, 100) for text in one.named]
    assert any(" through arn:aws:elasticloadbalancing" in text for text in named)
