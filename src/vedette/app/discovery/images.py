"""Images in ECR's private registries."""

from collections.abc import Iterator

from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.model.digest import parse_digest
from vedette.model.resource import ContainerImage, Resource, ResourceRef, ResourceType, Tag


def image_from(
    item: Response, repository_arn: str, place: Place, tags: tuple[Tag, ...]
) -> Resource:
    """One item of `DescribeImages` as a resource; its id is Inspector's (repository ARN, `/`, digest).

    Raises:
        ParseError: where the digest is not one.
    """
    digest = parse_digest(item["imageDigest"])
    return Resource(
        ref=ResourceRef(
            type=ResourceType.ECR_CONTAINER_IMAGE,
            id=f"{repository_arn}/{digest}",
            account=place.account,
            region=place.region,
        ),
        facts=ContainerImage(
            repository=item["repositoryName"],
            digest=digest,
            tags=tuple(sorted(item.get("imageTags", ()))),
            pushed_at=item.get("imagePushedAt"),
            media_type=item.get("imageManifestMediaType"),
        ),
        tags=tags,
    )


def _images_of(account: Account, repository: Response, place: Place) -> Iterator[Resource]:
    arn = repository["repositoryArn"]
    listed = account.call("ecr", "list_tags_for_resource", place.region, resourceArn=arn)["tags"]
    tags = tuple(sorted(Tag(key=tag["Key"], value=tag["Value"]) for tag in listed))
    name = repository["repositoryName"]
    for item in account.listing(
        "ecr", "describe_images", "imageDetails", place.region, repositoryName=name
    ):
        yield image_from(item, arn, place, tags)


def list_images(account: Account, place: Place) -> tuple[Resource, ...]:
    """Every image of every repository.

    Raises:
        ServiceError: where ECR refuses.
        ParseError: where a digest is not one.
    """
    repositories = account.listing("ecr", "describe_repositories", "repositories", place.region)
    return tuple(
        image for repository in repositories for image in _images_of(account, repository, place)
    )
