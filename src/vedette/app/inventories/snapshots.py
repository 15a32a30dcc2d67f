"""EC2 instances without an agent: a snapshot of the root volume through the EBS direct APIs.

`create` is the only choice that changes anything in an account: the snapshot that it makes is deleted again, whatever happens.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from vedette.app.inventories.taken import Prepared, Reading, Tools, Unread, fingerprint
from vedette.clients.aws import Account
from vedette.errors import ParseError, ServiceError
from vedette.inventory.collect import collect
from vedette.model.arn import AccountId
from vedette.model.inventory import Inventory
from vedette.model.resource import Resource
from vedette.sources.disk import open_snapshot
from vedette.sources.ebs import Block, SnapshotBlocks, snapshot_device
from vedette.sources.limits import Limits

_LARGEST = 1200  # GiB; Inspector's own limit for agentless scans
_MOST_BLOCKS = 10_000_000
_WAIT = 15.0
_TRIES = 240  # an hour in all
_TAG = "vedette"
_LIMITED = frozenset({"SnapshotLimitExceeded", "SnapshotCreationPerVolumeRateExceeded"})


_Kind = TypeVar("_Kind")


class Agentless(StrEnum):
    """Whether instances that SSM does not manage are read from snapshots: those there are, or also made for it."""

    NONE = "none"
    EXISTING = "existing"
    CREATE = "create"


class _Attachment(msgspec.Struct, rename="pascal"):
    volume_id: str


class _Mapping(msgspec.Struct, rename="pascal"):
    device_name: str
    ebs: _Attachment | None = None


class _Instance(msgspec.Struct, rename="pascal"):
    root_device_name: str = ""
    root_device_type: str = ""
    block_device_mappings: list[_Mapping] = []


class _Snapshot(msgspec.Struct, rename="pascal"):
    snapshot_id: str
    volume_size: int
    start_time: datetime


class _Volume(msgspec.Struct, rename="pascal"):
    size: int


class _Listed(msgspec.Struct, rename="pascal"):
    block_index: int
    block_token: str


class _Page(msgspec.Struct, rename="pascal"):
    volume_size: int
    block_size: int = 0
    blocks: list[_Listed] = []


def prepare_snapshot(
    resource: Resource,
    tools: Tools,
    how: Agentless,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Prepared:
    """Find the snapshot to read; its id is the content, since snapshots never change.

    Args:
        resource: an instance.
        tools: what readers work with.
        how: what is allowed.
        sleep: waits for a snapshot that was made.

    Raises:
        ServiceError: where EC2 refuses.
    """
    if how is Agentless.NONE:
        return Unread(reason="UNMANAGED_EC2_INSTANCE", detail="SSM does not manage the instance")
    disks = _Disks(tools.accounts[AccountId(str(resource.ref.account))], str(resource.ref.region))
    volume = disks.root_volume(resource.ref.id)
    if isinstance(volume, Unread):
        return volume
    known = disks.newest(volume)
    if known is not None:
        if known.volume_size > _LARGEST:
            return _too_large(known.volume_size)
        return Reading(
            fingerprint=fingerprint(resource.ref, known.snapshot_id),
            read=lambda: _read(resource, tools, disks, known.snapshot_id),
        )
    if how is Agentless.EXISTING:
        return Unread(
            reason="UNMANAGED_EC2_INSTANCE",
            detail="SSM does not manage the instance, and its root volume has no snapshot",
        )
    size = disks.size(volume)
    if size > _LARGEST:
        return _too_large(size)
    # a snapshot of its own is never the same as before: what it was taken of goes on changing
    return Reading(
        fingerprint=fingerprint(resource.ref, volume, tools.now.isoformat()),
        read=lambda: _read_new(resource, tools, disks, volume, sleep),
    )


def _too_large(size: int) -> Unread:
    return Unread(
        reason="AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED",
        detail=f"the root volume has {size} GiB, more than {_LARGEST}",
    )


def _read_new(
    resource: Resource,
    tools: Tools,
    disks: "_Disks",
    volume: str,
    sleep: Callable[[float], None],
) -> Inventory | Unread:
    try:
        with disks.created(volume, resource.ref.id, sleep) as snapshot:
            return _read(resource, tools, disks, snapshot)
    except _Late:
        detail = "the snapshot of the root volume was not complete within an hour"
        return Unread(reason="AGENTLESS_INSTANCE_COLLECTION_TIME_LIMIT_EXCEEDED", detail=detail)
    except ServiceError as error:
        if error.code in _LIMITED:
            return Unread(reason="AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED", detail=str(error))
        raise


def _read(resource: Resource, tools: Tools, disks: "_Disks", snapshot: str) -> Inventory:
    device = snapshot_device(
        disks.blocks(snapshot), lambda at, token: disks.block(snapshot, at, token)
    )
    tree = open_snapshot(device, f"{resource.ref.id} ({snapshot})", Limits())
    return collect(tree, resource=resource.ref, cache=tools.cache, taken_at=tools.now)


class _Late(Exception):  # noqa: N818 - no error of anybody's: it took too long
    """A snapshot that does not become complete."""


class _Disks:
    """The volumes and snapshots of one Region."""

    def __init__(self, account: Account, region: str) -> None:
        self._account = account
        self._region = region

    def root_volume(self, instance: str) -> str | Unread:
        answer = self._ec2("describe_instances", InstanceIds=[instance])
        for reservation in answer.get("Reservations", ()):
            for item in reservation.get("Instances", ()):
                found = self._converted(item, _Instance, "describe_instances")
                for mapping in found.block_device_mappings:
                    if mapping.device_name == found.root_device_name and mapping.ebs:
                        return mapping.ebs.volume_id
                detail = "SSM does not manage the instance, and its root device is no EBS volume"
                return Unread(reason="UNMANAGED_EC2_INSTANCE", detail=detail)
        return Unread(reason="RESOURCE_TERMINATED", detail="the instance is gone")

    def newest(self, volume: str) -> _Snapshot | None:
        """The newest complete snapshot of a volume, except those that were made for a scan."""
        found = [
            self._converted(item, _Snapshot, "describe_snapshots")
            for item in self._snapshots(volume)
            if not _is_ours(item) and item.get("State") == "completed"
        ]
        return max(
            found, key=lambda one: (one.start_time.astimezone(UTC), one.snapshot_id), default=None
        )

    def _snapshots(self, volume: str) -> list[Any]:
        return self._account.listing(
            "ec2",
            "describe_snapshots",
            "Snapshots",
            self._region,
            OwnerIds=["self"],
            Filters=[{"Name": "volume-id", "Values": [volume]}],
        )

    def size(self, volume: str) -> int:
        """GiB."""
        for item in self._ec2("describe_volumes", VolumeIds=[volume]).get("Volumes", ()):
            return self._converted(item, _Volume, "describe_volumes").size
        raise self._malformed("ec2", "describe_volumes", "no such volume")

    @contextmanager
    def created(self, volume: str, instance: str, sleep: Callable[[float], None]) -> Iterator[str]:
        """A snapshot of its own, deleted at the end; what a scan that was broken off has left goes first."""
        for item in self._snapshots(volume):
            if _is_ours(item):
                self._ec2("delete_snapshot", SnapshotId=str(item.get("SnapshotId", "")))
        answer = self._ec2(
            "create_snapshot",
            VolumeId=volume,
            Description=f"vedette: one scan of {instance}; deleted after it",
            TagSpecifications=[
                {"ResourceType": "snapshot", "Tags": [{"Key": _TAG, "Value": "scan"}]}
            ],
        )
        snapshot = str(answer.get("SnapshotId", ""))
        if not snapshot:
            raise self._malformed("ec2", "create_snapshot", "no SnapshotId")
        try:
            self._wait(snapshot, sleep)
            yield snapshot
        finally:
            self._ec2("delete_snapshot", SnapshotId=snapshot)

    def _wait(self, snapshot: str, sleep: Callable[[float], None]) -> None:
        for _ in range(_TRIES):
            items: Sequence[Any] = self._ec2("describe_snapshots", SnapshotIds=[snapshot]).get(
                "Snapshots", ()
            )
            state = str(items[0].get("State")) if items else "pending"
            if state == "completed":
                return
            if state == "error":
                raise self._malformed("ec2", "create_snapshot", "the snapshot failed")
            sleep(_WAIT)
        raise _Late

    def blocks(self, snapshot: str) -> SnapshotBlocks:
        tokens: dict[int, str] = {}
        size = 0
        pages = self._account.pages(
            "ebs", "list_snapshot_blocks", self._region, SnapshotId=snapshot, MaxResults=10_000
        )
        for answer in pages:
            page = self._converted(answer, _Page, "list_snapshot_blocks")
            size = page.volume_size << 30
            tokens.update((one.block_index, one.block_token) for one in page.blocks)
            if len(tokens) > _MOST_BLOCKS:
                raise ParseError(f"{snapshot} has over {_MOST_BLOCKS} blocks")
        return SnapshotBlocks(size=size, tokens=tokens)

    def block(self, snapshot: str, index: int, token: str) -> Block:
        answer = self._account.call(
            "ebs",
            "get_snapshot_block",
            self._region,
            SnapshotId=snapshot,
            BlockIndex=index,
            BlockToken=token,
        )
        body = answer.get("BlockData")
        if body is None:
            raise self._malformed("ebs", "get_snapshot_block", "no BlockData")
        return Block(data=body.read(), checksum=str(answer.get("Checksum", "")))

    def _ec2(self, operation: str, **arguments: object) -> Any:
        return self._account.call("ec2", operation, self._region, **arguments)

    def _converted(self, item: object, kind: type[_Kind], operation: str) -> _Kind:
        try:
            return msgspec.convert(item, kind)
        except msgspec.ValidationError as error:
            service = "ebs" if operation.endswith("blocks") else "ec2"
            raise self._malformed(service, operation, str(error)) from error

    def _malformed(self, service: str, operation: str, reason: str) -> ServiceError:
        return ServiceError(reason, service=service, operation=operation, code="Malformed")


def _is_ours(snapshot: Any) -> bool:
    return any(tag.get("Key") == _TAG for tag in snapshot.get("Tags", ()))
