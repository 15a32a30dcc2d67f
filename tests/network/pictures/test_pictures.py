"""Pictures: what is drawn, what is not, and that hostile names stay text."""

import re
import shutil
import subprocess
from itertools import pairwise
from typing import Any

import defusedxml.ElementTree
import pytest
from hypothesis import given, settings, strategies as st

from tests.network.estates import PLACE, permission, simple, tcp
from tests.network.test_balancers import alb
from tests.network.test_functions import OPEN_URL, recorded
from vedette.model.network import Exposure, Hop, PortRange, Transport
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.pictures.dot import dot
from vedette.network.pictures.graph import Link, Node, Picture, pictures_of
from vedette.network.pictures.layout import Place, layout
from vedette.network.pictures.mermaid import mermaid
from vedette.network.pictures.svg import svg
from vedette.network.pictures.words import listed, shown
from vedette.network.reach import Reach, reach
from vedette.network.selection import vpcs_of

_NAMES = st.text(max_size=70)
_HOSTILE = (
    '"]; n0 -> evil [label="',
    "</text><script>alert(1)</script>",
    "a\\",
    "\\N%%{init: {}}%%",
    "line\nbreak\x00\x1b[31m\ud800\u202e",
    "end",
    "#quot;",
    "]]>&amp;--><!--",
    "x" * 500,
)


def drawn(answers: dict[str, Any], **most: int) -> tuple[Picture, ...]:
    topology = topology_of(snapshot_from({PLACE: answers}))
    return pictures_of(reach(topology, cuts=False), vpcs_of(topology), **most)


def exposure(edge: str, *names: str, port: int = 22, interface: str = "eni-1") -> Exposure:
    return Exposure(
        edge=edge,
        resource=names[-1],
        interface=interface,
        transport=Transport.TCP,
        ports=PortRange(begin=port, end=port),
        sources=("0.0.0.0/0",),
        return_path=True,
        path=tuple(Hop(component_type="T", component_id=one, because=one) for one in names),
    )


def answers_with(*exposures: Exposure) -> Reach:
    return Reach(exposures=exposures, not_reachable=(), unknown=())


def test_one_vpc_is_one_graph() -> None:
    (picture,) = drawn(simple(tcp(22, v4=("0.0.0.0/0",)), tcp(443, v4=("10.0.0.0/8",))).answers())
    assert [(node.kind, node.name) for node in picture.nodes] == [
        ("edge", "internet-v4"),
        ("AWS::EC2::InternetGateway", "igw-1"),
        ("AWS::EC2::NetworkAcl", "acl-1"),
        ("AWS::EC2::SecurityGroup", "sg-1"),
        ("AWS::EC2::NetworkInterface", "eni-1"),
        ("AWS::EC2::Instance", "i-1"),
    ]
    assert picture.links == tuple(
        Link(start=one, end=one + 1, loads=("TCP 22",)) for one in range(5)
    )
    assert (picture.title, picture.caption) == ("vpc-1", "1 exposures")


def test_a_load_balancer_stands_between() -> None:
    (picture,) = drawn(alb().answers())
    kinds = {node.kind for node in picture.nodes}
    assert "AWS::ElasticLoadBalancingV2::LoadBalancer" in kinds
    defusedxml.ElementTree.fromstring(svg((picture,)))


def test_what_is_in_no_vpc_has_a_picture_of_its_own() -> None:
    first, second = drawn(simple(tcp(22, v4=("0.0.0.0/0",))).answers() | recorded(OPEN_URL))
    assert (first.title, second.title) == ("outside VPCs", "vpc-1")
    assert first.nodes[0] == Node(kind="edge", name="lambda-url")


def test_unknown_answers_are_counted() -> None:
    estate = simple(tcp(22, v4=("0.0.0.0/0",)), permission("tcp", 80, 80, lists=("pl-9",)))
    answers = estate.answers()
    answers["ec2.describe-vpn-gateways"] = {"VpnGateways": []}
    estate.tables[0]["Routes"].append(
        {"DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayId": "tgw-1", "State": "active"}
    )
    (picture,) = drawn(answers)
    assert "1 exposures, 2 answers not known" in picture.caption


def test_what_has_no_room_is_counted() -> None:
    paths = [exposure("internet-v4", f"a{one}", "b") for one in range(5)]
    (picture,) = pictures_of(answers_with(*paths), {}, most_nodes=5)
    assert (picture.drawn, picture.hidden, len(picture.nodes)) == (3, 2, 5)
    assert picture.caption == "3 exposures, 2 more not drawn"
    (picture,) = pictures_of(answers_with(*paths), {}, most_links=4)
    assert (picture.drawn, picture.hidden, len(picture.links)) == (2, 3, 4)


def test_the_room_is_shared_by_all_pictures() -> None:
    paths = [exposure("e", f"a{one}", interface=f"eni-{one}") for one in range(3)]
    vpcs = {f"eni-{one}": f"vpc-{one}" for one in range(3)}
    found = pictures_of(answers_with(*paths), vpcs, most_nodes=4)
    assert [(one.vpc, one.drawn, one.hidden) for one in found] == [
        ("vpc-0", 1, 0),
        ("vpc-1", 1, 0),
        ("vpc-2", 0, 1),
    ]
    assert "1 more not drawn" in svg(found)
    assert "1 more not drawn" in dot(found)
    assert "1 more not drawn" in mermaid(found)


def test_a_link_that_is_drawn_backwards() -> None:
    around = [exposure("e", "a", "b"), exposure("e", "b", "a")]
    (picture,) = pictures_of(answers_with(*around), {})
    assert len(picture.links) == 4
    defusedxml.ElementTree.fromstring(svg((picture,)))


def test_a_long_link_runs_between_the_nodes() -> None:
    (picture,) = pictures_of(answers_with(exposure("e", "a", "b"), exposure("e", "b")), {})
    assert svg((picture,)).count("C") > 3
    defusedxml.ElementTree.fromstring(svg((picture,)))


def test_a_component_twice_in_a_row_has_no_link_to_itself() -> None:
    (picture,) = pictures_of(answers_with(exposure("e", "a", "a", "b")), {})
    assert [(one.start, one.end) for one in picture.links] == [(0, 1), (1, 2)]


def test_ranges_and_many_loads() -> None:
    wide = Exposure(
        edge="e",
        resource="a",
        interface="eni-1",
        transport=Transport.UDP,
        ports=PortRange(begin=1, end=9),
        sources=(),
        return_path=False,
        path=(Hop(component_type="T", component_id="a"),),
    )
    many = [exposure("e", "a", port=port) for port in range(5)]
    (picture,) = pictures_of(answers_with(*many, wide), {})
    assert picture.links[0].loads[-1] == "UDP 1-9"
    text = "TCP 0, TCP 1, TCP 2 and 3 more"
    assert text in dot((picture,))
    assert text in mermaid((picture,))
    assert text in svg((picture,))


# -- layout -----------------------------------------------------------------------------------------------------------


def test_a_link_over_layers_gets_places_between() -> None:
    found = layout(3, [(0, 1), (1, 2), (0, 2)])
    assert [one.layer for one in found.places] == [0, 1, 2]
    assert [one.layer for one in found.routes[2]] == [0, 1, 2]
    assert found.sizes == (1, 2, 1)


def test_a_circle_is_drawn_backwards() -> None:
    found = layout(3, [(0, 1), (1, 2), (2, 1)])
    assert [one.layer for one in found.places] == [0, 1, 2]
    assert found.routes[2] == (Place(layer=2, slot=0), Place(layer=1, slot=0))


def test_nothing_to_lay_out() -> None:
    assert layout(0, []).sizes == ()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_link_runs_from_layer_to_layer(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 9))
    node = st.integers(0, count - 1)
    links = [
        pair
        for pair in data.draw(st.lists(st.tuples(node, node), unique=True, max_size=20))
        if pair[0] != pair[1]
    ]
    found = layout(count, links)
    assert len(set(found.places)) == count
    for (start, end), route in zip(links, found.routes, strict=True):
        assert (route[0], route[-1]) == (found.places[start], found.places[end])
        steps = {right.layer - left.layer for left, right in pairwise(route)}
        assert steps in ({1}, {-1})
    assert found == layout(count, links)


# -- formats ----------------------------------------------------------------------------------------------------------


def hostile(name: str, kind: str = "AWS::EC2::Instance") -> Picture:
    return Picture(
        vpc=name,
        nodes=(Node(kind="edge", name=name), Node(kind=kind, name=name, reasons=(name, name))),
        links=(Link(start=0, end=1, loads=("TCP 22",)),),
        drawn=1,
        hidden=0,
        unknown=0,
    )


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    pictures = (hostile(name, name),)
    root = defusedxml.ElementTree.fromstring(svg(pictures).encode())
    tags = {one.tag.rsplit("}", 1)[-1] for one in root.iter()}
    assert tags == {"svg", "title", "style", "defs", "marker", "path", "text", "g", "rect"}
    check_dot(dot(pictures))
    check_mermaid(mermaid(pictures))


@given(_NAMES, _NAMES)
@settings(max_examples=150, deadline=None)
def test_any_names_stay_text(name: str, kind: str) -> None:
    pictures = (hostile(name, kind), hostile(kind, name))
    defusedxml.ElementTree.fromstring(svg(pictures).encode())
    check_dot(dot(pictures))
    check_mermaid(mermaid(pictures))


_DOT_TOKEN = re.compile(
    r'\s*(?:"(?:[^"\\\x00-\x1f]|\\["\\n])*"|[A-Za-z_][A-Za-z_0-9]*|->|[{}\[\];=,])'
)


def check_dot(text: str) -> None:
    """Every character belongs to a token of the DOT language, and brackets close."""
    place, depth, tokens = 0, [], []
    while text[place:].strip():
        match = _DOT_TOKEN.match(text, place)
        assert match, text[place : place + 80]
        sign = match.group().strip()
        tokens.append(sign)
        if sign in "{[":
            depth.append("}" if sign == "{" else "]")
        elif sign in "}]":
            assert depth.pop() == sign
        place = match.end()
    assert not depth
    names = {one for one in tokens if re.fullmatch(r"n\d+_\d+", one)}
    known = {"digraph", "exposure", "rankdir", "LR", "node", "shape", "box", "style", "rounded"}
    known |= {"subgraph", "label", "tooltip", "cluster_0", "cluster_1"}
    assert {one for one in tokens if one[0].isalpha()} <= known | names


_TEXT = r'"(?:[^"#;%<>\[\]{}|]|#\d+;|<br/>)*"'
_MERMAID_LINE = re.compile(
    rf"flowchart LR|  subgraph s\d+ \[{_TEXT}\]|    n\d+x\d+\[{_TEXT}\]|"
    rf"    n\d+x\d+ -->\|{_TEXT}\| n\d+x\d+|  end"
)


def check_mermaid(text: str) -> None:
    """Every line is one of the flowchart's statements, and subgraphs end."""
    lines = text.split("\n")
    assert lines[-1] == ""
    for line in lines[:-1]:
        assert _MERMAID_LINE.fullmatch(line), line
    assert sum(line.startswith("  subgraph") for line in lines) == lines.count("  end")


def test_graphviz_reads_it() -> None:
    program = shutil.which("dot")
    if program is None:
        pytest.skip("graphviz is not installed")
    text = dot(tuple(hostile(name, name) for name in _HOSTILE))
    subprocess.run([program, "-Tsvg"], input=text.encode(), check=True, capture_output=True)


def test_a_picture_of_nothing_says_so() -> None:
    assert "nothing is exposed and nothing is unknown" in svg(())
    defusedxml.ElementTree.fromstring(svg(()).encode())
    check_dot(dot(()))
    check_mermaid(mermaid(()))


def test_words() -> None:
    assert shown("a\nb\u202ec") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    assert shown("abcdef", 4) == "abc…"
    assert listed(("a", "b", "c"), 3) == "a, b, c"
    assert listed(("a", "b", "c"), 1) == "a and 2 more"
