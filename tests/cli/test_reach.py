"""`vedette reach` on recorded configuration."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

_PLACE = "111122223333/eu-west-1"


def _estate(folder: Path, *, port: int = 22) -> Path:
    """One public instance behind a group that opens one port; everything as the AWS CLI prints it."""
    everything = {"Ipv4": "0.0.0.0/0"}
    entry: dict[str, Any] = {
        "CidrBlock": everything["Ipv4"],
        "Protocol": "-1",
        "RuleAction": "allow",
        "RuleNumber": 100,
    }
    answers = {
        "ec2.describe-vpcs": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]},
        "ec2.describe-subnets": {
            "Subnets": [
                {
                    "SubnetId": "subnet-1",
                    "VpcId": "vpc-1",
                    "CidrBlock": "10.0.0.0/24",
                    "AvailabilityZone": "eu-west-1a",
                }
            ]
        },
        "ec2.describe-internet-gateways": {
            "InternetGateways": [
                {
                    "InternetGatewayId": "igw-1",
                    "Attachments": [{"VpcId": "vpc-1", "State": "available"}],
                }
            ]
        },
        "ec2.describe-route-tables": {
            "RouteTables": [
                {
                    "RouteTableId": "rtb-1",
                    "VpcId": "vpc-1",
                    "Associations": [{"Main": True, "RouteTableId": "rtb-1"}],
                    "Routes": [
                        {
                            "DestinationCidrBlock": "10.0.0.0/16",
                            "GatewayId": "local",
                            "State": "active",
                            "Origin": "CreateRouteTable",
                        },
                        {
                            "DestinationCidrBlock": "0.0.0.0/0",
                            "GatewayId": "igw-1",
                            "State": "active",
                            "Origin": "CreateRoute",
                        },
                    ],
                }
            ]
        },
        "ec2.describe-network-acls": {
            "NetworkAcls": [
                {
                    "NetworkAclId": "acl-1",
                    "VpcId": "vpc-1",
                    "IsDefault": True,
                    "Associations": [{"NetworkAclId": "acl-1", "SubnetId": "subnet-1"}],
                    "Entries": [entry | {"Egress": False}, entry | {"Egress": True}],
                }
            ]
        },
        "ec2.describe-security-groups": {
            "SecurityGroups": [
                {
                    "GroupId": "sg-1",
                    "VpcId": "vpc-1",
                    "IpPermissions": [
                        {
                            "IpProtocol": "tcp",
                            "FromPort": port,
                            "ToPort": port,
                            "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                        }
                    ],
                }
            ]
        },
        "ec2.describe-network-interfaces": {
            "NetworkInterfaces": [
                {
                    "NetworkInterfaceId": "eni-1",
                    "VpcId": "vpc-1",
                    "SubnetId": "subnet-1",
                    "Status": "in-use",
                    "InterfaceType": "interface",
                    "Groups": [{"GroupId": "sg-1"}],
                    "Attachment": {"InstanceId": "i-1", "Status": "attached"},
                    "PrivateIpAddress": "10.0.0.5",
                    "PrivateIpAddresses": [
                        {
                            "PrivateIpAddress": "10.0.0.5",
                            "Primary": True,
                            "Association": {"PublicIp": "203.0.113.7"},
                        }
                    ],
                }
            ]
        },
        "ec2.describe-instances": {
            "Reservations": [
                {"Instances": [{"InstanceId": "i-1", "State": {"Name": "running", "Code": 16}}]}
            ]
        },
    }
    place = folder / _PLACE
    place.mkdir(parents=True)
    for name, answer in answers.items():
        (place / f"{name}.json").write_text(json.dumps(answer))
    return folder


def test_the_open_port_is_told_with_its_path(run: Run, tmp_path: Path) -> None:
    result = run("reach", "--snapshot", _estate(tmp_path / "snapshot"), "--format", "json")
    document = json.loads(result.stdout)
    exposure = next(one for one in document["exposures"] if one["edge"].startswith("internet-v4"))

    assert document["schema"] == "vedette-reach/1"
    assert exposure["interface"] == "eni-1"
    assert exposure["protocol"].upper() == "TCP"
    assert exposure["ports"] == [22, 22]
    assert exposure["return_path"] is True
    assert exposure["sources"] in document["source_sets"]
    assert exposure["witness"]["destination_port"] == 22
    assert "AWS::EC2::SecurityGroup" in {step["component_type"] for step in exposure["path"]}


def test_the_table(run: Run, tmp_path: Path) -> None:
    result = run("reach", "--snapshot", _estate(tmp_path / "snapshot", port=443))
    assert result.stdout.splitlines()[0].split() == [
        "EDGE",
        "RESOURCE",
        "INTERFACE",
        "ADDRESS",
        "PROTOCOL",
        "PORTS",
        "FROM",
        "ANSWERED",
    ]
    assert "443" in result.stdout
    assert "everything the edge can send" in result.stdout


@pytest.mark.parametrize("missing", ["ec2.describe-network-acls", "ec2.describe-route-tables"])
def test_what_was_not_recorded_is_unknown_not_safe(missing: str, run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    (folder / _PLACE / f"{missing}.json").unlink()
    result = run("reach", "--snapshot", folder, "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert document["unknown"]
    assert not [
        one
        for one in document["not_reachable"]
        if one["interface"] == "eni-1" and "v4" in one["edge"]
    ]


def test_malformed_json_is_unknown(run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    (folder / _PLACE / "ec2.describe-security-groups.json").write_text('{"SecurityGroups": [')
    result = run("reach", "--snapshot", folder)
    assert result.exit_code == 3
    assert "unknown:" in result.stdout


def test_an_empty_folder_is_exit_status_2(run_main: Run, tmp_path: Path) -> None:
    result = run_main("reach", "--snapshot", tmp_path)
    assert result.exit_code == 2


def test_what_was_taken_for_granted_is_in_the_table(run: Run, tmp_path: Path) -> None:
    result = run("reach", "--snapshot", _estate(tmp_path / "snapshot"))
    place = "111122223333/eu-west-1"
    assert (
        f"  taken for granted: VPC Block Public Access was not recorded for {place}: taken as off"
        in result.stdout.splitlines()
    )


@pytest.mark.parametrize(
    ("form", "start"),
    [("svg", "<?xml version"), ("dot", "digraph exposure {"), ("mermaid", "flowchart LR")],
)
def test_pictures(form: str, start: str, run: Run, tmp_path: Path) -> None:
    result = run("reach", "--snapshot", _estate(tmp_path / "snapshot"), "--format", form)
    assert result.exit_code == 0
    assert result.stdout.startswith(start)
    for name in ("internet-v4", "igw-1", "acl-1", "sg-1", "eni-1", "i-1", "TCP 22"):
        assert name in result.stdout


def test_a_selection(run: Run, run_main: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    result = run("reach", "--snapshot", folder, "--interface", "eni-1", "--vpc", "vpc-1")
    assert "1 exposures" in result.stdout
    result = run_main("reach", "--snapshot", folder, "--resource", "i-9")
    assert result.exit_code == 2
    assert "the snapshot has no i-9" in result.stderr


def _added(tmp_path: Path, **change: Any) -> Path:
    path = tmp_path / "changes.json"
    rule = {
        "kind": "authorize-security-group-rule",
        "component": "sg-1",
        "protocol": "tcp",
        "ports": 443,
        "source": "198.51.100.0/24",
    }
    path.write_text(json.dumps({"changes": [rule | change]}))
    return path


def test_a_change_that_opens_something(run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    change = _added(tmp_path)
    result = run("reach", "--snapshot", folder, "--change", change, "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["schema"] == "vedette-reach-change/1"
    assert document["applied"] == 1
    (opened,) = document["opens"]
    assert opened == {
        "edge": "internet-v4",
        "resource": "i-1",
        "interface": "eni-1",
        "address": "203.0.113.7",
        "protocol": "TCP",
        "ports": [443, 443],
        "sources": opened["sources"],
        "through": None,
        "listener": None,
        "labels": [],
        "certain": True,
    }
    assert document["source_sets"] == {opened["sources"]: ["198.51.100.0/24"]}
    assert document["closes"] == []
    result = run("reach", "--snapshot", folder, "--change", change)
    assert "OPENS" in result.stdout
    assert "198.51.100.0/24" in result.stdout
    assert "1 changes: 1 open, 0 close" in result.stdout


def test_a_change_that_closes_something(run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    change = _added(tmp_path, kind="revoke-security-group-rule", ports=22, source="0.0.0.0/0")
    result = run("reach", "--snapshot", folder, "--change", change)
    assert result.exit_code == 0
    assert "CLOSES" in result.stdout
    assert "OPENS" not in result.stdout


def test_a_change_that_is_not_understood(run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    change = _added(tmp_path, component="sg-9")
    result = run("reach", "--snapshot", folder, "--change", change)
    assert result.exit_code == 3
    assert "unknown: sg-9 authorize-security-group-rule" in result.stdout
    result = run("reach", "--snapshot", folder, "--change", change, "--format", "json")
    assert json.loads(result.stdout)["unknown"] == [
        {
            "since": "change",
            "component": "sg-9",
            "attribute": "authorize-security-group-rule",
            "reason": "sg-9: the snapshot does not have it",
        }
    ]


def test_what_is_unknown_with_the_change_is_told(run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    (folder / _PLACE / "ec2.describe-network-acls.json").unlink()
    change = _added(tmp_path, ports=22)
    result = run("reach", "--snapshot", folder, "--change", change, "--format", "json")
    assert result.exit_code == 3
    assert {one["since"] for one in json.loads(result.stdout)["unknown"]} == {"before"}


def test_a_file_of_changes_that_cannot_be_used(run_main: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    result = run_main("reach", "--snapshot", folder, "--change", tmp_path / "none")
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr
    (tmp_path / "changes.json").write_text("{}")
    result = run_main("reach", "--snapshot", folder, "--change", tmp_path / "changes.json")
    assert result.exit_code == 2
    assert "neither a list of changes nor" in result.stderr
    result = run_main(
        "reach", "--snapshot", folder, "--change", _added(tmp_path), "--format", "svg"
    )
    assert result.exit_code == 2
    assert "--change has no format svg" in result.stderr


def _intents(tmp_path: Path, ports: int) -> Path:
    path = tmp_path / "intents.toml"
    path.write_text(f'[[intent]]\nname = "shop"\nresource = "i-1"\nports = [{ports}]\n')
    return path


def test_what_is_expected_is_marked(run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    asked = ("reach", "--snapshot", folder, "--intents", _intents(tmp_path, 22))
    result = run(*asked, "--fail-on-unexpected")
    assert result.exit_code == 0
    assert "EXPECTED BY" in result.stdout
    assert "0 exposures that nobody expects" in result.stdout
    document = json.loads(run(*asked, "--format", "json").stdout)
    assert [one["expected_by"] for one in document["exposures"]] == [["shop"]]
    assert document["unmet_intents"] == []


def test_what_is_not_expected_can_fail(run: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    asked = ("reach", "--snapshot", folder, "--intents", _intents(tmp_path, 443))
    result = run(*asked)
    assert result.exit_code == 0
    assert "nobody" in result.stdout
    assert "does not hold: shop for i-1: ENI_SG_RULES_MISMATCH" in result.stdout
    assert run(*asked, "--fail-on-unexpected").exit_code == 1
    document = json.loads(run(*asked, "--format", "json").stdout)
    assert document["unmet_intents"][0]["code"] == "ENI_SG_RULES_MISMATCH"


def test_options_that_do_not_go_together(run_main: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    intents = _intents(tmp_path, 22)
    change = _added(tmp_path)
    result = run_main("reach", "--snapshot", folder, "--best-change", "--change", change)
    assert result.exit_code == 2
    assert "--change and --best-change cannot be used together" in result.stderr
    intents.write_text("[[")
    result = run_main("reach", "--snapshot", folder, "--intents", intents)
    assert result.exit_code == 2
    assert "intents.toml: not TOML" in result.stderr


def test_the_best_changes(run: Run, run_main: Run, tmp_path: Path) -> None:
    folder = _estate(tmp_path / "snapshot")
    result = run("reach", "--snapshot", folder, "--best-change", "3")
    assert result.exit_code == 0
    header, first, *_ = result.stdout.splitlines()
    assert header.split()[:4] == ["CHANGE", "COMPONENT", "RULE", "CLOSES"]
    assert first.startswith("revoke-security-group-rule")
    asked = ("reach", "--snapshot", folder, "--format", "json", "--best-change")
    document = json.loads(run(*asked).stdout)
    assert document["best_changes"][0]["closes"] == 1
    expected = json.loads(run(*asked, "--intents", _intents(tmp_path, 22)).stdout)
    assert expected["best_changes"] == []
    assert expected["exposures"][0]["expected_by"] == ["shop"]
    refused = run_main("reach", "--snapshot", folder, "--best-change", "--format", "svg")
    assert refused.exit_code == 2


@pytest.mark.parametrize(("port", "status", "names"), [(443, 0, ["shop"]), (22, 1, [])])
def test_a_change_that_opens_what_is_expected(
    port: int, status: int, names: list[str], run: Run, tmp_path: Path
) -> None:
    folder = _estate(tmp_path / "snapshot")
    intents = _intents(tmp_path, port)
    asked = ("reach", "--snapshot", folder, "--change", _added(tmp_path), "--intents", intents)
    result = run(*asked)
    assert result.exit_code == status
    assert "EXPECTED BY" in result.stdout
    assert (names or ["nobody"])[0] in result.stdout
    (opened,) = json.loads(run(*asked, "--format", "json").stdout)["opens"]
    assert opened["expected_by"] == names
