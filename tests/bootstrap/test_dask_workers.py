"""Work on a real Dask cluster on this machine."""

import importlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bootstrap.clusters import local_cluster
from tests.bootstrap.doing import obey
from vedette.bootstrap import dask_workers
from vedette.bootstrap.dask_workers import Cluster, cluster
from vedette.errors import ConfigError, SourceError

pytest.importorskip("distributed", reason="needs the extra: vedette[dask]")
pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local_cluster(2) as found:
        yield found


def test_work_is_done_by_the_cluster_and_what_a_worker_dies_of_is_told(address: str) -> None:
    with cluster(address, obey) as far, ThreadPoolExecutor(8) as pool:
        assert far.at_once == 2
        assert far.run(b"say good day") == b"good day"
        fate = pool.submit(far.run, b"die")
        with pytest.raises(SourceError, match="the cluster has lost it: KilledWorker"):
            fate.result()
        others = [pool.submit(far.run, f"say {number}".encode()) for number in range(6)]
        assert [one.result() for one in others] == [str(number).encode() for number in range(6)]
        with pytest.raises(SourceError, match="ValueError: no such order"):
            far.run(b"what nobody knows")


def test_what_takes_too_long_is_given_up(address: str) -> None:
    with cluster(address, obey) as far:
        hasty = Cluster(far._client, obey, longest=0.2)
        with pytest.raises(SourceError, match="it took more than 0 seconds"):
            hasty.run(b"sleep 2")


def test_a_scheduler_that_is_not_there_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_workers, "_REACH", 0.5)
    with (
        pytest.raises(ConfigError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:1"),
        cluster("tcp://127.0.0.1:1", obey),
    ):
        pass
    with pytest.raises(ConfigError, match="no Dask scheduler at"), cluster("what://x", obey):
        pass


def test_a_scheduler_without_workers_is_said_and_one_that_goes_away_loses_what_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_workers, "_REACH", 3.0)
    with local_cluster(0) as lonely, ThreadPoolExecutor(1) as pool:
        with pytest.raises(ConfigError, match="has no workers"), cluster(lonely, obey):
            pass
        client = importlib.import_module("distributed").Client(lonely, set_as_default=False)
        late = pool.submit(Cluster(client, obey).run, b"say nothing")
        time.sleep(0.2)
        client.close()
    with pytest.raises(SourceError, match="the cluster has lost it"):
        late.result()


def test_without_dask_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ConfigError, match=r"pip install 'vedette\[dask\]'"),
        cluster("tcp://127.0.0.1:1", obey),
    ):
        pass
