"""Which images run in ECS, and what is remembered of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest

from tests.app.test_accounts import OWN, SECOND
from tests.simulators.aws_wire import Answer, Wire, ok
from vedette.app.discovery.clusters import list_image_uses
from vedette.app.discovery.scope import Place
from vedette.app.image_uses import KIND, all_uses, merged, save_uses, uses_of
from vedette.errors import ParseError, StoreError
from vedette.model.arn import Arn
from vedette.model.digest import digest_of
from vedette.model.image_use import ImageUse, Workload
from vedette.model.record import Record
from vedette.store.store import SqlStore

HERE = Place(account=OWN, region="eu-west-1")
NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)
CLUSTER = Arn(f"arn:aws:ecs:eu-west-1:{OWN}:cluster/shop")
DEFINITION = Arn(f"arn:aws:ecs:eu-west-1:{OWN}:task-definition/web:3")
DIGEST = digest_of(b"web")
ECR = f"{SECOND}.dkr.ecr.eu-central-1.amazonaws.com/team/web"


def _container(image: str = f"{ECR}:1.2", digest: str | None = str(DIGEST)) -> dict[str, Any]:
    return {"image": image} | ({"imageDigest": digest} if digest else {})


def _task(number: int, *containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:{OWN}:task/shop/{number}",
        "taskDefinitionArn": str(DEFINITION),
        "group": "service:web",
        "lastStatus": "RUNNING",
        "containers": list(containers),
        **more,
    }


def _use(**more: Any) -> ImageUse:
    return msgspec.structs.replace(
        ImageUse(
            registry=SECOND,
            registry_region="eu-central-1",
            repository="team/web",
            digest=DIGEST,
            cluster=CLUSTER,
            group="service:web",
            task_definition=DEFINITION,
            running=1,
            stopped=0,
            last_in_use=NOW,
        ),
        **more,
    )


def _asked(request: AWSPreparedRequest) -> Any:
    assert isinstance(request.body, bytes)
    return msgspec.json.decode(request.body)


def _ecs(wire: Wire, running: Sequence[dict[str, Any]], stopped: Sequence[dict[str, Any]]) -> None:
    tasks = {str(task["taskArn"]): task for task in (*running, *stopped)}

    def listed(request: AWSPreparedRequest) -> Answer:
        asked = _asked(request)
        found = running if asked["desiredStatus"] == "RUNNING" else stopped
        return ok({"taskArns": [task["taskArn"] for task in found]})

    def described(request: AWSPreparedRequest) -> Answer:
        asked = _asked(request)["tasks"]
        return ok({"tasks": [tasks[name] for name in asked], "failures": []})

    wire.says("ecs.ListClusters", ok({"clusterArns": [str(CLUSTER)]}))
    wire.says("ecs.ListTasks", listed)
    wire.says("ecs.DescribeTasks", described)


def test_tasks_are_counted_by_image_and_group(wire: Wire) -> None:
    stopped_at = NOW - timedelta(minutes=20)
    over = {"lastStatus": "STOPPED", "stoppedAt": stopped_at.timestamp()}
    running = [_task(number, _container()) for number in range(150)]
    running.append(_task(150, _container(), _container()))  # twice in a task is one task
    running.append(_task(151, _container(f"{ECR}@{DIGEST}"), group="family:batch"))
    stopped = [
        _task(200, _container(), **over),
        _task(201, _container(digest=str(digest_of(b"old"))), **over),
    ]
    _ecs(wire, running, stopped)
    found = list(list_image_uses(wire.account(), HERE, now=NOW))
    assert sorted(one for one in found if isinstance(one, ImageUse)) == sorted(
        [
            _use(group="family:batch"),
            _use(running=151, stopped=1),
            _use(digest=digest_of(b"old"), running=0, stopped=1, last_in_use=stopped_at),
        ]
    )
    sizes = [len(_asked(one)["tasks"]) for one in wire.asked("ecs.DescribeTasks")]
    assert sizes == [100, 52, 2]


def test_what_is_not_in_ecr_or_was_not_pulled_yet_is_no_use(wire: Wire) -> None:
    containers = (
        _container("nginx:latest"),
        _container("public.ecr.aws/nginx/nginx:1"),
        _container(digest=None),
    )
    _ecs(wire, [_task(1, *containers)], [])
    assert list(list_image_uses(wire.account(), HERE, now=NOW)) == []


def test_a_task_that_cannot_be_understood_does_not_hide_the_others(wire: Wire) -> None:
    odd = _task(1, _container(digest="sha256:short"))
    broken = _task(2, _container(), group=["not", "text"])
    _ecs(wire, [odd, broken, _task(3, _container())], [])
    wire.says("ecs.ListClusters", ok({"clusterArns": ["nonsense", str(CLUSTER)]}))
    found = list(list_image_uses(wire.account(), HERE, now=NOW))
    assert [one for one in found if isinstance(one, ImageUse)] == [_use()]
    told = [str(one) for one in found if isinstance(one, ParseError)]
    assert len(told) == 3
    assert sum(str(CLUSTER) in one for one in told) == 2


def test_what_does_not_run_any_more_is_remembered_for_a_while() -> None:
    later = NOW + timedelta(days=90)
    assert merged([_use()], [], now=later) == (_use(running=0),)
    assert merged([_use()], [], now=later + timedelta(seconds=1)) == ()
    assert merged([_use()], [_use(running=4, last_in_use=later)], now=later) == (
        _use(running=4, last_in_use=later),
    )


@pytest.fixture
def store(tmp_path: Any) -> Any:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def test_uses_are_kept_by_cluster_and_found_by_image(store: SqlStore) -> None:
    other = _use(cluster=Arn(f"{CLUSTER}2"), digest=digest_of(b"other"))
    save_uses(store, OWN, "eu-west-1", [_use(), other], now=NOW)
    wanted = {"registry": SECOND, "region": "eu-central-1", "repository": "team/web"}
    assert uses_of(store, **wanted, digest=DIGEST) == (_use(),)
    assert list(all_uses(store)) == [_use(), other]
    save_uses(store, OWN, "eu-west-1", [other], now=NOW)
    assert uses_of(store, **wanted, digest=DIGEST) == (_use(running=0),)
    # what has not changed is not written again
    versions = {record.id: record.version for record in store.records(KIND)}
    save_uses(store, OWN, "eu-west-1", [other], now=NOW)
    assert {record.id: record.version for record in store.records(KIND)} == versions
    save_uses(store, OWN, "eu-west-1", [], now=NOW + timedelta(days=91))
    assert list(all_uses(store)) == []


def test_of_clusters_that_did_not_say_what_is_known_stays(store: SqlStore) -> None:
    pods = Arn(f"arn:aws:eks:eu-west-1:{OWN}:cluster/shop")
    web = Workload(namespace="shop", type="Deployment", name="web")
    pod = _use(cluster=pods, group="", task_definition=None, workload=web)
    other = _use(cluster=Arn(f"{pods}-2"), group="", task_definition=None, workload=web)
    save_uses(store, OWN, "eu-west-1", [_use(), pod, other], now=NOW)
    save_uses(store, OWN, "eu-west-1", [other], unseen=(pods,), now=NOW)
    # one that begins with the same name has said what it runs
    assert list(all_uses(store)) == [_use(running=0), pod, other]
    save_uses(store, OWN, "eu-west-1", [], unseen=(f"arn:aws:eks:eu-west-1:{OWN}:",), now=NOW)
    assert list(all_uses(store)) == [_use(running=0), pod, other]
    save_uses(store, OWN, "eu-west-1", [], now=NOW)
    over = [msgspec.structs.replace(one, running=0) for one in (_use(), pod, other)]
    assert list(all_uses(store)) == over


def test_uses_that_cannot_be_read_are_an_error_of_the_store(store: SqlStore) -> None:
    store.put_record(
        Record(
            kind=KIND,
            account=OWN,
            region="eu-west-1",
            id=str(CLUSTER),
            value=b"[]",
            version=0,
            updated_at=NOW,
        )
    )
    with pytest.raises(StoreError, match="uses of images that cannot be read"):
        list(all_uses(store))
