"""A refresh from a mirror, and a pass over the simulated estate, as they are scheduled."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vedette.advisories.database import AdvisoryDatabase
from vedette.app.discovery.scope import Scope
from vedette.app.progress import silent
from vedette.app.schedule import StoppedError
from vedette.bootstrap.jobs import Passes, Refreshes, pass_job, refresh_job
from vedette.config import Settings, settings_from
from vedette.store.store import SqlStore
from vedette_simulator.process import Simulator, start

pytestmark = pytest.mark.loopback

_NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
_HOME = "eu-central-1"
_HOUR = timedelta(hours=1)
_ADVISORY = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-01-02T03:04:05Z",
    "summary": "A made-up flaw",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "sample-package"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}],
        }
    ],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_from(
        {"VEDETTE_DATA_DIR": str(tmp_path / "data"), "VEDETTE_CACHE_DIR": str(tmp_path / "cache")}
    )


def _mirror(folder: Path) -> Path:
    target = folder / "osv" / "PyPI"
    target.mkdir(parents=True)
    with zipfile.ZipFile(target / "all.zip", "w") as archive:
        archive.writestr(f"{_ADVISORY['id']}.json", json.dumps(_ADVISORY))
    return folder


def _stop() -> None:
    raise StoppedError("stopped")


def test_a_refresh_builds_the_database_and_says_so(settings: Settings, tmp_path: Path) -> None:
    renewed: list[bool] = []
    refreshes = Refreshes(every=_HOUR, mirror=_mirror(tmp_path / "mirror"))
    job = refresh_job(refreshes, settings, silent, lambda: renewed.append(True))
    first = job.work(_NOW, lambda: None)
    assert first.figures["rebuilt"] == first.figures["documents"] == first.figures["records"] == 1
    with AdvisoryDatabase.open(settings.database) as database:
        assert len(database.advisories("GHSA-aaaa-bbbb-cccc")) == 1
    again = job.work(_NOW, lambda: None)
    assert again.figures["rebuilt"] == 0
    assert renewed == [True]


def test_a_refresh_stops_when_it_is_asked_to(settings: Settings, tmp_path: Path) -> None:
    refreshes = Refreshes(every=_HOUR, mirror=_mirror(tmp_path / "mirror"))
    job = refresh_job(refreshes, settings, silent, lambda: None)
    with pytest.raises(StoppedError):
        job.work(_NOW, _stop)
    assert not settings.database.exists()


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with start() as running:
        keys = running.credentials()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["aws_secret_access_key"])
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint)
        monkeypatch.setenv("AWS_REGION", _HOME)
        yield running


@pytest.mark.slow
@pytest.mark.usefixtures("simulator")
def test_a_pass_says_what_it_did_and_what_it_could_not(settings: Settings) -> None:
    with SqlStore.open(settings.store) as store:
        passes = Passes(
            every=_HOUR, scope=Scope(regions=(_HOME,)), outlet=lambda home: lambda _account: home
        )
        work = pass_job(passes, settings, store, silent).work
        with pytest.raises(StoppedError):
            work(_NOW, _stop)
        done = work(_NOW, lambda: None)
        assert done.figures["resources"] == 12
        assert done.figures["active"] == store.count_active() > 0
        assert not done.complete
        assert "sts:assume_role: AccessDenied" in done.reason
