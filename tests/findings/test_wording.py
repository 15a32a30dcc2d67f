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
    ],
)
def test_titles_of_exposures(given: dict[str, object], expected: str) -> None:
    assert exposure_title(INSTANCE, exposure(**given)) == expected


def test_a_function_url() -> None:
    assert exposure_title(FUNCTION, exposure(edge="lambda-url", interface=None)) == (
        "Lambda function hook answers unauthenticated requests from the internet at its function URL"
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


def test_long_texts_are_cut() -> None:
    assert clip("abc", 3) == "abc"
    assert clip("ab cd", 4) == "ab…"
    hostile = [vulnerable(package("PyPI", "n" * 5000, "1.0"))]
    assert len(vulnerability_title("CVE-2023-4911", hostile)) == 1024
