"""A pass over the simulated estate: one simulator for a module, a store of its own for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.starter import starter_database
from vedette.app.discovery.scope import Scope
from vedette.app.evaluate import Means, PassReport, run_pass
from vedette.app.inventories.scratch import Scratch
from vedette.clients.aws import Account, AwsSettings, connect
from vedette.clients.http import HttpClient
from vedette.inventory.cache import DirectoryCache
from vedette.store.store import SqlStore
from vedette_simulator.process import Simulator, start

HOME = "eu-central-1"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)

Plan = Callable[..., None]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with start() as running:
        yield running


@pytest.fixture(scope="session")
def advisories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdvisoryDatabase]:
    target = tmp_path_factory.mktemp("advisories") / "starter.db"
    starter_database(target)
    with AdvisoryDatabase.open(target) as database:
        yield database


@pytest.fixture
def faults(simulator: Simulator) -> Iterator[Plan]:
    """Plan failures; all are cleared at the end."""
    url = f"{simulator.endpoint}/simulator/faults"
    with httpx.Client() as http:

        def plan(**fault: object) -> None:
            http.post(url, json=fault).raise_for_status()

        plan.clear = lambda: http.delete(url).raise_for_status()  # type: ignore[attr-defined]
        yield plan
        http.delete(url)


class Estate:
    """The simulated estate with a store, and a clock that goes on by an hour with each pass."""

    def __init__(self, means: Means, home: Account) -> None:
        self.means = means
        self.store = means.store
        self.home = home
        self.now = NOW

    def look(self, **scope: object) -> PassReport:
        self.now += timedelta(hours=1)
        wanted = Scope(**{"regions": (HOME,), **scope})  # type: ignore[arg-type]
        return run_pass(self.means, wanted, now=self.now)


def account_of(simulator: Simulator, *, attempts: int = 3) -> Account:
    keys = simulator.credentials()
    return connect(
        AwsSettings(region=HOME, endpoint_url=simulator.endpoint, attempts=attempts),
        credentials=(keys["aws_access_key_id"], keys["aws_secret_access_key"]),
    )


@pytest.fixture
def estate(simulator: Simulator, advisories: AdvisoryDatabase, tmp_path: Path) -> Iterator[Estate]:
    home = account_of(simulator)
    with ExitStack() as stack:
        store = stack.enter_context(SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}"))
        http = stack.enter_context(HttpClient(sleep=lambda _: None))
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        means = Means(
            home=home,
            store=store,
            index=advisories,
            scratch=Scratch(scratch, http),
            cache=DirectoryCache(tmp_path / "layers"),
        )
        yield Estate(means, home)
