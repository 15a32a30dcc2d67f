"""Ways that meet an appliance: unknown, by the appliance's name; closed where it drops what is not for itself."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.network.estates import Estate, route, simple, tcp
from tests.network.test_semantics import answers, replace_routes
from vedette.network.addrset import Family
from vedette.network.components import load_balancer_egress
from vedette.network.components._base import Doubt
from vedette.network.topology import Route, RouteTable

SSH = tcp(22, v4=("0.0.0.0/0",))
FIREWALL = "arn:aws:network-firewall:eu-west-1:111122223333:firewall/inspect"


def behind(target: str, **more: Any) -> Estate:
    """Answers to everybody leave through a target; `more` describes the interface or endpoint."""
    estate = replace_routes(simple(SSH), route("0.0.0.0/0", target))
    return described(estate, target, **more)


def edged(target: str, **more: Any) -> Estate:
    """The internet gateway's own table sends the subnet's traffic to a target."""
    estate = simple(SSH)
    estate.table("rtb-9", "vpc-1", [route("10.1.0.0/24", target)])
    estate.tables[-1]["Associations"] = [
        {"GatewayId": "igw-1", "RouteTableId": "rtb-9", "AssociationState": {"State": "associated"}}
    ]
    return described(estate, target, **more)


def described(estate: Estate, target: str, **more: Any) -> Estate:
    if target.startswith("vpce-"):
        endpoint = {"VpcEndpointId": target, "VpcEndpointType": "GatewayLoadBalancer"} | more
        estate.extra["ec2.describe-vpc-endpoints"] = {"VpcEndpoints": [endpoint]}
    elif more:
        estate.interface(7, "subnet-1", ("sg-1",), **more)
    return estate


CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a NAT instance": (
        "eni-7",
        {"SourceDestCheck": False},
        "eni-7, an interface of i-7 without source/destination checking",
    ),
    "an interface without an instance": (
        "eni-7",
        {"SourceDestCheck": False, "state": None},
        "eni-7, an interface without source/destination checking",
    ),
    "a check that was not recorded": (
        "eni-7",
        {"state": "running"},
        "eni-7, an interface of i-7, of which source/destination checking was not recorded",
    ),
    "an interface that was not described": (
        "eni-7",
        {},
        "eni-7, an interface that was not described",
    ),
    "a Gateway Load Balancer": (
        "vpce-7",
        {"ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-7"},
        "vpce-7, an endpoint of the Gateway Load Balancer behind com.amazonaws.vpce.eu-west-1.vpce-svc-7",
    ),
    "Network Firewall": (
        "vpce-7",
        {
            "Tags": [
                {"Key": "AWSNetworkFirewallManaged", "Value": "true"},
                {"Key": "Firewall", "Value": FIREWALL},
            ]
        },
        f"vpce-7, an endpoint of the Network Firewall {FIREWALL}",
    ),
    "another endpoint": (
        "vpce-7",
        {"VpcEndpointType": "Interface"},
        "vpce-7, an endpoint of a service that is not known",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_way_back_through_an_appliance_is_not_known(name: str) -> None:
    target, more, words = CASES[name]
    found = answers(behind(target, **more))
    (unknown,) = [one for one in found.unknown if one.interface == "eni-1"]
    assert (unknown.code, unknown.component) == ("UNSUPPORTED_COMPONENT", target)
    assert f"leave through {words}, which is not judged" in unknown.reason
    assert not [one for one in found.exposures if one.interface == "eni-1"]


@pytest.mark.parametrize("name", CASES)
def test_the_way_in_through_an_appliance_is_not_known(name: str) -> None:
    target, more, words = CASES[name]
    (unknown,) = [one for one in answers(edged(target, **more)).unknown if one.interface == "eni-1"]
    assert (unknown.code, unknown.component) == ("INGRESS_RTB_TRAFFIC_REDIRECTION", target)
    assert f"to {words}, which is not judged" in unknown.reason


def test_an_interface_that_checks_destinations_forwards_nothing() -> None:
    """Reachability Analyzer, ENI_SOURCE_DEST_CHECK_RESTRICTION."""
    found = answers(behind("eni-7", SourceDestCheck=True))
    (closed,) = [
        one for one in found.not_reachable if (one.interface, one.edge) == ("eni-1", "internet-v4")
    ]
    assert closed.code == "NO_ROUTE_TO_DESTINATION"
    found = answers(edged("eni-7", SourceDestCheck=True))
    (closed,) = [
        one for one in found.not_reachable if (one.interface, one.edge) == ("eni-1", "internet-v4")
    ]
    assert (closed.code, closed.component) == ("ENI_SOURCE_DEST_CHECK_RESTRICTION", "eni-7")
    assert closed.reason.endswith("an interface of i-7 with source/destination checking")


def handover(*routes: Route) -> Any:
    table = RouteTable(id="rtb-1", routes=routes)
    node = SimpleNamespace(table=table)
    return SimpleNamespace(node=node, family=Family.V4, address=0x0A010107, gateway="pcx-1")


def leading(target: str, **more: Any) -> Route:
    block, low = "10.1.1.0/24", 0x0A010100
    return Route(
        family=Family.V4,
        span=(low, low + 255),
        length=24,
        rank=1,
        target=target,
        text=block,
        **({"active": True, "appliance": False} | more),
    )


def test_what_a_load_balancer_sends_may_meet_one() -> None:
    verdict = load_balancer_egress._table(
        handover(leading("eni-7", appliance=True, through="an interface"))
    )
    assert isinstance(verdict, Doubt)
    assert (verdict.code, verdict.component) == ("UNSUPPORTED_COMPONENT", "eni-7")
    assert verdict.reason.endswith("goes through eni-7, an interface, which is not judged")
    tied = load_balancer_egress._table(handover(leading("pcx-1"), leading("nat-1")))
    assert isinstance(tied, Doubt)
    assert tied.code == "UNKNOWN_RESOURCE"
