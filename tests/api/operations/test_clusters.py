from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from tests.api.operations import estate
from vedette.app.image_uses import save_uses
from vedette.model.arn import Arn
from vedette.model.image_use import ImageUse, Workload
from vedette.store.store import SqlStore

IMAGE = estate.IMAGE.ref.id


@pytest.fixture
def admin(client: NewClient, store: SqlStore) -> Any:
    estate.settle(store)
    return client(store)


def test_clusters_that_run_an_image(admin: Any) -> None:
    def detail(group: str, running: int, last: object) -> dict[str, Any]:
        return {
            "lastInUse": last,
            "runningUnitCount": running,
            "stoppedUnitCount": 0,
            "clusterMetadata": {
                "awsEcsMetadataDetails": {
                    "detailsGroup": group,
                    "taskDefinitionArn": estate.DEFINITION,
                }
            },
        }

    pages = admin.get_paginator("get_clusters_for_image").paginate(filter={"resourceId": IMAGE})
    assert list(pages.search("cluster[]")) == [
        {
            "clusterArn": estate.CLUSTER,
            "clusterDetails": [
                detail("family:job", 1, estate.EARLIER),
                detail("service:web", 2, NOW),
            ],
        }
    ]


def test_image_that_runs_nowhere(admin: Any) -> None:
    other = IMAGE.rpartition(":")[0] + ":" + "0" * 64
    assert admin.get_clusters_for_image(filter={"resourceId": other})["cluster"] == []


def test_repository_is_no_image_and_others_images_are_not_shown(
    admin: Any, client: NewClient, store: SqlStore
) -> None:
    repository = IMAGE.partition("/sha256")[0]
    with pytest.raises(ClientError, match="it names no image by its digest") as refused:
        admin.get_clusters_for_image(filter={"resourceId": repository})
    response: Any = refused.value.response
    assert response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="not an ARN"):
        admin.get_clusters_for_image(
            filter={"resourceId": "arn::ecr:us-east-1:111122223333:repository/x"}
        )
    member = client(store, estate.MEMBER, accounts=frozenset({estate.MEMBER}))
    with pytest.raises(ClientError) as refused:
        member.get_clusters_for_image(filter={"resourceId": IMAGE})
    response = refused.value.response
    assert response["Error"]["Code"] == "AccessDeniedException"


def test_pods_of_a_namespace_are_told_together(admin: Any, store: SqlStore) -> None:
    eks = Arn(f"arn:aws:eks:us-east-1:{estate.ADMIN}:cluster/shop")

    def pods(namespace: str, name: str, running: int) -> ImageUse:
        return msgspec.structs.replace(
            estate.use("", 0, NOW),
            cluster=eks,
            group="",
            task_definition=None,
            workload=Workload(namespace=namespace, type="Deployment", name=name),
            running=running,
            stopped=1,
        )

    several = [pods("shop", "web", 3), pods("shop", "api", 2), pods("dev", "web", 1)]
    save_uses(store, estate.ADMIN, "us-east-1", several, unseen=("arn:aws:ecs:",), now=NOW)
    found = admin.get_clusters_for_image(filter={"resourceId": IMAGE})["cluster"]
    assert [one["clusterArn"] for one in found] == [estate.CLUSTER, eks]
    assert found[1]["clusterDetails"] == [
        {
            "lastInUse": NOW,
            "runningUnitCount": running,
            "stoppedUnitCount": len(names),
            "clusterMetadata": {
                "awsEksMetadataDetails": {
                    "namespace": namespace,
                    "workloadInfoList": [{"name": one, "type": "Deployment"} for one in names],
                }
            },
        }
        for namespace, running, names in (("dev", 1, ["web"]), ("shop", 5, ["api", "web"]))
    ]
