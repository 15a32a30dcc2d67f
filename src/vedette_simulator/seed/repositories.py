"""ECR repositories and their images."""

from vedette_simulator.blobs import Blobs
from vedette_simulator.content.images import MANIFEST, build
from vedette_simulator.estate.model import Estate, Image, Repository
from vedette_simulator.services.ecr import Registry
from vedette_simulator.world import Place, World


def make_repositories(world: World, estate: Estate) -> None:
    """Create every repository, then build and push its images, the oldest first."""
    for repository in estate.repositories:
        place = Place(account=repository.account, region=repository.region)
        tags = [{"Key": key, "Value": value} for key, value in repository.tags.items()]
        world.invoke(
            "ecr", "CreateRepository", {"repositoryName": repository.name, "tags": tags}, place
        )
        for image in repository.images:
            _push(world, repository, image, place)


def _push(world: World, repository: Repository, image: Image, place: Place) -> None:
    built = build(image)
    blobs = world.state(Blobs)
    layers = world.state(Registry, place.account, place.region).layers.setdefault(
        repository.name, set()
    )
    layers.update(blobs.put(data) for data in built.blobs)
    for tag in image.tags:
        asked = {
            "repositoryName": repository.name,
            "imageManifest": built.manifest,
            "imageManifestMediaType": MANIFEST,
            "imageTag": tag,
        }
        world.invoke("ecr", "PutImage", asked, place)
