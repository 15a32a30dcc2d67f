"""Images in ECR's private registries."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ParseError, ServiceError
from vedette.model.arn import parse_arn
from vedette.model.digest import parse_digest
from vedette.model.resource import ContainerImage, Resource, ResourceType, Tag

_GONE = "RepositoryNotFoundException"


class _Repository(msgspec.Struct):
    arn: str = msgspec.field(name="repositoryArn")
    name: str = msgspec.field(name="repositoryName")


class _TagItem(msgspec.Struct, rename="pascal"):
    key: str
    value: str


class _Image(msgspec.Struct, rename="camel"):
    image_digest: str
    repository_name: str
    image_tags: list[str] = []
    image_pushed_at: datetime | None = None
    image_manifest_media_type: str | None = None
    last_recorded_pull_time: datetime | None = None


def image_from(
    item: Response, repository_arn: str, place: Place, tags: tuple[Tag, ...]
) -> Resource:
    """One item of `DescribeImages` as a resource; its id is Inspector's (repository ARN, `/`, digest).

    Raises:
        ParseError: where the item lacks what every image has, or the digest is not one.
    """
    try:
        image = msgspec.convert(item, _Image)
    except msgspec.ValidationError as error:
        raise ParseError(str(error), repository_arn) from error
    digest = parse_digest(image.image_digest)
    return Resource(
        ref=place.ref(ResourceType.ECR_CONTAINER_IMAGE, f"{repository_arn}/{digest}"),
        facts=ContainerImage(
            repository=image.repository_name,
            digest=digest,
            tags=tuple(sorted(image.image_tags)),
            pushed_at=_in_utc(image.image_pushed_at),
            media_type=image.image_manifest_media_type,
            last_pulled_at=_in_utc(image.last_recorded_pull_time),
        ),
        tags=tags,
    )


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def list_images(account: Account, place: Place) -> Iterator[Resource | ParseError]:
    """Every image of every repository; an error for each item that cannot be understood.

    Raises:
        ServiceError: where ECR refuses.
    """
    for item in account.listing("ecr", "describe_repositories", "repositories", place.region):
        try:
            repository = msgspec.convert(item, _Repository)
            parse_arn(repository.arn)
        except msgspec.ValidationError as error:
            yield ParseError(str(error), str(item.get("repositoryName", "a repository")))
            continue
        except ParseError as error:
            yield error.within(str(item["repositoryName"]))
            continue
        try:
            yield from _images_of(account, repository, place)
        except ServiceError as error:
            if error.code != _GONE:  # deleted meanwhile
                raise


def _images_of(
    account: Account, repository: _Repository, place: Place
) -> Iterator[Resource | ParseError]:
    answer = account.listing(
        "ecr", "list_tags_for_resource", "tags", place.region, resourceArn=repository.arn
    )
    try:
        listed = msgspec.convert(answer, list[_TagItem])
    except msgspec.ValidationError as error:
        yield ParseError(f"tags: {error}", repository.arn)
        return
    tags = tuple(sorted(Tag(key=tag.key, value=tag.value) for tag in listed))
    for item in account.listing(
        "ecr", "describe_images", "imageDetails", place.region, repositoryName=repository.name
    ):
        try:
            yield image_from(item, repository.arn, place, tags)
        except ParseError as error:
            yield error
