"""Deliberate faults in the rules: each is caught by the packet oracle or by the tracer on the directed networks."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.network.test_reach_equals_packet_walk import differences
from vedette.network import judge, portset
from vedette.network.addrset import Family, everything, union
from vedette.network.components import (
    COMPONENTS,
    _base,
    block_public_access,
    instance,
    network_acl,
    network_interface,
    public_address,
    route_table,
    security_group,
)
from vedette.network.components._base import OPEN, Flow, Region, uniform
from vedette.network.normalise import acls, edges, groups, interfaces, routes, subnets
from vedette.network.portset import every_port

Patch = pytest.MonkeyPatch


def replace(patch: Patch, component: Any, answer: Callable[[Any], Any]) -> None:
    """Put another rule in a component's place."""
    mutant = msgspec.structs.replace(component, judge=answer, key=None)
    mutated = tuple(mutant if one is component else one for one in COMPONENTS)
    patch.setattr(judge, "COMPONENTS", mutated)


def drop(component: Any) -> Callable[[Patch], None]:
    return lambda patch: replace(patch, component, lambda _: OPEN)


def wrap(module: Any, name: str, change: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """Replace a function by `change(original)`."""
    return lambda patch: patch.setattr(module, name, change(getattr(module, name)))


def only_ephemeral(original: Any) -> Any:
    def answers(entries: Any, family: Family, *_: Any) -> Region:
        out = _base.admitted(entries, family)
        high = ((1024, 65535, everything(family)),)
        return Region(
            tcp=every_port(portset.any_port(portset.meet(out.tcp, high))),
            udp=every_port(portset.any_port(portset.meet(out.udp, high))),
            icmp=original(entries, family).icmp,
        )

    return answers


def udp_must_return(region: Region, flow: Flow) -> Region:
    forward = region.meet(flow.forward) if flow.forward is not None else region
    return (
        forward
        if flow.answers is None
        else forward.meet(Region(tcp=flow.answers.tcp, udp=flow.answers.udp, icmp=forward.icmp))
    )


def no_answers(region: Region, flow: Flow) -> Region:
    return region.meet(flow.forward) if flow.forward is not None else region


def merging_gaps(sets: Any) -> Any:
    """Joins spans that one address stands between."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(span for one in sets for span in one):
        if out and low <= out[-1][1] + 2:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


MUTANTS: dict[str, Callable[[Patch], None]] = {
    "acl: last match decides": wrap(
        _base, "_first_match", lambda f: lambda entries, port, family: f(entries[::-1], port, family)
    ),
    "acl: denials are not read": wrap(
        _base, "_first_match", lambda f: lambda entries, port, family: f([e for e in entries if e.allow], port, family)
    ),
    "acl: answers need an ephemeral port": wrap(network_acl, "_answers", only_ephemeral),
    "acl: answers are not judged": wrap(network_acl, "_answers", lambda _: lambda _e, family, *_p: uniform(everything(family))),
    "acl: every answer is judged as the request": wrap(network_acl, "_answers", lambda _: lambda entries, family, *_p: _base.admitted(entries, family)),
    "acl: inbound is judged by outbound": wrap(
        acls, "_entry", lambda f: lambda entry: msgspec.structs.replace(f(entry), allow=entry.egress or f(entry).allow)
    ),
    "acl: entries of the other family count": wrap(
        acls, "_entry", lambda f: lambda entry: msgspec.structs.replace(f(entry), family=Family.V4)
    ),
    "acl: numbers are not sorted": wrap(
        acls, "_acl", lambda f: lambda described: f(msgspec.structs.replace(
            described, entries=tuple(msgspec.structs.replace(e, rule_number=1) for e in described.entries)))
    ),
    "routes: shortest prefix": wrap(
        route_table, "decided", lambda f: lambda found, family: f(
            (msgspec.structs.replace(r, length=-r.length) for r in found), family)
    ),
    "routes: propagated beats static": wrap(
        route_table, "decided", lambda f: lambda found, family: f(
            (msgspec.structs.replace(r, rank=-r.rank) for r in found), family)
    ),
    "routes: a blackhole passes": wrap(
        routes, "_route", lambda f: lambda b, t, r, hop: f(b, t, r, (hop[0], True, *hop[2:]))
    ),
    "routes: a blackhole is not there": wrap(
        route_table, "decided", lambda f: lambda found, family: f(
            (r for r in found if r.active), family)
    ),
    "routes: prefix lists rank as static": lambda patch: patch.setattr(routes, "PREFIX_LIST", -1),
    "routes: prefix lists rank below propagated": lambda patch: patch.setattr(routes, "PREFIX_LIST", 3),
    "routes: every target is the gateway": lambda patch: patch.setattr(route_table, "_leads", lambda route, _: route.active),
    "routes: no answer is routed": drop(route_table.COMPONENT),
    "groups: only the first group": wrap(
        security_group, "_boxes", lambda f: lambda rules, family, members: f(rules[:1], family, members)
    ),
    "groups: references match by name alone": wrap(
        security_group, "_boxes", lambda f: lambda rules, family, _: f(
            rules, family, {r.reference: everything(family) for r in rules if r.reference})
    ),
    "groups: references match nothing": wrap(
        security_group, "_boxes", lambda f: lambda rules, family, _: f(rules, family, {})
    ),
    "groups: every protocol means TCP": wrap(
        groups, "_scope", lambda f: lambda p: f(msgspec.structs.replace(p, ip_protocol="tcp", from_port=0, to_port=65535))
        if p.ip_protocol == "-1" else f(p)
    ),
    "groups: the last port is left out": wrap(
        groups, "port_span", lambda f: lambda first, last: (first, last - 1) if last > first else f(first, last)
    ),
    "groups: ICMP codes are not read": wrap(groups, "icmp_span", lambda f: lambda kind, _: f(kind, -1)),
    "acl: ICMP codes are not read": wrap(acls, "icmp_span", lambda f: lambda kind, _: f(kind, -1)),
    "groups: open": drop(security_group.COMPONENT),
    "instance: stopped is running": drop(instance.COMPONENT),
    "interface: detached is attached": drop(network_interface.COMPONENT),
    "address: private is public": drop(public_address.COMPONENT),
    "bpa: off": drop(block_public_access.COMPONENT),
    "bpa: exclusions are not read": wrap(subnets, "block_mode", lambda f: lambda g, s, o, r: (
        f(msgspec_without_exclusions(g), s, o, r))),
    "gateway: private sources come in": lambda patch: patch.setattr(
        edges, "INTERNET", {family: everything(family) for family in Family}),
    "gateway: the VPC's own sources come in": wrap(edges, "subtract", lambda _: lambda left, _right: left),
    "interfaces: a unique local address is global": lambda patch: patch.setattr(
        interfaces, "_GLOBAL_UNICAST", everything(Family.V6)),
    "sets: neighbours with a gap are joined": lambda patch: patch.setattr(portset, "union", merging_gaps),
    "ports: a box stops before its last range": wrap(
        portset, "stack", lambda f: lambda boxes: f([(a, b if b == a else b - 1, s) for a, b, s in boxes])),
    "judge: UDP must return": lambda patch: patch.setattr(judge, "_through", udp_must_return),
    "judge: TCP need not return": lambda patch: patch.setattr(judge, "_through", no_answers),
}  # fmt: skip


def msgspec_without_exclusions(gathered: Any) -> Any:
    class Without:
        def place(self, account: str, region: str) -> Any:
            return msgspec.structs.replace(gathered.place(account, region), block_exclusions=())

        complete = gathered.complete

    return Without()


MOST_SEEDS = 120
CAUGHT_BY = {
    "acl: ICMP codes are not read": 113,
    "acl: answers are not judged": 17,
    "acl: answers need an ephemeral port": 23,
    "acl: denials are not read": 37,
    "acl: entries of the other family count": 23,
    "acl: every answer is judged as the request": 17,
    "acl: inbound is judged by outbound": 20,
    "acl: last match decides": 37,
    "acl: numbers are not sorted": 39,
    "address: private is public": 6,
    "bpa: exclusions are not read": 65,
    "bpa: off": 15,
    "gateway: the VPC's own sources come in": 5,
    "groups: ICMP codes are not read": 5,
    "groups: every protocol means TCP": 10,
    "groups: references match by name alone": 5,
    "groups: references match nothing": 31,
    "instance: stopped is running": 4,
    "interface: detached is attached": 31,
    "interfaces: a unique local address is global": 12,
    "routes: a blackhole is not there": 4,
    "routes: a blackhole passes": 4,
    "routes: prefix lists rank as static": 11,
    "routes: prefix lists rank below propagated": 45,
    "routes: propagated beats static": 38,
    "routes: shortest prefix": 4,
    "sets: neighbours with a gap are joined": 25,
}
"""A network that catches the mutant, tried first; when the generator changes, the others are searched."""


def catches(seed: int) -> bool:
    try:
        return bool(differences(seed)[1])
    except AssertionError:
        return True  # the tracer disagreed, or an exposure was nobody's


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_is_caught(name: str, monkeypatch: Patch) -> None:
    MUTANTS[name](monkeypatch)
    if name.startswith("ports:"):
        monkeypatch.setattr(security_group, "stack", portset.stack)
    first = CAUGHT_BY.get(name, 0)
    for seed in (first, *range(MOST_SEEDS)):
        if catches(seed):
            return
    pytest.fail(f"{name} was not caught in {MOST_SEEDS} networks")


def test_the_originals_stand() -> None:
    """What the mutants replace is really what is used."""
    assert union((((1, 1),), ((3, 3),))) == ((1, 1), (3, 3))
    assert merging_gaps((((1, 1),), ((3, 3),))) == ((1, 3),)
