"""Where an image runs: a cluster, what started it there, and how many of it."""

from datetime import datetime

import msgspec

from vedette.model.arn import AccountId, Arn
from vedette.model.digest import Digest


class Workload(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What keeps pods of a Kubernetes namespace running: a `Deployment`, a `DaemonSet`, a `Job`, or a `Pod` of nobody."""

    namespace: str
    type: str
    name: str


class ImageUse(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One image in one group of tasks of one ECS cluster, or in one workload of one EKS cluster.

    `registry` is the account of the ECR registry, `repository` the repository's name in it, in `registry_region`. `group` is ECS's
    (`service:NAME`, `family:NAME`), and empty in EKS; there is a task definition in ECS and a workload in EKS. `running` counts tasks and
    pods that run or start, `stopped` tasks that ECS still remembers as stopped (about an hour) and pods that have ended and are still there.
    """

    registry: AccountId
    registry_region: str
    repository: str
    digest: Digest
    cluster: Arn
    group: str
    task_definition: Arn | None = None
    workload: Workload | None = None
    running: int
    stopped: int
    last_in_use: datetime
