"""Deliberate faults in the rules of load balancers: each is caught by the packet oracle, the tracer, or a rule's case."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.network.balanced import Balanced
from tests.network.test_balancers import CASES, behind, judged
from tests.network.test_balancers_equal_packet_walk import differences
from tests.network.test_mutants import Patch, wrap
from vedette.network import forwarding, inside, ways
from vedette.network.addrset import Family, everything
from vedette.network.balancing import BalancerKind
from vedette.network.components import FORWARDING, load_balancer_egress, target_group
from vedette.network.components._base import OPEN
from vedette.network.normalise import listeners, target_groups
from vedette.network.spots import Spots


def without(component: Any) -> Callable[[Patch], None]:
    """Whatever the component says, it passes."""
    mutant = msgspec.structs.replace(component, judge=lambda _: OPEN)
    kept = tuple(mutant if one is component else one for one in FORWARDING)
    return lambda patch: patch.setattr(forwarding, "FORWARDING", kept)


def group(change: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """Every target group is changed."""
    return wrap(
        target_groups.TargetGroups, "of", lambda f: lambda self, *given: change(f(self, *given))
    )


def targets(change: Callable[[Any], Any]) -> Callable[[Patch], None]:
    return group(
        lambda one: msgspec.structs.replace(one, targets=tuple(change(t) for t in one.targets))
    )


def match(**changes: Any) -> Callable[[Patch], None]:
    return wrap(
        listeners, "_match", lambda f: lambda rule: msgspec.structs.replace(f(rule), **changes)
    )


def handover(**changes: Any) -> Callable[[Patch], None]:
    return wrap(
        forwarding.Forwarder,
        "_handover",
        lambda f: lambda self, *given: msgspec.structs.replace(f(self, *given), **changes),
    )


def replaced(module: Any, name: str, value: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(module, name, value)


def any_port(*modules: Any) -> Callable[[Patch], None]:
    def replace(patch: Patch) -> None:
        for one in modules:
            patch.setattr(one, "NODE_PORTS", (0, 65535))

    return replace


def only_answered(clients: Any) -> Any:
    return msgspec.structs.replace(clients, least=clients.answers)


_EVERYBODY = tuple((family, everything(family)) for family in Family)

MUTANTS: dict[str, Callable[[Patch], None]] = {
    "zones are not asked": without(target_group.COMPONENT),
    "nodes send anything": without(load_balancer_egress.COMPONENT),
    "outbound rules are not read": replaced(load_balancer_egress, "_groups", lambda _: OPEN),
    "the node's network ACL is not read": replaced(load_balancer_egress, "_acl", lambda _: OPEN),
    "the node's route table is not read": replaced(load_balancer_egress, "_table", lambda _: OPEN),
    "answers come in at any port of the node": any_port(inside, load_balancer_egress),
    "answers go out to any port of the node": any_port(inside, forwarding),
    "answers at the node are not judged": replaced(forwarding, "node_returns", lambda *_: True),
    "groups by reference never match outbound": handover(members=frozenset()),
    "all zones are enabled": handover(zones=frozenset()),
    "client addresses are always preserved": group(lambda one: msgspec.structs.replace(one, preserves=True)),
    "client addresses are never preserved": group(lambda one: msgspec.structs.replace(one, preserves=False)),
    "every group crosses zones": group(lambda one: msgspec.structs.replace(one, crosses=True)),
    "no group crosses zones": group(lambda one: msgspec.structs.replace(one, crosses=False)),
    "ports of targets are not read": targets(lambda one: msgspec.structs.replace(one, port=80)),
    "only the first target": group(lambda one: msgspec.structs.replace(one, targets=one.targets[:1])),
    "source-ip is not read": match(sources=_EVERYBODY),
    "all rules take everything": match(chosen=()),
    "catch-all values are not known": replaced(listeners, "_CATCH_ALL", {}),
    "rules are not in order": replaced(listeners, "_priority", lambda rule: -len(rule.rule_arn)),
    "earlier rules take nothing away": replaced(listeners, "_taken", lambda *_: ()),
    "weights are not read": wrap(listeners, "_targets", lambda f: lambda actions: f(
        [msgspec.structs.replace(a, forward_config=msgspec.structs.replace(a.forward_config, target_groups=tuple(
            msgspec.structs.replace(g, weight=1) for g in a.forward_config.target_groups))) if a.forward_config else a
         for a in actions])),
    "a fixed response forwards": wrap(listeners, "_targets", lambda f: lambda actions: f(actions) or [
        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0b"]),
    "TCP_UDP is TCP": lambda patch: patch.setitem(listeners.TRANSPORTS, "TCP_UDP", listeners.TRANSPORTS["TCP"]),
    "TLS is UDP": lambda patch: patch.setitem(listeners.TRANSPORTS, "TLS", listeners.TRANSPORTS["UDP"]),
    "each network ACL has a client port of its own": replaced(forwarding, "common_ports", lambda *_: everything(Family.V4)),
    "no network ACL within the network": replaced(Spots, "subnet", lambda self, address: msgspec.structs.replace(
        self._topology.subnets[self._topology.profiles[self._topology.addresses.profiles[address]].subnet], id="same")),
    "a network ACL within a subnet": replaced(forwarding, "INSIDE", inside.INSIDE.__class__(id="", inbound=(), outbound=())),
    "rules of the target see the client": wrap(forwarding.Forwarder, "_leg", lambda f: lambda self, arrival, step, address, _: f(
        self, arrival, step, address, self._at.family(address) is arrival.point.family)),
    "the inner load balancer sees nobody": wrap(ways, "taken_of", lambda f: lambda arrival, forward: f(
        msgspec.structs.replace(arrival, seen=(Family.V4, 0)) if arrival.steps else arrival, forward)),
    "groups of nodes are not known at targets": wrap(forwarding.Forwarder, "_target_situation", lambda f: lambda self, *given:
        msgspec.structs.replace(f(self, *given), point=msgspec.structs.replace(f(self, *given).point, members=()))),
    "targets answer by the route table of the client": wrap(forwarding.Forwarder, "_target_situation", lambda f: lambda self, *given:
        msgspec.structs.replace(f(self, *given), point=msgspec.structs.replace(f(self, *given).point, routed=True))),
    "targets answer nodes by no route table": wrap(forwarding.Forwarder, "_target_situation", lambda f: lambda self, *given:
        msgspec.structs.replace(f(self, *given), point=msgspec.structs.replace(f(self, *given).point, routed=False))),
    "every load balancer is a classic one": wrap(
        forwarding.Forwarder, "_handover", lambda f: lambda self, *given: msgspec.structs.replace(
            f(self, *given), balancer=msgspec.structs.replace(f(self, *given).balancer, kind=BalancerKind.CLASSIC))),
    "only one node": wrap(forwarding.Forwarder, "ways", lambda f: lambda self, *given: (
        way for way in f(self, *given) if way.steps[0].node == way.steps[0].balancer.nodes[0])),
    "UDP must return": wrap(forwarding.Forwarder, "_through", lambda f: lambda self, *given: only_answered(
        f(self, *given))),
}  # fmt: skip


def catches(seed: int) -> bool:
    try:
        return bool(differences(seed)[1])
    except AssertionError:
        return True  # the tracer disagreed, or something was suddenly unknown


def breaks(estate: Balanced, expected: dict[Any, Any]) -> bool:
    """Whether a case has another answer, or the tracer disagrees."""
    return behind(estate) != expected or bool(judged(estate).unknown)


MOST_SEEDS = 400
CAUGHT_BY = {
    "TCP_UDP is TCP": 69,
    "TLS is UDP": 5,
    "UDP must return": 4,
    "a fixed response forwards": 118,
    "a network ACL within a subnet": 5,
    "all rules take everything": 49,
    "all zones are enabled": 16,
    "answers at the node are not judged": 228,
    "answers go out to any port of the node": 5,
    "catch-all values are not known": 118,
    "client addresses are always preserved": 30,
    "client addresses are never preserved": 18,
    "earlier rules take nothing away": 118,
    "groups by reference never match outbound": 340,
    "groups of nodes are not known at targets": 32,
    "no group crosses zones": 4,
    "no network ACL within the network": 5,
    "nodes send anything": 3,
    "only one node": 5,
    "only the first target": 4,
    "outbound rules are not read": 14,
    "ports of targets are not read": 4,
    "rules are not in order": 49,
    "rules of the target see the client": 30,
    "source-ip is not read": 49,
    "targets answer by the route table of the client": 5,
    "targets answer nodes by no route table": 119,
    "the node's network ACL is not read": 5,
    "the node's route table is not read": 313,
    "weights are not read": 76,
}
"""A network that catches the mutant, tried first; then AWS's rules case by case, then the other networks."""


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_is_caught(name: str, monkeypatch: Patch) -> None:
    MUTANTS[name](monkeypatch)
    monkeypatch.setattr(forwarding, "taken_of", ways.taken_of)
    if name in CAUGHT_BY and catches(CAUGHT_BY[name]):
        return
    if any(breaks(make(), expected) for _, make, expected in CASES):
        return
    for seed in range(MOST_SEEDS):
        if catches(seed):
            return
    pytest.fail(f"{name} was not caught in {MOST_SEEDS} networks")
