"""Why not, with every component that stops a packet; and exposures as text."""

import pytest
from inline_snapshot import snapshot

from tests.network.estates import PLACE, Estate, permission, route, simple, tcp
from tests.network.test_semantics import replace_acl, replace_routes, six
from vedette.model.network import Transport
from vedette.network.addrset import parse_address
from vedette.network.describe import snapshot_from
from vedette.network.explain import Question, exposure_text, why
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import reach

ANYWHERE = ("0.0.0.0/0",)
SSH = Question(transport=Transport.TCP, port=22)


def blockers(
    estate: Estate, question: Question = SSH, edge: str = "internet-v4"
) -> list[tuple[str, str, bool]]:
    topology = topology_of(snapshot_from({PLACE: estate.answers()}))
    (found,) = [one for one in why(topology, "i-1", question) if one.edge == edge]
    return [(one.type, one.code.value, one.certain) for one in found.blockers]


def test_nothing_stops_what_arrives() -> None:
    assert blockers(simple(tcp(22, v4=ANYWHERE))) == []


def test_everything_that_stops_it_is_named() -> None:
    estate = replace_routes(
        replace_acl(simple(tcp(443, v4=ANYWHERE), public=None, state="stopped"))
    )
    estate.gateways = []
    assert blockers(estate) == [
        ("AWS::EC2::Instance", "BAD_STATE", True),
        ("AWS::EC2::EIP", "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", True),
        ("AWS::EC2::InternetGateway", "NO_PATH", True),
        ("AWS::EC2::SecurityGroup", "ENI_SG_RULES_MISMATCH", True),
        ("AWS::EC2::NetworkAcl", "SUBNET_ACL_RESTRICTION", True),
        ("AWS::EC2::RouteTable", "UNKNOWN_RESOURCE", False),
    ]


def test_a_port_that_no_rule_names() -> None:
    question = Question(transport=Transport.TCP, port=23)
    assert blockers(simple(tcp(22, v4=ANYWHERE)), question) == [
        ("AWS::EC2::SecurityGroup", "ENI_SG_RULES_MISMATCH", True)
    ]


def test_a_source_of_ones_own() -> None:
    estate = simple(tcp(22, v4=("198.51.100.0/24",)))
    inside = Question(transport=Transport.TCP, port=22, source=parse_address("198.51.100.9")[1])
    assert blockers(estate, inside) == []
    assert blockers(estate) == [("AWS::EC2::SecurityGroup", "ENI_SG_RULES_MISMATCH", True)]


def test_one_udp_packet_needs_no_answer() -> None:
    estate = replace_routes(simple(permission("udp", 53, 53, v4=ANYWHERE)))
    assert blockers(estate, Question(transport=Transport.UDP, port=53)) == []


def test_what_is_not_known_may_stop_it() -> None:
    assert blockers(simple(tcp(22, lists=("pl-404",)))) == [
        ("AWS::EC2::SecurityGroup", "UNKNOWN_RESOURCE", False)
    ]


def test_an_interface_may_be_asked_for_and_families_do_not_mix() -> None:
    topology = topology_of(snapshot_from({PLACE: six(tcp(22, v6=("::/0",))).answers()}))
    assert [one.edge for one in why(topology, "eni-1", SSH)] == ["internet-v4", "internet-v6"]
    ping = Question(transport=Transport.ICMPV6, port=128 * 256)
    assert [one.edge for one in why(topology, "eni-1", ping)] == ["internet-v6"]
    assert why(topology, "eni-404", SSH) == ()


def text(estate: Estate, index: int = 0) -> str:
    return exposure_text(
        reach(topology_of(snapshot_from({PLACE: estate.answers()}))).exposures[index]
    )


def test_an_exposure_in_words() -> None:
    assert text(simple(tcp(22, v4=ANYWHERE))) == snapshot("""\
i-1 is reachable on TCP 22 at 54.1.1.1
  edge: internet-v4
  sources: everything that the edge can send
  path:
    AWS::EC2::InternetGateway igw-1: to 54.1.1.1, which is 10.1.0.11
    AWS::EC2::NetworkAcl acl-1 (100): entry 100 allows everything: 0.0.0.0/0
    AWS::EC2::SecurityGroup sg-1 (sg-1/tcp/22-22/0.0.0.0/0): the rule lets in TCP 22 from 0.0.0.0/0
    AWS::EC2::NetworkInterface eni-1: it has 10.1.0.11
    AWS::EC2::Instance i-1: it is running
  answer:
    AWS::EC2::NetworkInterface eni-1: the answer passes its security groups because the request was let in
    AWS::EC2::NetworkAcl acl-1 (100): entry 100 allows everything: 0.0.0.0/0
    AWS::EC2::RouteTable rtb-1 (0.0.0.0/0): route 0.0.0.0/0 leads to igw-1
    AWS::EC2::InternetGateway igw-1: from 10.1.0.11 to 54.1.1.1
  closed by any one of:
    revoke-security-group-rule sg-1 sg-1/tcp/22-22/0.0.0.0/0
    detach-security-group eni-1 sg-1
    deny-in-network-acl acl-1 99
    release-address eni-1 54.1.1.1
    remove-route rtb-1 0.0.0.0/0
    block-public-access 111122223333/eu-west-1 block-ingress
    detach-internet-gateway igw-1
""")


def test_without_closing_changes_none_are_told() -> None:
    topology = topology_of(snapshot_from({PLACE: simple(tcp(22, v4=ANYWHERE)).answers()}))
    (exposure,) = reach(topology, cuts=False).exposures
    assert "closed by" not in exposure_text(exposure)


def test_a_one_way_exposure_with_many_sources() -> None:
    sources = tuple(f"198.51.{number}.0/25" for number in range(0, 20, 2))
    estate = replace_routes(
        simple(permission("udp", 53, 60, v4=sources)), route("10.9.0.0/16", "nat-1")
    )
    listed = ", ".join(sources[:8])
    assert text(estate).splitlines()[:3] == [
        "i-1 is reachable on UDP 53-60 at 54.1.1.1",
        "  edge: internet-v4",
        f"  sources: {listed} and 2 more blocks",
    ]
    assert "  some sources get no answer: packets arrive one way" in text(estate)


def test_a_few_sources_and_other_exposures() -> None:
    estate = simple(tcp(22, v4=("198.51.100.0/24",)))
    estate.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2")
    assert "  sources: 198.51.100.0/24\n" in text(estate)
    assert (
        "revoke-security-group-rule sg-1 sg-1/tcp/22-22/198.51.100.0/24 (also closes 1 other exposures)"
        in text(estate)
    )


@pytest.mark.parametrize("first", [8, 3])
def test_icmp_in_words(first: int) -> None:
    assert f"ICMP type/code {first}/0-{first}/255" in text(
        simple(permission("icmp", first, -1, v4=ANYWHERE))
    )
