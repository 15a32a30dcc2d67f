"""Ids that stand for resources which are not made yet."""

from collections.abc import Mapping

_PREFIXES = {
    "aws_vpc": "vpc-",
    "aws_subnet": "subnet-",
    "aws_security_group": "sg-",
    "aws_network_acl": "acl-",
    "aws_route_table": "rtb-",
    "aws_internet_gateway": "igw-",
    "aws_nat_gateway": "nat-",
    "aws_egress_only_internet_gateway": "eigw-",
    "aws_vpc_peering_connection": "pcx-",
    "aws_ec2_transit_gateway": "tgw-",
    "aws_ec2_transit_gateway_vpc_attachment": "tgw-attach-",
    "aws_ec2_transit_gateway_route_table": "tgw-rtb-",
    "aws_vpn_gateway": "vgw-",
    "aws_vpc_endpoint_service": "vpce-svc-",
    "aws_vpc_endpoint": "vpce-",
    "aws_ec2_managed_prefix_list": "pl-",
    "aws_network_interface": "eni-",
    "aws_instance": "i-",
    "aws_eip": "eipalloc-",
}
"""How ids begin: the analysis tells targets of routes and sources of rules apart by it."""

_BALANCERS = {"application": "app", "network": "net", "gateway": "gwy"}
_SAME = frozenset({"id", "arn", "allocation_id", "self_link"})
PRIMARY = "primary_network_interface_id"


def stand_in(kind: str, address: str, values: Mapping[str, object]) -> str:
    """The id of a resource that is not made yet, the same wherever it is referred to."""
    if kind in _PREFIXES:
        return f"{_PREFIXES[kind]}({address})"
    name = values.get("name") or address
    if kind == "aws_lb":
        short = _BALANCERS.get(str(values.get("load_balancer_type") or "application"), "app")
        return f"arn:aws:elasticloadbalancing:::loadbalancer/{short}/{name}/{address}"
    if kind == "aws_lambda_function":
        return f"arn:aws:lambda:::function:{values.get('function_name') or address}"
    return f"({address})"


def refers_to_itself(attribute: str) -> bool:
    """Whether an attribute that is not known yet is the resource's own id."""
    return attribute in _SAME
