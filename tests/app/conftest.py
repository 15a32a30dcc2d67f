"""AWS at the wire, a web server for downloads, and one simulator for what needs a whole estate."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.aws_wire import Wire
from tests.simulators.web import Web, serve
from vedette_simulator.process import Simulator, start


@pytest.fixture(autouse=True)
def _no_ambient_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as running:
        yield running


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with start() as running:
        yield running
