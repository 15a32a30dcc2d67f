"""The regions equal the packet-by-packet oracle on every elementary cell of random networks."""

from typing import Any

import pytest

from tests.network.atoms import addresses_of, edges_of, port_atoms, source_atoms
from tests.network.estates import PLACE, random_estate
from tests.network.oracle import Oracle, bounds
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

TRANSPORTS = {4: ("TCP", "UDP", "ICMP"), 6: ("TCP", "UDP", "ICMPV6")}


Key = tuple[str, str, str, str]


def by_subject(found: Reach) -> dict[Key, list[Any]]:
    out: dict[Key, list[Any]] = {}
    for one in found.exposures:
        key = (one.edge, one.interface or "", one.address or "", one.transport.value)
        spans = [bounds(text)[1:] for text in one.sources]
        out.setdefault(key, []).append((one.ports.begin, one.ports.end, spans, one.return_path))
    return out


def differences(seed: int) -> tuple[int, list[str]]:
    """How many cells were compared, and the differences."""
    answers = random_estate(seed).answers()
    oracle = Oracle(answers)
    found = reach(topology_of(snapshot_from({PLACE: answers})))
    assert not [one for one in found.unknown if one.interface], found.unknown
    exposed = by_subject(found)
    cells, out = 0, []
    for eni in answers["ec2.describe-network-interfaces"]["NetworkInterfaces"]:
        for address in addresses_of(eni):
            version = address["version"]
            sources = source_atoms(answers, version)
            for edge in edges_of(answers, eni, version):
                shown = address["private"]
                if edge.startswith("internet") and address["public"]:
                    shown = address["public"]
                for protocol in TRANSPORTS[version]:
                    boxes = exposed.pop((edge, eni["NetworkInterfaceId"], shown, protocol), [])
                    ports = port_atoms(answers, icmp=protocol.startswith("ICMP"))
                    compared, wrong = compare(
                        oracle, (eni, address, edge, protocol), boxes, (sources, ports)
                    )
                    cells += compared
                    out += wrong
    assert not exposed, exposed
    return cells, [f"seed {seed}: {one}" for one in out]


def compare(
    oracle: Oracle,
    subject: tuple[Any, Any, str, str],
    boxes: list[Any],
    atoms: tuple[list[int], list[int]],
) -> tuple[int, list[str]]:
    eni, address, edge, protocol = subject
    version = address["version"]
    sources, ports = atoms
    answered = {box[:2]: True for box in boxes}
    out = []
    for port in ports:
        here = [box for box in boxes if box[0] <= port <= box[1]]
        for source in sources:
            packet = (protocol, source, port)
            truth = oracle.delivered(eni, address, edge, packet)
            back = truth and oracle.answered(eni, version, edge, packet)
            if protocol == "TCP":
                truth = back
            engine = any(low <= source <= high for box in here for low, high in box[2])
            if engine != truth:
                out.append(f"{edge} {eni['NetworkInterfaceId']} {packet}: {engine}, not {truth}")
            if truth and not back and protocol in {"TCP", "UDP"}:
                answered |= {box[:2]: False for box in here}
    out += [
        f"{edge} {eni['NetworkInterfaceId']} {protocol} {box[:2]}: return {box[3]}"
        for box in boxes
        if protocol in {"TCP", "UDP"} and answered[box[:2]] != box[3]
    ]
    return len(sources) * len(ports), out


@pytest.mark.parametrize("start", range(0, 240, 20))
def test_reach_equals_packet_walk(start: int) -> None:
    wrong = [line for seed in range(start, start + 20) for line in differences(seed)[1]]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 4000, 100))
def test_reach_equals_packet_walk_on_many_networks(start: int) -> None:
    wrong = [line for seed in range(start, start + 100) for line in differences(seed)[1]]
    assert wrong == []
