"""A recording goes on where it was, and what it wrote is what the analysis reads."""

import json
from pathlib import Path

import pytest

from tests.app.test_accounts import OWN, identity
from tests.simulators.aws_wire import Wire, ok, rest_error, xml, xml_error
from vedette.app.discovery.configuration import record_network
from vedette.app.discovery.recording import Recording, record
from vedette.app.discovery.scope import Place, Scope
from vedette.errors import ConfigError, ServiceError, SourceError
from vedette.network.describe import read_snapshot, snapshot_from

PLACE = Place(account=OWN, region="eu-west-1")
SCOPE = Scope(accounts=(OWN,), regions=("eu-west-1",))
VPCS = xml("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>")
SUBNETS = xml(
    "DescribeSubnets", "<subnetSet><item><subnetId>subnet-1</subnetId></item></subnetSet>"
)
FUNCTIONS = ok(
    {"Functions": [{"FunctionName": "hook", "Environment": {"Variables": {"KEY": "secret"}}}]}
)
URLS = ok({"FunctionUrlConfigs": [{"FunctionUrl": "https://x.example/", "AuthType": "NONE"}]})


@pytest.fixture
def cloud(wire: Wire) -> Wire:
    """Everything is refused but what a test says."""
    wire.says("sts.GetCallerIdentity", identity(), identity())
    wire.otherwise = xml_error("UnauthorizedOperation", "no")
    return wire


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def _recorded(cloud: Wire, folder: Path, *, resume: bool = False) -> Recording:
    return record(cloud.account(), SCOPE, folder, resume=resume)


def test_it_is_what_the_analysis_reads(cloud: Wire, tmp_path: Path) -> None:
    for _ in range(2):
        cloud.says("ec2.DescribeVpcs", VPCS)
        cloud.says("lambda.ListFunctions", FUNCTIONS)
        cloud.says("lambda.ListFunctionUrlConfigs", URLS)
        cloud.says("lambda.GetPolicy", rest_error("ResourceNotFoundException", status=404))
    done = _recorded(cloud, tmp_path / "new")
    answers, failures = record_network(cloud.account(), PLACE)
    assert done == Recording(
        places=(PLACE,), written=len(answers), stood=0, failures=tuple(sorted(set(failures)))
    )
    folder = tmp_path / "new" / OWN / "eu-west-1"
    assert json.loads((folder / "ec2.describe-vpcs.json").read_text()) == {
        "Vpcs": [{"VpcId": "vpc-1"}]
    }
    assert json.loads((folder / "lambda.get-policy/hook.json").read_text()) == {}
    assert read_snapshot(tmp_path / "new") == snapshot_from({(OWN, "eu-west-1"): answers})
    assert not any(b"secret" in content for content in _files(tmp_path).values())


def test_it_goes_on_where_it_was(cloud: Wire, tmp_path: Path) -> None:
    """What was refused is asked for again, what stands is not; in the end it is as if it had never stopped."""
    cloud.says("ec2.DescribeVpcs", VPCS)
    cloud.says("lambda.ListFunctions", FUNCTIONS)
    first = _recorded(cloud, tmp_path / "some")
    assert first.stood == 0
    cloud.says("ec2.DescribeSubnets", SUBNETS)
    cloud.says("lambda.ListFunctionUrlConfigs", URLS)
    cloud.says("lambda.GetPolicy", rest_error("ResourceNotFoundException", status=404))
    second = _recorded(cloud, tmp_path / "some", resume=True)
    assert second.stood == 2
    assert len(cloud.asked("ec2.DescribeVpcs")) == 1
    assert len(cloud.asked("ec2.DescribeSubnets")) == 2
    for name, answer in (("ec2.DescribeVpcs", VPCS), ("ec2.DescribeSubnets", SUBNETS), ("lambda.ListFunctions", FUNCTIONS),
                         ("lambda.ListFunctionUrlConfigs", URLS)):  # fmt: skip
        cloud.says(name, answer)
    cloud.says("lambda.GetPolicy", rest_error("ResourceNotFoundException", status=404))
    cloud.says("sts.GetCallerIdentity", identity())
    _recorded(cloud, tmp_path / "whole")
    assert _files(tmp_path / "some") == _files(tmp_path / "whole")


def test_files_that_are_no_answers_are_recorded_anew(cloud: Wire, tmp_path: Path) -> None:
    folder = tmp_path / OWN / "eu-west-1"
    folder.mkdir(parents=True)
    (folder / "ec2.describe-vpcs.json").write_text('{"Vpcs": [')
    (folder / "ec2.describe-subnets.json").write_text("[]")
    (folder / "lambda.list-functions.json").write_text('{"Functions": {"FunctionName": "x"}}')
    cloud.says("ec2.DescribeVpcs", VPCS)
    done = _recorded(cloud, tmp_path, resume=True)
    assert (
        done.stood == 1
    )  # an object without an error: what is wrong in it is the analysis' to say
    assert json.loads((folder / "ec2.describe-vpcs.json").read_text()) == {
        "Vpcs": [{"VpcId": "vpc-1"}]
    }


def test_a_directory_with_something_in_it_is_left_alone(cloud: Wire, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty; --resume"):
        _recorded(cloud, tmp_path)
    assert _files(tmp_path) == {"notes": b"mine"}


def test_a_file_is_no_directory(cloud: Wire, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(SourceError, match="File exists"):
        _recorded(cloud, tmp_path / "notes")


def test_what_cannot_be_written_is_said(cloud: Wire, tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("in the way")
    with pytest.raises(SourceError, match="Not a directory"):
        _recorded(cloud, tmp_path, resume=True)


def test_ids_that_no_file_can_have(cloud: Wire, tmp_path: Path) -> None:
    cloud.says("lambda.ListFunctions", ok({"Functions": [{"FunctionName": "../up"}]}))
    cloud.says("lambda.ListFunctionUrlConfigs", URLS)
    cloud.says("lambda.GetPolicy", ok({"Policy": "{}"}))
    done = _recorded(cloud, tmp_path)
    assert {(one.code, one.reason) for one in done.failures if one.code == "Unnamed"} == {
        ("Unnamed", "no file can be named after '../up'")
    }
    assert {name.split("/")[0] for name in _files(tmp_path)} == {OWN}


def test_the_callers_own_credentials_are_needed(wire: Wire, tmp_path: Path) -> None:
    wire.says("sts.GetCallerIdentity", xml_error("InvalidClientTokenId", "unknown", 403))
    with pytest.raises(ServiceError, match="unknown"):
        _recorded(wire, tmp_path)
