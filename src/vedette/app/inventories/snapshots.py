"""EC2 instances without an agent: a snapshot of the root volume, read through the EBS direct APIs.

`create` is the only choice that changes anything in an account: the snapshot that it makes is deleted again, whatever happens.
"""

from vedette.app.discovery.scope import Agentless
from vedette.app.inventories.disks import Disks, Late
from vedette.app.inventories.taken import (
    Extract,
    Prepared,
    Reading,
    SnapshotJob,
    Tools,
    Unread,
    Workbench,
    fingerprint,
)
from vedette.errors import ServiceError
from vedette.inventory.collect import collect
from vedette.model.arn import AccountId
from vedette.model.inventory import Inventory
from vedette.model.resource import Resource
from vedette.sources.disk import open_snapshot
from vedette.sources.ebs import snapshot_device
from vedette.sources.limits import Limits

_LARGEST = 1200  # GiB; Inspector's own limit for agentless scans
_LIMITED = frozenset({"SnapshotLimitExceeded", "SnapshotCreationPerVolumeRateExceeded"})


def prepare_snapshot(
    resource: Resource, tools: Tools, disks: Disks, how: Agentless, why: Unread
) -> Prepared:
    """Find the snapshot to read; its id is the content, since snapshots never change.

    Args:
        resource: an instance.
        tools: what readers work with.
        disks: of the instance's account and Region.
        how: what is allowed.
        why: the reason for which SSM gives no inventory; it stands where nothing else is allowed.

    Raises:
        ServiceError: where EC2 refuses.
    """
    if how is Agentless.NONE:
        return why
    volume = disks.root_volume(resource.ref.id)
    if isinstance(volume, Unread):
        return volume
    known = disks.newest(volume)
    if known is not None:
        if known.volume_size > _LARGEST:
            return _too_large(known.volume_size)
        return Reading(
            fingerprint=fingerprint(resource.ref, known.snapshot_id),
            read=lambda extract: extract(SnapshotJob(ref=resource.ref, snapshot=known.snapshot_id)),
        )
    if how is Agentless.EXISTING:
        return Unread(
            reason=why.reason, detail=f"{why.detail}, and its root volume has no snapshot"
        )
    size = disks.size(volume)
    if size > _LARGEST:
        return _too_large(size)
    # what a volume holds goes on changing: a snapshot is made once a day, as Inspector does
    day = tools.now.date().isoformat()
    return Reading(
        fingerprint=fingerprint(resource.ref, volume, day),
        read=lambda extract: _read_new(resource, tools, disks, volume, extract),
    )


def _too_large(size: int) -> Unread:
    return Unread(
        reason="AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED",
        detail=f"the root volume has {size} GiB, more than {_LARGEST}",
    )


def _read_new(
    resource: Resource, tools: Tools, disks: Disks, volume: str, extract: Extract
) -> Inventory | Unread:
    try:
        with disks.created(volume, resource.ref.id, now=tools.now) as snapshot:
            return extract(SnapshotJob(ref=resource.ref, snapshot=snapshot))
    except Late:
        detail = "the snapshot of the root volume was not complete within an hour"
        return Unread(reason="AGENTLESS_INSTANCE_COLLECTION_TIME_LIMIT_EXCEEDED", detail=detail)
    except ServiceError as error:
        if error.code in _LIMITED:
            return Unread(reason="AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED", detail=str(error))
        raise


def read_snapshot(job: SnapshotJob, bench: Workbench) -> Inventory:
    """Say what is on a disk; of its blocks only those that are needed are fetched.

    Raises:
        ServiceError: where EBS refuses.
        SourceError, ParseError: where there is no disk that can be read.
    """
    disks = Disks(bench.account(AccountId(str(job.ref.account))), str(job.ref.region))
    snapshot = job.snapshot
    device = snapshot_device(
        disks.blocks(snapshot), lambda at, token: disks.block(snapshot, at, token)
    )
    tree = open_snapshot(device, f"{job.ref.id} ({snapshot})", Limits())
    return collect(tree, resource=job.ref, cache=bench.cache)
