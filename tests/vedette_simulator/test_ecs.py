"""ECS: which images run in the simulated estate."""

import pytest
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal

pytestmark = pytest.mark.loopback


def test_tasks_run_the_images_that_were_pushed(aws: Aws) -> None:
    ecs, ecr = aws("ecs", "workloads"), aws("ecr", "workloads")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    names = ecs.list_tasks(cluster=cluster)["taskArns"]
    assert names == ecs.list_tasks(cluster="shop", desiredStatus="RUNNING")["taskArns"]
    assert ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"] == []
    shown = ecs.describe_tasks(cluster=cluster, tasks=[*names, "gone"])
    assert shown["failures"] == [{"arn": "gone", "reason": "MISSING"}]
    groups = sorted(task["group"] for task in shown["tasks"])
    assert groups == ["service:api"] * 3 + ["service:frontend"] * 2
    (pushed,) = ecr.describe_images(repositoryName="shop/api", imageIds=[{"imageTag": "1.4.0"}])[
        "imageDetails"
    ]
    digests = {
        container["imageDigest"]
        for task in shown["tasks"]
        for container in task["containers"]
        if task["group"] == "service:api"
    }
    assert digests == {pushed["imageDigest"]}


def test_pages_and_refusals(aws: Aws) -> None:
    ecs = aws("ecs", "workloads")
    pages = list(
        ecs.get_paginator("list_tasks").paginate(cluster="shop", PaginationConfig={"PageSize": 2})
    )
    assert [len(page["taskArns"]) for page in pages] == [2, 2, 1]
    with pytest.raises(ClientError) as missing:
        ecs.list_tasks(cluster="nowhere")
    assert refusal(missing) == ("ClusterNotFoundException", 400)
    with pytest.raises(ClientError) as many:
        ecs.describe_tasks(cluster="shop", tasks=["x"] * 101)
    assert refusal(many) == ("InvalidParameterException", 400)


def test_there_are_no_clusters_of_eks(aws: Aws) -> None:
    assert aws("eks", "workloads").list_clusters()["clusters"] == []
