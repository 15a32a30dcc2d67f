"""Services that stand before one target: endpoint services, CloudFront's VPC origins, Global Accelerator."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.network.estates import (
    ACCOUNT,
    PLACE,
    REGION,
    Estate,
    permission,
    random_estate,
    route,
    simple,
    tcp,
)
from tests.network.oracle import Oracle, holds
from vedette.model.network import Transport
from vedette.network.describe import snapshot_from
from vedette.network.explain import Question, why
from vedette.network.normalise.topology import topology_of
from vedette.network.packets import Packet
from vedette.network.reach import Reach, reach
from vedette.network.trace import trace

NLB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/raw/1"
SPEED = f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/abcd"
SERVICE = "privatelink-v4:vpce-svc-1"
CLOUD = "cloudfront-v4:E1"
FAST = "global-accelerator-v4:abcd"
ALL = permission("-1", v4=("0.0.0.0/0",))


def base(*permissions: Any, **interface: Any) -> Estate:
    """A private instance (i-1) and a Network Load Balancer (eni-7) before it, without a route to the internet."""
    estate = Estate()
    estate.vpc("vpc-1", "10.1.0.0/16", "2001:db8:0:1::/64")
    estate.subnet("subnet-1", "vpc-1", "10.1.0.0/24", "2001:db8:0:1::/64")
    estate.subnets[0]["AvailabilityZoneId"] = "az-a"
    estate.acl("acl-1", "vpc-1", ("subnet-1",))
    estate.table("rtb-1", "vpc-1", [route("10.1.0.0/16", "local")], ("subnet-1",))
    estate.group("sg-1", *(permissions or (ALL,)))
    estate.groups[0]["IpPermissionsEgress"] = [ALL]
    estate.interface(1, "subnet-1", ("sg-1",), **({"v6": ("2001:db8:0:1::5",)} | interface))
    estate.interface(
        7,
        "subnet-1",
        ("sg-1",),
        state=None,
        InterfaceType="network_load_balancer",
        Description="ELB net/raw/1",
        RequesterId="amazon-elb",
    )
    described = {
        "LoadBalancerArn": NLB,
        "LoadBalancerName": "raw",
        "Type": "network",
        "Scheme": "internal",
        "VpcId": "vpc-1",
        "AvailabilityZones": [{"SubnetId": "subnet-1"}],
    }
    group = {
        "TargetGroupArn": "arn:tg/web/1",
        "TargetGroupName": "web",
        "Protocol": "TCP",
        "Port": 8080,
        "TargetType": "instance",
        "VpcId": "vpc-1",
        "LoadBalancerArns": [NLB],
    }
    listener = {
        "ListenerArn": f"{NLB}/l",
        "Port": 443,
        "Protocol": "TCP",
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn:tg/web/1"}],
    }
    estate.extra |= {
        "elbv2.describe-load-balancers": {"LoadBalancers": [described]},
        "elbv2.describe-target-groups": {"TargetGroups": [group]},
        "elbv2.describe-listeners/raw": {"Listeners": [listener]},
        "elbv2.describe-target-health/web": {
            "TargetHealthDescriptions": [{"Target": {"Id": "i-1", "Port": 8080}}]
        },
        "elbv2.describe-target-group-attributes/web": {"Attributes": []},
        "elbv2.describe-load-balancer-attributes/raw": {"Attributes": []},
    }
    return estate


def linked(
    estate: Estate,
    *connections: str,
    allowed: tuple[str, ...] | None = (),
    state: str = "available",
    enforce: str | None = None,
    **service: Any,
) -> Estate:
    """An endpoint service before the load balancer."""
    described = {
        "ServiceId": "vpce-svc-1",
        "ServiceState": "Available",
        "AcceptanceRequired": True,
        "NetworkLoadBalancerArns": [NLB],
        "SupportedIpAddressTypes": ["ipv4"],
    } | service
    estate.extra |= {
        "ec2.describe-vpc-endpoint-service-configurations": {"ServiceConfigurations": [described]},
        "ec2.describe-vpc-endpoint-connections": {
            "VpcEndpointConnections": [
                {
                    "ServiceId": "vpce-svc-1",
                    "VpcEndpointId": one,
                    "VpcEndpointOwner": "999900001111",
                    "VpcEndpointState": state,
                }
                for one in connections
            ]
        },
    }
    if allowed is not None:
        estate.extra["ec2.describe-vpc-endpoint-service-permissions/vpce-svc-1"] = {
            "AllowedPrincipals": [{"Principal": one} for one in allowed]
        }
    if enforce:
        balancers = estate.extra["elbv2.describe-load-balancers"]["LoadBalancers"]
        balancers[0]["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = enforce
    return estate


def clouded(
    estate: Estate, arn: str = NLB, *, listed: bool = True, enabled: bool = True, **origin: Any
) -> Estate:
    """A distribution with a VPC origin."""
    estate.extra |= {
        "cloudfront.list-distributions": {
            "DistributionList": {
                "Items": [
                    {
                        "Id": "E1",
                        "DomainName": "d1.cloudfront.net",
                        "Enabled": enabled,
                        "Origins": {
                            "Items": [
                                {"Id": "s3", "DomainName": "x"},
                                {"Id": "o", "VpcOriginConfig": {"VpcOriginId": "vo_1"}},
                            ]
                        },
                    },
                    {"Id": "E2"},
                ]
            }
        },
        "cloudfront.get-vpc-origin/vo_1": {
            "VpcOrigin": {
                "VpcOriginEndpointConfig": {
                    "Arn": arn,
                    "HTTPPort": 80,
                    "HTTPSPort": 443,
                    "OriginProtocolPolicy": "https-only",
                }
                | origin
            }
        },
    }
    if listed:
        estate.extra["ec2.describe-managed-prefix-lists"] = {
            "PrefixLists": [
                {
                    "PrefixListId": "pl-cf",
                    "PrefixListName": "com.amazonaws.global.cloudfront.origin-facing",
                    "OwnerId": "AWS",
                }
            ]
        }
        estate.prefix_list("pl-cf", "120.52.22.96/27")
    return estate


def sped(
    estate: Estate, *endpoints: dict[str, Any], listener: Any = None, group: Any = None, **more: Any
) -> Estate:
    """An accelerator with one listener and one endpoint group."""
    ports = {"PortRanges": [{"FromPort": 443, "ToPort": 443}], "Protocol": "TCP"} | (listener or {})
    estate.extra |= {
        "globalaccelerator.list-accelerators": {
            "Accelerators": [
                {"AcceleratorArn": SPEED, "Name": "fast", "Enabled": True, "IpAddressType": "IPV4"}
                | more,
                {"AcceleratorArn": f"{SPEED}0", "Name": "off", "Enabled": False},
            ]
        },
        "globalaccelerator.list-listeners/abcd": {
            "Listeners": [{"ListenerArn": f"{SPEED}/listener/ef"} | ports]
        },
        "globalaccelerator.list-endpoint-groups/ef": {
            "EndpointGroups": [
                {"EndpointGroupArn": "g", "EndpointDescriptions": list(endpoints)} | (group or {})
            ]
        },
    }
    return estate


def ask(estate: Estate) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: estate.answers()})))


def exposed(found: Reach, edge: str) -> dict[Any, Any]:
    return {
        (one.resource, one.transport.value, one.ports.begin, one.ports.end): "all"
        if one.whole
        else one.sources
        for one in found.exposures
        if one.edge == edge
    }


def told(found: Reach, edge: str) -> set[tuple[str, str]]:
    return {(one.resource, one.code) for one in found.not_reachable if one.edge == edge}


BEHIND = {("eni-7", "TCP", 443, 443): "all", ("i-1", "TCP", 8080, 8080): "all"}
INSTANCE = {"EndpointId": "i-1", "ClientIPPreservationEnabled": True}
BALANCER = {"EndpointId": NLB, "ClientIPPreservationEnabled": True}


def closed_table(estate: Estate) -> Estate:
    estate.acls[0]["Entries"] = []
    return estate


def no_gateway(estate: Estate) -> Estate:
    estate.gateways.clear()
    return estate


def blocked(estate: Estate) -> Estate:
    estate.block_public_access("block-ingress")
    return estate


def service_group(estate: Estate) -> Estate:
    estate.group("sg-cf")
    estate.groups[-1]["GroupName"] = "CloudFront-VPCOrigins-Service-SG"
    return estate


CASES: list[tuple[str, str, Callable[[], Estate], str, Any]] = [
    (
        "a connected endpoint",
        "PrivateLink guide, Share your services",
        lambda: linked(base(), "vpce-9"),
        SERVICE,
        BEHIND,
    ),
    (
        "an endpoint that waits",
        "PrivateLink guide, Accept or reject connection requests",
        lambda: linked(base(), "vpce-9", state="pendingAcceptance", allowed=("*",)),
        SERVICE,
        {},
    ),
    (
        "anybody, unasked",
        "PrivateLink guide, Manage permissions",
        lambda: linked(base(), allowed=("*",), AcceptanceRequired=False),
        SERVICE,
        BEHIND,
    ),
    (
        "nobody, unasked",
        "PrivateLink guide, Manage permissions",
        lambda: linked(base(), AcceptanceRequired=False),
        SERVICE,
        {},
    ),
    (
        "a service that is deleted",
        "EC2 API, ServiceState",
        lambda: linked(base(), "vpce-9", ServiceState="Deleting"),
        SERVICE,
        {},
    ),
    (
        "the load balancer's groups meet it",
        "Network Load Balancer guide, Security groups",
        lambda: linked(base(tcp(80, v4=("0.0.0.0/0",))), "vpce-9"),
        SERVICE,
        {},
    ),
    (
        "unless that is off",
        "Network Load Balancer guide, Security groups",
        lambda: linked(base(tcp(8080, v4=("10.1.0.0/16",))), "vpce-9", enforce="off"),
        SERVICE,
        BEHIND,
    ),
    (
        "network ACLs do not meet what stays in AWS's network",
        "PrivateLink guide, Concepts",
        lambda: linked(closed_table(base()), "vpce-9"),
        SERVICE,
        BEHIND,
    ),
    (
        "the target sees the node's address",
        "Network Load Balancer guide, Client IP preservation",
        lambda: linked(
            base(tcp(8080, v4=("10.1.0.17/32",)), tcp(443, v4=("0.0.0.0/0",))), "vpce-9"
        ),
        SERVICE,
        BEHIND,
    ),
    ("a VPC origin", "CloudFront guide, VPC origins", lambda: clouded(base()), CLOUD, BEHIND),
    (
        "its ports",
        "CloudFront guide, VPC origins",
        lambda: clouded(base(), OriginProtocolPolicy="http-only"),
        CLOUD,
        {},
    ),
    (
        "an instance, by both protocols",
        "CloudFront guide, VPC origins",
        lambda: clouded(
            base(),
            f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1",
            OriginProtocolPolicy="match-viewer",
        ),
        CLOUD,
        {("i-1", "TCP", 80, 80): "all", ("i-1", "TCP", 443, 443): "all"},
    ),
    (
        "its group",
        "CloudFront guide, VPC origins",
        lambda: clouded(
            service_group(base(tcp(443, groups=("sg-cf",)), tcp(8080, v4=("0.0.0.0/0",))))
        ),
        CLOUD,
        BEHIND,
    ),
    (
        "another group",
        "CloudFront guide, VPC origins",
        lambda: clouded(service_group(base(tcp(443, groups=("sg-1",))))),
        CLOUD,
        {},
    ),
    (
        "disabled",
        "CloudFront API, DistributionSummary",
        lambda: clouded(base(), enabled=False),
        CLOUD,
        {},
    ),
    (
        "without an internet gateway",
        "CloudFront guide, VPC origins",
        lambda: clouded(no_gateway(base())),
        CLOUD,
        {},
    ),
    ("blocked", "VPC guide, Block Public Access", lambda: clouded(blocked(base())), CLOUD, {}),
    (
        "an accelerated instance",
        "Global Accelerator guide, Endpoints",
        lambda: sped(base(), INSTANCE),
        FAST,
        {("i-1", "TCP", 443, 443): "all"},
    ),
    (
        "an accelerated load balancer",
        "Global Accelerator guide, Endpoints",
        lambda: sped(base(), BALANCER),
        FAST,
        BEHIND,
    ),
    (
        "from the clients' addresses",
        "Global Accelerator guide, Client IP preservation",
        lambda: sped(base(tcp(443, v4=("198.51.100.0/24",))), INSTANCE),
        FAST,
        {("i-1", "TCP", 443, 443): ("198.51.100.0/24",)},
    ),
    (
        "network ACLs meet it",
        "Global Accelerator guide, Client IP preservation",
        lambda: sped(closed_table(base()), INSTANCE),
        FAST,
        {},
    ),
    (
        "ports that are overridden",
        "Global Accelerator guide, Port overrides",
        lambda: sped(
            base(),
            INSTANCE,
            listener={
                "PortRanges": [{"FromPort": 80, "ToPort": 82}, {"FromPort": 90, "ToPort": 90}],
                "Protocol": "UDP",
            },
            group={
                "PortOverrides": [
                    {"ListenerPort": 81, "EndpointPort": 1081},
                    {"ListenerPort": 90, "EndpointPort": 90},
                ]
            },
        ),
        FAST,
        {
            ("i-1", "UDP", 80, 80): "all",
            ("i-1", "UDP", 82, 82): "all",
            ("i-1", "UDP", 90, 90): "all",
            ("i-1", "UDP", 1081, 1081): "all",
        },
    ),
    (
        "without an attached gateway",
        "Global Accelerator guide, Requirements",
        lambda: sped(no_gateway(base()), INSTANCE),
        FAST,
        {},
    ),
    (
        "accelerated but blocked",
        "VPC guide, Block Public Access",
        lambda: sped(blocked(base()), INSTANCE),
        FAST,
        {},
    ),
    (
        "from the accelerator's own addresses",
        "Global Accelerator guide, Client IP preservation",
        lambda: sped(
            base(),
            {"EndpointId": NLB, "ClientIPPreservationEnabled": False},
            {"EndpointId": "eipalloc-1"},
        ),
        FAST,
        {},
    ),
]


@pytest.mark.parametrize(
    ("name", "source", "make", "edge", "expected"), CASES, ids=[case[0] for case in CASES]
)
def test_a_front(
    name: str, source: str, make: Callable[[], Estate], edge: str, expected: Any
) -> None:
    del name, source
    found = ask(make())
    assert exposed(found, edge) == expected
    assert not [one for one in found.unknown if one.code == "INTERNAL_DISAGREEMENT"]


def test_the_path_begins_at_the_service() -> None:
    found = [
        one
        for one in ask(linked(base(), "vpce-9", "vpce-8", "vpce-7", "vpce-6")).exposures
        if one.edge == SERVICE
    ]
    node = next(one for one in found if one.resource == "eni-7")
    assert node.path[0].component_type == "AWS::EC2::VPCEndpointService"
    assert node.path[0].arn == f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint-service/vpce-svc-1"
    assert node.path[0].because == (
        "for 10.1.0.17: connected: vpce-6 of 999900001111, vpce-7 of 999900001111, vpce-8 of 999900001111 and 1 more"
    )
    assert {change.kind for one in node.closing_changes for change in one.changes} == {
        "revoke-security-group-rule",
        "detach-security-group",
        "delete-listener",
    }
    (fast,) = [one for one in ask(sped(base(), INSTANCE)).exposures if one.edge == FAST]
    assert [hop.component_id for hop in fast.path] == [SPEED, "acl-1", "sg-1", "eni-1", "i-1"]
    assert [hop.component_id for hop in fast.back] == ["eni-1", "acl-1", SPEED]
    unasked = linked(base(), allowed=("*", "arn:aws:iam::1:root"), AcceptanceRequired=False)
    (first, *_) = [one for one in ask(unasked).exposures if one.edge == SERVICE]
    assert first.path[0].because.endswith("may connect unasked: anybody")
    some = linked(base(), allowed=("arn:aws:iam::1:root",), AcceptanceRequired=False)
    (first, *_) = [one for one in ask(some).exposures if one.edge == SERVICE]
    assert first.path[0].because.endswith("may connect unasked: arn:aws:iam::1:root")


def test_both_families() -> None:
    estate = linked(base(), "vpce-9", SupportedIpAddressTypes=["ipv4", "ipv6"])
    estate.interfaces[1]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::7"}]
    estate.groups[0]["IpPermissions"] = [permission("-1", v4=("0.0.0.0/0",), v6=("::/0",))]
    assert "eni-7" in {
        one.resource for one in ask(estate).exposures if one.edge == SERVICE.replace("v4", "v6")
    }
    estate = sped(estate, BALANCER, IpAddressType="DUAL_STACK")
    assert "eni-7" in {
        one.resource for one in ask(estate).exposures if one.edge == FAST.replace("v4", "v6")
    }


def test_codes() -> None:
    assert ("eni-7", "NO_PATH") in told(ask(clouded(no_gateway(base()))), CLOUD)
    assert ("eni-7", "BAD_STATE") in told(ask(linked(base())), SERVICE)
    (state,) = [
        one.reason for one in ask(clouded(base(), enabled=False)).not_reachable if one.edge == CLOUD
    ]
    assert state == "it is disabled"


def test_only_what_it_stands_before_has_its_edge() -> None:
    found = ask(sped(base(), BALANCER))
    assert {one.resource for one in found.exposures if one.edge == FAST} == {"eni-7", "i-1"}
    topology = topology_of(snapshot_from({PLACE: sped(base(), BALANCER).answers()}))
    edges = {one.edge for one in why(topology, "i-1", Question(transport=Transport.TCP, port=443))}
    assert FAST not in edges


def cut(estate: Estate, call: str) -> Estate:
    del estate.extra[call]
    return estate


UNKNOWN: dict[str, tuple[Callable[[], Estate], str, str]] = {
    "permissions": (
        lambda: linked(base(), allowed=None),
        SERVICE,
        "ec2.describe-vpc-endpoint-service-permissions",
    ),
    "connections": (
        lambda: cut(
            linked(base(), allowed=("x",)),
            "ec2.describe-vpc-endpoint-connections",
        ),
        SERVICE,
        "ec2.describe-vpc-endpoint-connections",
    ),
    "the load balancer": (
        lambda: linked(base(), "vpce-9", NetworkLoadBalancerArns=["arn:other"]),
        "privatelink:vpce-svc-1",
        "its target was not described",
    ),
    "the nodes": (
        lambda: without_nodes(linked(base(), "vpce-9")),
        SERVICE,
        "the network interfaces of this load balancer",
    ),
    "the origin": (
        lambda: cut(clouded(base()), "cloudfront.get-vpc-origin/vo_1"),
        "cloudfront:E1",
        "cloudfront.get-vpc-origin",
    ),
    "the prefix list": (
        lambda: clouded(base(), listed=False),
        CLOUD,
        "com.amazonaws.global.cloudfront.origin-facing was not recorded",
    ),
    "its entries": (
        lambda: cut(clouded(base()), "ec2.get-managed-prefix-list-entries/pl-cf"),
        CLOUD,
        "the entries of pl-cf were not recorded",
    ),
    "listeners": (
        lambda: cut(sped(base(), INSTANCE), "globalaccelerator.list-listeners/abcd"),
        "global-accelerator:abcd",
        "globalaccelerator.list-listeners",
    ),
    "endpoint groups": (
        lambda: cut(sped(base(), INSTANCE), "globalaccelerator.list-endpoint-groups/ef"),
        "global-accelerator:abcd",
        "globalaccelerator.list-endpoint-groups",
    ),
    "a refused listing": (
        lambda: refused(base(), "globalaccelerator.list-accelerators"),
        "global-accelerator",
        "AccessDeniedException",
    ),
    "a listing that is cut": (
        lambda: refused(base(), "cloudfront.list-distributions"),
        "cloudfront",
        "AccessDeniedException",
    ),
    "a listing of another form": (
        lambda: malformed(base()),
        "cloudfront",
        "DistributionList is missing or not an object",
    ),
}


def without_nodes(estate: Estate) -> Estate:
    del estate.interfaces[1]
    return estate


def refused(estate: Estate, call: str) -> Estate:
    estate.extra[call] = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    return estate


def malformed(estate: Estate) -> Estate:
    estate.extra["cloudfront.list-distributions"] = {"DistributionList": 3}
    return estate


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_was_not_recorded_of_a_front_is_not_known(name: str) -> None:
    make, edge, reason = UNKNOWN[name]
    found = ask(make())
    assert [one for one in found.unknown if one.edge == edge and reason in one.reason], (
        found.unknown
    )
    assert exposed(found, edge) == {}


def test_services_that_were_never_asked_are_assumptions() -> None:
    found = ask(base())
    for words in ("endpoint service", "CloudFront", "Global Accelerator"):
        assert f"no {words} call was recorded: what it lets in is not judged" in found.assumptions
    assert not [one for one in ask(clouded(base())).assumptions if "CloudFront" in one]
    empty = base()
    empty.extra["cloudfront.list-distributions"] = {"DistributionList": {"Quantity": 0}}
    assert not [one for one in ask(empty).assumptions if "CloudFront" in one]


def test_the_tracer_knows_what_a_service_sends() -> None:
    topology = topology_of(snapshot_from({PLACE: sped(base(), INSTANCE).answers()}))
    point = next(one for one in topology.points if one.name == FAST)

    def stop(source: int, port: int) -> Any:
        packet = Packet(transport=Transport.TCP, source=source, source_port=50000, port=port)
        walk = trace(topology, 0, point, packet)
        return walk.stop and walk.stop.reason

    assert stop(0x01000001, 443) is None
    assert stop(0x0A000001, 443) == "the service does not send from the source"
    assert stop(0x01000001, 80) == "the service does not send to the port"
    barred = topology_of(snapshot_from({PLACE: sped(blocked(base()), INSTANCE).answers()}))
    walk = trace(
        barred,
        0,
        point,
        Packet(transport=Transport.TCP, source=0x01000001, source_port=50000, port=443),
    )
    assert walk.stop
    assert walk.stop.code == "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"


@pytest.mark.parametrize("seed", range(40))
def test_an_accelerator_equals_the_packet_walk(seed: int) -> None:
    """On random networks: the target's groups and network ACLs, whatever its routes and public addresses."""
    estate = random_estate(seed)
    first, last = (0, 65535) if seed % 2 else (443, 32768)
    sped(
        estate,
        {"EndpointId": "i-1"},
        listener={"PortRanges": [{"FromPort": first, "ToPort": last}], "Protocol": "TCP"},
    )
    answers = estate.answers()
    oracle = Oracle(answers)
    found = ask(estate)
    eni = next(one for one in estate.interfaces if one["NetworkInterfaceId"] == "eni-1")
    mine = [one for one in found.exposures if one.edge == FAST and one.interface == "eni-1"]
    opened = {
        (source, port)
        for one in mine
        for port in (22, 80, 443, 1024, 32768, 65535)
        if one.ports.begin <= port <= one.ports.end
        for source in SOURCES
        if any(holds_text(block, source) for block in one.sources)
    }
    expected = {
        (source, port)
        for source in SOURCES
        for port in (22, 80, 443, 1024, 32768, 65535)
        if first <= port <= last and passes(oracle, eni, source, port)
    }
    assert opened == expected


SOURCES = (
    0x01000001,
    0x0B000001,
    0xC6336407,
    0xC6336408,
    0xC6336409,
    0xC633640A,
    0xC6336480,
    0xCB007101,
)


def holds_text(block: str, source: int) -> bool:
    return holds(block, 4, source)


def passes(oracle: Oracle, eni: Any, source: int, port: int) -> bool:
    packet = ("TCP", source, port)
    if not eni.get("Attachment", {}).get("InstanceId"):
        return False
    if not oracle.alive(eni) or oracle.gateway(eni["VpcId"]) is None or oracle.blocked(eni):
        return False
    subnet = eni["SubnetId"]
    return (
        oracle.acl_allows(subnet, packet, 4, egress=False)
        and oracle.group_allows(eni, packet, 4, "internet-v4")
        and any(
            oracle.acl_allows(subnet, ("TCP", source, client), 4, egress=True)
            for client in oracle.client_ports
        )
    )


def test_nothing_stands_before_a_classic_load_balancer() -> None:
    estate = sped(base(), INSTANCE)
    estate.interface(
        8, "subnet-1", ("sg-1",), state=None, Description="ELB old", RequesterId="amazon-elb"
    )
    estate.extra["elb.describe-load-balancers"] = {
        "LoadBalancerDescriptions": [{"LoadBalancerName": "old", "VPCId": "vpc-1"}]
    }
    found = ask(estate)
    assert exposed(found, FAST) == {("i-1", "TCP", 443, 443): "all"}
    assert "eni-8" not in {one.resource for one in found.not_reachable if one.edge == FAST}


def test_what_lets_in_cloudfront_alone_is_fronted() -> None:
    """By anybody's distribution: the prefix list is CloudFront's, not the account's."""
    estate = clouded(
        simple(permission("tcp", 443, 443, lists=("pl-cf",)), tcp(22, v4=("0.0.0.0/0",)))
    )
    found = {one.ports.begin: one.labels for one in ask(estate).exposures if "internet" in one.edge}
    assert found == {443: ("fronted",), 22: ()}
    unlisted = clouded(simple(tcp(443, v4=("120.52.22.96/27",))), listed=False)
    assert [one.labels for one in ask(unlisted).exposures] == [()]
