"""`DescribeInstanceInformation`, `ListInventoryEntries`, `GetInventory`, `PutInventory`.

The entries are those that the SSM agent collects (amazon-ssm-agent, gatherers/application): for rpm with Release, Epoch
(empty where the package has none) and the source package's file name as PackageId; for dpkg with the whole version, no
install time, the binary package as PackageId and **no source package**.
"""

from collections.abc import Callable, Mapping
from typing import Any

from vedette_simulator.errors import AwsError
from vedette_simulator.paging import page
from vedette_simulator.services.ssm.fleet import (
    Fleet,
    Installed,
    Managed,
    managed,
    split_rpm,
    stamp,
    states,
)
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_APPLICATION = "AWS:Application"
_INFORMATION = "AWS:InstanceInformation"
_NETWORK = "AWS:Network"
_BUILT_IN = frozenset(
    {
        "AWS:AWSComponent",
        _APPLICATION,
        "AWS:BillingInfo",
        "AWS:ComplianceItem",
        "AWS:ComplianceSummary",
        "AWS:File",
        "AWS:InstanceDetailedInformation",
        _INFORMATION,
        _NETWORK,
        "AWS:PatchCompliance",
        "AWS:PatchSummary",
        "AWS:ResourceGroup",
        "AWS:Service",
        "AWS:Tag",
        "AWS:WindowsRegistry",
        "AWS:WindowsRole",
        "AWS:WindowsUpdate",
    }
)
_ARCHITECTURES = {"amd64": "x86_64", "386": "i386"}
_FILTERS: Mapping[str, Callable[[Fields], Any]] = {
    "InstanceIds": lambda item: item["InstanceId"],
    "PingStatus": lambda item: item["PingStatus"],
    "PlatformTypes": lambda item: item["PlatformType"],
    "AgentVersion": lambda item: item["AgentVersion"],
    "ResourceType": lambda item: item["ResourceType"],
}


def describe_instance_information(call: Call) -> Fields:
    """The managed instances, those that are stopped with ping status ConnectionLost."""
    known = states(call)
    items = [
        _information(instance, known[instance_id], call)
        for instance_id, instance in sorted(call.state(Fleet).managed.items())
        if instance_id in known
    ]
    for wanted in call.params.get("Filters", []):
        items = _filtered(items, wanted["Key"], wanted["Values"], known)
    for wanted in call.params.get("InstanceInformationFilterList", []):
        items = _filtered(items, wanted["key"], wanted["valueSet"], known)
    size = _size(call, largest=50, smallest=5, default=10)
    found, token = page(items, call.params.get("NextToken"), size)
    return {"InstanceInformationList": found, "NextToken": token}


def list_inventory_entries(call: Call) -> Fields:
    """One type of inventory of one instance, with `Filters` of type Equal, NotEqual, BeginWith and Exists."""
    instance_id, name = required(call.params, "InstanceId"), required(call.params, "TypeName")
    instance = managed(call, instance_id)
    content = _content(call, instance, name)
    entries = [
        entry
        for entry in content["Entries"]
        if all(_holds(entry, wanted) for wanted in call.params.get("Filters", []))
    ]
    found, token = page(
        entries, call.params.get("NextToken"), _size(call, largest=50, smallest=1, default=50)
    )
    return {
        "TypeName": name,
        "InstanceId": instance_id,
        "SchemaVersion": content["SchemaVersion"],
        "CaptureTime": content["CaptureTime"],
        "Entries": found,
        "NextToken": token,
    }


def get_inventory(call: Call) -> Fields:
    """Entities with the asked types (by default AWS:InstanceInformation), filtered by `TYPE.ATTRIBUTE`."""
    if call.params.get("Aggregators"):
        raise AwsError("InvalidAggregatorException", "The simulator does not aggregate inventory.")
    wanted = [item["TypeName"] for item in call.params.get("ResultAttributes", [])] or [
        _INFORMATION
    ]
    known = states(call)
    entities = []
    for instance_id, instance in sorted(call.state(Fleet).managed.items()):
        if instance_id in known and _selected(call, instance):
            data = {name: _item(_content(call, instance, name), name) for name in wanted}
            entities.append({"Id": instance_id, "Data": data})
    found, token = page(
        entities, call.params.get("NextToken"), _size(call, largest=50, smallest=1, default=50)
    )
    return {"Entities": found, "NextToken": token}


def put_inventory(call: Call) -> Fields:
    """Inventory from outside (custom types), which later listings give back."""
    instance = managed(call, required(call.params, "InstanceId"))
    for item in required(call.params, "Items"):
        if not item["TypeName"].startswith("Custom:"):
            raise AwsError(
                "InvalidTypeNameException",
                f"The simulator takes custom inventory only, not {item['TypeName']}; the agent reports the others.",
            )
        instance.custom[item["TypeName"]] = {
            "SchemaVersion": item["SchemaVersion"],
            "CaptureTime": item["CaptureTime"],
            "Entries": item.get("Content", []),
        }
    return {}


HANDLERS: Handlers = {
    ("ssm", "DescribeInstanceInformation"): describe_instance_information,
    ("ssm", "ListInventoryEntries"): list_inventory_entries,
    ("ssm", "GetInventory"): get_inventory,
    ("ssm", "PutInventory"): put_inventory,
}


def _information(instance: Managed, ec2: Fields, call: Call) -> Fields:
    running = ec2["State"]["Name"] == "running"
    address = ec2.get("PrivateIpAddress", "")
    return {
        "InstanceId": instance.instance_id,
        "PingStatus": "Online" if running else "ConnectionLost",
        "LastPingDateTime": call.now if running else instance.registered_at,
        "AgentVersion": instance.software.agent_version,
        "IsLatestVersion": False,
        "PlatformType": "Linux",
        "PlatformName": instance.software.platform_name,
        "PlatformVersion": instance.software.platform_version,
        "ResourceType": "EC2Instance",
        "IPAddress": address,
        "ComputerName": _computer(address, call),
        "AssociationStatus": "Success",
        "LastAssociationExecutionDate": instance.captured_at,
        "LastSuccessfulAssociationExecutionDate": instance.captured_at,
        "SourceId": instance.instance_id,
        "SourceType": "AWS::EC2::Instance",
    }


def _filtered(
    items: list[Fields], key: str, values: list[str], known: Mapping[str, Fields]
) -> list[Fields]:
    if key.startswith("tag:"):
        return [item for item in items if _tags(known[item["InstanceId"]]).get(key[4:]) in values]
    if key == "tag-key":
        return [item for item in items if set(values) & set(_tags(known[item["InstanceId"]]))]
    attribute = _FILTERS.get(key)
    if attribute is None:
        raise AwsError("InvalidFilterKey", f"The simulator does not filter by {key}.")
    return [item for item in items if attribute(item) in values]


def _tags(ec2: Fields) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in ec2.get("Tags", [])}


def _content(call: Call, instance: Managed, name: str) -> Fields:
    if name in instance.custom:
        return instance.custom[name]
    if not (name in _BUILT_IN or name.startswith("Custom:")):
        raise AwsError("InvalidTypeNameException", f"The parameter type name {name} isn't valid.")
    match name:
        case "AWS:Application":
            entries = [_application(item, instance) for item in instance.packages]
        case "AWS:InstanceInformation":
            entries = [_system(call, instance)]
        case "AWS:Network":
            entries = _network(states(call)[instance.instance_id])
        case _:
            entries = []
    return {
        "SchemaVersion": "1.1" if name == _APPLICATION else "1.0",
        "CaptureTime": stamp(instance.captured_at),
        "Entries": entries,
    }


def _item(content: Fields, name: str) -> Fields:
    return {
        "TypeName": name,
        "SchemaVersion": content["SchemaVersion"],
        "CaptureTime": content["CaptureTime"],
        "Content": content["Entries"],
    }


def _application(item: Installed, instance: Managed) -> dict[str, str]:
    entry = {
        "Name": item.package.name,
        "Publisher": item.package.publisher,
        "ApplicationType": "Unspecified" if instance.software.manager == "rpm" else "libs",
        "Architecture": _ARCHITECTURES.get(item.package.arch, item.package.arch),
        "URL": item.package.url,
        "Summary": item.package.summary,
    }
    if instance.software.manager == "deb":
        file = f"{item.package.name}_{item.version}_{item.package.arch}.deb"
        return entry | {"Version": item.version, "PackageId": file}
    epoch, version, release = split_rpm(item.version)
    source = f"{item.package.source or item.package.name}-{version}-{release}.src.rpm"
    return entry | {
        "Version": version,
        "Release": release,
        "Epoch": epoch,
        "InstalledTime": stamp(item.installed_at),
        "PackageId": source,
    }


def _system(call: Call, instance: Managed) -> dict[str, str]:
    ec2 = states(call)[instance.instance_id]
    address = ec2.get("PrivateIpAddress", "")
    return {
        "AgentType": "amazon-ssm-agent",
        "AgentVersion": instance.software.agent_version,
        "ComputerName": _computer(address, call),
        "InstanceId": instance.instance_id,
        "InstanceStatus": "Active" if ec2["State"]["Name"] == "running" else "Stopped",
        "IpAddress": address,
        "PlatformName": instance.software.platform_name,
        "PlatformType": "Linux",
        "PlatformVersion": instance.software.platform_version,
        "ResourceType": "EC2Instance",
    }


def _network(ec2: Fields) -> list[dict[str, str]]:
    return [
        {
            "Name": "eth0" if index == 0 else f"eth{index}",
            "IPV4": interface.get("PrivateIpAddress", ""),
            "IPV6": "",
            "MacAddress": interface.get("MacAddress", ""),
            "SubnetMask": "",
            "Gateway": "",
            "DNSServer": "",
            "DHCPServer": "",
        }
        for index, interface in enumerate(ec2.get("NetworkInterfaces", []))
    ]


def _computer(address: str, call: Call) -> str:
    return f"ip-{address.replace('.', '-')}.{call.place.region}.compute.internal"


def _holds(entry: Mapping[str, str], wanted: Fields) -> bool:
    value, values = entry.get(wanted["Key"]), wanted["Values"]
    match wanted.get("Type", "Equal"):
        case "Equal":
            return value in values
        case "NotEqual":
            return value not in values
        case "BeginWith":
            return value is not None and value.startswith(tuple(values))
        case "Exists":
            return bool((value is not None) == (values == ["true"]))
        case kind:
            raise AwsError("InvalidFilter", f"The simulator has no filter of type {kind}.")


def _selected(call: Call, instance: Managed) -> bool:
    for wanted in call.params.get("Filters", []):
        name, _, attribute = wanted["Key"].rpartition(".")
        if not name:
            raise AwsError("InvalidFilter", f"{wanted['Key']} is not TYPE.ATTRIBUTE")
        entries = _content(call, instance, name)["Entries"]
        if not any(_holds(entry, wanted | {"Key": attribute}) for entry in entries):
            return False
    return True


def _size(call: Call, *, largest: int, smallest: int, default: int) -> int:
    size = int(call.params.get("MaxResults", default))
    if not smallest <= size <= largest:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member must "
            f"have value between {smallest} and {largest}",
        )
    return size
