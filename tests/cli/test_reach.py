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
