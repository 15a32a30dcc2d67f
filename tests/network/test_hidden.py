"""What a listing that is not complete may hide: members of groups, nodes of load balancers, IPv6 of attachments."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.network.balanced import balancer_arn, forward
from tests.network.estates import ACCOUNT, PLACE, REGION, Estate, tcp
from tests.network.test_balancers import nlb
from tests.network.test_fronts import base as fronted, clouded, service_group
from tests.network.test_semantics import peered
from tests.network.test_transit import _members as attached, base as transit
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

INTERFACES = "ec2.describe-network-interfaces"
GROUPS = "ec2.describe-security-groups"
VPC_ATTACHMENTS = "ec2.describe-transit-gateway-vpc-attachments"
ATTACHMENTS = "ec2.describe-transit-gateway-attachments"
PEER = "vpc-peering-v4:pcx-1"
VPCS = "transit-gateway-v4:tgw-1"
CLOUD = "cloudfront-v4:E1"
OTHER = ("444455556666", REGION)
WHERE = f"{ACCOUNT}/{REGION}"

Answers = dict[str, Any]


def ask(answers: Answers, **more: Mapping[tuple[str, str], Answers]) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: answers, **more.get("others", {})})))


def said(found: Reach, edge: str, interface: str = "eni-1") -> str:
    """`exposed`, `unknown: why` or `shut: code` of an interface over an edge."""
    for one in found.exposures:
        if one.edge == edge and one.interface == interface:
            return "exposed"
    for doubt in found.unknown:
        if doubt.edge == edge and doubt.interface == interface:
            return f"unknown: {doubt.reason}"
    (shut,) = (
        one for one in found.not_reachable if one.edge == edge and one.interface == interface
    )
    return f"shut: {shut.code}"


def cut(answers: Answers, call: str, **without: str) -> Answers:
    """The answers with a listing cut short, and without the item that has such a member."""
    ((name, items),) = ((key, one) for key, one in answers[call].items() if isinstance(one, list))
    left = [one for one in items if not any(one.get(key) == id_ for key, id_ in without.items())]
    return {**answers, call: {name: left, "NextToken": "more"}}


def without_peer_member(estate: Estate) -> Answers:
    return cut(estate.answers(), INTERFACES, NetworkInterfaceId="eni-9")


def with_bad_address(estate: Estate, **more: Any) -> Answers:
    bad = {"PrivateIpAddresses": [], "PrivateIpAddress": "300.1.1.1"} | more
    estate.interfaces[-1] = {**estate.interfaces[-1], **bad}
    return estate.answers()


def peer_of(estate: Estate, owner: str) -> Estate:
    """The peer belongs to an account of which nothing was recorded."""
    estate.peerings[0]["RequesterVpcInfo"]["OwnerId"] = owner
    estate.vpcs = [one for one in estate.vpcs if one["VpcId"] != "vpc-2"]
    estate.subnets = [one for one in estate.subnets if one["VpcId"] != "vpc-2"]
    estate.groups = [one for one in estate.groups if one["VpcId"] != "vpc-2"]
    estate.interfaces = estate.interfaces[:1]
    return estate


REFERRED = tcp(22, groups=("sg-9",))
OWN = tcp(22, groups=("sg-1",))


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (lambda: without_peer_member(peered(REFERRED)), "not all members of sg-9 are known"),
        (lambda: with_bad_address(peered(REFERRED)), "eni-9: the interface cannot be judged"),
        (
            lambda: with_bad_address(peered(REFERRED), VpcId=None, SubnetId=None),
            "neither its VPC nor its subnet is known",
        ),
        (
            lambda: peer_of(peered(REFERRED), "999900001111").answers(),
            f"nothing was recorded of 999900001111/{REGION}",
        ),
        (lambda: without_peer_member(peered(tcp(22, groups=("sg-gone",)))), "members of sg-gone"),
    ],
)
def test_members_of_a_peer(make: Callable[[], Answers], answer: str) -> None:
    found = said(ask(make()), PEER)
    assert found.startswith("unknown: ")
    assert answer in found


def test_a_group_of_the_account_may_be_associated_with_the_peer() -> None:
    found = said(ask(without_peer_member(peered(OWN))), PEER)
    assert "not all members of sg-1 are known" in found


def test_a_group_of_the_own_vpc_has_no_members_in_another_account() -> None:
    answers = peer_of(peered(OWN), "999900001111").answers()
    assert said(ask(answers), PEER) == "shut: ENI_SG_RULES_MISMATCH"


def test_another_region_shows_no_members() -> None:
    estate = peered(REFERRED)
    estate.peerings[0]["RequesterVpcInfo"]["Region"] = "us-east-1"
    assert said(ask(without_peer_member(estate)), PEER) == "shut: ENI_SG_RULES_MISMATCH"


def test_what_rules_let_in_anyway_is_exposed() -> None:
    answers = without_peer_member(peered(tcp(22, groups=("sg-9",)), tcp(443, v4=("10.0.0.0/8",))))
    found = ask(answers)
    assert [one.ports.begin for one in found.exposures if one.edge == PEER] == [443]
    assert [one.interface for one in found.unknown if one.edge == PEER] == ["eni-1"]


def unattached(answers: Answers) -> Answers:
    """The other VPC is attached, and was not described."""
    out = dict(answers)
    for call, member in (
        ("ec2.describe-vpcs", "Vpcs"),
        ("ec2.describe-subnets", "Subnets"),
        (INTERFACES, "NetworkInterfaces"),
        (GROUPS, "SecurityGroups"),
    ):
        out[call] = {member: [one for one in out[call][member] if one["VpcId"] != "vpc-2"]}
    return out


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (without_peer_member, "not all members of sg-2 are known: ec2.describe-network-interfaces"),
        (
            lambda estate: cut(
                estate.answers(), ATTACHMENTS, TransitGatewayAttachmentId="tgw-attach-2"
            ),
            "not all members of sg-2 are known: ec2.describe-transit-gateway-attachments",
        ),
        (lambda estate: unattached(estate.answers()), "not all members of sg-2 are known"),
    ],
)
def test_members_across_a_transit_gateway(change: Callable[[Estate], Answers], answer: str) -> None:
    found = said(ask(change(attached(references=True))), VPCS)
    assert found.startswith("unknown: ")
    assert answer in found


def test_a_gateway_that_takes_no_references_shows_no_members() -> None:
    found = ask(without_peer_member(attached(references=False)))
    assert said(found, VPCS) == "shut: ENI_SG_RULES_MISMATCH"


@pytest.mark.parametrize("refused", [True, False])
def test_ipv6_over_an_attachment_that_was_not_described(refused: bool) -> None:  # noqa: FBT001 - a parameter of the test
    answers = transit(tcp(22, v6=("::/0",))).answers()
    del answers[VPC_ATTACHMENTS]
    if refused:
        answers[VPC_ATTACHMENTS] = {"errors": [{"Code": "AccessDenied"}]}
    found = said(ask(answers), "transit-gateway-v6:tgw-1")
    assert found.startswith(f"unknown: {VPC_ATTACHMENTS} of {WHERE}")


def from_cloudfront() -> Answers:
    return clouded(
        service_group(fronted(tcp(443, groups=("sg-cf",)))),
    ).answers()


def test_cloudfronts_own_group() -> None:
    whole = from_cloudfront()
    assert said(ask(whole), CLOUD, "eni-7") == "exposed"
    found = said(ask(cut(whole, GROUPS, GroupId="sg-cf")), CLOUD, "eni-7")
    assert found.startswith("unknown: ")
    assert f"not all members of sg-cf are known: {GROUPS} of {WHERE}" in found


def test_cloudfronts_own_group_of_another_account_in_the_region() -> None:
    whole = from_cloudfront()
    groups = [one for one in whole[GROUPS]["SecurityGroups"] if one["GroupId"] != "sg-cf"]
    answers = {**whole, GROUPS: {"SecurityGroups": groups}}
    assert said(ask(answers), CLOUD, "eni-7") == "shut: ENI_SG_RULES_MISMATCH"
    others = {OTHER: {GROUPS: {"errors": [{"Code": "AccessDenied"}]}}}
    assert said(ask(answers, others=others), CLOUD, "eni-7").startswith("unknown: ")
    elsewhere = {(OTHER[0], "us-east-1"): others[OTHER]}
    found = said(ask(answers, others=elsewhere), CLOUD, "eni-7")
    assert found == "shut: ENI_SG_RULES_MISMATCH"


def two_nodes() -> Any:
    """A load balancer with a public node in `subnet-lb` and a private one in `subnet-app`."""
    estate = nlb(kind="ip")
    estate.node(3, "web", "subnet-app", (), kind="network")
    return estate


def broken_node(estate: Any) -> Answers:
    for one in estate.interfaces:
        if one["NetworkInterfaceId"] == "eni-2":
            one["PrivateIpAddress"] = 7.5
    answers: Answers = estate.answers()
    return answers


def unknown_resources(found: Reach, edge: str) -> dict[str, str]:
    return {one.resource: one.reason for one in found.unknown if one.edge == edge}


def test_targets_of_a_node_that_was_not_described() -> None:
    assert unknown_resources(ask(two_nodes().answers()), "internet-v4") == {}
    hidden = unknown_resources(ask(broken_node(two_nodes())), "internet-v4")
    reason = f"its network interfaces in subnet-lb may not have been described: {INTERFACES}"
    assert hidden.keys() == {"i-1", balancer_arn("web", "network")}
    assert all(one.startswith(reason) for one in hidden.values())


def test_nodes_in_all_subnets_hide_nothing() -> None:
    answers = cut(two_nodes().answers(), INTERFACES)
    assert unknown_resources(ask(answers), "internet-v4") == {}


def test_what_is_behind_a_load_balancer_that_is_a_target() -> None:
    estate = two_nodes()
    estate.balancer("inner", ("subnet-app",), kind="application", Scheme="internal")
    estate.node(7, "inner", "subnet-app", ("sg-app",), kind="application")
    estate.group_of_targets("alb", balancer_arn("inner"), kind="alb", protocol="TCP", port=8080)
    estate.group_of_targets("deep", ("i-1", 8080), balancers=(balancer_arn("inner"),))
    estate.listener("web", 81, forward("alb"), protocol="TCP")
    estate.listener("web", 82, forward("alb"), protocol="TCP")
    estate.listener("inner", 8080, forward("deep"))
    hidden = unknown_resources(ask(broken_node(estate)), "internet-v4")
    assert {"i-1", "eni-7", balancer_arn("inner")} <= hidden.keys()
