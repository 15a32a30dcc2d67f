"""Through transit gateways too the regions equal the packet-by-packet oracle, on every elementary cell."""

from typing import Any

import pytest

from tests.network.atoms import addresses_of, port_atoms, source_atoms
from tests.network.estates import PLACE
from tests.network.test_reach_equals_packet_walk import TRANSPORTS, by_subject
from tests.network.transits import TransitOracle, random_transit
from vedette.network.addrset import Family
from vedette.network.components import network_acl, transit_gateway
from vedette.network.components._base import anything
from vedette.network.describe import snapshot_from
from vedette.network.normalise import transit
from vedette.network.normalise.slices import Slices
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach

EDGES = ("transit-gateway-v{}:tgw-1", "transit-gateway-sites-v{}:tgw-1")


def differences(seed: int) -> tuple[int, list[str]]:
    """How many cells are open, and the differences."""
    answers = random_transit(seed).answers()
    oracle = TransitOracle(answers)
    found = reach(topology_of(snapshot_from({PLACE: answers})))
    assert not [one for one in found.unknown if one.interface not in {None, "eni-9"}]
    exposed = by_subject(found)
    count, out = 0, []
    for eni in answers["ec2.describe-network-interfaces"]["NetworkInterfaces"]:
        if eni["VpcId"] != "vpc-1":
            continue
        for address in addresses_of(eni):
            version = address["version"]
            sources = source_atoms(answers, version)
            for edge in (one.format(version) for one in EDGES):
                for protocol in TRANSPORTS[version]:
                    key = (edge, eni["NetworkInterfaceId"], address["private"], protocol)
                    ports = port_atoms(answers, icmp=protocol.startswith("ICMP"))
                    opened, wrong = compare(
                        oracle, (eni, address, edge, protocol), exposed.pop(key, []), sources, ports
                    )
                    count += opened
                    out += [f"seed {seed}: {one}" for one in wrong]
    return count, out


def compare(
    oracle: TransitOracle,
    subject: tuple[Any, Any, str, str],
    boxes: list[Any],
    sources: list[int],
    ports: list[int],
) -> tuple[int, list[str]]:
    eni, address, edge, protocol = subject
    out = []
    opened = 0
    returned = {box[:2]: True for box in boxes}
    for port in ports:
        here = [box for box in boxes if box[0] <= port <= box[1]]
        for source in sources:
            packet = (protocol, source, port)
            truth = oracle.delivered(eni, address, edge, packet)
            back = truth and oracle.answered_from(eni, address, edge, packet)
            if protocol == "TCP":
                truth = back
            engine = any(low <= source <= high for box in here for low, high in box[2])
            opened += truth
            if engine != truth:
                out.append(f"{edge} {eni['NetworkInterfaceId']} {packet}: {engine}, not {truth}")
            if truth and not back and protocol in {"TCP", "UDP"}:
                returned |= {box[:2]: False for box in here}
    out += [
        f"{edge} {eni['NetworkInterfaceId']} {protocol} {box[:2]}: return {box[3]}"
        for box in boxes
        if protocol in {"TCP", "UDP"} and returned[box[:2]] != box[3]
    ]
    return opened, out


@pytest.mark.parametrize("start", range(0, 45, 15))
def test_transit_equals_packet_walk(start: int) -> None:
    results = [differences(seed) for seed in range(start, start + 15)]
    assert [line for _, wrong in results for line in wrong] == []
    assert sum(opened for opened, _ in results) > 100


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 3000, 100))
def test_transit_equals_packet_walk_on_many_networks(start: int) -> None:
    wrong = [line for seed in range(start, start + 100) for line in differences(seed)[1]]
    assert wrong == []


MUTANTS: dict[str, Any] = {
    "the gateway's subnet lets everything out": lambda patch: patch.setattr(
        transit_gateway, "_landed", lambda *_: _everything()
    ),
    "answers leave by every zone": lambda patch: patch.setattr(
        transit_gateway, "_leaving", lambda *_: _everything()
    ),
    "every table leads on": lambda patch: patch.setattr(
        transit_gateway, "_leads", lambda *_: (True, True)
    ),
    "propagated routes rank as static": lambda patch: patch.setattr(transit, "_rank", lambda *_: 0),
    "the network ACL meets what lands": lambda patch: patch.setattr(
        network_acl, "_lands", lambda _: False
    ),
    "one address stands for the subnet": lambda patch: patch.setattr(Slices, "spot", lambda *_: -1),
}


def _everything() -> Any:
    return transit_gateway._Range(least=anything(Family.V4), most=anything(Family.V4))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)

    def caught(seed: int) -> bool:
        try:
            return bool(differences(seed)[1])
        except AssertionError:
            return True  # the tracer disagrees

    assert any(caught(seed) for seed in range(60))
