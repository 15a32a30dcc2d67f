"""Changes that close what is exposed through load balancers: each is made in AWS's JSON, and judged anew."""

import json
from typing import Any

import pytest

from tests.network.balanced import ANYWHERE, WORLD, forward, random_balanced
from tests.network.estates import PLACE, entry, permission, tcp
from tests.network.test_balancers import _chain, acl, alb, group_lets_in, nlb, with_groups
from vedette.model.network import ClosingChange, Exposure, NetworkChange
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach


def judged(answers: dict[str, Any], *, cuts: bool = True) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: answers})), cuts=cuts)


def key(one: Exposure) -> tuple[object, ...]:
    port = one.witness.destination_port if one.witness else 0
    return one.edge, one.interface, one.address, one.transport, one.ports, one.through, port


def changed(answers: dict[str, Any], changes: tuple[NetworkChange, ...]) -> dict[str, Any]:
    out: dict[str, Any] = json.loads(json.dumps(answers))  # some parts are shared
    for change in changes:
        _CHANGES[change.kind](out, change)
    return out


def _revoke(answers: dict[str, Any], change: NetworkChange) -> None:
    group, protocol, ports, source = (change.rule or "").split("/", 3)
    for one in answers["ec2.describe-security-groups"]["SecurityGroups"]:
        if one["GroupId"] != group:
            continue
        for rule in one["IpPermissions"]:
            first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
            if rule["IpProtocol"] == protocol and f"{first}-{last}" == ports:
                for member, name in (
                    ("IpRanges", "CidrIp"),
                    ("Ipv6Ranges", "CidrIpv6"),
                    ("UserIdGroupPairs", "GroupId"),
                ):
                    rule[member] = [pair for pair in rule[member] if pair[name] != source]


def _detach(answers: dict[str, Any], change: NetworkChange) -> None:
    answers["ec2.describe-security-groups"]["SecurityGroups"].append(
        {"GroupId": "sg-empty", "IpPermissions": []}
    )
    for one in answers["ec2.describe-network-interfaces"]["NetworkInterfaces"]:
        if one["NetworkInterfaceId"] == change.component:
            kept = [pair for pair in one["Groups"] if pair["GroupId"] != change.rule]
            one["Groups"] = kept or [{"GroupId": "sg-empty"}]


def _deny(answers: dict[str, Any], change: NetworkChange) -> None:
    words = change.note.split()
    first, last = (int(one) for one in words[3].split("-"))
    for one in answers["ec2.describe-network-acls"]["NetworkAcls"]:
        if one["NetworkAclId"] == change.component:
            protocol = {"TCP": "6", "UDP": "17"}[words[2]]
            one["Entries"] = [
                *one["Entries"],
                entry(int(change.rule or 0), "deny", "0.0.0.0/0", protocol, (first, last)),
                entry(int(change.rule or 0), "deny", "::/0", protocol, (first, last)),
            ]


def _detach_gateway(answers: dict[str, Any], change: NetworkChange) -> None:
    del change
    answers["ec2.describe-internet-gateways"]["InternetGateways"] = []


def _block(answers: dict[str, Any], change: NetworkChange) -> None:
    answers["ec2.describe-vpc-block-public-access-options"] = {
        "VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": change.rule}
    }


def _delete_listener(answers: dict[str, Any], change: NetworkChange) -> None:
    for name, answer in answers.items():
        if name.startswith("elbv2.describe-listeners/"):
            answer["Listeners"] = [
                one for one in answer["Listeners"] if one["ListenerArn"] != change.rule
            ]
    for one in answers.get("elb.describe-load-balancers", {}).get("LoadBalancerDescriptions", ()):
        one["ListenerDescriptions"] = [
            listener
            for listener in one["ListenerDescriptions"]
            if f"old:{listener['Listener']['LoadBalancerPort']}" != change.rule
        ]


def _internal(answers: dict[str, Any], change: NetworkChange) -> None:
    name = change.component.partition(":loadbalancer/")[2] or change.component
    for one in answers["ec2.describe-network-interfaces"]["NetworkInterfaces"]:
        if one.get("Description") == f"ELB {name}":
            one["DenyAllIgwTraffic"] = True
            for address in one["PrivateIpAddresses"]:
                address.pop("Association", None)


def _deregister(answers: dict[str, Any], change: NetworkChange) -> None:
    group = change.component.split("/")[-2] if "/" in change.component else ""
    for name, answer in answers.items():
        if name == f"elbv2.describe-target-health/{group}":
            answer["TargetHealthDescriptions"] = [
                one
                for one in answer["TargetHealthDescriptions"]
                if one["Target"]["Id"] != change.rule
            ]
    for one in answers.get("elb.describe-load-balancers", {}).get("LoadBalancerDescriptions", ()):
        one["Instances"] = [
            instance for instance in one["Instances"] if instance["InstanceId"] != change.rule
        ]


_CHANGES = {
    "revoke-security-group-rule": _revoke,
    "detach-security-group": _detach,
    "deny-in-network-acl": _deny,
    "detach-internet-gateway": _detach_gateway,
    "block-public-access": _block,
    "delete-listener": _delete_listener,
    "make-load-balancer-internal": _internal,
    "deregister-target": _deregister,
}


def check(answers: dict[str, Any], most: int = 12) -> int:
    """Every set closes, no part of it does; how many were tried."""
    tried = 0
    exposures = [one for one in judged(answers).exposures if one.through]
    for one in exposures[:2]:
        assert one.closing_changes
        for closing in one.closing_changes[:most]:
            tried += 1
            left = judged(changed(answers, closing.changes), cuts=False).exposures
            assert key(one) not in {key(other) for other in left}, closing
            for index in range(len(closing.changes) if len(closing.changes) > 1 else 0):
                part = closing.changes[:index] + closing.changes[index + 1 :]
                left = judged(changed(answers, part), cuts=False).exposures
                assert key(one) in {key(other) for other in left}, part
    return tried


@pytest.mark.parametrize("start", range(0, 120, 40))
def test_changes_close_and_none_is_too_many(start: int) -> None:
    assert sum(check(random_balanced(seed).answers()) for seed in range(start, start + 40)) > 20


def kinds(closing: tuple[ClosingChange, ...]) -> set[tuple[str, ...]]:
    return {tuple(change.kind for change in one.changes) for one in closing}


def through(answers: dict[str, Any]) -> Exposure:
    return next(one for one in judged(answers).exposures if one.through)


def test_what_closes_an_instance_behind_a_load_balancer() -> None:
    one = through(alb().answers())
    found = {
        (change.kind, change.component.rsplit("/")[-1], (change.rule or "").rsplit("/")[-1])
        for closing in one.closing_changes
        for change in closing.changes
        if len(closing.changes) == 1
    }
    assert found == {
        ("block-public-access", "eu-west-1", "block-ingress"),
        ("delete-listener", "0a", "web80http"),
        ("deny-in-network-acl", "acl-subnet-app", "99"),
        ("deny-in-network-acl", "acl-subnet-lb", "99"),
        ("deregister-target", "0b", "i-1"),
        ("detach-internet-gateway", "igw-1", ""),
        ("detach-security-group", "eni-1", "sg-app"),
        ("detach-security-group", "eni-2", "sg-lb"),
        ("make-load-balancer-internal", "0a", "internal"),
        ("revoke-security-group-rule", "sg-app", "sg-lb"),
        ("revoke-security-group-rule", "sg-lb", "0"),
    }
    by_kind = {closing.changes[0].kind: closing for closing in one.closing_changes}
    assert by_kind["deregister-target"].breaks == ()
    assert by_kind["delete-listener"].breaks == ("eni-2 TCP 80 (internet-v4)",)


def test_what_else_goes_with_a_load_balancers_rule() -> None:
    """The node's own exposure names what is behind it."""
    estate = alb()
    estate.group_of_targets("two", "i-1", port=8080)
    estate.listener("web", 443, forward("two"), protocol="HTTPS")
    estate.groups[0]["IpPermissions"] = [permission("-1", v4=WORLD)]
    node = next(one for one in judged(estate.answers()).exposures if one.interface == "eni-2")
    closing = {one.changes[0].kind: one for one in node.closing_changes}
    assert closing["revoke-security-group-rule"].breaks == (
        "eni-2 TCP 443 (internet-v4)",
        "i-1 TCP 8080 (internet-v4 through app/web/0a)",
    )
    assert closing["delete-listener"].breaks == ("i-1 TCP 8080 (internet-v4 through app/web/0a)",)


def test_two_nodes_take_two_changes() -> None:
    estate = alb()
    estate.subnet("subnet-two", "vpc-1", "10.1.2.0/24")
    estate.zone("subnet-two", "euw1-az3")
    estate.acl("acl-subnet-two", "vpc-1", ("subnet-two",))
    estate.tables[0]["Associations"].append({"SubnetId": "subnet-two"})
    estate.group("sg-two", tcp(80, v4=WORLD))
    estate.egress("sg-two", ANYWHERE)
    estate.node(3, "web", "subnet-two", ("sg-two",), public="54.1.1.2")
    group_lets_in(estate, tcp(8080, v4=("10.1.0.0/16",)))
    one = through(estate.answers())
    assert ("deny-in-network-acl", "deny-in-network-acl") in kinds(one.closing_changes)
    assert ("detach-security-group", "detach-security-group") in kinds(one.closing_changes)
    assert ("delete-listener",) in kinds(one.closing_changes)
    check(estate.answers(), most=40)


def test_many_rules_of_one_side() -> None:
    estate = alb()
    blocks = [f"{index * 16}.0.0.0/4" for index in range(14)]
    estate.groups[0]["IpPermissions"] = [tcp(80, v4=(block,)) for block in blocks]
    one = through(estate.answers())
    sizes = {len(closing.changes) for closing in one.closing_changes}
    # 10.0.0.0/8 lies in the first block, so that every one is needed
    assert max(sizes) == len(blocks)


def test_a_full_network_acl_has_no_place() -> None:
    estate = acl(
        alb(),
        "subnet-lb",
        entry(1, "allow", "0.0.0.0/0"),
        entry(1, "allow", "0.0.0.0/0", egress=True),
    )
    one = through(estate.answers())
    denied = {
        change.component
        for closing in one.closing_changes
        for change in closing.changes
        if change.kind == "deny-in-network-acl"
    }
    assert denied == {"acl-subnet-app"}


def test_a_network_load_balancer_with_groups() -> None:
    one = through(with_groups(nlb()).answers())
    assert ("detach-security-group",) in kinds(one.closing_changes)


def test_one_behind_another() -> None:
    """Each listener and each registration on the way closes it; the inner ones leave the inner node reachable."""
    estate = _chain()
    estate.group("sg-none")
    estate.interfaces[0]["Groups"].append({"GroupId": "sg-none"})
    one = next(
        one
        for one in judged(estate.answers()).exposures
        if one.resource == "i-1" and one.witness and one.witness.destination_port == 443
    )
    single = {
        (change.kind, (change.rule or "").rsplit("/")[-1])
        for closing in one.closing_changes
        for change in closing.changes
        if len(closing.changes) == 1
    }
    assert {
        ("delete-listener", "web443tcp"),
        ("delete-listener", "inner8080http"),
        ("deregister-target", "0a"),
        ("deregister-target", "10.1.1.11"),
        ("detach-security-group", "sg-app"),
    } <= single
    inner = next(
        closing
        for closing in one.closing_changes
        if closing.changes[0].kind == "delete-listener"
        and "inner" in (closing.changes[0].rule or "")
    )
    # nothing listens at the inner node then, so that the outer one's registration of it is of no use
    assert "eni-7 TCP 8080 (internet-v4 through net/web/0a)" in inner.breaks


def test_what_is_exposed_in_part_is_closed_for_the_rest_too() -> None:
    """One node's rules are known, the other's are not: both must be closed."""
    estate = alb()
    estate.subnet("subnet-two", "vpc-1", "10.1.2.0/24")
    estate.zone("subnet-two", "euw1-az3")
    estate.tables[0]["Associations"].append({"SubnetId": "subnet-two"})
    estate.node(3, "web", "subnet-two", ("sg-lb",), public="54.1.1.2")
    group_lets_in(estate, tcp(8080, v4=("10.1.0.0/16",)))
    one = through(estate.answers())
    assert ("delete-listener",) in kinds(one.closing_changes)
    assert all(closing.changes for closing in one.closing_changes)


def test_a_vpn_edge_has_no_scheme() -> None:
    estate = alb()
    estate.vpn_gateways.append(
        {
            "VpnGatewayId": "vgw-1",
            "State": "available",
            "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
        }
    )
    estate.tables[0]["Routes"][2] |= {"GatewayId": "vgw-1"}
    for one in judged(estate.answers()).exposures:
        assert one.edge == "vpn-gateway-v4:vgw-1"
        assert ("make-load-balancer-internal",) not in kinds(one.closing_changes)
        assert ("detach-vpn-gateway",) in kinds(one.closing_changes)
