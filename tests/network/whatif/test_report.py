"""What a change opens and closes, as the document."""

from typing import Any

import msgspec

from tests.network.estates import PLACE, Estate, simple, tcp
from vedette.model.network import PortRange, Transport, UnknownReach
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach
from vedette.network.snapshot import Snapshot
from vedette.network.whatif.compare import Difference, Piece, compare, exposure_of
from vedette.network.whatif.planned import Planned, Unclear
from vedette.network.whatif.report import SCHEMA, change_document

NARROW = simple(tcp(22, v4=("198.51.100.0/24",)))
OTHER = simple(tcp(80, v4=("198.51.100.0/25",)))
SSH = Piece(
    edge="internet-v4",
    resource="i-1",
    interface="eni-1",
    address="54.1.1.1",
    transport=Transport.TCP,
    ports=PortRange(begin=22, end=22),
    sources=("198.51.100.0/24",),
)


def answers(estate: Estate) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: estate.answers()})), cuts=False)


def plan(**more: Any) -> Planned:
    return Planned(form="list", snapshot=Snapshot(places=()), applied=1, **more)


def told(ports: list[int], sources: str) -> dict[str, Any]:
    return {
        "edge": "internet-v4",
        "resource": "i-1",
        "interface": "eni-1",
        "address": "54.1.1.1",
        "protocol": "TCP",
        "ports": ports,
        "sources": sources,
        "through": None,
        "listener": None,
        "labels": [],
        "certain": True,
    }


def test_the_document() -> None:
    difference = compare(answers(NARROW), answers(OTHER))
    document = change_document(difference, plan(ignored=(("AWS::S3::Bucket", 2),)), ("taken",))
    names = {tuple(blocks): name for name, blocks in document["source_sets"].items()}
    assert list(document["source_sets"]) == sorted(document["source_sets"])
    assert document == {
        "schema": SCHEMA,
        "form": "list",
        "applied": 1,
        "source_sets": document["source_sets"],
        "opens": [told([80, 80], names["198.51.100.0/25",])],
        "closes": [told([22, 22], names["198.51.100.0/24",])],
        "answered": [],
        "unanswered": [],
        "unknown": [],
        "ignored": {"AWS::S3::Bucket": 2},
        "assumptions": ["taken"],
    }


def test_who_expects_what_opens() -> None:
    difference = Difference(opens=(SSH,), closes=())
    document = change_document(difference, plan(), (), [("office", "vpn")])
    assert [one["expected_by"] for one in document["opens"]] == [["office", "vpn"]]


def test_what_is_not_known_says_since_when() -> None:
    old, new = (
        UnknownReach(edge="internet-v4", resource=name, code="X", component="c", reason="r")
        for name in ("i-1", "i-2")
    )
    document = change_document(
        Difference(opens=(), closes=(), unknown=(old, new), new_unknown=(new,)),
        plan(
            unknown=(Unclear(component="sg-1", attribute="rule", reason="absent"),), notes=("note",)
        ),
        ("taken",),
    )
    rest = {
        "edge": "internet-v4",
        "interface": None,
        "address": None,
        "code": "X",
        "component": "c",
        "reason": "r",
    }
    assert document["unknown"] == [
        {"since": "change", "component": "sg-1", "attribute": "rule", "reason": "absent"},
        {"since": "before", "resource": "i-1", **rest},
        {"since": "after", "resource": "i-2", **rest},
    ]
    assert document["assumptions"] == ["taken", "note"]


def test_a_piece_as_an_exposure() -> None:
    found = exposure_of(SSH)
    assert (found.edge, found.resource, found.interface, found.address) == (
        "internet-v4",
        "i-1",
        "eni-1",
        "54.1.1.1",
    )
    assert (found.ports, found.sources, found.through, found.path) == (
        PortRange(begin=22, end=22),
        ("198.51.100.0/24",),
        None,
        (),
    )
    bare = msgspec.structs.replace(SSH, interface="", address="", through="web", labels=("x",))
    shown = exposure_of(bare)
    assert (shown.interface, shown.address, shown.through, shown.labels) == (
        None,
        None,
        "web",
        ("x",),
    )
