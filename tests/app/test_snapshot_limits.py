"""A snapshot that is never complete, and one that EC2 allows no more of."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.findings.make import INSTANCE
from tests.simulators.aws_wire import Reply, Wire, xml, xml_error
from vedette.app.discovery.scope import Agentless
from vedette.app.inventories.disks import Disks
from vedette.app.inventories.scratch import Scratch
from vedette.app.inventories.snapshots import prepare_snapshot
from vedette.app.inventories.taken import Job, Reading, Tools, Unread
from vedette.clients.http import HttpClient
from vedette.model.inventory import Inventory

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WHY = Unread(reason="UNMANAGED_EC2_INSTANCE", detail="SSM does not manage the instance")
_MAPPING = (
    "<rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName>"
    "<ebs><volumeId>vol-1</volumeId></ebs></item></blockDeviceMapping>"
)


def _unused(_job: Job) -> Inventory:
    raise AssertionError


@pytest.mark.parametrize(
    ("created", "reason", "deleted"),
    [
        (
            xml("CreateSnapshot", "<snapshotId>snap-1</snapshotId>"),
            "AGENTLESS_INSTANCE_COLLECTION_TIME_LIMIT_EXCEEDED",
            1,
        ),
        (
            xml_error("SnapshotLimitExceeded", "100,000 of them"),
            "AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED",
            0,
        ),
    ],
)
def test_a_snapshot_that_cannot_be_had(
    wire: Wire, tmp_path: Path, created: Reply, reason: str, deleted: int
) -> None:
    instance = f"<item><instanceId>i-1</instanceId>{_MAPPING}</item>"
    reservation = f"<item><instancesSet>{instance}</instancesSet></item>"
    volume = "<item><volumeId>vol-1</volumeId><size>8</size></item>"
    pending = "<item><snapshotId>snap-1</snapshotId><status>pending</status></item>"
    none = xml("DescribeSnapshots", "<snapshotSet/>")
    wire.says(
        "ec2.DescribeInstances",
        xml("DescribeInstances", f"<reservationSet>{reservation}</reservationSet>"),
    )
    wire.says("ec2.DescribeVolumes", xml("DescribeVolumes", f"<volumeSet>{volume}</volumeSet>"))
    wire.says(
        "ec2.DescribeSnapshots",
        none,
        none,
        xml("DescribeSnapshots", f"<snapshotSet>{pending}</snapshotSet>"),
    )
    wire.says("ec2.CreateSnapshot", created)
    wire.says("ec2.DeleteSnapshot", xml("DeleteSnapshot", "<return>true</return>"))
    waited: list[float] = []
    with HttpClient() as http:
        scratch = Scratch(tmp_path, http)
        tools = Tools(accounts={}, managed={}, scratch=scratch, cache=None, now=NOW)
        disks = Disks(wire.account(), "eu-west-1", sleep=waited.append)
        prepared = prepare_snapshot(INSTANCE, tools, disks, Agentless.CREATE, WHY)
        assert isinstance(prepared, Reading)
        found = prepared.read(_unused)
    assert isinstance(found, Unread)
    assert found.reason == reason
    assert len(wire.asked("ec2.DeleteSnapshot")) == deleted
    assert (sum(waited) >= 3600) == bool(deleted)
