"""From where a resource can be reached."""

import pytest

from tests.findings.make import INSTANCE, exposure
from vedette.findings.exposure import Reach, Reached, ResourceExposure, is_whole, reached
from vedette.model.network import Transport, UnknownReach

_GAP = UnknownReach(
    edge="internet-v4",
    resource=INSTANCE.ref.id,
    code="MISSING",
    component="ec2.describe-network-acls",
    reason="access denied",
)
_NARROW = exposure(sources=("203.0.113.0/24",), ports=(80, 80))
_WIDE = exposure(ports=(443, 443))


def test_nobody_asked() -> None:
    assert reached(None) == Reached(reach=Reach.UNKNOWN)


def test_nothing_reaches_it() -> None:
    assert reached(ResourceExposure()) == Reached(reach=Reach.INSIDE)


def test_other_edges_and_icmp_do_not_count() -> None:
    found = ResourceExposure(
        exposures=(exposure(edge="vpc-peering-v4:pcx-1"), exposure(transport=Transport.ICMP))
    )
    assert reached(found) == Reached(reach=Reach.INSIDE)


def test_a_gap_is_an_answer() -> None:
    assert reached(ResourceExposure(unknown=(_GAP,))) == Reached(reach=Reach.UNKNOWN, unknown=_GAP)


def test_the_widest_way_counts() -> None:
    found = ResourceExposure(exposures=(_NARROW, _WIDE), unknown=(_GAP,))
    assert reached(found) == Reached(reach=Reach.INTERNET, exposure=_WIDE)
    narrow = ResourceExposure(exposures=(_NARROW,))
    assert reached(narrow) == Reached(reach=Reach.SOME_SOURCES, exposure=_NARROW)


def test_a_way_with_an_answer_comes_first() -> None:
    mute = exposure(return_path=False, ports=(1, 1))
    assert reached(ResourceExposure(exposures=(mute, _WIDE))).exposure == _WIDE


def test_the_whole_edge() -> None:
    assert is_whole(exposure(sources=("::/0",)))
    assert is_whole(exposure(sources=("0.0.0.0/1", "128.0.0.0/1"), whole=True))
    assert not is_whole(_NARROW)


@pytest.mark.parametrize(
    ("edge", "reach"),
    [
        ("cloudfront-v4:E1", Reach.INTERNET),
        ("global-accelerator-v6:acc", Reach.INTERNET),
        ("api-gateway", Reach.INTERNET),
        ("privatelink-v4:vpce-svc-1", Reach.INSIDE),
        ("transit-gateway-v4:tgw-1", Reach.INSIDE),
        ("transit-gateway-sites-v4:tgw-1", Reach.INSIDE),
    ],
)
def test_services_that_the_internet_comes_through(edge: str, reach: Reach) -> None:
    one = exposure(edge=edge, sources=("203.0.113.0/24",), whole=True)
    assert reached(ResourceExposure(exposures=(one,))).reach is reach
