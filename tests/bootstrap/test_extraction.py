"""A pass's targets extracted in threads, in processes and on a cluster: the same inventories."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.bootstrap.clusters import local_cluster
from vedette.app.discovery.discover import discover
from vedette.app.discovery.scope import Scope
from vedette.app.inventories.extraction import outcome_from
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.take import Taken, take
from vedette.app.inventories.taken import Extract, ImageJob, Job, Tools, Unread, Workers
from vedette.app.progress import silent
from vedette.bootstrap.estate import home_account
from vedette.bootstrap.extraction import workers
from vedette.bootstrap.orders import carry_out, place_of, written
from vedette.clients.http import HttpClient
from vedette.config import Settings, settings_from
from vedette.errors import ServiceError
from vedette.model.digest import Digest
from vedette.model.inventory import Inventory
from vedette_simulator.process import start

pytestmark = pytest.mark.loopback

_NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
_HOME = "eu-central-1"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Variables that workers are started with: the credentials of a simulated estate."""
    with start() as running, pytest.MonkeyPatch.context() as patch:
        keys = running.credentials()
        given = {
            "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
            "AWS_ENDPOINT_URL": running.endpoint,
            "AWS_REGION": _HOME,
            "HOME": str(tmp_path_factory.mktemp("home")),
        }
        for name, value in given.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield given


def _settings(environment: Mapping[str, str], folder: Path, **given: str) -> Settings:
    return settings_from({**environment, "VEDETTE_CACHE_DIR": str(folder), **given})


def _taken(settings: Settings, folder: Path, hands: Workers | None) -> list[Taken]:
    home = home_account(settings)
    found = discover(home, Scope(regions=(_HOME,)), silent, now=_NOW)
    scratch = folder / "scratch"
    scratch.mkdir()
    with HttpClient() as http:
        tools = Tools(
            accounts=found.accounts,
            managed=found.managed,
            scratch=Scratch(scratch, http),
            cache=None,
            now=_NOW,
            workers=hands,
        )
        wanted = [one for one in found.resources if one.ref.type != "AWS_EC2_INSTANCE"]
        return [take(one, Scope(regions=(_HOME,)), tools, None) for one in wanted]


@pytest.fixture(scope="module")
def expected(
    environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> list[Taken]:
    """What threads give."""
    folder = tmp_path_factory.mktemp("threads")
    settings = _settings(environment, folder, VEDETTE_EXECUTOR="threads")
    with workers(settings, profile=None) as hands:
        assert hands is None
        found = _taken(settings, folder, hands)
    assert {one.reason for one in found} >= {"SUCCESSFUL"}
    assert any(one.inventory and one.inventory.packages for one in found)
    return found


@pytest.mark.parametrize(("executor", "number"), [("processes", 2), ("auto", 3)])
def test_processes_give_what_threads_give(
    environment: Mapping[str, str],
    tmp_path: Path,
    expected: list[Taken],
    executor: str,
    number: int,
) -> None:
    settings = _settings(
        environment, tmp_path, VEDETTE_EXECUTOR=executor, VEDETTE_WORKERS=str(number)
    )
    with workers(settings, profile=None) as hands:
        assert hands is not None
        assert hands.at_once == number
        assert _taken(settings, tmp_path, hands) == expected


def test_a_cluster_gives_what_threads_give(
    environment: Mapping[str, str], tmp_path: Path, expected: list[Taken]
) -> None:
    pytest.importorskip("distributed", reason="needs dask.distributed")
    with local_cluster(1) as address:
        settings = _settings(environment, tmp_path, VEDETTE_EXECUTOR=address)
        with workers(settings, profile=None) as hands:
            assert _taken(settings, tmp_path, hands) == expected


def test_what_a_worker_does(
    environment: Mapping[str, str], tmp_path: Path, expected: list[Taken]
) -> None:
    """In this process: the orders of every image and function, as they come from afar."""
    settings = _settings(environment, tmp_path)
    place = place_of(settings, None)

    class Near:
        at_once = 1

        def extract(self, job: Job, _here: Extract) -> Inventory | Unread:
            return outcome_from(carry_out(written(place, job)))

    assert _taken(settings, tmp_path, Near()) == expected
    broken = msgspec.structs.replace(place, cache="/dev/null/none")
    job = ImageJob(
        ref=expected[0].resource.ref, repository="none", digest=Digest("sha256:" + "0" * 64)
    )
    with pytest.raises(ServiceError):
        outcome_from(carry_out(written(broken, job)))


def test_what_a_worker_is_refused_is_what_the_target_is_refused(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    settings = _settings(environment, tmp_path, VEDETTE_EXECUTOR="processes", VEDETTE_WORKERS="1")
    found = discover(home_account(settings), Scope(regions=(_HOME,)), silent, now=_NOW)
    image = next(one for one in found.resources if one.ref.type == "AWS_ECR_CONTAINER_IMAGE")
    gone = msgspec.structs.replace(
        image, facts=msgspec.structs.replace(image.facts, repository="gone")
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with HttpClient() as http, workers(settings, profile=None) as hands:
        tools = Tools(
            accounts=found.accounts,
            managed={},
            scratch=Scratch(scratch, http),
            cache=None,
            now=_NOW,
            workers=hands,
        )
        taken = take(gone, Scope(regions=(_HOME,)), tools, None)
    assert taken.reason == "INTERNAL_ERROR"
    assert taken.detail.startswith("ecr:batch_get_image: RepositoryNotFoundException")


@pytest.mark.parametrize("number", ["1", "2"])
def test_few_processors_are_for_threads(tmp_path: Path, number: str) -> None:
    few = settings_from({"HOME": str(tmp_path), "VEDETTE_WORKERS": number})
    with workers(few, profile=None) as hands:
        assert hands is None


def test_a_profile_that_asks_for_codes_is_for_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile careful]\nmfa_serial = arn:aws:iam::111122223333:mfa/ann\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    many = settings_from({"HOME": str(tmp_path), "VEDETTE_WORKERS": "3"})
    with workers(many, profile="careful") as hands:
        assert hands is None
    with workers(many, profile="absent") as hands:
        assert hands is not None
