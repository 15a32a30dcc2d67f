"""Severity of open ports: Inspector's table."""

import pytest

from tests.findings.make import exposure
from vedette.findings.services import exposure_severity, from_internet, services_of
from vedette.model.network import Transport
from vedette.model.severity import Severity

HIGH, MEDIUM, LOW, INFO = (
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    Severity.INFORMATIONAL,
)


@pytest.mark.parametrize(
    ("protocol", "ports", "internet", "elsewhere"),
    [
        ("TCP", (21, 21), HIGH, MEDIUM),
        ("UDP", (21, 21), HIGH, MEDIUM),
        ("TCP", (22, 22), MEDIUM, LOW),
        ("UDP", (22, 22), MEDIUM, LOW),
        ("TCP", (23, 23), HIGH, MEDIUM),
        ("TCP", (80, 80), LOW, INFO),
        ("TCP", (443, 443), LOW, INFO),
        ("TCP", (515, 515), HIGH, MEDIUM),
        ("UDP", (515, 515), INFO, INFO),
        ("TCP", (3389, 3389), MEDIUM, LOW),
        ("TCP", (1433, 1433), MEDIUM, INFO),
        ("UDP", (1433, 1433), INFO, INFO),
        ("UDP", (1434, 1434), MEDIUM, INFO),
        ("TCP", (27017, 27017), MEDIUM, INFO),
        ("UDP", (514, 514), MEDIUM, INFO),
        ("TCP", (514, 514), INFO, INFO),
        ("TCP", (8080, 8080), INFO, INFO),
        ("TCP", (0, 65535), HIGH, MEDIUM),
        ("TCP", (24, 79), MEDIUM, INFO),
        ("ICMP", (0, 65535), INFO, INFO),
        ("ICMPV6", (0, 0), INFO, INFO),
    ],
)
def test_severity_by_port_and_edge(
    protocol: str, ports: tuple[int, int], internet: Severity, elsewhere: Severity
) -> None:
    transport = Transport(protocol)
    assert exposure_severity(exposure(transport=transport, ports=ports)) is internet
    peered = exposure(transport=transport, ports=ports, edge="vpc-peering-v4:pcx-1")
    assert exposure_severity(peered) is elsewhere


def test_a_function_url() -> None:
    url = exposure(edge="lambda-url", ports=(443, 443))
    assert exposure_severity(url) is MEDIUM
    assert from_internet(url)


def test_an_api() -> None:
    assert exposure_severity(exposure(edge="api-gateway", ports=(443, 443))) is MEDIUM


@pytest.mark.parametrize(
    ("edge", "severity"),
    [
        ("cloudfront-v4:E1", MEDIUM),
        ("global-accelerator-v4:acc", MEDIUM),
        ("privatelink-v4:vpce-svc-1", LOW),
        ("transit-gateway-v4:tgw-1", LOW),
        ("transit-gateway-sites-v4:tgw-1", LOW),
    ],
)
def test_severity_of_ssh_by_edge(edge: str, severity: Severity) -> None:
    assert exposure_severity(exposure(edge=edge)) is severity


def test_edges() -> None:
    assert from_internet(exposure(edge="internet-v6"))
    assert not from_internet(exposure(edge="vpn-gateway-v4:vgw-1"))


def test_names_of_services() -> None:
    assert services_of(exposure(ports=(21, 23))) == ("FTP", "SSH", "Telnet")
