"""Closing changes: applied to the recorded JSON they close the exposure, nothing smaller does, and `breaks` is true."""

import json
from typing import Any

import pytest

from tests.network.estates import (
    PLACE,
    Estate,
    entry,
    permission,
    random_estate,
    route,
    simple,
    tcp,
)
from tests.network.test_semantics import peered, replace_routes, six
from tests.network.transits import random_transit
from vedette.model.network import ClosingChange, Exposure, NetworkChange
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

ANYWHERE = ("0.0.0.0/0",)


def judged(answers: dict[str, Any], *, cuts: bool = True) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: answers})), cuts=cuts)


def in_words(closing: ClosingChange) -> tuple[str, ...]:
    return tuple(f"{one.kind} {one.component} {one.rule}" for one in closing.changes)


def rule(group: str, port: str, source: str = "0.0.0.0/0") -> str:
    return f"revoke-security-group-rule {group} {group}/tcp/{port}/{source}"


def only(estate: Estate, edge: str = "internet-v4", first: int = 22) -> Exposure:
    (found,) = [
        one
        for one in judged(estate.answers()).exposures
        if one.edge == edge and one.ports.begin == first and one.interface == "eni-1"
    ]
    return found


def test_every_single_change_that_closes_an_exposure() -> None:
    closings = only(simple(tcp(22, v4=ANYWHERE))).closing_changes
    assert [in_words(one) for one in closings] == [
        (rule("sg-1", "22-22"),),
        ("detach-security-group eni-1 sg-1",),
        ("deny-in-network-acl acl-1 99",),
        ("release-address eni-1 54.1.1.1",),
        ("remove-route rtb-1 0.0.0.0/0",),
        ("block-public-access 111122223333/eu-west-1 block-ingress",),
        ("detach-internet-gateway igw-1 None",),
    ]
    assert {one.broken for one in closings} == {0}


def test_two_rules_in_two_groups_must_both_go() -> None:
    estate = simple(tcp(22, v4=ANYWHERE))
    estate.group("sg-2", tcp(0, 65535, v4=ANYWHERE))
    estate.interfaces[0]["Groups"].append({"GroupId": "sg-2"})
    found = [in_words(one) for one in only(estate, first=0).closing_changes if len(one.changes) > 1]
    assert sorted(found) == [
        ("detach-security-group eni-1 sg-1", "detach-security-group eni-1 sg-2"),
        ("detach-security-group eni-1 sg-1", rule("sg-2", "0-65535")),
        ("detach-security-group eni-1 sg-2", rule("sg-1", "22-22")),
        (rule("sg-1", "22-22"), rule("sg-2", "0-65535")),
    ]


def test_many_rules_of_one_group_are_one_set() -> None:
    sources = tuple(f"198.51.{number}.0/24" for number in range(5))
    estate = simple(*(tcp(22, v4=(one,)) for one in sources))
    sets = [one for one in only(estate).closing_changes if len(one.changes) == 5]
    assert [in_words(one) for one in sets] == [tuple(rule("sg-1", "22-22", one) for one in sources)]


def test_what_else_would_close_is_named() -> None:
    estate = simple(tcp(22, v4=ANYWHERE), tcp(443, v4=ANYWHERE))
    estate.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2")
    by_kind = {one.changes[0].kind: one for one in only(estate).closing_changes}
    revoked = by_kind["revoke-security-group-rule"]
    assert (revoked.breaks, revoked.broken) == (("i-2 TCP 22 (internet-v4)",), 1)
    assert by_kind["deny-in-network-acl"].breaks == ("i-2 TCP 22 (internet-v4)",)
    assert by_kind["detach-security-group"].breaks == ("i-1 TCP 443 (internet-v4)",)
    assert by_kind["release-address"].breaks == ("i-1 TCP 443 (internet-v4)",)
    assert by_kind["remove-route"].breaks == (
        "i-1 TCP 443 (internet-v4)",
        "i-2 TCP 22 (internet-v4)",
        "i-2 TCP 443 (internet-v4)",
    )


def test_one_way_udp_is_not_closed_by_routes() -> None:
    estate = simple(permission("udp", 53, 53, v4=ANYWHERE))
    kinds = {one.changes[0].kind for one in only(estate, first=53).closing_changes}
    assert "remove-route" not in kinds
    assert "detach-internet-gateway" in kinds


def test_routes_that_must_go_together() -> None:
    estate = simple(tcp(22, v4=ANYWHERE))
    replace_routes(estate, route("0.0.0.0/1", "igw-1"), route("128.0.0.0/1", "igw-1"))
    assert ("remove-route rtb-1 0.0.0.0/1", "remove-route rtb-1 128.0.0.0/1") in [
        in_words(one) for one in only(estate).closing_changes
    ]


def test_no_free_number_for_a_denial() -> None:
    estate = simple(tcp(22, v4=ANYWHERE))
    estate.acls[0]["Entries"] = [
        entry(1, "allow", "0.0.0.0/0"),
        entry(1, "allow", "0.0.0.0/0", egress=True),
    ]
    assert not [
        one for one in only(estate).closing_changes if one.changes[0].kind == "deny-in-network-acl"
    ]


def test_an_exclusion_makes_block_public_access_useless() -> None:
    estate = simple(tcp(22, v4=ANYWHERE))
    estate.block_public_access("off", "vpc-1")
    assert not [
        one for one in only(estate).closing_changes if one.changes[0].kind == "block-public-access"
    ]


def test_ipv6_addresses_are_unassigned() -> None:
    found = only(six(tcp(22, v6=("::/0",))), "internet-v6").closing_changes
    assert "unassign-ipv6-address eni-1 2001:db8:0:1::5" in {in_words(one)[0] for one in found}


def test_a_peering_is_deleted() -> None:
    found = only(peered(tcp(22, groups=("sg-9",))), "vpc-peering-v4:pcx-1").closing_changes
    assert {in_words(one)[0] for one in found} == {
        "revoke-security-group-rule sg-1 sg-1/tcp/22-22/sg-9",
        "detach-security-group eni-1 sg-1",
        "deny-in-network-acl acl-1 99",
        "remove-route rtb-1 10.2.0.0/16",
        "delete-vpc-peering-connection pcx-1 None",
    }


# -- the changes made to the recorded JSON ------------------------------------------------------------------------------


def make(answers: dict[str, Any], change: NetworkChange, exposure: Exposure) -> None:
    """Do to the recorded answers what the change says."""
    match change.kind:
        case "revoke-security-group-rule":
            revoke(answers, change)
        case "deny-in-network-acl":
            deny(answers, change, exposure)
        case "remove-route":
            for table in answers["ec2.describe-route-tables"]["RouteTables"]:
                if table["RouteTableId"] == change.component:
                    table["Routes"] = [
                        one for one in table["Routes"] if change.rule not in one.values()
                    ]
        case "block-public-access":
            answers["ec2.describe-vpc-block-public-access-options"] = {
                "VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "block-ingress"}
            }
            none: dict[str, Any] = {"VpcBlockPublicAccessExclusions": []}
            answers.setdefault("ec2.describe-vpc-block-public-access-exclusions", none)
        case _:
            change_interface(answers, change)
            GATEWAYS.get(change.kind, lambda _, __: None)(answers, change)


def change_interface(answers: dict[str, Any], change: NetworkChange) -> None:
    for eni in interfaces(answers, change.component):
        if change.kind == "detach-security-group":
            eni["Groups"] = [one for one in eni["Groups"] if one["GroupId"] != change.rule]
            eni["Groups"] = eni["Groups"] or [{"GroupId": "sg-empty"}]
        elif change.kind == "release-address":
            for one in eni["PrivateIpAddresses"]:
                one.pop("Association", None)
        else:
            assert change.kind == "unassign-ipv6-address"
            eni["Ipv6Addresses"] = []


def clear(call: str, member: str) -> Any:
    return lambda answers, _: answers[f"ec2.{call}"][member].clear()


def detach_gateway(answers: dict[str, Any], change: NetworkChange) -> None:
    gateways = answers["ec2.describe-internet-gateways"]["InternetGateways"]
    gateways[:] = [one for one in gateways if one["InternetGatewayId"] != change.component]


GATEWAYS: dict[str, Any] = {
    "detach-internet-gateway": detach_gateway,
    "delete-vpc-peering-connection": clear(
        "describe-vpc-peering-connections", "VpcPeeringConnections"
    ),
    "detach-vpn-gateway": clear("describe-vpn-gateways", "VpnGateways"),
}


def interfaces(answers: dict[str, Any], identity: str) -> list[Any]:
    found = answers["ec2.describe-network-interfaces"]["NetworkInterfaces"]
    return [one for one in found if one["NetworkInterfaceId"] == identity]


def revoke(answers: dict[str, Any], change: NetworkChange) -> None:
    """A rule without a recorded id is named GROUP/PROTOCOL/FROM-TO/SOURCE."""
    assert change.rule is not None
    _, protocol, ports, source = change.rule.split("/", 3)
    for group in answers["ec2.describe-security-groups"]["SecurityGroups"]:
        if group["GroupId"] != change.component:
            continue
        for one in group["IpPermissions"]:
            span = f"{one.get('FromPort', -1)}-{one.get('ToPort', -1)}"
            if (one["IpProtocol"], span) == (protocol, ports):
                for member in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs"):
                    one[member] = [item for item in one[member] if source not in item.values()]


def deny(answers: dict[str, Any], change: NetworkChange, exposure: Exposure) -> None:
    numbers = {"TCP": "6", "UDP": "17", "ICMP": "1", "ICMPV6": "58"}
    first, last = exposure.ports.begin, exposure.ports.end
    for acl in answers["ec2.describe-network-acls"]["NetworkAcls"]:
        if acl["NetworkAclId"] == change.component:
            assert change.rule is not None
            block = "::/0" if ":" in exposure.sources[0] else "0.0.0.0/0"
            protocol = numbers[exposure.transport]
            denial = entry(
                int(change.rule),
                "deny",
                block,
                protocol,
                (first, last) if protocol in {"6", "17"} else None,
            )
            acl["Entries"] = [*acl["Entries"], denial]


def is_open(answers: dict[str, Any], exposure: Exposure) -> bool:
    """Whether any part of the exposure is still there."""
    for one in judged(answers, cuts=False).exposures:
        same = (one.edge, one.interface, one.address, one.transport) == (
            exposure.edge,
            exposure.interface,
            exposure.address,
            exposure.transport,
        )
        overlap = one.ports.begin <= exposure.ports.end and exposure.ports.begin <= one.ports.end
        if same and overlap and exposure.witness and one.witness:
            return True
    return False


def copy(answers: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = json.loads(json.dumps(answers))
    out["ec2.describe-security-groups"]["SecurityGroups"].append(
        {"GroupId": "sg-empty", "VpcId": "vpc-1", "IpPermissions": []}
    )
    return out


@pytest.mark.parametrize("seed", range(500, 540))
def test_changes_made_to_the_json_close_and_no_part_of_them_does(seed: int) -> None:
    answers = random_estate(seed).answers()
    for exposure in judged(answers).exposures[:4]:
        for closing in exposure.closing_changes[:12]:
            if exposure.transport.startswith("ICMP") and "deny" in str(closing.changes):
                continue  # a range of types and codes takes several entries
            changed = copy(answers)
            for change in closing.changes:
                make(changed, change, exposure)
            assert not is_open(changed, exposure), (exposure.ports, closing.changes)
            for left_out in closing.changes if len(closing.changes) > 1 else ():
                changed = copy(answers)
                for change in closing.changes:
                    if change != left_out:
                        make(changed, change, exposure)
                assert is_open(changed, exposure), (left_out, closing.changes)


def test_an_instance_with_two_addresses_is_named_though_one_is_asked_about() -> None:
    estate = simple(tcp(22, v4=("0.0.0.0/0",)))
    estate.interfaces[0]["PrivateIpAddresses"].append(
        {"PrivateIpAddress": "10.1.0.99", "Association": {"PublicIp": "54.1.1.9"}}
    )
    found = reach(topology_of(snapshot_from({PLACE: estate.answers()})))
    assert len(found.exposures) == 2
    for exposure in found.exposures:
        revoke = next(
            one
            for one in exposure.closing_changes
            if one.changes[0].kind == "revoke-security-group-rule"
        )
        assert (revoke.broken, revoke.breaks) == (1, ("i-1 TCP 22 (internet-v4)",))


def test_over_a_transit_gateway_nothing_is_detached() -> None:
    """A transit gateway is not one VPC's: what closes an exposure is in the VPC itself."""
    kinds = {
        change.kind
        for seed in range(12)
        for exposure in reach(
            topology_of(snapshot_from({PLACE: random_transit(seed).answers()}))
        ).exposures
        if exposure.edge.startswith("transit-")
        for closing in exposure.closing_changes
        for change in closing.changes
    }
    assert {"revoke-security-group-rule", "detach-security-group", "deny-in-network-acl"} <= kinds
    assert kinds <= {
        "revoke-security-group-rule",
        "detach-security-group",
        "deny-in-network-acl",
        "remove-route",
    }


def test_a_rule_of_an_unknown_list_must_go_as_well() -> None:
    estate = simple(tcp(22, v4=("0.0.0.0/0",)), tcp(22, lists=("pl-9",)))
    (exposure,) = reach(topology_of(snapshot_from({PLACE: estate.answers()}))).exposures
    revoked = [
        [change.rule for change in closing.changes]
        for closing in exposure.closing_changes
        if {change.kind for change in closing.changes} == {"revoke-security-group-rule"}
    ]
    assert revoked == [["sg-1/tcp/22-22/0.0.0.0/0", "sg-1/tcp/22-22/pl-9"]]
