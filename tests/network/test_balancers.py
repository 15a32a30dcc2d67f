"""AWS's rules of load balancers, one case each with its source; rows 22 to 26 of the semantics."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.network.balanced import (
    ANYWHERE,
    FIXED,
    REDIRECT,
    WORLD,
    Balanced,
    balancer_arn,
    condition,
    forward,
    group_arn,
    web,
)
from tests.network.estates import PLACE, entry, permission, route, tcp
from vedette.model.network import Exposure
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

ALL = "whole"
SIX = ("::/0",)
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f"


def judged(estate: Balanced) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: estate.answers()})))


def behind(estate: Balanced, edge: str = "internet-v4") -> dict[Any, Any]:
    """(resource, protocol, target port, listener port) → ALL, or the sources."""
    return {
        (one.resource, one.transport.value, one.ports.begin, listened(one)): ALL
        if one.whole
        else one.sources
        for one in judged(estate).exposures
        if one.through is not None and one.edge == edge
    }


def listened(one: Exposure) -> int:
    assert one.witness is not None
    return one.witness.destination_port


def at_balancer(estate: Balanced, edge: str = "internet-v4") -> dict[Any, Any]:
    """(interface, protocol, port) → ALL, or the sources, of the load balancer's own interfaces."""
    return {
        (one.interface, one.transport.value, one.ports.begin): ALL if one.whole else one.sources
        for one in judged(estate).exposures
        if one.through is None and one.edge == edge
    }


def codes(estate: Balanced, resource: str = "i-1", edge: str = "internet-v4") -> set[str]:
    """Why something is not reachable, other than directly."""
    return {
        one.code
        for one in judged(estate).not_reachable
        if one.resource == resource and one.edge == edge
        if one.interface != "eni-1" or one.reason.startswith("through ")
    }


def doubts(estate: Balanced, resource: str = "i-1", edge: str = "internet-v4") -> list[str]:
    return [
        one.reason
        for one in judged(estate).unknown
        if one.resource == resource and one.edge == edge
    ]


def alb(action: Any = None, *rules: Any, **balancer: Any) -> Balanced:
    """An Application Load Balancer that forwards port 80 to port 8080 of an instance."""
    estate = web(**balancer)
    estate.group_of_targets("web", ("i-1", 8080), balancers=(balancer_arn("web"),))
    estate.listener("web", 80, action or forward("web"), *rules)
    return estate


def nlb(
    protocol: str = "TCP", kind: str = "instance", group: Any = None, **balancer: Any
) -> Balanced:
    """A Network Load Balancer without groups that forwards port 80 to port 8080 across zones."""
    attributes = {"load_balancing.cross_zone.enabled": "true"} | balancer.pop("attributes", {})
    estate = web(kind="network", attributes=attributes, **balancer)
    target = "i-1" if kind == "instance" else "10.1.1.11"
    estate.group_of_targets(
        "web", target, kind=kind, protocol=protocol, port=8080, attributes=group or {}
    )
    estate.listener("web", 80, forward("web"), protocol=protocol)
    return estate


def group_lets_in(estate: Balanced, *permissions: Any) -> Balanced:
    """Replace the rules of the instance's group."""
    estate.groups[1]["IpPermissions"] = list(permissions)
    return estate


def acl(estate: Balanced, subnet: str, *entries: Any) -> Balanced:
    one = next(item for item in estate.acls if item["NetworkAclId"] == f"acl-{subnet}")
    one["Entries"] = list(entries)
    return estate


OUT = entry(100, "allow", "0.0.0.0/0", egress=True)
IN = entry(100, "allow", "0.0.0.0/0")
OPEN = {("i-1", "TCP", 8080, 80): ALL}
NODE = {("eni-2", "TCP", 80): ALL}


def egress(estate: Balanced, *permissions: Any) -> Balanced:
    estate.egress("sg-lb", *permissions)
    return estate


def in_other_zone(estate: Balanced, attributes: dict[str, str]) -> Balanced:
    estate.attributes("target-group", "web", attributes)
    return estate


def stopped(estate: Balanced) -> Balanced:
    estate.instances[0]["State"]["Name"] = "stopped"
    return estate


def with_groups(estate: Balanced) -> Balanced:
    """The network load balancer's node gets a security group."""
    estate.interfaces[1]["Groups"] = [{"GroupId": "sg-lb"}]
    return estate


def same_subnet(estate: Balanced) -> Balanced:
    estate.interfaces[0] |= {"SubnetId": "subnet-lb", "PrivateIpAddress": "10.1.0.99"}
    estate.interfaces[0]["PrivateIpAddresses"] = [{"PrivateIpAddress": "10.1.0.99"}]
    return estate


def classic(
    *, crosses: bool = True, subnets: tuple[str, ...] = ("subnet-lb", "subnet-app")
) -> Balanced:
    estate = web(kind="classic")
    estate.classic("web", subnets, ("i-1",), (80, 8080), crosses=crosses)
    return estate


PRIVATE_ROUTES = [route("10.1.0.0/16", "local"), route("0.0.0.0/0", "igw-1")]


def routes(estate: Balanced, table: int, *more: Any) -> Balanced:
    estate.tables[table]["Routes"] = [*PRIVATE_ROUTES, *more]
    return estate


CASES: list[tuple[str, Callable[[], Balanced], dict[Any, Any]]] = [
    # ALB guide, "Security groups for your Application Load Balancer"; workshop: port 80 through the balancer
    ("22 targets need no public address and no gateway route", alb, OPEN),
    ("22 the target's group must let the node in", lambda: group_lets_in(alb(), tcp(443, v4=WORLD)), {}),
    ("22 the node's address is enough", lambda: group_lets_in(alb(), tcp(8080, v4=("10.1.0.12/32",))), OPEN),
    ("22 the client's address is not seen", lambda: group_lets_in(alb(), tcp(8080, v4=("198.51.100.0/24",))), {}),
    ("22 the load balancer's outbound rules", lambda: egress(alb(), tcp(443, v4=WORLD)), {}),
    ("22 outbound rules by group", lambda: egress(alb(), tcp(8080, groups=("sg-app",))), OPEN),
    ("22 outbound rules by another group", lambda: egress(alb(), tcp(8080, groups=("sg-lb",))), {}),
    ("22 no outbound rules at all", lambda: egress(alb()), {}),
    ("22 clients are those that reach the listener", lambda: _narrow(alb()), {("i-1", "TCP", 8080, 80): ("198.51.100.0/24",)}),
    # Reachability Analyzer, REMAP_EPHEMERAL_PORT
    ("4 nodes use ports 1024-65535, target's network ACL", lambda: acl(alb(), "subnet-app", IN, entry(1, "allow", "0.0.0.0/0", "6", (0, 1023), egress=True)), {}),
    ("4 nodes use ports 1024-65535, node's network ACL", lambda: acl(alb(), "subnet-lb", entry(1, "allow", "0.0.0.0/0", "6", (0, 1023)), OUT), {}),
    ("4 one port must pass both network ACLs", lambda: acl(acl(alb(), "subnet-app", IN, entry(1, "allow", "0.0.0.0/0", "6", (1024, 1999), egress=True)), "subnet-lb", entry(1, "allow", "0.0.0.0/0", "6", (0, 1023)), entry(2, "allow", "10.1.1.0/24", "6", (2000, 65535)), OUT), {}),
    ("4 one port is enough", lambda: acl(alb(), "subnet-app", IN, entry(1, "allow", "0.0.0.0/0", "6", (1023, 1024), egress=True)), OPEN),
    ("3 the node's network ACL out", lambda: acl(alb(), "subnet-lb", IN, entry(1, "deny", "10.1.1.0/24", egress=True), OUT), {}),
    ("3 the target's network ACL in", lambda: acl(alb(), "subnet-app", entry(1, "deny", "10.1.0.0/24"), IN, OUT), {}),
    ("3 no network ACL within a subnet", lambda: acl(same_subnet(alb()), "subnet-lb", entry(1, "deny", "10.1.0.0/24"), IN, entry(1, "deny", "10.1.0.0/24", egress=True), OUT), OPEN),
    ("7 a middlebox route between", lambda: routes(alb(), 0, route("10.1.1.0/24", "nat-1")), {}),
    ("7 and back", lambda: routes(alb(), 1, route("10.1.0.0/24", "nat-1")), {}),
    ("14 a stopped instance", lambda: stopped(alb()), {}),
    # ALB guide, "Listener rules", "Rule action types", "Rule condition types"
    ("22 a redirect does not reach", lambda: alb(REDIRECT), {}),
    ("22 a fixed response does not reach", lambda: alb(FIXED), {}),
    ("22 a forward to nowhere", lambda: alb({"Type": "forward"}), {}),
    ("22 weight 0 does not reach", lambda: alb(forward("web", weights=(0,))), {}),
    ("22 a weight reaches", lambda: alb(forward("web", weights=(1,))), OPEN),
    ("22 a rule reaches where the default does not", lambda: alb(FIXED, ([condition("path-pattern", "/x")], forward("web"))), OPEN),
    ("22 source-ip narrows", lambda: alb(FIXED, ([condition("source-ip", "198.51.100.0/24")], forward("web"))), {("i-1", "TCP", 8080, 80): ("198.51.100.0/24",)}),
    ("22 source-ip before the default takes its clients away", lambda: _narrow(alb(forward("web"), ([condition("source-ip", "198.51.100.0/25")], FIXED))), {("i-1", "TCP", 8080, 80): ("198.51.100.128/25",)}),
    ("22 a path that everything has takes all", lambda: alb(forward("web"), ([condition("path-pattern", "/*")], FIXED)), {}),
    ("22 a host that a client can avoid does not", lambda: alb(forward("web"), ([condition("host-header", "a.example")], FIXED)), OPEN),
    ("22 a rule under an equal one is never used", lambda: alb(FIXED, ([condition("path-pattern", "/a", "/b")], FIXED), ([condition("path-pattern", "/a"), condition("host-header", "a")], forward("web"))), {}),
    ("25 the group's port", lambda: _group_port(alb()), {("i-1", "TCP", 80, 80): ALL}),
    ("25 nothing registered", lambda: _empty(alb()), {}),
    ("25 all unhealthy: sent to all the same", lambda: _unhealthy(alb()), OPEN),
    ("25 by address", lambda: _by_address(alb()), OPEN),
    # NLB guide, "Update the security groups", "Client IP preservation"
    ("23 instance: the target sees the client", lambda: group_lets_in(nlb(), tcp(8080, v4=("198.51.100.0/24",))), {("i-1", "TCP", 8080, 80): ("198.51.100.0/24",)}),
    ("23 instance: not the node", lambda: group_lets_in(nlb(), tcp(8080, v4=("10.1.0.0/24",))), {}),
    ("23 instance, preservation off: the node", lambda: group_lets_in(nlb(group={"preserve_client_ip.enabled": "false"}), tcp(8080, v4=("10.1.0.0/24",))), OPEN),
    ("23 address with TCP: the node", lambda: group_lets_in(nlb(kind="ip"), tcp(8080, v4=("10.1.0.0/24",))), OPEN),
    ("23 address with TCP, preservation on: the client", lambda: group_lets_in(nlb(kind="ip", group={"preserve_client_ip.enabled": "true"}), tcp(8080, v4=("198.51.100.0/24",))), {("i-1", "TCP", 8080, 80): ("198.51.100.0/24",)}),
    ("23 UDP: always the client", lambda: group_lets_in(nlb("UDP", kind="ip", group={"preserve_client_ip.enabled": "false"}), permission("udp", 8080, 8080, v4=("198.51.100.0/24",))), {("i-1", "UDP", 8080, 80): ("198.51.100.0/24",)}),
    ("23 TCP_UDP: both", lambda: group_lets_in(nlb("TCP_UDP"), permission("-1", v4=WORLD)), {("i-1", "TCP", 8080, 80): ALL, ("i-1", "UDP", 8080, 80): ALL}),
    ("23 a rule that names the load balancer's group", lambda: with_groups(nlb()), OPEN),
    ("23 without groups no rule can name one", nlb, {}),
    ("23 its outbound rules", lambda: egress(group_lets_in(with_groups(nlb()), ANYWHERE), tcp(443, v4=WORLD)), {}),
    ("23 cross-zone off by default", lambda: group_lets_in(nlb(attributes={"load_balancing.cross_zone.enabled": "false"}), ANYWHERE), {}),
    ("23 cross-zone by the group", lambda: in_other_zone(group_lets_in(nlb(attributes={"load_balancing.cross_zone.enabled": "false"}), ANYWHERE), {"load_balancing.cross_zone.enabled": "true"}), OPEN),
    ("23 the group's word counts", lambda: in_other_zone(group_lets_in(nlb(), ANYWHERE), {"load_balancing.cross_zone.enabled": "false"}), {}),
    ("23 one client port for all network ACLs", lambda: acl(acl(group_lets_in(nlb(), ANYWHERE), "subnet-app", IN, entry(1, "allow", "0.0.0.0/0", "6", (0, 1023), egress=True)), "subnet-lb", IN, entry(1, "allow", "10.1.1.0/24", egress=True), entry(2, "allow", "0.0.0.0/0", "6", (1024, 65535), egress=True)), {}),
    # Reachability Analyzer, ELB_INSTALLED_AZ_RESTRICTION
    ("22 a zone that is not enabled", lambda: _one_zone(alb()), {}),
    # Reachability Analyzer, ELB_ACL_RESTRICTION; elb API, CrossZoneLoadBalancing
    ("24 Classic", classic, OPEN),
    ("24 Classic, cross-zone off", lambda: classic(crosses=False), {}),
    ("24 Classic: outbound network ACL even within a subnet", lambda: acl(same_subnet(classic()), "subnet-lb", IN, entry(1, "deny", "10.1.0.0/24", egress=True), OUT), {}),
    ("24 Classic: not inbound within a subnet", lambda: acl(same_subnet(classic()), "subnet-lb", entry(1, "deny", "10.1.0.0/24"), IN, OUT), OPEN),
    # NLB guide, "Application Load Balancers as targets"
    ("23 a load balancer behind one sees the client", lambda: _chain(([condition("source-ip", "198.51.100.0/25")], FIXED)), {
        ("i-1", "TCP", 8080, 80): ("198.51.100.0/24",),
        ("eni-7", "TCP", 8080, 443): ("198.51.100.0/24",),
        ("i-1", "TCP", 8080, 443): ("198.51.100.128/25",),
    }),
]  # fmt: skip


def _chain(*rules: Any) -> Balanced:
    """An Application Load Balancer behind a network one."""
    estate = nlb()
    estate.node(7, "inner", "subnet-app", ("sg-app",))
    estate.balancer("inner", ("subnet-app", "subnet-lb"), scheme="internal")
    inner = balancer_arn("inner")
    estate.group_of_targets("alb", inner, kind="alb", protocol="TCP", port=8080)
    estate.group_of_targets("last", "10.1.1.11", kind="ip", port=8080)
    estate.listener("web", 443, forward("alb"), protocol="TCP")
    estate.listener("inner", 8080, forward("last"), *rules)
    group_lets_in(estate, tcp(8080, v4=("198.51.100.0/24",)), tcp(8080, groups=("sg-app",)))
    estate.egress("sg-app", ANYWHERE)
    return estate


def _narrow(estate: Balanced) -> Balanced:
    estate.groups[0]["IpPermissions"] = [tcp(80, v4=("198.51.100.0/24",))]
    return estate


def _targets(estate: Balanced) -> list[Any]:
    found: list[Any] = estate.extra["elbv2.describe-target-health/web"]["TargetHealthDescriptions"]
    return found


def _group_port(estate: Balanced) -> Balanced:
    del _targets(estate)[0]["Target"]["Port"]
    return group_lets_in(estate, tcp(80, groups=("sg-lb",)))


def _empty(estate: Balanced) -> Balanced:
    _targets(estate).clear()
    return estate


def _unhealthy(estate: Balanced) -> Balanced:
    for one in _targets(estate):
        one["TargetHealth"] = {"State": "unhealthy", "Reason": "Target.Timeout"}
    return estate


def _by_address(estate: Balanced) -> Balanced:
    _targets(estate)[0]["Target"]["Id"] = "10.1.1.11"
    estate.extra["elbv2.describe-target-groups"]["TargetGroups"][0]["TargetType"] = "ip"
    return estate


def _one_zone(estate: Balanced) -> Balanced:
    balancer = estate.extra["elbv2.describe-load-balancers"]["LoadBalancers"][0]
    balancer["AvailabilityZones"] = [{"SubnetId": "subnet-lb"}]
    return estate


@pytest.mark.parametrize(
    ("make", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_rule_of_load_balancers(make: Callable[[], Balanced], expected: dict[Any, Any]) -> None:
    estate = make()
    assert behind(estate) == expected
    assert not judged(estate).unknown


CLOSED: list[tuple[str, Callable[[], Balanced], str, str]] = [
    ("outbound rules", lambda: egress(alb(), tcp(443, v4=WORLD)), "i-1", "ENI_SG_RULES_MISMATCH"),
    ("no outbound rules", lambda: egress(alb()), "i-1", "SG_HAS_NO_RULES"),
    ("network ACL", lambda: acl(alb(), "subnet-lb", IN, entry(1, "deny", "10.1.1.0/24", egress=True), OUT), "i-1", "SUBNET_ACL_RESTRICTION"),
    ("target's network ACL", lambda: acl(alb(), "subnet-app", entry(1, "deny", "10.1.0.0/24"), IN, OUT), "i-1", "SUBNET_ACL_RESTRICTION"),
    ("route", lambda: routes(alb(), 0, route("10.1.1.0/24", "nat-1")), "i-1", "NO_ROUTE_TO_DESTINATION"),
    ("stopped", lambda: stopped(alb()), "i-1", "BAD_STATE"),
    ("zone", lambda: _one_zone(alb()), "i-1", "ELB_INSTALLED_AZ_RESTRICTION"),
    ("cross-zone", lambda: classic(crosses=False), "i-1", "ELB_NOT_CROSSZONE"),
    ("classic", lambda: acl(same_subnet(classic()), "subnet-lb", IN, entry(1, "deny", "10.1.0.0/24", egress=True), OUT), "i-1", "ELB_ACL_RESTRICTION"),
    ("empty", lambda: _empty(alb()), balancer_arn("web"), "ELBV2_LISTENER_HAS_NO_TG"),
    ("preserved", lambda: group_lets_in(nlb(), tcp(8080, v4=("10.1.0.0/24",))), "i-1", "ENI_SG_RULES_MISMATCH"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "resource", "code"), [c[1:] for c in CLOSED], ids=[c[0] for c in CLOSED]
)
def test_why_it_is_not_reached(make: Callable[[], Balanced], resource: str, code: str) -> None:
    assert code in codes(make(), resource)


class TestTheBalancerItself:
    """Who reaches a node: rows 22, 23 and 26."""

    def test_its_listeners_alone(self) -> None:
        estate = alb(FIXED)
        estate.groups[0]["IpPermissions"] = [ANYWHERE]
        assert at_balancer(estate) == NODE

    def test_a_protocol_of_its_groups_that_is_not_judged_does_not_matter(self) -> None:
        estate = alb()
        estate.groups[0]["IpPermissions"].append(permission("47", v4=WORLD))
        assert not judged(estate).unknown

    def test_without_listeners(self) -> None:
        assert at_balancer(web()) == {}
        assert codes(web(), "eni-2") == {"ELBV2_LISTENERS_MISMATCH"}
        assert codes(classic_without_listeners(), "eni-2") == {"ELB_LISTENERS_MISMATCH"}

    def test_a_network_load_balancer_without_groups_takes_anybody(self) -> None:
        assert at_balancer(nlb()) == NODE
        assert at_balancer(with_groups(nlb())) == NODE

    def test_an_application_load_balancer_without_groups_was_not_described_in_full(self) -> None:
        estate = alb()
        estate.interfaces[1]["Groups"] = []
        assert "without security groups" in doubts(estate, "eni-2")[0]

    def test_internal(self) -> None:
        estate = alb(scheme="internal")
        del estate.interfaces[1]["PrivateIpAddresses"][0]["Association"]
        assert behind(estate) == {}
        assert codes(estate, "eni-2") == {"IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"}

    def test_dual_stack_without_public_ipv4(self) -> None:
        estate = alb(IpAddressType="dualstack-without-public-ipv4")
        del estate.interfaces[1]["PrivateIpAddresses"][0]["Association"]
        estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::9"}]
        assert behind(estate) == {}
        assert behind(estate, "internet-v6") == OPEN

    @pytest.mark.parametrize(
        ("scheme", "recorded", "answer"),
        [
            ("internet-facing", {}, "takes"),
            ("internet-facing", {"ipv6.deny_all_igw_traffic": "true"}, "refuses"),
            ("internal", {}, "refuses"),
            ("internal", {"ipv6.deny_all_igw_traffic": "false"}, "takes"),
            ("internet-facing", None, "takes"),
            ("internal", None, "unknown"),
        ],
    )
    def test_ipv6_from_internet_gateways(
        self, scheme: str, recorded: dict[str, str] | None, answer: str
    ) -> None:
        estate = alb(scheme=scheme, attributes=recorded)
        if recorded is None:
            del estate.extra["elbv2.describe-load-balancer-attributes/web"]
        estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::9"}]
        found = at_balancer(estate, "internet-v6")
        assert (found == NODE) is (answer == "takes")
        assert bool(doubts(estate, "eni-2", "internet-v6")) is (answer == "unknown")
        if answer == "refuses":
            assert codes(estate, "eni-2", "internet-v6") == {"BALANCER_DENIES_IGW_TRAFFIC"}

    def test_a_failed_one(self) -> None:
        estate = alb(State={"Code": "failed"})
        assert codes(estate, "eni-2") == {"BAD_STATE"}
        assert behind(estate) == {}

    def test_block_public_access_spares_targets_of_an_excluded_subnet(self) -> None:
        """Row 27: an excluded load balancer keeps its targets reachable."""
        estate = alb()
        estate.block_public_access("block-bidirectional")
        assert behind(estate) == {}
        estate.block_public_access("block-bidirectional", "subnet-lb")
        assert behind(estate) == OPEN


def classic_without_listeners() -> Balanced:
    estate = web(kind="classic")
    estate.classic("web", ("subnet-lb",), ("i-1",))
    return estate


class TestProof:
    def test_the_path_has_both_judgements(self) -> None:
        (one,) = [one for one in judged(alb()).exposures if one.through]
        assert [(hop.component_type.rsplit("::")[-1], hop.component_id.rsplit("/")[-1]) for hop in one.path] == [
            ("InternetGateway", "igw-1"),
            ("NetworkAcl", "acl-subnet-lb"),
            ("SecurityGroup", "sg-lb"),
            ("NetworkInterface", "eni-2"),
            ("LoadBalancer", "0a"),
            ("Listener", "web80http"),
            ("ListenerRule", "default"),
            ("TargetGroup", "0b"),
            ("SecurityGroup", "sg-lb"),
            ("RouteTable", "rtb-lb"),
            ("NetworkAcl", "acl-subnet-lb"),
            ("NetworkAcl", "acl-subnet-app"),
            ("SecurityGroup", "sg-app"),
            ("NetworkInterface", "eni-1"),
            ("Instance", "i-1"),
        ]  # fmt: skip
        assert [(hop.component_type.rsplit("::")[-1], hop.component_id) for hop in one.back] == [
            ("NetworkInterface", "eni-1"),
            ("NetworkAcl", "acl-subnet-app"),
            ("NetworkAcl", "acl-subnet-lb"),
            ("NetworkInterface", "eni-2"),
            ("NetworkAcl", "acl-subnet-lb"),
            ("RouteTable", "rtb-lb"),
            ("InternetGateway", "igw-1"),
        ]
        assert one.witness is not None
        assert (one.witness.destination, one.witness.destination_port) == ("54.1.1.1", 80)
        assert (one.address, one.ports.begin, one.through) == (
            "10.1.1.11",
            8080,
            balancer_arn("web"),
        )

    def test_the_workshops_web_server(self) -> None:
        """5 of 5 port sets: port 80 through the balancer, from the internet (Inspector workshop)."""
        estate = alb()
        _group_port(estate)
        assert behind(estate) == {("i-1", "TCP", 80, 80): ALL}

    def test_clients_that_sign_in(self) -> None:
        """ALB guide, "Authenticate users": `allow` lets them in without."""
        for on_request, labels in (("deny", ("authenticated",)), ("allow", ())):
            sign_in = {
                "Type": "authenticate-oidc",
                "AuthenticateOidcConfig": {"OnUnauthenticatedRequest": on_request},
            }
            (one,) = [x for x in judged(alb([sign_in, forward("web")])).exposures if x.through]
            assert one.labels == labels

    def test_clients_with_a_token_or_a_certificate(self) -> None:
        estate = alb([{"Type": "jwt-validation"}, forward("web")])
        listener = estate.extra["elbv2.describe-listeners/web"]["Listeners"][0]
        listener["MutualAuthentication"] = {"Mode": "verify"}
        (one,) = [one for one in judged(estate).exposures if one.through]
        assert one.labels == ("client-certificate", "authenticated")

    def test_udp_that_cannot_be_answered(self) -> None:
        estate = group_lets_in(nlb("UDP"), permission("udp", 8080, 8080, v4=WORLD))
        acl(estate, "subnet-app", IN)
        (one,) = [one for one in judged(estate).exposures if one.through]
        assert (one.return_path, one.back) == (False, ())

    def test_ipv6_clients_of_ipv4_targets_are_not_preserved(self) -> None:
        estate = group_lets_in(nlb(), tcp(8080, v4=("10.1.0.0/24",)))
        estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::9"}]
        assert behind(estate) == {}
        assert behind(estate, "internet-v6") == OPEN

    def test_an_instance_that_has_ipv6_alone(self) -> None:
        estate = alb()
        for member in ("PrivateIpAddress", "PrivateIpAddresses"):
            del estate.interfaces[0][member]
        estate.interfaces[0]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:2::7"}]
        assert "primary v4" in doubts(estate)[0]

    def test_ipv6_targets(self) -> None:
        estate = alb()
        estate.extra["elbv2.describe-target-groups"]["TargetGroups"][0]["IpAddressType"] = "ipv6"
        estate.interfaces[0]["Ipv6Addresses"] = [
            {"Ipv6Address": "2001:db8:0:2::7"},
            {"Ipv6Address": "2001:db8:0:2::5", "IsPrimaryIpv6": True},
        ]
        assert codes(estate) == {"NO_PATH"}
        estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::9"}]
        assert behind(estate) == OPEN
        (one,) = [
            one for one in judged(estate).exposures if one.through and one.edge == "internet-v4"
        ]
        assert one.address == "2001:db8:0:2::5"


class TestOneBehindAnother:
    """An Application Load Balancer as a target: it sees the client (NLB guide, "Application Load Balancers as targets")."""

    def chain(self) -> Balanced:
        return _chain()

    def test_the_clients_of_both(self) -> None:
        found = behind(self.chain())
        assert found["eni-7", "TCP", 8080, 443] == ("198.51.100.0/24",)
        assert found["i-1", "TCP", 8080, 443] == ("198.51.100.0/24",)

    def test_the_inner_rules_see_the_client(self) -> None:
        estate = self.chain()
        rules = estate.extra["elbv2.describe-rules/inner8080http"]["Rules"]
        rules.insert(
            0,
            {
                "RuleArn": "r",
                "Priority": "1",
                "Conditions": [condition("source-ip", "198.51.100.0/25")],
                "Actions": [FIXED],
            },
        )
        assert behind(estate)["i-1", "TCP", 8080, 443] == ("198.51.100.128/25",)

    def test_ipv6_clients_are_the_outer_node(self) -> None:
        estate = self.chain()
        estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::9"}]
        group_lets_in(estate, tcp(8080, v4=("10.1.0.0/24",)), tcp(8080, groups=("sg-app",)))
        assert behind(estate, "internet-v6")["i-1", "TCP", 8080, 443] == ALL
        rules = estate.extra["elbv2.describe-rules/inner8080http"]["Rules"]
        rules[0]["Conditions"] = [condition("source-ip", "198.51.100.0/25")]
        assert ("i-1", "TCP", 8080, 443) not in behind(estate, "internet-v6")

    def test_one_without_interfaces(self) -> None:
        estate = self.chain()
        estate.interfaces.pop()
        assert doubts(estate, balancer_arn("inner"))
        estate.extra["elbv2.describe-load-balancers"]["LoadBalancers"].pop()
        assert "was not described" in doubts(estate, balancer_arn("inner"))[0]

    def test_a_circle_ends(self) -> None:
        estate = self.chain()
        estate.group_of_targets(
            "round", balancer_arn("inner"), kind="alb", protocol="HTTP", port=8080
        )
        estate.extra["elbv2.describe-listeners/inner"]["Listeners"].clear()
        estate.listener("inner", 8080, forward("round"))
        assert doubts(estate, balancer_arn("inner"))


class TestPeers:
    def peered(self, *permissions: Any) -> Balanced:
        estate = alb()
        estate.vpc("vpc-2", "10.2.0.0/16", gateway=False)
        estate.subnet("subnet-2", "vpc-2", "10.2.0.0/24")
        estate.acl("acl-2", "vpc-2", ("subnet-2",))
        estate.peering("pcx-1", "vpc-1", "vpc-2")
        estate.table(
            "rtb-2",
            "vpc-2",
            [route("10.2.0.0/16", "local"), route("10.1.0.0/16", "pcx-1")],
            ("subnet-2",),
        )
        routes(estate, 0, route("10.2.0.0/16", "pcx-1"))
        estate.group("sg-2", *permissions, vpc="vpc-2")
        estate.interface(9, "subnet-2", ("sg-2",))
        _targets(estate)[0]["Target"] = {"Id": "10.2.0.19", "Port": 8080, "AvailabilityZone": "all"}
        estate.extra["elbv2.describe-target-groups"]["TargetGroups"][0]["TargetType"] = "ip"
        return estate

    def test_a_target_of_a_peer(self) -> None:
        for rule in (tcp(8080, v4=("10.1.0.0/24",)), tcp(8080, groups=("sg-lb",))):
            assert behind(self.peered(rule)) == {("i-9", "TCP", 8080, 80): ALL}

    def test_without_a_route_back(self) -> None:
        estate = self.peered(ANYWHERE)
        estate.tables[-1]["Routes"].pop()
        assert behind(estate) == {}

    def test_another_region_drops_groups(self) -> None:
        estate = self.peered(tcp(8080, groups=("sg-lb",)))
        answers = estate.answers()
        there = {
            name: {
                member: [
                    one
                    for one in items
                    if "vpc-2" in str(one) and "pcx" not in str(one.get("VpcPeeringConnectionId"))
                ]
            }
            for name, answer in answers.items()
            for member, items in answer.items()
            if name.startswith("ec2.") and member != "VpcPeeringConnections"
        }
        there["ec2.describe-instances"] = answers["ec2.describe-instances"]
        here = {
            name: answer
            if "Vpcs" not in answer and "Subnets" not in answer
            else {
                m: [one for one in items if one["VpcId"] == "vpc-1"] for m, items in answer.items()
            }
            for name, answer in answers.items()
        }
        here["ec2.describe-network-interfaces"] = {
            "NetworkInterfaces": [one for one in estate.interfaces if one["VpcId"] == "vpc-1"]
        }
        found = reach(topology_of(snapshot_from({PLACE: here, (PLACE[0], "eu-west-2"): there})))
        assert not [one for one in found.exposures if one.through]

    def test_a_network_without_a_peering(self) -> None:
        estate = self.peered(ANYWHERE)
        estate.peerings.clear()
        assert "no described interface" in doubts(estate, "10.2.0.19")[0]

    def test_preserved_addresses_do_not_cross(self) -> None:
        estate = nlb(kind="ip", group={"preserve_client_ip.enabled": "true"})
        other = self.peered(ANYWHERE)
        for name in (
            "vpcs",
            "subnets",
            "acls",
            "tables",
            "groups",
            "interfaces",
            "instances",
            "peerings",
        ):
            setattr(estate, name, getattr(other, name))
        estate.interfaces[1] = nlb().interfaces[1]
        _targets(estate)[0]["Target"] = {"Id": "10.2.0.19", "Port": 8080}
        assert "not judged" in doubts(estate, "i-9")[0]


class TestFunctions:
    """ALB guide, "Lambda functions as targets"."""

    def estate(self, policy: Any) -> Balanced:
        estate = alb()
        _targets(estate)[0]["Target"] = {"Id": f"{FUNCTION}:live"}
        group = estate.extra["elbv2.describe-target-groups"]["TargetGroups"][0]
        group["TargetType"] = "lambda"
        del group["Protocol"], group["Port"]
        if policy is not None:
            estate.extra["lambda.get-policy/f:live"] = policy
        estate.extra["lambda.list-function-url-configs/f"] = {"FunctionUrlConfigs": []}
        return estate

    def policy(self, **statement: Any) -> Any:
        import json  # noqa: PLC0415 - only these tests write policies

        base = {
            "Effect": "Allow",
            "Principal": {"Service": "elasticloadbalancing.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": f"{FUNCTION}:live",
            "Condition": {"ArnLike": {"AWS:SourceArn": group_arn("web")}},
        }
        return {"Policy": json.dumps({"Statement": [base | statement]})}

    def test_one_that_lets_it_in(self) -> None:
        estate = self.estate(self.policy())
        estate.extra[
            "lambda.get-policy/f"
        ] = {}  # of the function itself, which is not what is registered
        assert behind(estate) == {(FUNCTION, "TCP", 80, 80): ALL}
        (one,) = [one for one in judged(estate).exposures if one.through]
        assert (one.interface, one.address, one.path[-1].component_id) == (
            None,
            None,
            f"{FUNCTION}:live",
        )

    @pytest.mark.parametrize(
        "policy",
        [
            {},
            {"Principal": {"Service": "apigateway.amazonaws.com"}},
            {"Condition": {"ArnLike": {"AWS:SourceArn": group_arn("other")}}},
        ],
    )
    def test_one_that_does_not(self, policy: Any) -> None:
        made = self.policy(**policy) if policy else {}
        estate = self.estate(made)
        assert behind(estate) == {}
        assert codes(estate, f"{FUNCTION}:live") | codes(estate, FUNCTION) == {"FUNCTION_POLICY"}

    @pytest.mark.parametrize(
        ("policy", "reason"),
        [
            (None, "lambda.get-policy"),
            ({"Policy": "["}, "malformed"),
            ({"Policy": '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": {"X": {"y": "z"}}}]}'}, "not judged"),
        ],
    )  # fmt: skip
    def test_what_is_not_known(self, policy: Any, reason: str) -> None:
        assert reason in doubts(self.estate(policy), FUNCTION)[0]

    def test_one_behind_listeners_that_were_not_described(self) -> None:
        estate = self.estate(self.policy())
        del estate.extra["elbv2.describe-listeners/web"]
        assert "elbv2.describe-listeners" in doubts(estate, f"{FUNCTION}:live")[0]

    def test_a_function_of_nowhere(self) -> None:
        for name in ("f", "arn:aws:lambda:eu-west-9:1:function:f"):
            estate = self.estate(None)
            _targets(estate)[0]["Target"] = {"Id": name}
            assert doubts(estate, name)


class TestWhatIsNotKnown:
    """Never silently safe: the call that is missing is named."""

    @pytest.mark.parametrize(
        ("missing", "resource", "words"),
        [
            ("elbv2.describe-rules/web80http", "i-1", "elbv2.describe-rules"),
            ("elbv2.describe-listeners/web", "i-1", "elbv2.describe-listeners"),
            ("elbv2.describe-listeners/web", "eni-2", "elbv2.describe-listeners"),
            (
                "elbv2.describe-target-health/web",
                balancer_arn("web"),
                "elbv2.describe-target-health",
            ),
            ("elbv2.describe-target-groups", balancer_arn("web"), "elbv2.describe-target-groups"),
            ("elbv2.describe-load-balancers", "eni-2", "whose interface"),
        ],
    )
    def test_a_call_that_is_missing(self, missing: str, resource: str, words: str) -> None:
        estate = alb()
        del estate.extra[missing]
        assert any(words in reason for reason in doubts(estate, resource))
        assert behind(estate) == {}

    def test_the_attributes_of_a_group(self) -> None:
        estate = group_lets_in(nlb(), tcp(8080, v4=("198.51.100.0/24",)))
        del estate.extra["elbv2.describe-target-group-attributes/web"]
        assert any("preserved" in reason for reason in doubts(estate))
        group_lets_in(estate, ANYWHERE)
        assert any("across zones" in reason for reason in doubts(estate))
        estate.zone("subnet-app", "euw1-az1")
        assert behind(estate) == OPEN  # either way
        group_lets_in(estate)
        assert codes(estate) == {"SG_HAS_NO_RULES"}

    def test_the_attributes_of_a_load_balancer(self) -> None:
        estate = group_lets_in(nlb(), ANYWHERE)
        del estate.extra["elbv2.describe-load-balancer-attributes/web"]
        assert any("across zones" in reason for reason in doubts(estate))
        estate = classic()
        del estate.extra["elb.describe-load-balancer-attributes/web"]
        assert any("across zones" in reason for reason in doubts(estate))
        estate.extra["elb.describe-load-balancer-attributes/web"] = {"LoadBalancerAttributes": {}}
        assert any("across zones" in reason for reason in doubts(estate))

    def test_zones(self) -> None:
        estate = group_lets_in(
            nlb(attributes={"load_balancing.cross_zone.enabled": "false"}), ANYWHERE
        )
        del estate.subnets[1]["AvailabilityZoneId"]
        assert any("zones" in reason for reason in doubts(estate))

    def test_no_interfaces(self) -> None:
        for estate in (alb(), nlb(), classic()):
            estate.interfaces.pop()
            assert any("not described" in reason for reason in doubts(estate))
            assert {one.edge for one in judged(estate).unknown} == {"internet-v4", "internet-v6"}
        estate = alb(scheme="internal")
        estate.interfaces.pop()
        assert not judged(estate).unknown
        estate.vpn_gateways.append(
            {
                "VpnGatewayId": "vgw-1",
                "State": "available",
                "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
            }
        )
        assert {one.edge for one in judged(estate).unknown} == {"vpn-gateway-v4:vgw-1"}

    def test_no_interfaces_and_targets_that_are_not_all_known(self) -> None:
        estate = alb()
        estate.interfaces.pop()
        _targets(estate).append({"Target": {"Id": "i-404"}})
        estate.extra["elbv2.describe-rules/web80http"] = {"Rules": 7}
        assert doubts(estate, "i-404")
        assert any("not all of its targets" in one for one in doubts(estate, balancer_arn("web")))

    @pytest.mark.parametrize(
        "change",
        [
            {"Port": None},
            {"Protocol": "CARRIER_PIGEON"},
        ],
    )
    def test_a_listener_that_makes_no_sense(self, change: Any) -> None:
        estate = alb()
        estate.extra["elbv2.describe-listeners/web"]["Listeners"][0] |= change
        assert doubts(estate, "eni-2")
        assert doubts(estate)

    @pytest.mark.parametrize(
        "rule", [{"Priority": "first"}, {"Conditions": [condition("source-ip", "nowhere")]}]
    )
    def test_a_rule_that_makes_no_sense(self, rule: Any) -> None:
        estate = alb(FIXED, ([], forward("web")))
        estate.extra["elbv2.describe-rules/web80http"]["Rules"][0] |= rule
        assert doubts(estate)

    def test_a_type_that_is_not_known(self) -> None:
        estate = alb(Type="quantum")
        assert any("quantum" in reason for reason in doubts(estate, "eni-2"))

    def test_a_gateway_load_balancer(self) -> None:
        estate = web(Type="gateway")
        assert "Gateway Load Balancers are not judged" in doubts(estate, "eni-2")[0]

    def test_a_classic_protocol_that_is_not_known(self) -> None:
        estate = classic()
        one = estate.extra["elb.describe-load-balancers"]["LoadBalancerDescriptions"][0]
        one["ListenerDescriptions"][0]["Listener"]["Protocol"] = "IPX"
        assert doubts(estate, "eni-2")

    def test_instances_without_a_described_interface(self) -> None:
        for estate in (alb(), classic()):
            estate.interfaces[0]["Attachment"]["DeviceIndex"] = 1
            assert any("primary" in reason for reason in doubts(estate))

    def test_outbound_rules(self) -> None:
        estate = egress(alb(), tcp(8080, lists=("pl-404",)))
        assert any("pl-404" in reason for reason in doubts(estate))
        estate = egress(alb(), tcp(443, lists=("pl-404",)))
        assert "ENI_SG_RULES_MISMATCH" in codes(estate)
        estate = alb()
        estate.interfaces[1]["Groups"].append({"GroupId": "sg-404"})
        egress(estate, tcp(443, v4=WORLD))
        assert any("sg-404" in reason for reason in doubts(estate))

    def test_outbound_rules_from_rules_alone(self) -> None:
        estate = alb()
        permissions: list[tuple[str, bool, int, dict[str, Any]]] = [
            ("sg-lb", False, 80, {"CidrIpv4": "0.0.0.0/0"}),
            ("sg-lb", True, 8080, {"CidrIpv4": "10.1.1.0/24"}),
            ("sg-app", False, 8080, {"ReferencedGroupInfo": {"GroupId": "sg-lb"}}),
        ]
        estate.extra["ec2.describe-security-group-rules"] = {
            "SecurityGroupRules": [
                {
                    "SecurityGroupRuleId": f"sgr-{index}",
                    "GroupId": group,
                    "IsEgress": out,
                    "IpProtocol": "tcp",
                    "FromPort": port,
                    "ToPort": port,
                }
                | source
                for index, (group, out, port, source) in enumerate(permissions)
            ]
        }
        estate.groups = []
        assert behind(estate) == OPEN

    def test_network_acls_and_tables(self) -> None:
        for name, index in (("acls", 0), ("acls", 1), ("tables", 0), ("tables", 1)):
            estate = alb()
            broken = getattr(estate, name)[index]
            broken["Entries" if name == "acls" else "Routes"] = [{}]
            answers = estate.answers()
            found = reach(topology_of(snapshot_from({PLACE: answers})))
            assert not [one for one in found.exposures if one.through]
            assert [
                one for one in found.unknown if one.resource == "i-1" and one.edge == "internet-v4"
            ]

    def test_routes_between(self) -> None:
        estate = routes(alb(), 0, route("10.1.1.0/24", "eni-5"))
        assert any("not judged" in reason for reason in doubts(estate))
        estate = routes(alb(), 0, route("pl-404", "nat-1"))
        assert any("pl-404" in reason for reason in doubts(estate))
        # a gateway endpoint's list has AWS's addresses alone
        for table in (0, 1):
            estate = routes(
                alb(),
                table,
                {"DestinationPrefixListId": "pl-404", "GatewayId": "vpce-1", "State": "active"},
            )
            estate.extra["ec2.describe-vpc-endpoints"] = {
                "VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway"}]
            }
            assert ("i-1", "TCP", 8080, 80) in behind(estate) or table == 0

    def test_a_node_whose_network_acl_is_not_known(self) -> None:
        estate = alb()
        estate.acls.pop(0)
        assert any("describe-network-acls" in reason for reason in doubts(estate))
