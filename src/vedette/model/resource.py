"""What is scanned: EC2 instances, ECR images, Lambda functions, and local targets."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.model.arn import AccountId, Arn
from vedette.model.digest import Digest


class ResourceType(StrEnum):
    """Inspector's resource types, and one for what is scanned from the command line."""

    EC2_INSTANCE = "AWS_EC2_INSTANCE"
    ECR_CONTAINER_IMAGE = "AWS_ECR_CONTAINER_IMAGE"
    LAMBDA_FUNCTION = "AWS_LAMBDA_FUNCTION"
    LOCAL = "LOCAL"


class ResourceRef(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Which resource, for ever the same.

    `id` is what Inspector calls it: an instance id, an image's ARN with its digest
    (`arn:…:repository/NAME/sha256:…`), a function's qualified ARN, or a path for local targets.
    """

    type: ResourceType
    id: str
    account: AccountId | None = None
    region: str | None = None
    partition: str = "aws"


class Tag(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One AWS tag."""

    key: str
    value: str


class InstanceState(StrEnum):
    """EC2's instance states (EC2 API, InstanceState)."""

    PENDING = "pending"
    RUNNING = "running"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Ec2Instance(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What is known of an EC2 instance; addresses are text as AWS gives them."""

    instance_type: str
    image_id: str | None
    state: InstanceState
    launched_at: datetime | None
    vpc_id: str | None = None
    subnet_id: str | None = None
    ipv4_addresses: tuple[str, ...] = ()
    ipv6_addresses: tuple[str, ...] = ()
    key_name: str | None = None
    iam_instance_profile_arn: Arn | None = None
    platform: str | None = None
    managed_by_ssm: bool = False


class ContainerImage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What is known of an image in ECR.

    `in_use_count` is the number of ECS tasks and EKS pods that run it, None where nobody looked; `last_in_use_at` when one
    was last seen. `last_pulled_at` is ECR's record of the last pull, whoever pulled, which may be a day old.
    """

    repository: str
    digest: Digest
    tags: tuple[str, ...] = ()
    pushed_at: datetime | None = None
    media_type: str | None = None
    architecture: str | None = None
    author: str | None = None
    in_use_count: int | None = None
    last_in_use_at: datetime | None = None
    last_pulled_at: datetime | None = None


class LambdaFunction(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What is known of a Lambda function.

    `layer_digests` are of the layers' zips, in their order, where there are several: what tells whose file is whose; None for
    one that Lambda does not tell.
    """

    name: str
    runtime: str | None
    architectures: tuple[str, ...]
    code_sha256: str
    version: str
    layers: tuple[Arn, ...] = ()
    package_type: str = "Zip"
    last_modified_at: datetime | None = None
    execution_role_arn: Arn | None = None
    layer_digests: tuple[Digest | None, ...] = ()


class LocalTarget(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A target named on the command line; `kind` is the command's word (`image`, `rootfs`, …)."""

    kind: str


Facts = Ec2Instance | ContainerImage | LambdaFunction | LocalTarget


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource with what AWS says about it."""

    ref: ResourceRef
    facts: Ec2Instance | ContainerImage | LambdaFunction | LocalTarget
    tags: tuple[Tag, ...] = ()
