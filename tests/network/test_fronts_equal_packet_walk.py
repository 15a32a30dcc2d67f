"""PrivateLink, CloudFront's VPC origins and Global Accelerator equal the packet-by-packet oracle on random networks."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.network.estates import PLACE
from tests.network.fronted import EDGES, FrontOracle, clients, random_fronts
from tests.network.oracle import bounds
from tests.network.test_mutants import Patch, replace, wrap
from vedette.network.addrset import Family
from vedette.network.components import block_public_access, network_acl, service_edge
from vedette.network.components._base import OPEN
from vedette.network.describe import snapshot_from
from vedette.network.normalise import front_rows, fronts
from vedette.network.normalise.edges import INTERNET
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach

PORTS = (79, 80, 81, 442, 443, 444, 1023, 1024, 8079, 8080, 8081, 65535)
Key = tuple[str, str, str, int]


def found(answers: dict[str, Any]) -> tuple[dict[Key, set[int]], dict[Key, bool]]:
    """(edge, interface, protocol, port) → the clients that reach it, and whether all are answered."""
    out: dict[Key, set[int]] = {}
    returns: dict[Key, bool] = {}
    judged = reach(topology_of(snapshot_from({PLACE: answers})), cuts=False)
    assert not judged.unknown, judged.unknown
    for one in judged.exposures:
        for port in PORTS:
            if one.edge in EDGES and one.ports.begin <= port <= one.ports.end:
                key = (one.edge, one.interface or "", one.transport.value, port)
                spans = [bounds(text)[1:] for text in one.sources]
                out.setdefault(key, set()).update(
                    client
                    for client in clients(one.edge)
                    if any(low <= client <= high for low, high in spans)
                )
                returns[key] = returns.get(key, True) and one.return_path
    return {key: value for key, value in out.items() if value}, returns


def truth(answers: dict[str, Any]) -> dict[Key, dict[int, bool]]:
    oracle = FrontOracle(answers)
    out: dict[Key, dict[int, bool]] = {}
    for edge in EDGES:
        for protocol in ("TCP", "UDP"):
            for client in clients(edge):
                for port in PORTS:
                    packet = (protocol, client, port)
                    for client_port in oracle.client_ports:
                        for eni, at, back in oracle.arrives(edge, packet, client_port):
                            if back or protocol == "UDP":
                                known = out.setdefault((edge, eni, protocol, at), {})
                                known[client] = known.get(client, False) or back
    return out


def differences(seed: int) -> tuple[int, list[str]]:
    """How many packets arrive, and the differences."""
    answers = random_fronts(seed).answers()
    engine, returns = found(answers)
    expected = truth(answers)
    out = [
        f"seed {seed}: {key}: {sorted(engine.get(key, ()))}, not {sorted(expected.get(key, ()))}"
        for key in sorted({*engine, *expected})
        if engine.get(key, set()) != set(expected.get(key, ()))
    ]
    out += [
        f"seed {seed}: {key} returns: {returns[key]}"
        for key in sorted({*engine} & {*expected})
        if returns[key] and not all(expected[key].values())
    ]
    return sum(map(len, expected.values())), out


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_fronts_equal_packet_walk(start: int) -> None:
    results = [differences(seed) for seed in range(start, start + 20)]
    assert [line for _, wrong in results for line in wrong] == []
    assert sum(count for count, _ in results) > 10


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 2000, 100))
def test_fronts_equal_packet_walk_on_many_networks(start: int) -> None:
    assert [line for seed in range(start, start + 100) for line in differences(seed)[1]] == []


def _row(**changes: Any) -> Callable[[Patch], None]:
    """Every service is as it is, but for these."""
    return _made("Row", changes)


def _front(**changes: Any) -> Callable[[Patch], None]:
    return _made("Front", changes)


def _made(name: str, changes: dict[str, Any]) -> Callable[[Patch], None]:
    """Wherever it is made."""

    def mutate(patch: Patch) -> None:
        for module in (fronts, front_rows):
            wrap(module, name, lambda f: lambda **given: f(**(given | changes)))(patch)

    return mutate


MUTANTS: dict[str, Callable[[Patch], None]] = {
    "services without connections are open": _row(closed=None),
    "security groups never meet PrivateLink": _front(filtered=False),
    "security groups always meet PrivateLink": _front(filtered=True),
    "network ACLs meet PrivateLink": _front(screened=True),
    "network ACLs meet no service": _front(screened=False),
    "Block Public Access meets PrivateLink": _front(blocked=True),
    "Block Public Access meets no service": lambda patch: replace(
        patch, block_public_access.COMPONENT, lambda _: OPEN
    ),
    "PrivateLink preserves addresses": _front(preserves=True),
    "no service preserves addresses": _front(preserves=False),
    "services send to every port": lambda patch: replace(
        patch, service_edge.COMPONENT, lambda _: OPEN
    ),
    "both ports of an origin are used": wrap(
        fronts,
        "distribution",
        lambda f: (
            lambda one, end: f(
                one, msgspec.structs.replace(end, origin_protocol_policy="match-viewer")
            )
        ),
    ),
    "port overrides are not read": wrap(
        fronts,
        "sent",
        lambda f: lambda one, group: f(one, msgspec.structs.replace(group, port_overrides=())),
    ),
    "endpoints without preservation are private": lambda patch: patch.setattr(
        fronts, "is_preserved", lambda _: True
    ),
    "CloudFront sends from anywhere": lambda patch: patch.setattr(
        fronts.Fronts, "_cloudfront", lambda _: (INTERNET[Family.V4], {}, None)
    ),
    "CloudFront is in no security group": wrap(
        fronts.Fronts, "_cloudfront", lambda f: lambda self: (f(self)[0], {}, None)
    ),
    "no VPC needs an internet gateway": wrap(
        fronts.Fronts,
        "_point",
        lambda f: lambda self, row, where, _, clouds: f(self, row, where, None, clouds),
    ),
    "answers to services are not judged": lambda patch: replace(
        patch, network_acl.COMPONENT, lambda _: OPEN
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name: str, monkeypatch: Patch) -> None:
    MUTANTS[name](monkeypatch)

    def caught(seed: int) -> bool:
        try:
            return bool(differences(seed)[1])
        except AssertionError:
            return True  # the tracer disagrees

    assert any(caught(seed) for seed in range(150))
