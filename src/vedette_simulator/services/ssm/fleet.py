"""The instances whose agents report to Systems Manager, and the software that is on them."""

from datetime import datetime

import msgspec

from vedette_simulator.errors import AwsError
from vedette_simulator.estate.model import Software, SoftwarePackage
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A package on an instance: the estate's facts of it, the version that is on it now, and since when."""

    package: SoftwarePackage
    version: str
    installed_at: datetime

    @property
    def missing(self) -> bool:
        """Whether the version that fixes it is known and not yet installed."""
        return self.package.patched is not None and self.package.patched != self.version


class PatchRun(msgspec.Struct, frozen=True, kw_only=True):
    """The last run of AWS-RunPatchBaseline."""

    operation: str
    reboot_option: str
    snapshot_id: str
    started_at: datetime
    ended_at: datetime


class Managed:
    """An instance with an SSM agent; its software changes when commands run."""

    def __init__(self, instance_id: str, software: Software, since: datetime) -> None:
        self.instance_id = instance_id
        self.software = software
        self.registered_at = since
        self.captured_at = since
        self.packages = tuple(
            Installed(package=package, version=package.version, installed_at=since)
            for package in sorted(
                software.packages, key=lambda package: (package.name, package.arch)
            )
        )
        self.custom: dict[str, Fields] = {}
        self.patched: PatchRun | None = None

    def update(
        self, names: frozenset[str] | None, now: datetime
    ) -> tuple[tuple[Installed, str], ...]:
        """Install what fixes the named packages (None: all) and collect the inventory anew.

        Returns what was changed: the package as it was, and its new version.
        """
        changes = tuple(
            (item, item.package.patched)
            for item in self.packages
            if item.missing
            and item.package.patched
            and (names is None or item.package.name in names)
        )
        replaced = {id(item): version for item, version in changes}
        self.packages = tuple(
            Installed(package=item.package, version=replaced[id(item)], installed_at=now)
            if id(item) in replaced
            else item
            for item in self.packages
        )
        self.captured_at = now
        return changes


class Fleet:
    """The managed instances of one account and region."""

    def __init__(self) -> None:
        self.managed: dict[str, Managed] = {}


def states(call: Call) -> dict[str, Fields]:
    """EC2's view of the instances here, those that still exist, by id."""
    described = call.invoke("ec2", "DescribeInstances", {})
    return {
        instance["InstanceId"]: instance
        for reservation in described.get("Reservations", [])
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in {"terminated", "shutting-down"}
    }


def managed(call: Call, instance_id: str) -> Managed:
    """A managed instance, stopped or not.

    Raises:
        AwsError: `InvalidInstanceId`.
    """
    found = call.state(Fleet).managed.get(instance_id)
    if found is None or instance_id not in states(call):
        raise AwsError("InvalidInstanceId", "")
    return found


def online(call: Call, instance_id: str) -> Managed:
    """A managed instance that can take commands.

    Raises:
        AwsError: `InvalidInstanceId`, with the words of `SendCommand`.
    """
    found = call.state(Fleet).managed.get(instance_id)
    state = states(call).get(instance_id)
    if found is None or state is None or state["State"]["Name"] != "running":
        raise AwsError(
            "InvalidInstanceId",
            f"Instances [[{instance_id}]] not in a valid state for account {call.place.account}",
        )
    return found


def stamp(time: datetime) -> str:
    """A time as inventory writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def split_rpm(text: str) -> tuple[str, str, str]:
    """`epoch:version-release` in parts, the epoch empty where there is none."""
    epoch, colon, rest = text.rpartition(":")
    version, _, release = rest.rpartition("-")
    return (epoch if colon else ""), version, release
