"""The EC2 instances' disks: volumes, their snapshots, and the blocks of those through the EBS direct APIs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from vedette.app.inventories.taken import Unread
from vedette.clients.aws import Account
from vedette.errors import ParseError, ServiceError
from vedette.sources.ebs import BLOCK, Block, SnapshotBlocks

_MOST_BLOCKS = 10_000_000
_WAIT = 15.0
_TRIES = 240  # an hour in all
_TAG = "vedette"
_FOR = "scan"
_ABANDONED = timedelta(hours=2)
"""Twice as long as a snapshot is waited for: no scan that is still running works with one of that age."""

_Kind = TypeVar("_Kind")


class _Attachment(msgspec.Struct, rename="pascal"):
    volume_id: str


class _Mapping(msgspec.Struct, rename="pascal"):
    device_name: str
    ebs: _Attachment | None = None


class _Instance(msgspec.Struct, rename="pascal"):
    root_device_name: str = ""
    root_device_type: str = ""
    block_device_mappings: list[_Mapping] = []


class Snapshot(msgspec.Struct, rename="pascal"):
    """A snapshot; `volume_size` in GiB."""

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


class Late(Exception):  # noqa: N818 - no error of anybody's: it took too long
    """A snapshot that does not become complete."""


class Disks:
    """The volumes and snapshots of one Region.

    Args:
        account: whose.
        region: where.
        sleep: waits for a snapshot that was made.
    """

    def __init__(
        self, account: Account, region: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._account = account
        self._region = region
        self._sleep = sleep

    def root_volume(self, instance: str) -> str | Unread:
        """The instance's root volume, or why there is none to be read."""
        answer = self._account.call(
            "ec2", "describe_instances", self._region, InstanceIds=[instance]
        )
        for reservation in answer.get("Reservations", ()):
            for item in reservation.get("Instances", ()):
                found = self._converted(item, _Instance, "describe_instances")
                for mapping in found.block_device_mappings:
                    if mapping.device_name == found.root_device_name and mapping.ebs:
                        return mapping.ebs.volume_id
                detail = "SSM does not manage the instance, and its root device is no EBS volume"
                return Unread(reason="UNMANAGED_EC2_INSTANCE", detail=detail)
        return Unread(reason="RESOURCE_TERMINATED", detail="the instance is gone")

    def newest(self, volume: str) -> Snapshot | None:
        """The newest complete snapshot of a volume, except those that were made for a scan."""
        found = [
            self._converted(item, Snapshot, "describe_snapshots")
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
        answer = self._account.call("ec2", "describe_volumes", self._region, VolumeIds=[volume])
        for item in answer.get("Volumes", ()):
            return self._converted(item, _Volume, "describe_volumes").size
        raise self._malformed("ec2", "describe_volumes", "no such volume")

    @contextmanager
    def created(self, volume: str, instance: str, *, now: datetime) -> Iterator[str]:
        """A snapshot of its own, deleted at the end; what a scan that was broken off has left goes first."""
        self._clear_away(volume, now)
        answer = self._account.call(
            "ec2",
            "create_snapshot",
            self._region,
            VolumeId=volume,
            Description=f"vedette: one scan of {instance}; deleted after it",
            TagSpecifications=[
                {"ResourceType": "snapshot", "Tags": [{"Key": _TAG, "Value": _FOR}]}
            ],
        )
        snapshot = str(answer.get("SnapshotId", ""))
        if not snapshot:
            raise self._malformed("ec2", "create_snapshot", "no SnapshotId")
        try:
            self._wait(snapshot)
            yield snapshot
        finally:
            self._delete(snapshot)

    def _clear_away(self, volume: str, now: datetime) -> None:
        for item in self._snapshots(volume):
            if _is_ours(item):
                left = self._converted(item, Snapshot, "describe_snapshots")
                if now - left.start_time.astimezone(UTC) > _ABANDONED:
                    self._delete(left.snapshot_id)

    def _wait(self, snapshot: str) -> None:
        for _ in range(_TRIES):
            answer = self._account.call(
                "ec2", "describe_snapshots", self._region, SnapshotIds=[snapshot]
            )
            items = answer.get("Snapshots", ())
            state = str(items[0].get("State")) if items else "pending"
            if state == "completed":
                return
            if state == "error":
                raise self._malformed("ec2", "create_snapshot", "the snapshot failed")
            self._sleep(_WAIT)
        raise Late

    def blocks(self, snapshot: str) -> SnapshotBlocks:
        """What a snapshot holds."""
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
        """One block of it."""
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
        # a byte more than there may be, so that what is too long does not pass for what was asked
        return Block(data=body.read(BLOCK + 1), checksum=str(answer.get("Checksum", "")))

    def _delete(self, snapshot: str) -> None:
        self._account.call("ec2", "delete_snapshot", self._region, SnapshotId=snapshot)

    def _converted(self, item: object, kind: type[_Kind], operation: str) -> _Kind:
        try:
            return msgspec.convert(item, kind)
        except msgspec.ValidationError as error:
            service = "ebs" if operation.endswith("blocks") else "ec2"
            raise self._malformed(service, operation, str(error)) from error

    def _malformed(self, service: str, operation: str, reason: str) -> ServiceError:
        return ServiceError(reason, service=service, operation=operation, code="Malformed")


def _is_ours(snapshot: Any) -> bool:
    tags = snapshot.get("Tags", ())
    return any(tag.get("Key") == _TAG and tag.get("Value") == _FOR for tag in tags)
