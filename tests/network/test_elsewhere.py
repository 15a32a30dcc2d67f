"""Exposed interfaces that are no instance's are counted by owner."""

import pytest

from vedette.model.network import Exposure, PortRange, Transport
from vedette.network.elsewhere import NOBODY_KNOWN, elsewhere, elsewhere_text


def _exposure(resource: str, interface: str | None, owner: str | None = None) -> Exposure:
    return Exposure(
        edge="internet-v4",
        resource=resource,
        interface=interface,
        owner=owner,
        transport=Transport.TCP,
        ports=PortRange(begin=1, end=2),
        sources=("0.0.0.0/0",),
        return_path=True,
        path=(),
    )


def test_each_interface_counts_once() -> None:
    given = [
        _exposure("eni-1", "eni-1", "Amazon RDS"),
        _exposure("eni-1", "eni-1", "Amazon RDS"),
        _exposure("eni-2", "eni-2", "Amazon EFS fs-1"),
        _exposure("eni-3", "eni-3", "Amazon RDS"),
        _exposure("eni-4", "eni-4"),
        _exposure("i-1", "eni-5", "Kubernetes pods i-1"),
        _exposure("arn:aws:lambda:eu-west-1:111122223333:function:f", None),
    ]
    assert elsewhere(given) == (("Amazon RDS", 2), ("Amazon EFS fs-1", 1), (NOBODY_KNOWN, 1))


@pytest.mark.parametrize(
    ("counted", "text"),
    [
        ((), ""),
        ((("Amazon RDS", 1),), "1 exposed interface is no instance's: Amazon RDS (1)"),
        ((("a", 2), ("b", 1)), "3 exposed interfaces are no instance's: a (2), b (1)"),
        (
            tuple((name, 1) for name in "abcdefg"),
            "7 exposed interfaces are no instance's: a (1), b (1), c (1), d (1), e (1) and 2 more",
        ),
    ],
)
def test_in_words(counted: tuple[tuple[str, int], ...], text: str) -> None:
    assert elsewhere_text(counted) == text
