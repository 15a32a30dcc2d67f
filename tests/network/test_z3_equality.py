"""The regions are equal to the packet formula for ALL packets, by Z3's proof, on small random networks."""

import pytest

from tests.network.atoms import addresses_of
from tests.network.estates import PLACE, random_estate
from tests.network.oracle import GLOBAL_V6, Oracle
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach

pytest.importorskip("z3", reason="z3-solver is not installed")

from tests.network import z3_packets


def proofs(seed: int) -> tuple[int, list[str]]:
    """How many (address, protocol) pairs were proved, and those that differ."""
    answers = random_estate(seed).answers()
    oracle = Oracle(answers)
    found = reach(topology_of(snapshot_from({PLACE: answers})), cuts=False)
    count, out = 0, []
    for eni in answers["ec2.describe-network-interfaces"]["NetworkInterfaces"]:
        for address in addresses_of(eni):
            version = address["version"]
            alive = oracle.alive(eni) and enters(oracle, eni, address)
            for protocol in ("TCP", "UDP"):
                shown = address["public"] or address["private"]
                exposures = [
                    one
                    for one in found.exposures
                    if (one.edge, one.interface, one.address, one.transport.value)
                    == (f"internet-v{version}", eni["NetworkInterfaceId"], shown, protocol)
                ]
                if not alive:
                    out += (
                        [f"seed {seed}: {eni['NetworkInterfaceId']} is not alive"]
                        if exposures
                        else []
                    )
                    continue
                count += 1
                formula = z3_packets.passes(oracle, eni, version, protocol)
                if z3_packets.differs(formula, z3_packets.region(exposures, version)):
                    out.append(f"seed {seed}: {eni['NetworkInterfaceId']} {shown} {protocol}")
    return count, out


def enters(oracle: Oracle, eni: object, address: dict[str, object]) -> bool:
    """Whether some source gets past the gateway: a public one that is nobody's own."""
    probe = 0x08080808 if address["version"] == 4 else int(GLOBAL_V6[-1])
    return oracle.enters(eni, address, probe)


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_reach_equals_every_packet(start: int) -> None:
    results = [proofs(seed) for seed in range(start, start + 20)]
    assert [line for _, wrong in results for line in wrong] == []
    assert sum(count for count, _ in results) > 20


@pytest.mark.slow
@pytest.mark.parametrize("start", range(5000, 6000, 100))
def test_reach_equals_every_packet_on_many_networks(start: int) -> None:
    assert [line for seed in range(start, start + 100) for line in proofs(seed)[1]] == []
