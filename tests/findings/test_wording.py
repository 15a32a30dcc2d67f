"""Titles and descriptions."""

import pytest

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, exposure, vulnerable
from tests.matching.memory import package
from vedette.findings.wording import (
    clip,
    exposure_description,
    exposure_title,
    vulnerability_title,
)
from vedette.model.network import Transport

I = "EC2 instance i-0a1b2c3d4e5f60718 exposes"  # noqa: E741


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, f"{I} port 22 to the internet (0.0.0.0/0)"),
        ({"sources": ("::/0",)}, f"{I} port 22 to the internet (::/0)"),
        (
            {"sources": ("0.0.0.0/1", "128.0.0.0/1"), "whole": True},
            f"{I} port 22 to the internet (0.0.0.0/0)",
        ),
        ({"sources": ("203.0.113.7/32",)}, f"{I} port 22 to the internet (203.0.113.7/32)"),
        (
            {"sources": ("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8")},
            f"{I} port 22 to the internet (10.0.0.0/8, 11.0.0.0/8, 12.0.0.0/8)",
        ),
        (
            {"sources": ("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8", "14.0.0.0/8")},
            f"{I} port 22 to the internet (10.0.0.0/8, 11.0.0.0/8, 12.0.0.0/8 and 2 more)",
        ),
        ({"ports": (8000, 8100)}, f"{I} ports 8000-8100 to the internet (0.0.0.0/0)"),
        ({"ports": (0, 65535)}, f"{I} all ports to the internet (0.0.0.0/0)"),
        ({"ports": (1, 65535)}, f"{I} all ports to the internet (0.0.0.0/0)"),
        ({"ports": (2, 65535)}, f"{I} ports 2-65535 to the internet (0.0.0.0/0)"),
        (
            {"ports": (53, 53), "transport": Transport.UDP},
            f"{I} UDP port 53 to the internet (0.0.0.0/0)",
        ),
        (
            {"ports": (0, 65535), "transport": Transport.UDP},
            f"{I} all UDP ports to the internet (0.0.0.0/0)",
        ),
        ({"transport": Transport.ICMP}, f"{I} ICMP to the internet (0.0.0.0/0)"),
        (
            {"transport": Transport.ICMPV6, "sources": ("::/0",)},
            f"{I} ICMPv6 to the internet (::/0)",
        ),
        (
            {"edge": "vpc-peering-v4:pcx-1", "sources": ("10.1.0.0/16",)},
            f"{I} port 22 to the peering connection pcx-1 (10.1.0.0/16)",
        ),
        (
            {"edge": "vpn-gateway-v4:vgw-1", "sources": ("10.9.0.0/16",)},
            f"{I} port 22 to the VPN gateway vgw-1 (10.9.0.0/16)",
        ),
        ({"edge": "elsewhere"}, f"{I} port 22 to elsewhere (0.0.0.0/0)"),
        (
            {"edge": "vpc-peering-v4:pcx-1", "sources": ("10.1.0.0/16",), "whole": True},
            f"{I} port 22 to the peering connection pcx-1 (10.1.0.0/16)",
        ),
        (
            {"edge": "transit-gateway-v4:tgw-1", "sources": ("10.1.0.0/16",), "whole": True},
            f"{I} port 22 to other VPCs over the transit gateway tgw-1 (10.1.0.0/16)",
        ),
        (
            {"edge": "privatelink-v4:vpce-svc-1"},
            f"{I} port 22 to the clients of the endpoint service vpce-svc-1 (0.0.0.0/0)",
        ),
        (
            {"edge": "cloudfront-v4:E1", "sources": ("120.52.22.96/27",), "whole": True},
            f"{I} port 22 to the internet through the CloudFront distribution E1 (120.52.22.96/27)",
        ),
        (
            {
                "edge": "global-accelerator-v4:acc",
                "sources": ("0.0.0.0/5", "8.0.0.0/7"),
                "whole": True,
            },
            f"{I} port 22 to the internet through the accelerator acc (0.0.0.0/0)",
        ),
        (
            {"through": "web"},
            f"{I} port 22 to the internet through the load balancer web (0.0.0.0/0)",
        ),
    ],
)
def test_titles_of_exposures(given: dict[str, object], expected: str) -> None:
    assert exposure_title(INSTANCE, exposure(**given)) == expected


def test_a_function_url() -> None:
    assert exposure_title(FUNCTION, exposure(edge="lambda-url", interface=None)) == (
        "Lambda function hook answers unauthenticated requests from the internet at its function URL"
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "requests, unauthenticated, from the internet through the API a1b2c3"),
        (
            {"labels": ("api-key",)},
            "requests, with an API key, from the internet through the API a1b2c3",
        ),
        (
            {"sources": ("203.0.113.0/24",)},
            "requests, unauthenticated, from the internet through the API a1b2c3 (203.0.113.0/24)",
        ),
    ],
)
def test_an_api(given: dict[str, object], expected: str) -> None:
    api = exposure(edge="api-gateway", interface=None, through="a1b2c3", **given)
    assert exposure_title(FUNCTION, api) == f"Lambda function hook answers {expected}"


def test_a_function_behind_a_load_balancer() -> None:
    behind = exposure(interface=None, ports=(443, 443), through="web")
    assert exposure_title(FUNCTION, behind) == (
        "Lambda function hook exposes port 443 to the internet through the load balancer web (0.0.0.0/0)"
    )


def test_another_resource_goes_by_its_id() -> None:
    assert exposure_title(IMAGE, exposure()).startswith(f"{IMAGE.ref.id} exposes port 22")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["glibc"], "CVE-2023-4911 - glibc"),
        (["glibc-common", "glibc", "glibc"], "CVE-2023-4911 - glibc, glibc-common"),
        (["a", "b", "c", "d"], "CVE-2023-4911 - a, b and 2 more"),
    ],
)
def test_titles_of_vulnerabilities(names: list[str], expected: str) -> None:
    packages = [vulnerable(package("Debian:12", name, "1-1")) for name in names]
    assert vulnerability_title("CVE-2023-4911", packages) == expected


def test_descriptions_of_exposures() -> None:
    assert exposure_description(INSTANCE, exposure(return_path=False)) == (
        "0.0.0.0/0 can reach port 22 of EC2 instance i-0a1b2c3d4e5f60718 at eni-1 (198.51.100.7). "
        "Path: igw-1 -> sg-1. Let through by sgr-1 of sg-1. Not every source can be answered."
    )
    bare = exposure(path=(), interface=None, address=None)
    assert exposure_description(INSTANCE, bare) == (
        "0.0.0.0/0 can reach port 22 of EC2 instance i-0a1b2c3d4e5f60718."
    )


def test_whose_an_interface_is_what_is_asked_and_from_where() -> None:
    told = exposure_description(
        INSTANCE,
        exposure(
            edge="transit-gateway-v4:tgw-1",
            sources=("10.1.0.0/16",),
            owner="Kubernetes pods i-1",
            labels=("authenticated", "client-certificate", "api-key", "else"),
            path=(),
        ),
    )
    assert told == (
        "10.1.0.0/16 from other VPCs over the transit gateway tgw-1 can reach port 22 of"
        " EC2 instance i-0a1b2c3d4e5f60718 at eni-1 of Kubernetes pods i-1 (198.51.100.7)."
        " Clients have to sign in first. A certificate is asked of clients. An API key is asked of clients."
        " Asked of clients: else."
    )


def test_both_families_of_a_function_url() -> None:
    url = exposure(
        edge="lambda-url",
        interface=None,
        address="x.lambda-url.eu-west-1.on.aws",
        ports=(443, 443),
        sources=("0.0.0.0/0", "::/0"),
        path=(),
    )
    assert exposure_description(FUNCTION, url) == (
        "0.0.0.0/0 and ::/0 can reach port 443 of Lambda function hook (x.lambda-url.eu-west-1.on.aws)."
    )
    narrow = exposure(edge="lambda-url", interface=None, sources=("203.0.113.0/24",))
    assert exposure_title(FUNCTION, narrow).endswith("at its function URL (203.0.113.0/24)")


def test_long_texts_are_cut() -> None:
    assert clip("abc", 3) == "abc"
    assert clip("ab cd", 4) == "ab…"
    hostile = [vulnerable(package("PyPI", "n" * 5000, "1.0"))]
    assert len(vulnerability_title("CVE-2023-4911", hostile)) == 1024
