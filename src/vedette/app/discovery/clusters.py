"""Which images run in ECS clusters; for EKS see `pods`."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from vedette.app.discovery.scope import Place
from vedette.clients.aws import Account, Response
from vedette.errors import ParseError
from vedette.model.arn import AccountId, Arn, parse_arn
from vedette.model.digest import Digest, parse_digest
from vedette.model.image_use import ImageUse

_AT_ONCE = 100
"""DescribeTasks takes no more."""

_IN_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/"
    r"(?P<repository>[a-z0-9._/-]+?)(?:[:@].*)?"
)
"""`ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME[:TAG|@DIGEST]`; images from elsewhere are not scanned."""


class InEcr(msgspec.Struct, frozen=True, kw_only=True):
    """A repository of ECR."""

    account: AccountId
    region: str
    repository: str


def image_in_ecr(name: str) -> InEcr | None:
    """The repository that an image is pulled from; None for images from elsewhere."""
    found = _IN_ECR.fullmatch(name)
    if found is None:
        return None
    return InEcr(
        account=AccountId(found["account"]),
        region=found["region"],
        repository=found["repository"],
    )


class _Container(msgspec.Struct, rename="camel"):
    image: str = ""
    image_digest: str = ""


class _Task(msgspec.Struct, rename="camel"):
    task_arn: str
    task_definition_arn: str
    group: str = ""
    last_status: str = ""
    stopped_at: datetime | None = None
    containers: list[_Container] = []


class _Key(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What tasks are counted by."""

    registry: AccountId
    registry_region: str
    repository: str
    digest: Digest
    cluster: Arn
    group: str
    task_definition: Arn


def list_image_uses(
    account: Account, place: Place, *, now: datetime
) -> Iterator[ImageUse | ParseError]:
    """Every image of ECR in every cluster, by cluster; an error for each task that cannot be understood.

    Raises:
        ServiceError: where ECS refuses.
    """
    for name in account.listing("ecs", "list_clusters", "clusterArns", place.region):
        try:
            cluster = parse_arn(str(name))
        except ParseError as error:
            yield error
            continue
        yield from _uses_in(account, place, cluster, now)


def _uses_in(
    account: Account, place: Place, cluster: Arn, now: datetime
) -> Iterator[ImageUse | ParseError]:
    running: Counter[_Key] = Counter()
    stopped: Counter[_Key] = Counter()
    last: dict[_Key, datetime] = {}
    for item in _tasks(account, place, cluster):
        try:
            task = _converted(item)
            for key in _images_of(task, cluster):
                is_over = task.last_status == "STOPPED"
                (stopped if is_over else running)[key] += 1
                seen = task.stopped_at.astimezone(UTC) if is_over and task.stopped_at else now
                last[key] = max(last.get(key, seen), seen)
        except ParseError as error:
            yield error.within(str(cluster))
    for key in sorted(last):
        yield ImageUse(
            registry=key.registry,
            registry_region=key.registry_region,
            repository=key.repository,
            digest=key.digest,
            cluster=key.cluster,
            group=key.group,
            task_definition=key.task_definition,
            running=running[key],
            stopped=stopped[key],
            last_in_use=last[key],
        )


def _tasks(account: Account, place: Place, cluster: Arn) -> Iterator[Response]:
    for status in ("RUNNING", "STOPPED"):
        names = account.listing(
            "ecs", "list_tasks", "taskArns", place.region, cluster=cluster, desiredStatus=status
        )
        for part in _parts(names):
            # a task that has gone meanwhile is among the answer's failures: it is not there
            answer = account.call(
                "ecs", "describe_tasks", place.region, cluster=cluster, tasks=list(part)
            )
            yield from answer.get("tasks", ())


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[at : at + _AT_ONCE] for at in range(0, len(names), _AT_ONCE))


def _converted(item: Response) -> _Task:
    try:
        return msgspec.convert(item, _Task)
    except msgspec.ValidationError as error:
        raise ParseError(str(error), "a task") from error


def _images_of(task: _Task, cluster: Arn) -> Iterator[_Key]:
    """The images of a task; none for containers that have not pulled theirs yet, which have no digest."""
    keys = set()
    for container in task.containers:
        found = image_in_ecr(container.image)
        if found is None or not container.image_digest:
            continue
        keys.add(
            _Key(
                registry=found.account,
                registry_region=found.region,
                repository=found.repository,
                digest=parse_digest(container.image_digest),
                cluster=cluster,
                group=task.group,
                task_definition=parse_arn(task.task_definition_arn),
            )
        )
    yield from sorted(keys)
