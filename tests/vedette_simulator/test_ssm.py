"""Systems Manager: who is managed, what is on it, and commands that change it."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.vedette_simulator.conftest import Aws, refusal

pytestmark = pytest.mark.loopback


def _managed(client: Any, **given: Any) -> dict[str, dict[str, Any]]:
    pages = client.get_paginator("describe_instance_information").paginate(**given)
    return {item["InstanceId"]: item for page in pages for item in page["InstanceInformationList"]}


def _applications(client: Any, instance_id: str, **given: Any) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = []
    token: dict[str, str] = {}
    while True:
        page = client.list_inventory_entries(
            InstanceId=instance_id, TypeName="AWS:Application", **given, **token
        )
        assert page["TypeName"] == "AWS:Application"
        assert page["SchemaVersion"] == "1.1"
        entries += page["Entries"]
        if not page.get("NextToken"):
            return entries
        token = {"NextToken": page["NextToken"]}


def _wait(client: Any, command_id: str, instance_id: str) -> tuple[list[str], dict[str, Any]]:
    """The statuses that a command went through, and its last invocation."""
    seen: list[str] = []
    for _ in range(100):
        invocation = client.get_command_invocation(CommandId=command_id, InstanceId=instance_id)
        if invocation["Status"] not in seen:
            seen.append(invocation["Status"])
        if invocation["Status"] in {"Success", "Failed"}:
            return seen, invocation
        time.sleep(0.05)
    raise AssertionError(seen)


def _run(client: Any, instance_id: str, *commands: str) -> tuple[int, str, str]:
    sent = client.send_command(
        InstanceIds=[instance_id],
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": list(commands)},
    )
    _, ended = _wait(client, sent["Command"]["CommandId"], instance_id)
    return ended["ResponseCode"], ended["StandardOutputContent"], ended["StandardErrorContent"]


def test_managed_instances_come_in_pages(aws: Aws, instances: dict[str, str]) -> None:
    found = _managed(aws("ssm", "workloads"), PaginationConfig={"PageSize": 5})
    assert set(found) == {instances[name] for name in ("shop-1", "shop-2", "orders-1")}
    shop = found[instances["shop-1"]]
    assert {
        key: shop[key]
        for key in ("PingStatus", "PlatformType", "PlatformName", "PlatformVersion", "ResourceType")
    } == {
        "PingStatus": "Online",
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
    }
    assert _managed(aws("ssm", "management")) == {}
    assert _managed(aws("ssm", "workloads", "us-east-1")) == {}


def test_a_stopped_instance_has_lost_its_connection(aws: Aws, instances: dict[str, str]) -> None:
    found = _managed(aws("ssm", "data"))
    assert {key: item["PingStatus"] for key, item in found.items()} == {
        instances["ledger-1"]: "Online",
        instances["jump-1"]: "ConnectionLost",
    }


@pytest.mark.parametrize(
    ("key", "values", "names"),
    [
        ("PingStatus", ["ConnectionLost"], {"jump-1"}),
        ("PlatformTypes", ["Linux"], {"jump-1", "ledger-1"}),
        ("tag:role", ["database"], {"ledger-1"}),
        ("tag-key", ["vedette"], {"ledger-1"}),
    ],
)
def test_managed_instances_are_filtered(
    aws: Aws, instances: dict[str, str], key: str, values: list[str], names: set[str]
) -> None:
    found = _managed(aws("ssm", "data"), Filters=[{"Key": key, "Values": values}])
    assert set(found) == {instances[name] for name in names}


def test_an_instance_information_list_filter_works_too(aws: Aws, instances: dict[str, str]) -> None:
    wanted = [{"key": "InstanceIds", "valueSet": [instances["jump-1"]]}]
    found = aws("ssm", "data").describe_instance_information(InstanceInformationFilterList=wanted)
    assert [item["InstanceId"] for item in found["InstanceInformationList"]] == [
        instances["jump-1"]
    ]


def test_an_unknown_filter_is_refused(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws("ssm", "data").describe_instance_information(Filters=[{"Key": "Moon", "Values": ["1"]}])
    assert refusal(error)[0] == "InvalidFilterKey"


def test_a_token_that_is_none_of_its_own_is_refused(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws("ssm", "data").describe_instance_information(NextToken="nonsense")
    assert refusal(error)[0] == "InvalidNextToken"


def test_rpm_packages_are_as_the_agent_reports_them(aws: Aws, instances: dict[str, str]) -> None:
    found = _applications(aws("ssm", "workloads"), instances["shop-2"], MaxResults=10)
    assert len(found) == 32
    assert [entry["Name"] for entry in found] == sorted(entry["Name"] for entry in found)
    openssl = next(entry for entry in found if entry["Name"] == "openssl-libs")
    openssl.pop("InstalledTime")
    assert openssl == {
        "Name": "openssl-libs",
        "Version": "3.0.8",
        "Release": "1.amzn2023.0.1",
        "Epoch": "1",
        "Architecture": "x86_64",
        "Publisher": "Amazon Linux",
        "ApplicationType": "Unspecified",
        "PackageId": "openssl-3.0.8-1.amzn2023.0.1.src.rpm",
        "Summary": "",
        "URL": "",
    }
    assert next(entry for entry in found if entry["Name"] == "glibc")["Epoch"] == ""


def test_deb_packages_are_as_the_agent_reports_them(aws: Aws, instances: dict[str, str]) -> None:
    found = _applications(aws("ssm", "workloads"), instances["orders-1"])
    libssl = next(entry for entry in found if entry["Name"] == "libssl3")
    assert libssl == {
        "Name": "libssl3",
        "Version": "3.0.2-0ubuntu1.8",
        "Architecture": "x86_64",
        "Publisher": "Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>",
        "ApplicationType": "libs",
        "PackageId": "libssl3_3.0.2-0ubuntu1.8_amd64.deb",
        "Summary": "",
        "URL": "",
    }


@pytest.mark.parametrize(
    ("kind", "values", "count"),
    [
        ("Equal", ["openssl"], 1),
        ("NotEqual", ["openssl"], 31),
        ("BeginWith", ["open"], 5),
        ("Exists", ["true"], 32),
    ],
)
def test_inventory_entries_are_filtered(
    aws: Aws, instances: dict[str, str], kind: str, values: list[str], count: int
) -> None:
    wanted = [{"Key": "Name", "Values": values, "Type": kind}]
    assert len(_applications(aws("ssm", "workloads"), instances["shop-2"], Filters=wanted)) == count


def test_other_types_of_inventory(aws: Aws, instances: dict[str, str]) -> None:
    ssm, instance_id = aws("ssm", "data"), instances["ledger-1"]
    information = ssm.list_inventory_entries(
        InstanceId=instance_id, TypeName="AWS:InstanceInformation"
    )
    assert [
        (entry["PlatformName"], entry["PlatformVersion"]) for entry in information["Entries"]
    ] == [("Ubuntu", "22.04")]
    network = ssm.list_inventory_entries(InstanceId=instance_id, TypeName="AWS:Network")["Entries"]
    assert [entry["IPV4"] for entry in network] == ["10.30.10.4"]
    assert (
        ssm.list_inventory_entries(InstanceId=instance_id, TypeName="AWS:Service")["Entries"] == []
    )
    with pytest.raises(ClientError) as error:
        ssm.list_inventory_entries(InstanceId=instance_id, TypeName="AWS:Nonsense")
    assert refusal(error)[0] == "InvalidTypeNameException"


def test_an_instance_without_an_agent_has_no_inventory(aws: Aws, instances: dict[str, str]) -> None:
    with pytest.raises(ClientError) as error:
        aws("ssm", "workloads").list_inventory_entries(
            InstanceId=instances["legacy-1"], TypeName="AWS:Application"
        )
    assert refusal(error)[0] == "InvalidInstanceId"


def test_get_inventory_selects_by_attribute(aws: Aws, instances: dict[str, str]) -> None:
    found = aws("ssm", "workloads").get_inventory(
        Filters=[{"Key": "AWS:Application.Name", "Values": ["nginx-core"], "Type": "Equal"}],
        ResultAttributes=[{"TypeName": "AWS:Application"}],
    )["Entities"]
    assert sorted(entity["Id"] for entity in found) == sorted(
        [instances["shop-1"], instances["shop-2"]]
    )
    content = found[0]["Data"]["AWS:Application"]["Content"]
    assert "nginx" in {entry["Name"] for entry in content}


def test_custom_inventory_is_kept(aws: Aws, instances: dict[str, str]) -> None:
    ssm, instance_id = aws("ssm", "data"), instances["ledger-1"]
    item = {
        "TypeName": "Custom:Rack",
        "SchemaVersion": "1.0",
        "CaptureTime": "2026-01-01T00:00:00Z",
        "Content": [{"Rack": "7"}],
    }
    ssm.put_inventory(InstanceId=instance_id, Items=[item])
    found = ssm.list_inventory_entries(InstanceId=instance_id, TypeName="Custom:Rack")
    assert (found["Entries"], found["CaptureTime"]) == ([{"Rack": "7"}], "2026-01-01T00:00:00Z")
    with pytest.raises(ClientError) as error:
        ssm.put_inventory(InstanceId=instance_id, Items=[item | {"TypeName": "AWS:Application"}])
    assert refusal(error)[0] == "InvalidTypeNameException"


def test_patching_brings_every_package_to_its_fix(aws: Aws, instances: dict[str, str]) -> None:
    ssm, instance_id = aws("ssm", "workloads"), instances["shop-1"]
    before = {entry["Name"]: entry for entry in _applications(ssm, instance_id)}
    assert ssm.describe_instance_patches(InstanceId=instance_id)["Patches"] == []
    sent = ssm.send_command(
        InstanceIds=[instance_id],
        DocumentName="AWS-RunPatchBaseline",
        Comment="from a test",
        Parameters={"Operation": ["Install"], "RebootOption": ["NoReboot"]},
    )["Command"]
    assert (sent["Status"], sent["InstanceIds"], sent["TargetCount"]) == (
        "Pending",
        [instance_id],
        1,
    )
    assert {entry["Name"]: entry for entry in _applications(ssm, instance_id)} == before
    statuses, invocation = _wait(ssm, sent["CommandId"], instance_id)
    assert statuses in (["Pending", "InProgress", "Success"], ["InProgress", "Success"])
    assert invocation["ResponseCode"] == 0
    assert (
        "Upgraded: openssl-libs 1:3.0.8-1.amzn2023.0.1 -> 1:3.0.8-1.amzn2023.0.15"
        in invocation["StandardOutputContent"]
    )
    after = {entry["Name"]: entry for entry in _applications(ssm, instance_id)}
    assert (after["openssl-libs"]["Epoch"], after["openssl-libs"]["Release"]) == (
        "1",
        "1.amzn2023.0.15",
    )
    assert after["openssl-libs"]["InstalledTime"] >= before["openssl-libs"]["InstalledTime"]
    assert after["sudo"] == before["sudo"]
    states = ssm.describe_instance_patch_states(InstanceIds=[instance_id])["InstancePatchStates"]
    assert [(state["Operation"], state["MissingCount"]) for state in states] == [("Install", 0)]
    patches = ssm.describe_instance_patches(InstanceId=instance_id, MaxResults=50)["Patches"]
    assert {patch["State"] for patch in patches} == {"Installed"}
    listed = ssm.list_command_invocations(CommandId=sent["CommandId"], Details=True)
    assert [
        (item["Status"], item["CommandPlugins"][0]["Name"]) for item in listed["CommandInvocations"]
    ] == [("Success", "PatchLinux")]
    commands = ssm.list_commands(CommandId=sent["CommandId"])["Commands"]
    assert [(command["Status"], command["CompletedCount"]) for command in commands] == [
        ("Success", 1)
    ]


def test_a_scan_changes_nothing_and_counts(aws: Aws, instances: dict[str, str]) -> None:
    ssm, instance_id = aws("ssm", "workloads"), instances["orders-1"]
    before = _applications(ssm, instance_id)
    sent = ssm.send_command(
        Targets=[{"Key": "tag:role", "Values": ["application"]}],
        DocumentName="AWS-RunPatchBaseline",
        Parameters={"Operation": ["Scan"]},
    )["Command"]
    _wait(ssm, sent["CommandId"], instance_id)
    assert _applications(ssm, instance_id) == before
    state = ssm.describe_instance_patch_states(InstanceIds=[instance_id])["InstancePatchStates"][0]
    assert (state["Operation"], state["MissingCount"], state["InstalledCount"]) == ("Scan", 17, 0)
    missing = ssm.describe_instance_patches(
        InstanceId=instance_id, Filters=[{"Key": "KBId", "Values": ["libssl3.amd64"]}]
    )["Patches"]
    assert missing == [
        {
            "Title": "libssl3.amd64:3.0.2-0ubuntu1.14",
            "KBId": "libssl3.amd64",
            "Classification": "Security",
            "Severity": "Medium",
            "State": "Missing",
            "CVEIds": "CVE-2023-0464,CVE-2023-2650,CVE-2023-3446,CVE-2023-5363,CVE-2024-0727",
        }
    ]


def test_a_shell_script_changes_what_it_names(aws: Aws, instances: dict[str, str]) -> None:
    ssm, instance_id = aws("ssm", "data"), instances["ledger-1"]
    code, output, errors = _run(
        ssm,
        instance_id,
        "#!/bin/sh",
        "sudo apt-get update",
        "apt-get install -y --only-upgrade curl",
    )
    assert (code, errors) == (0, "")
    assert output.splitlines()[-1] == "Upgraded: curl 7.81.0-1ubuntu1.8 -> 7.81.0-1ubuntu1.16"
    versions = {entry["Name"]: entry["Version"] for entry in _applications(ssm, instance_id)}
    assert (versions["curl"], versions["libcurl4"]) == ("7.81.0-1ubuntu1.16", "7.81.0-1ubuntu1.8")
    assert _run(ssm, instance_id, "uname -r") == (0, "5.15.0-1031-aws\n", "")
    assert 'VERSION_ID="22.04"' in _run(ssm, instance_id, "cat /etc/os-release")[1]
    assert "libcurl4\t7.81.0-1ubuntu1.8\n" in _run(ssm, instance_id, "dpkg-query -W")[1]


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("curl http://example.org", 127, "curl: not found"),
        ("rpm -qa", 127, "rpm: not found"),
        ("apt-get install nothing-like-it", 1, "Unable to find a match: nothing-like-it"),
        ("cat /etc/shadow", 1, "No such file"),
        ("echo 'open", 2, "syntax error"),
        ("apt-get moo", 2, "unknown operation"),
    ],
)
def test_a_shell_script_that_fails_says_so(
    aws: Aws, instances: dict[str, str], command: str, code: int, words: str
) -> None:
    ended = _run(aws("ssm", "data"), instances["ledger-1"], command)
    assert ended[0] == code
    assert words in ended[2]


def test_commands_go_only_to_what_can_take_them(aws: Aws, instances: dict[str, str]) -> None:
    def send(account: str, **given: Any) -> str:
        given = {
            "DocumentName": "AWS-RunPatchBaseline",
            "Parameters": {"Operation": ["Scan"]},
        } | given
        with pytest.raises(ClientError) as error:
            aws("ssm", account).send_command(**given)
        return refusal(error)[0]

    shop = [instances["shop-2"]]
    assert send("data", InstanceIds=[instances["jump-1"]]) == "InvalidInstanceId"  # stopped
    assert (
        send("workloads", InstanceIds=[instances["legacy-1"]]) == "InvalidInstanceId"
    )  # not managed
    assert send("data", InstanceIds=shop) == "InvalidInstanceId"  # another account's
    assert send("workloads", InstanceIds=shop * 2) == "DuplicateInstanceId"
    assert send("workloads") == "InvalidParameters"
    assert send("workloads", InstanceIds=shop, DocumentName="AWS-Nothing") == "InvalidDocument"
    assert (
        send("workloads", InstanceIds=shop, Parameters={"Operation": ["Maybe"]})
        == "InvalidParameters"
    )
    assert (
        send("workloads", Targets=[{"Key": "tag:role", "Values": ["none"]}]) == "InvalidInstanceId"
    )
    with pytest.raises(ClientError) as error:
        aws("ssm", "workloads").get_command_invocation(CommandId="0" * 36, InstanceId=shop[0])
    assert refusal(error)[0] == "InvocationDoesNotExist"


def test_the_runbook_patches_an_instance(aws: Aws, instances: dict[str, str]) -> None:
    ssm, instance_id = aws("ssm", "data"), instances["ledger-1"]
    started = ssm.start_automation_execution(
        DocumentName="AWS-PatchInstanceWithRollback", Parameters={"InstanceId": [instance_id]}
    )["AutomationExecutionId"]

    def execution() -> dict[str, Any]:
        found: dict[str, Any] = ssm.get_automation_execution(AutomationExecutionId=started)
        return dict(found["AutomationExecution"])

    assert execution()["AutomationExecutionStatus"] in {"Pending", "InProgress"}
    limit = time.monotonic() + 5
    while execution()["AutomationExecutionStatus"] != "Success" and time.monotonic() < limit:
        time.sleep(0.05)
    assert [step["StepStatus"] for step in execution()["StepExecutions"]] == ["Success"]
    versions = {entry["Name"]: entry["Version"] for entry in _applications(ssm, instance_id)}
    assert versions["libc6"] == "2.35-0ubuntu3.8"
    with pytest.raises(ClientError) as error:
        ssm.start_automation_execution(DocumentName="AWS-Unknown")
    assert refusal(error)[0] == "AutomationDefinitionNotFoundException"
    with pytest.raises(ClientError) as error:
        ssm.get_automation_execution(AutomationExecutionId="0" * 36)
    assert refusal(error)[0] == "AutomationExecutionNotFoundException"


def test_rpm_lists_what_is_installed(aws: Aws, instances: dict[str, str]) -> None:
    code, output, _ = _run(aws("ssm", "workloads"), instances["shop-2"], "rpm -qa")
    assert code == 0
    assert "openssl-libs-3.0.8-1.amzn2023.0.1.x86_64" in output.splitlines()
    assert len(output.splitlines()) == 32
