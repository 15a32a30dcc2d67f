"""A small estate: one resource of each type, its coverage, and where the image runs."""

from datetime import timedelta

from tests.api.clients import NOW
from vedette.app.image_uses import save_uses
from vedette.app.ports import Store
from vedette.model.arn import AccountId, Arn
from vedette.model.coverage import Coverage, ScanType
from vedette.model.digest import digest_of
from vedette.model.image_use import ImageUse
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    InstanceState,
    LambdaFunction,
    Resource,
    ResourceRef,
    ResourceType,
    Tag,
)

ADMIN, MEMBER = AccountId("111122223333"), AccountId("222233334444")
REGION = "us-east-1"
DIGEST = digest_of(b"an image")
EARLIER = NOW - timedelta(hours=6)
CLUSTER = Arn(f"arn:aws:ecs:{REGION}:{ADMIN}:cluster/web")
DEFINITION = Arn(f"arn:aws:ecs:{REGION}:{ADMIN}:task-definition/web:3")


def ref(kind: ResourceType, identity: str, account: AccountId = ADMIN) -> ResourceRef:
    return ResourceRef(type=kind, id=identity, account=account, region=REGION)


INSTANCE = Resource(
    ref=ref(ResourceType.EC2_INSTANCE, "i-0a1b2c3d4e5f60718"),
    facts=Ec2Instance(
        instance_type="t3.micro",
        image_id="ami-0a1b2c3d4e5f60718",
        state=InstanceState.RUNNING,
        launched_at=EARLIER,
        platform="Amazon Linux 2023",
        ipv4_addresses=("10.0.0.7",),
        managed_by_ssm=True,
    ),
    tags=(Tag(key="env", value="prod"), Tag(key="team", value="web")),
)
UNMANAGED = Resource(
    ref=ref(ResourceType.EC2_INSTANCE, "i-00000000000000009", MEMBER),
    facts=Ec2Instance(
        instance_type="t3.micro",
        image_id=None,
        state=InstanceState.RUNNING,
        launched_at=EARLIER,
        platform="Windows",
    ),
)
IMAGE = Resource(
    ref=ref(
        ResourceType.ECR_CONTAINER_IMAGE,
        f"arn:aws:ecr:{REGION}:{ADMIN}:repository/team/app/{DIGEST}",
    ),
    facts=ContainerImage(
        repository="team/app", digest=DIGEST, tags=("1.0", "latest"), last_pulled_at=NOW
    ),
)
FUNCTION = Resource(
    ref=ref(ResourceType.LAMBDA_FUNCTION, f"arn:aws:lambda:{REGION}:{ADMIN}:function:hook:$LATEST"),
    facts=LambdaFunction(
        name="hook",
        runtime="python3.12",
        architectures=("x86_64",),
        code_sha256="x",
        version="$LATEST",
        layers=(Arn(f"arn:aws:lambda:{REGION}:{ADMIN}:layer:deps:1"),),
    ),
    tags=(Tag(key="env", value="test"),),
)
ELSEWHERE = Resource(
    ref=ResourceRef(
        type=ResourceType.EC2_INSTANCE,
        id="i-00000000000000008",
        account=ADMIN,
        region="eu-west-1",
    ),
    facts=UNMANAGED.facts,
)


def row(
    resource: Resource,
    scan_type: ScanType = ScanType.PACKAGE,
    reason: str = "SUCCESSFUL",
    *,
    active: bool = True,
) -> Coverage:
    return Coverage(
        resource=resource.ref,
        scan_type=scan_type,
        active=active,
        reason=reason,
        last_scanned_at=EARLIER if active else None,
    )


def settle(store: Store) -> None:
    """Put the estate into a store."""
    resources = [INSTANCE, UNMANAGED, IMAGE, FUNCTION, ELSEWHERE]
    store.save_resources(resources, looked_in=(), now=EARLIER)
    store.save_coverage(
        [
            row(INSTANCE),
            row(INSTANCE, ScanType.NETWORK),
            row(UNMANAGED, reason="UNMANAGED_EC2_INSTANCE", active=False),
            row(IMAGE),
            row(FUNCTION),
            row(ELSEWHERE),
        ]
    )
    uses = [use("service:web", 2, NOW), use("family:job", 1, EARLIER)]
    save_uses(store, ADMIN, REGION, uses, now=NOW)


def use(group: str, running: int, last: object) -> ImageUse:
    """What runs of the image, in ECS."""
    assert last in {NOW, EARLIER}
    return ImageUse(
        registry=ADMIN,
        registry_region=REGION,
        repository="team/app",
        digest=DIGEST,
        cluster=CLUSTER,
        group=group,
        task_definition=DEFINITION,
        running=running,
        stopped=0,
        last_in_use=NOW if last is NOW else EARLIER,
    )
