"""`DescribeInstancePatches` and `DescribeInstancePatchStates`: what the estate knows to be fixed, and is not."""

from vedette_simulator.paging import page
from vedette_simulator.services.ssm.fleet import Fleet, Installed, Managed, managed
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_BASELINE = "pb-0c10e65780EXAMPLE"


def describe_instance_patches(call: Call) -> Fields:
    """The patches of an instance; empty until AWS-RunPatchBaseline has run."""
    instance = managed(call, required(call.params, "InstanceId"))
    wanted = {item["Key"]: item["Values"] for item in call.params.get("Filters", [])}
    items = [
        patch
        for patch in (_patch(item) for item in instance.packages if item.package.patched)
        if all(patch.get(key) in values for key, values in wanted.items())
    ]
    listed = items if instance.patched else []
    found, token = page(
        listed, call.params.get("NextToken"), int(call.params.get("MaxResults", 50))
    )
    return {"Patches": found, "NextToken": token}


def describe_instance_patch_states(call: Call) -> Fields:
    """Counts by instance, for those on which AWS-RunPatchBaseline has run."""
    fleet = call.state(Fleet).managed
    items = [
        _counts(fleet[instance_id])
        for instance_id in required(call.params, "InstanceIds")
        if instance_id in fleet and fleet[instance_id].patched
    ]
    found, token = page(items, call.params.get("NextToken"), int(call.params.get("MaxResults", 50)))
    return {"InstancePatchStates": found, "NextToken": token}


HANDLERS: Handlers = {
    ("ssm", "DescribeInstancePatches"): describe_instance_patches,
    ("ssm", "DescribeInstancePatchStates"): describe_instance_patch_states,
}


def _patch(item: Installed) -> Fields:
    patch: Fields = {
        "Title": f"{item.package.name}.{item.package.arch}:{item.package.patched}",
        "KBId": f"{item.package.name}.{item.package.arch}",
        "Classification": "Security",
        "Severity": item.package.severity,
        "State": "Missing" if item.missing else "Installed",
        "CVEIds": ",".join(item.package.cves),
    }
    return patch | ({} if item.missing else {"InstalledTime": item.installed_at})


def _counts(instance: Managed) -> Fields:
    run = instance.patched
    known = [item for item in instance.packages if item.package.patched]
    missing = sum(item.missing for item in known)
    times = (
        {
            "Operation": run.operation,
            "RebootOption": run.reboot_option,
            "SnapshotId": run.snapshot_id,
            "OperationStartTime": run.started_at,
            "OperationEndTime": run.ended_at,
        }
        if run
        else {}
    )
    return times | {
        "InstanceId": instance.instance_id,
        "PatchGroup": "",
        "BaselineId": _BASELINE,
        "InstalledCount": len(known) - missing,
        "InstalledOtherCount": len(instance.packages) - len(known),
        "InstalledPendingRebootCount": 0,
        "InstalledRejectedCount": 0,
        "MissingCount": missing,
        "FailedCount": 0,
        "UnreportedNotApplicableCount": 0,
        "NotApplicableCount": 0,
        "CriticalNonCompliantCount": sum(
            item.missing and item.package.severity == "Critical" for item in known
        ),
        "SecurityNonCompliantCount": missing,
        "OtherNonCompliantCount": 0,
    }
