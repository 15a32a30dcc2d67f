"""ECS clusters and the tasks that run in them."""

from vedette_simulator.errors import AwsError
from vedette_simulator.estate.model import Cluster, Estate, Service
from vedette_simulator.services.ecs import Clusters, Task
from vedette_simulator.world import Place, World


def make_clusters(world: World, estate: Estate) -> None:
    """Run every service's tasks; the images must have been pushed."""
    for cluster in estate.clusters:
        place = Place(account=cluster.account, region=cluster.region)
        clusters = world.state(Clusters, place.account, place.region)
        tasks = clusters.tasks.setdefault(place.arn("ecs", f"cluster/{cluster.name}"), [])
        for service in cluster.services:
            tasks.extend(_tasks(world, cluster, service, place))


def _tasks(world: World, cluster: Cluster, service: Service, place: Place) -> list[Task]:
    found = world.invoke(
        "ecr",
        "DescribeImages",
        {"repositoryName": service.repository, "imageIds": [{"imageTag": service.tag}]},
        place,
    )["imageDetails"]
    if not found:
        raise AwsError("ImageNotFoundException", f"{service.repository}:{service.tag} is not there")
    registry = f"{place.account}.dkr.ecr.{place.region}.amazonaws.com"
    return [
        Task(
            arn=place.arn("ecs", f"task/{cluster.name}/{service.name}{number:030x}"),
            group=f"service:{service.name}",
            definition=place.arn("ecs", f"task-definition/{service.name}:1"),
            image=f"{registry}/{service.repository}:{service.tag}",
            digest=found[0]["imageDigest"],
        )
        for number in range(service.tasks)
    ]
