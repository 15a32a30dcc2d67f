"""Instances without an agent, end to end: a disk in EBS (simulated) and its inventory."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest

from tests.sources import disk_images as made
from vedette.app.discovery.scope import Agentless
from vedette.app.inventories.disks import Disks
from vedette.app.inventories.extraction import extract
from vedette.app.inventories.instances import prepare_instance
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.snapshots import prepare_snapshot
from vedette.app.inventories.taken import Job, Prepared, Reading, Tools, Unread, Workbench
from vedette.clients.aws import AwsSettings, connect
from vedette.clients.http import HttpClient
from vedette.errors import ServiceError
from vedette.inventory.collect import collect
from vedette.model.arn import parse_account_id
from vedette.model.inventory import Inventory
from vedette.model.resource import Ec2Instance, InstanceState, Resource, ResourceRef, ResourceType
from vedette.sources.directory import open_directory
from vedette_simulator.process import Simulator, start

pytestmark = pytest.mark.loopback

BLOCK = 512 << 10
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
WHY = Unread(reason="UNMANAGED_EC2_INSTANCE", detail="SSM does not manage the instance")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with start() as running:
        yield running


class Estate:
    """One account with instances whose root volumes have snapshots, or not."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        keys = simulator.credentials("workloads")
        self.region = keys["region_name"]
        session = boto3.Session(**keys)
        self.ec2: Any = session.client("ec2", endpoint_url=simulator.endpoint)
        self.ebs: Any = session.client("ebs", endpoint_url=simulator.endpoint)
        settings = AwsSettings(region=self.region, endpoint_url=simulator.endpoint)
        account = connect(
            settings, credentials=(keys["aws_access_key_id"], keys["aws_secret_access_key"])
        )
        self.account = account.identity()
        self.http = HttpClient()
        self._subnet = self.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self._image: str | None = None
        self.tools = Tools(
            accounts={parse_account_id(self.account): account},
            managed={},
            scratch=Scratch(folder, self.http),
            cache=None,
            now=NOW,
        )

    def extract(self, job: Job) -> Inventory | Unread:
        return extract(
            job, Workbench(account=self.tools.accounts.__getitem__, scratch=self.tools.scratch)
        )

    def instance(self) -> str:
        if self._image is None:
            answer = self.ec2.register_image(
                Name="made-up", RootDeviceName="/dev/sda1", Architecture="x86_64"
            )
            self._image = str(answer["ImageId"])
        answer = self.ec2.run_instances(
            ImageId=self._image, SubnetId=self._subnet, MinCount=1, MaxCount=1
        )
        return str(answer["Instances"][0]["InstanceId"])

    def root(self, instance: str) -> tuple[str, str]:
        """Device name and volume."""
        answer = self.ec2.describe_instances(InstanceIds=[instance])
        item = answer["Reservations"][0]["Instances"][0]
        name = item["RootDeviceName"]
        volumes = {m["DeviceName"]: m["Ebs"]["VolumeId"] for m in item["BlockDeviceMappings"]}
        return name, volumes[name]

    def snapshot(self, disk: Path) -> tuple[str, str]:
        """A snapshot with the disk's blocks, and the volume that it is of."""
        size = 1
        snapshot = self.ebs.start_snapshot(VolumeSize=size)["SnapshotId"]
        changed = 0
        with disk.open("rb") as file:
            for index in range(size << 30 >> 19):
                data = file.read(BLOCK).ljust(BLOCK, b"\0")
                if not data.strip(b"\0"):
                    continue
                self.ebs.put_snapshot_block(
                    SnapshotId=snapshot,
                    BlockIndex=index,
                    BlockData=data,
                    DataLength=len(data),
                    Checksum=base64.b64encode(hashlib.sha256(data).digest()).decode(),
                    ChecksumAlgorithm="SHA256",
                )
                changed += 1
        self.ebs.complete_snapshot(SnapshotId=snapshot, ChangedBlocksCount=changed)
        described = self.ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]
        return snapshot, described["VolumeId"]

    def resource(self, instance: str) -> Resource:
        return Resource(
            ref=ResourceRef(
                type=ResourceType.EC2_INSTANCE,
                id=instance,
                account=self.account,
                region=self.region,
                partition="aws",
            ),
            facts=Ec2Instance(
                instance_type="t3.micro",
                image_id=None,
                state=InstanceState.RUNNING,
                launched_at=None,
            ),
        )

    def prepare(self, resource: Resource, how: Agentless, tools: Tools | None = None) -> Prepared:
        (account,) = self.tools.accounts.values()
        disks = Disks(account, self.region, sleep=lambda _: None)
        return prepare_snapshot(resource, tools or self.tools, disks, how, WHY)

    def snapshots(self, volume: str) -> list[str]:
        answer = self.ec2.describe_snapshots(Filters=[{"Name": "volume-id", "Values": [volume]}])
        return sorted(item["SnapshotId"] for item in answer["Snapshots"])


@pytest.fixture(scope="module")
def estate(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    found = Estate(simulator, tmp_path_factory.mktemp("scratch"))
    yield found
    found.http.close()
    found.ec2.close()
    found.ebs.close()


def test_an_existing_snapshot_is_read(estate: Estate, tmp_path: Path) -> None:
    folder = made.root(tmp_path / "root")
    disk = made.gpt(tmp_path / "disk", [made.ext(folder, tmp_path / "fs")])
    snapshot, volume = estate.snapshot(disk)
    instance = estate.instance()
    device, first = estate.root(instance)
    estate.ec2.detach_volume(VolumeId=first, InstanceId=instance)
    estate.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device=device)
    assert estate.root(instance) == (device, volume)

    resource = estate.resource(instance)
    prepared = estate.prepare(resource, Agentless.EXISTING)
    assert isinstance(prepared, Reading)
    found = prepared.read(estate.extract)
    expected = collect(open_directory(folder), resource=resource.ref)
    assert [package.name for package in expected.packages] == ["bash", "openssl", "requests"]
    assert found == expected
    again = estate.prepare(resource, Agentless.CREATE)
    assert isinstance(again, Reading)
    assert again.fingerprint == prepared.fingerprint
    assert estate.snapshots(volume) == [snapshot]


def test_without_a_snapshot_and_without_leave_to_make_one_it_is_unmanaged(estate: Estate) -> None:
    resource = estate.resource(estate.instance())
    assert estate.prepare(resource, Agentless.NONE) == Unread(
        reason="UNMANAGED_EC2_INSTANCE", detail="SSM does not manage the instance"
    )
    assert estate.prepare(resource, Agentless.EXISTING) == Unread(
        reason="UNMANAGED_EC2_INSTANCE",
        detail="SSM does not manage the instance, and its root volume has no snapshot",
    )


def _made_for_a_scan(estate: Estate, volume: str, tag: str) -> str:
    answer = estate.ec2.create_snapshot(
        VolumeId=volume,
        TagSpecifications=[
            {"ResourceType": "snapshot", "Tags": [{"Key": "vedette", "Value": tag}]}
        ],
    )
    return str(answer["SnapshotId"])


def test_a_snapshot_that_was_made_is_deleted_though_reading_failed(estate: Estate) -> None:
    instance = estate.instance()
    _, volume = estate.root(instance)
    left = _made_for_a_scan(estate, volume, "scan")
    prepared = estate.prepare(estate.resource(instance), Agentless.CREATE)
    assert isinstance(prepared, Reading)
    with pytest.raises(ServiceError, match="ebs:list_snapshot_blocks"):
        prepared.read(estate.extract)  # the simulated EBS keeps no blocks of volumes
    assert estate.snapshots(volume) == [left]


def test_what_a_broken_off_scan_has_left_goes_when_it_is_old(estate: Estate) -> None:
    instance = estate.instance()
    _, volume = estate.root(instance)
    _made_for_a_scan(estate, volume, "scan")
    later = msgspec.structs.replace(
        estate.tools,
        now=datetime.now(UTC) + timedelta(hours=3),  # noqa: TID251 - the simulator's clock
    )
    prepared = estate.prepare(estate.resource(instance), Agentless.CREATE, later)
    assert isinstance(prepared, Reading)
    with pytest.raises(ServiceError, match="ebs:list_snapshot_blocks"):
        prepared.read(estate.extract)
    assert estate.snapshots(volume) == []


def test_somebody_elses_snapshot_stays_whatever_its_tag(estate: Estate) -> None:
    instance = estate.instance()
    _, volume = estate.root(instance)
    kept = _made_for_a_scan(estate, volume, "golden")
    prepared = estate.prepare(estate.resource(instance), Agentless.CREATE)
    assert isinstance(prepared, Reading)  # it is read like any other
    assert estate.snapshots(volume) == [kept]


def test_a_volume_without_a_snapshot_is_read_once_a_day(estate: Estate) -> None:
    resource = estate.resource(estate.instance())

    def content(hours: int) -> str:
        tools = msgspec.structs.replace(estate.tools, now=NOW + timedelta(hours=hours))
        prepared = estate.prepare(resource, Agentless.CREATE, tools)
        assert isinstance(prepared, Reading)
        return prepared.fingerprint

    assert content(0) == content(11) != content(12)


def test_what_ssm_does_not_know_is_looked_for_in_snapshots(estate: Estate) -> None:
    resource = estate.resource(estate.instance())
    facts = resource.facts
    assert isinstance(facts, Ec2Instance)
    (account,) = estate.tools.accounts
    tools = msgspec.structs.replace(estate.tools, managed={(account, estate.region): {}})
    assert prepare_instance(resource, facts, tools) == WHY
    assert isinstance(prepare_instance(resource, facts, tools, Agentless.CREATE), Reading)
    # SSM itself was not asked: that is another trouble, and hides nothing
    denied = prepare_instance(resource, facts, estate.tools, Agentless.CREATE)
    assert isinstance(denied, Unread)
    assert denied.reason == "ACCESS_DENIED"


def test_a_volume_that_is_too_large_is_not_read(estate: Estate) -> None:
    instance = estate.instance()
    device, first = estate.root(instance)
    zone = estate.ec2.describe_volumes(VolumeIds=[first])["Volumes"][0]["AvailabilityZone"]
    large = estate.ec2.create_volume(Size=1201, AvailabilityZone=zone)["VolumeId"]
    estate.ec2.detach_volume(VolumeId=first, InstanceId=instance)
    estate.ec2.attach_volume(VolumeId=large, InstanceId=instance, Device=device)
    limited = Unread(
        reason="AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED",
        detail="the root volume has 1201 GiB, more than 1200",
    )
    resource = estate.resource(instance)
    assert estate.prepare(resource, Agentless.CREATE) == limited
    estate.ec2.create_snapshot(VolumeId=large)
    assert estate.prepare(resource, Agentless.EXISTING) == limited


def test_a_root_that_is_no_volume_is_unmanaged(estate: Estate) -> None:
    instance = estate.instance()
    _, volume = estate.root(instance)
    estate.ec2.detach_volume(VolumeId=volume, InstanceId=instance)
    prepared = estate.prepare(estate.resource(instance), Agentless.CREATE)
    assert prepared == Unread(
        reason="UNMANAGED_EC2_INSTANCE",
        detail="SSM does not manage the instance, and its root device is no EBS volume",
    )


def test_an_instance_that_is_gone_is_refused_by_ec2(estate: Estate) -> None:
    gone = estate.resource("i-0123456789abcdef0")
    with pytest.raises(ServiceError, match="InvalidInstanceID"):
        estate.prepare(gone, Agentless.EXISTING)
