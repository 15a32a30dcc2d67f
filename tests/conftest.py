"""No test talks to anything but this machine."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# the same examples in every run, so that what a change breaks is the change's; `--hypothesis-profile explore` looks further
settings.register_profile("repeated", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("repeated")

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Fixtures that may stand beside a checkout; tests that need them skip without them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests that take long as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = str(config.getoption("-m"))
    for mark, asked in (("slow", bool(config.getoption("--slow"))), ("online", False)):
        if asked or mark in chosen:
            continue
        skip = pytest.mark.skip(reason=f"{mark}: opt in with -m {mark}")
        for item in items:
            if item.get_closest_marker(mark):
                item.add_marker(skip)


def _is_loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    host = str(address[0])
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _poisoned_network(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("online"):
        yield
        return
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if not _is_loopback(address):
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory with the feed mirror and the fixtures."""
    if not (SHARED / "fixtures").is_dir():
        pytest.skip("needs the shared fixtures beside the checkout")
    return SHARED
