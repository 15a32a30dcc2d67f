"""ECS's clusters and tasks as far as one needs them to see which images run.

moto's tasks have no digests of images, and it starts none without container instances.
"""

import msgspec

from vedette_simulator.errors import AwsError
from vedette_simulator.paging import page
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers

_MOST = 100


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A running task of one container."""

    arn: str
    group: str
    definition: str
    image: str
    digest: str


class Clusters:
    """The clusters of an account and region: ARN → tasks."""

    def __init__(self) -> None:
        self.tasks: dict[str, list[Task]] = {}


def list_clusters(call: Call) -> Fields:
    """All clusters."""
    return _page(call, "clusterArns", sorted(call.state(Clusters).tasks))


def list_tasks(call: Call) -> Fields:
    """The tasks of a cluster; none has stopped."""
    is_running = call.params.get("desiredStatus", "RUNNING") == "RUNNING"
    return _page(call, "taskArns", [one.arn for one in _tasks(call)] if is_running else [])


def describe_tasks(call: Call) -> Fields:
    """Those that are asked for."""
    wanted = call.params.get("tasks", ())
    if len(wanted) > _MOST:
        raise AwsError("InvalidParameterException", f"tasks can have at most {_MOST} items.")
    there = {one.arn: one for one in _tasks(call)}
    return {
        "tasks": [_shown(call, there[name]) for name in wanted if name in there],
        "failures": [{"arn": name, "reason": "MISSING"} for name in wanted if name not in there],
    }


def _shown(call: Call, task: Task) -> Fields:
    return {
        "taskArn": task.arn,
        "clusterArn": _cluster(call),
        "taskDefinitionArn": task.definition,
        "group": task.group,
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "containers": [
            {
                "name": "main",
                "image": task.image,
                "imageDigest": task.digest,
                "lastStatus": "RUNNING",
            }
        ],
    }


def _cluster(call: Call) -> str:
    name = str(call.params.get("cluster", "default"))
    return name if name.startswith("arn:") else call.place.arn("ecs", f"cluster/{name}")


def _tasks(call: Call) -> list[Task]:
    found = call.state(Clusters).tasks.get(_cluster(call))
    if found is None:
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return found


def _page(call: Call, member: str, items: list[str]) -> Fields:
    listed, token = page(
        items,
        call.params.get("nextToken"),
        min(int(call.params.get("maxResults", _MOST)), _MOST),
        code="InvalidParameterException",
    )
    return {member: listed, "nextToken": token}


HANDLERS: Handlers = {
    ("ecs", "ListClusters"): list_clusters,
    ("ecs", "ListTasks"): list_tasks,
    ("ecs", "DescribeTasks"): describe_tasks,
}
