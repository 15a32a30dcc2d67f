"""Edges in words, and which the internet is behind."""

import pytest

from tests.findings.make import exposure
from vedette.findings.edges import edge_text, is_internet, kind_of

_ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/"


@pytest.mark.parametrize(
    ("edge", "through", "expected", "internet"),
    [
        ("internet-v4", None, "the internet", True),
        ("internet-v6", "classic", "the internet through the load balancer classic", True),
        (
            "internet-v4",
            f"{_ARN}app/web/50dc6c495c0c9188",
            "the internet through the load balancer web",
            True,
        ),
        ("internet-v4", f"{_ARN}old", "the internet through the load balancer old", True),
        ("lambda-url", None, "the internet", True),
        ("api-gateway", "a1b2c3", "the internet through the API a1b2c3", True),
        ("api-gateway", None, "the internet", True),
        ("cloudfront-v4:E1", None, "the internet through the CloudFront distribution E1", True),
        (
            "cloudfront-v4:E1",
            f"{_ARN}app/web/50dc6c495c0c9188",
            "the internet through the CloudFront distribution E1 and the load balancer web",
            True,
        ),
        ("global-accelerator-v6:acc", None, "the internet through the accelerator acc", True),
        ("vpc-peering-v4:pcx-1", None, "the peering connection pcx-1", False),
        ("vpn-gateway-v4:vgw-1", None, "the VPN gateway vgw-1", False),
        (
            "transit-gateway-v6:tgw-1",
            None,
            "other VPCs over the transit gateway tgw-1",
            False,
        ),
        (
            "transit-gateway-sites-v4:tgw-1",
            "nlb",
            "the sites behind the transit gateway tgw-1 through the load balancer nlb",
            False,
        ),
        (
            "privatelink-v4:vpce-svc-1",
            None,
            "the clients of the endpoint service vpce-svc-1",
            False,
        ),
        ("elsewhere", None, "elsewhere", False),
        ("internet-of-things-v4:x", None, "internet-of-things-v4:x", False),
    ],
)
def test_edges(edge: str, through: str | None, expected: str, internet: bool) -> None:  # noqa: FBT001 - a table
    assert edge_text(exposure(edge=edge, through=through)) == expected
    assert is_internet(edge) is internet


def test_kinds() -> None:
    assert kind_of("transit-gateway-sites-v4:tgw-v4") == "transit-gateway-sites"
    assert kind_of("lambda-url") == "lambda-url"
