"""The tracer refuses what the judgement refuses, and walks what it lets through, way by way."""

from collections.abc import Callable

import msgspec
import pytest

from tests.network.balanced import Balanced, random_balanced
from tests.network.estates import PLACE
from tests.network.test_balancers import CASES, alb
from vedette.model.network import Transport
from vedette.network.addrset import Family, subtract
from vedette.network.describe import snapshot_from
from vedette.network.forwarding import Forwarder
from vedette.network.judge import judge_all
from vedette.network.normalise.topology import topology_of
from vedette.network.packets import Packet
from vedette.network.topology import Topology
from vedette.network.trace import trace
from vedette.network.trace_way import trace_way


def disagreements(topology: Topology) -> tuple[int, list[str]]:
    """How many ways were walked, and where judgement and walk differ."""
    count, out = 0, []
    for way in Forwarder(judge_all(topology)).ways():
        inside = way.clients.least
        outside = subtract(way.point.sources, inside)
        for clients, expected in ((inside, True), (outside, False)):
            for low, high in clients[:3]:
                for source in {low, high}:
                    count += 1
                    walk = trace_way(topology, way, source)
                    tcp = way.transport is Transport.TCP
                    if (walk.answered if tcp else walk.delivered) is not expected:
                        out.append(f"{way.point.name} {way.transport} {source}: {expected} {walk}")
    return count, out


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_the_walk_agrees_with_every_way(start: int) -> None:
    results = [
        disagreements(topology_of(snapshot_from({PLACE: random_balanced(seed).answers()})))
        for seed in range(start, start + 40)
    ]
    assert [line for _, wrong in results for line in wrong] == []
    assert sum(count for count, _ in results) > 50


def refusing() -> Balanced:
    """A load balancer that refuses IPv6 traffic of internet gateways."""
    estate = alb(attributes={"ipv6.deny_all_igw_traffic": "true"})
    estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::9"}]
    return estate


def ipv6_targets() -> Balanced:
    """Targets of a family that the node has no address of."""
    estate = alb()
    estate.extra["elbv2.describe-target-groups"]["TargetGroups"][0]["IpAddressType"] = "ipv6"
    estate.interfaces[0]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:2::7"}]
    return estate


@pytest.mark.parametrize("make", [refusing, ipv6_targets])
def test_the_walk_agrees_about_ipv6(make: Callable[[], Balanced]) -> None:
    topology = topology_of(snapshot_from({PLACE: make().answers()}))
    assert disagreements(topology)[1] == []
    for index, profile in enumerate(topology.addresses.profiles):
        for point in topology.points:
            if point.family is topology.profiles[profile].family is Family.V6:
                packet = Packet(
                    transport=Transport.TCP, source=0x2600 << 112, source_port=1, port=80
                )
                assert not trace(topology, index, point, packet).delivered


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_walk_agrees_with_every_rule(number: int) -> None:
    answers = CASES[number][1]().answers()
    assert disagreements(topology_of(snapshot_from({PLACE: answers})))[1] == []


def test_the_walk_reads_the_topology_itself() -> None:
    """Whatever is in doubt, gone or of another kind is not walked through."""
    topology = topology_of(snapshot_from({PLACE: CASES[0][1]().answers()}))
    (way,) = [
        one for one in Forwarder(judge_all(topology)).ways() if one.point.name == "internet-v4"
    ]
    source = 0x01000001
    assert trace_way(topology, way, source).answered
    balancer = topology.balancers[0]
    for changes in (
        {"doubt": "lost"},
        {"failed": True},
        {"listeners": ()},
    ):
        changed = msgspec.structs.replace(
            topology, balancers=(msgspec.structs.replace(balancer, **changes),)
        )
        assert not trace_way(changed, way, source).delivered
    nobodys = tuple(msgspec.structs.replace(profile, balancer=-1) for profile in topology.profiles)
    changed = msgspec.structs.replace(topology, profiles=nobodys)
    bare = msgspec.structs.replace(
        changed,
        group_sets=tuple(
            msgspec.structs.replace(one, ids=(), groups=()) for one in changed.group_sets
        ),
    )
    assert not trace_way(bare, way, source).delivered
    assert not trace_way(changed, way, source).delivered
    step = way.last
    for replaced in (
        msgspec.structs.replace(step, target=msgspec.structs.replace(step.target, doubt="lost")),
        msgspec.structs.replace(
            step, listener=msgspec.structs.replace(step.listener, doubt="lost")
        ),
        msgspec.structs.replace(
            step,
            forward=msgspec.structs.replace(
                step.forward,
                group=msgspec.structs.replace(step.forward.group, transports=()),
            ),
        ),
    ):
        lost = msgspec.structs.replace(way, steps=(replaced,))
        assert not trace_way(topology, lost, source).delivered
