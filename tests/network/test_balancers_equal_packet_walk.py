"""What is exposed through load balancers equals the packet-by-packet oracle, client by client, on random networks."""

from itertools import product
from typing import Any

import pytest

from tests.network.atoms import addresses_of, source_atoms
from tests.network.balanced import random_balanced
from tests.network.balanced_oracle import BalancedOracle
from tests.network.estates import PLACE
from tests.network.oracle import bounds
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

Key = tuple[str, str, str, int]


def by_target(found: Reach) -> dict[Key, tuple[list[Any], bool]]:
    """(edge, protocol, interface, port) → sources, and whether all are answered."""
    out: dict[Key, tuple[list[Any], bool]] = {}
    for one in found.exposures:
        if one.through is None:
            continue
        key = (one.edge, one.transport.value, one.interface or "", one.ports.begin)
        spans, returns = out.get(key, ([], True))
        spans += [bounds(text)[1:] for text in one.sources]
        out[key] = spans, returns and one.return_path
    return out


def truth(answers: dict[str, Any], version: int) -> dict[Key, dict[int, bool]]:
    """(edge, protocol, interface, port) → client → answered."""
    oracle = BalancedOracle(answers)
    out: dict[Key, dict[int, bool]] = {}
    packets = list(product(("TCP", "UDP"), source_atoms(answers, version), (80, 443, 8443, 8080)))
    enis = answers["ec2.describe-network-interfaces"]["NetworkInterfaces"]
    for node in (one for one in enis if one.get("Description", "").startswith("ELB ")):
        for address in addresses_of(node):
            if address["version"] != version:
                continue
            for packet, client_port in product(packets, oracle.client_ports):
                for eni, at, back in oracle.reached(node, address, packet, client_port):
                    if packet[0] == "UDP" or back:
                        known = out.setdefault((f"internet-v{version}", packet[0], eni, at), {})
                        known[packet[1]] = known.get(packet[1], False) or back
    return out


def differences(seed: int) -> tuple[int, list[str]]:
    answers = random_balanced(seed).answers()
    found = reach(topology_of(snapshot_from({PLACE: answers})), cuts=False)
    assert not found.unknown, found.unknown
    engine = by_target(found)
    count, out = 0, []
    for version in (4, 6):
        expected = truth(answers, version)
        sources = source_atoms(answers, version)
        mine = {key for key in engine if key[0] == f"internet-v{version}"}
        for key in sorted(mine | set(expected)):
            spans, returns = engine.get(key, ([], True))
            right = expected.get(key, {})
            for source in sources:
                count += 1
                inside = any(low <= source <= high for low, high in spans)
                if inside != (source in right):
                    out.append(f"seed {seed}: {key} {source}: {inside}")
            if spans and right and returns != all(right.values()):
                out.append(f"seed {seed}: {key} return: {returns}")
    return count, out


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_balancers_equal_packet_walk(start: int) -> None:
    results = [differences(seed) for seed in range(start, start + 20)]
    assert [line for _, wrong in results for line in wrong] == []
    assert sum(count for count, _ in results) > 0


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 3000, 100))
def test_balancers_equal_packet_walk_on_many_networks(start: int) -> None:
    assert [line for seed in range(start, start + 100) for line in differences(seed)[1]] == []
