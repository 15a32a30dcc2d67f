"""Services at the edge are asked and have nothing."""

import pytest

from tests.vedette_simulator.conftest import Aws

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize(
    ("service", "operation", "member"),
    [
        ("apigateway", "get_rest_apis", "items"),
        ("apigateway", "get_vpc_links", "items"),
        ("apigatewayv2", "get_apis", "Items"),
        ("apigatewayv2", "get_domain_names", "Items"),
        ("apigatewayv2", "get_vpc_links", "Items"),
        ("ec2", "describe_vpc_endpoint_connections", "VpcEndpointConnections"),
        ("globalaccelerator", "list_accelerators", "Accelerators"),
    ],
)
def test_a_list_is_empty(aws: Aws, service: str, operation: str, member: str) -> None:
    assert getattr(aws(service), operation)()[member] == []
