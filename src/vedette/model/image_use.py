"""Where an image runs: a cluster, what started it there, and how many of it."""

from datetime import datetime

import msgspec

from vedette.model.arn import AccountId, Arn
from vedette.model.digest import Digest


class ImageUse(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One image in one group of tasks of one ECS cluster.

    `registry` is the account of the ECR registry, `repository` the repository's name in it, in `registry_region`. `group` is ECS's
    (`service:NAME`, `family:NAME`). `running` counts tasks that run or start, `stopped` those that ECS still remembers as stopped (about an hour).
    """

    registry: AccountId
    registry_region: str
    repository: str
    digest: Digest
    cluster: Arn
    group: str
    task_definition: Arn
    running: int
    stopped: int
    last_in_use: datetime
