"""The state of routes: `blackhole` where the target is gone or cannot take traffic (VPC user guide, Route tables)."""

from collections.abc import Mapping

from vedette_simulator.wire import Fields
from vedette_simulator.world import Call


def with_blackholes(call: Call, found: Fields) -> Fields:
    """Route tables with every route's state as AWS would have it; moto never changes it from `active`."""
    gateways = _attached_gateways(call)
    living = _living(call)
    for table in found.get("RouteTables", []):
        for route in table.get("Routes", []):
            if _is_gone(route, gateways.get(table["VpcId"], frozenset()), living):
                route["State"] = "blackhole"
    return found


def _is_gone(route: Fields, gateways: frozenset[str], living: Mapping[str, frozenset[str]]) -> bool:
    gateway = route.get("GatewayId", "")
    if gateway.startswith("igw-"):
        return gateway not in gateways
    return any(route.get(field) and route[field] not in known for field, known in living.items())


def _attached_gateways(call: Call) -> dict[str, frozenset[str]]:
    """VPC → its internet gateways."""
    attached: dict[str, set[str]] = {}
    for gateway in call.world.ask_moto("ec2", "DescribeInternetGateways", {}, call.place)[
        "InternetGateways"
    ]:
        for attachment in gateway.get("Attachments", []):
            attached.setdefault(attachment["VpcId"], set()).add(gateway["InternetGatewayId"])
    return {vpc: frozenset(gateways) for vpc, gateways in attached.items()}


def _living(call: Call) -> dict[str, frozenset[str]]:
    """A route's field → the targets of that kind that can take traffic."""
    ask = call.world.ask_moto
    nat = ask("ec2", "DescribeNatGateways", {}, call.place).get("NatGateways", [])
    peerings = ask("ec2", "DescribeVpcPeeringConnections", {}, call.place).get(
        "VpcPeeringConnections", []
    )
    interfaces = ask("ec2", "DescribeNetworkInterfaces", {}, call.place).get(
        "NetworkInterfaces", []
    )
    return {
        "NatGatewayId": frozenset(
            item["NatGatewayId"] for item in nat if item["State"] == "available"
        ),
        "VpcPeeringConnectionId": frozenset(
            item["VpcPeeringConnectionId"]
            for item in peerings
            if item["Status"]["Code"] == "active"
        ),
        "NetworkInterfaceId": frozenset(item["NetworkInterfaceId"] for item in interfaces),
    }
