"""Recorded answers that are absent, cut, malformed or hostile: never a wrong "not reachable"."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.network.estates import ACCOUNT, PLACE, REGION, random_estate, route, simple, tcp
from vedette.errors import SourceError
from vedette.network import describe
from vedette.network.calls import CALLS, ITEM_CALLS, Call, ItemCall
from vedette.network.describe import read_snapshot, snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

SSH = tcp(22, v4=("0.0.0.0/0",))
NEEDED = (
    "describe-network-interfaces",
    "describe-instances",
    "describe-subnets",
    "describe-security-groups",
    "describe-network-acls",
    "describe-route-tables",
    "describe-internet-gateways",
)


def write(root: Path, answers: dict[str, Any]) -> Path:
    place = root / ACCOUNT / REGION
    for name, answer in answers.items():
        path = place / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answer))
    return root


def judged(answers: dict[str, Any]) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: answers})))


def reasons(answers: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    return [(gap.call, gap.item, gap.reason) for gap in snapshot_from({PLACE: answers}).missing]


def test_a_directory_is_what_memory_is(tmp_path: Path) -> None:
    for seed in range(5):
        answers = random_estate(seed).answers()
        recorded = write(tmp_path / str(seed), answers)
        (recorded / "README.txt").write_text("not an account")
        (recorded / ACCOUNT / REGION / "notes.txt").write_text("not an answer")
        listed = recorded / ACCOUNT / REGION / "ec2.get-managed-prefix-list-entries"
        (listed / "notes.txt").write_text("not an answer")
        assert read_snapshot(recorded) == snapshot_from({PLACE: answers})


def test_an_unusable_directory(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a directory"):
        read_snapshot(tmp_path / "absent")
    with pytest.raises(SourceError, match="has no recorded answers"):
        read_snapshot(tmp_path)


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describe, "_MOST_FILES", 3)
    with pytest.raises(SourceError, match="more than 3 files"):
        read_snapshot(write(tmp_path, simple(SSH).answers()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not an object"),
        (b"{}", "Subnets is missing or not a list"),
        (b'{"Subnets": 7}', "Subnets is missing or not a list"),
    ],
)
def test_a_file_that_is_not_an_answer(tmp_path: Path, content: bytes, reason: str) -> None:
    root = write(tmp_path, simple(SSH).answers())
    (root / ACCOUNT / REGION / "ec2.describe-subnets.json").write_bytes(content)
    snapshot = read_snapshot(root)
    (gap,) = snapshot.missing
    assert gap.call == "ec2.describe-subnets"
    assert gap.reason.startswith(reason)
    found = reach(topology_of(snapshot))
    assert [one.interface for one in found.unknown if one.interface] == ["eni-1"]
    assert not [one for one in found.not_reachable if one.interface == "eni-1"]


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path, simple(SSH).answers())
    path = root / ACCOUNT / REGION / "ec2.describe-subnets.json"
    path.unlink()
    path.symlink_to("/dev/null")
    assert [gap.reason for gap in read_snapshot(root).missing] == ["not a regular file"]
    path.unlink()
    path.write_text('{"Subnets": []}')
    monkeypatch.setattr(describe, "LARGEST_FILE", 3)
    assert "larger than 3 bytes" in {gap.reason for gap in read_snapshot(root).missing}
    monkeypatch.undo()

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert {gap.reason for gap in read_snapshot(root).missing if gap.item is None} == {
        "cannot be read: Permission denied"
    }


@pytest.mark.parametrize("call", NEEDED)
def test_a_call_that_is_missing(call: str) -> None:
    answers = simple(SSH).answers()
    del answers[f"ec2.{call}"]
    assert reasons(answers) == [(f"ec2.{call}", None, "not recorded")]
    found = judged(answers)
    assert found.exposures == ()
    assert "i-1" in {one.resource for one in found.unknown} or call.endswith("interfaces")
    assert any(f"ec2.{call}" in one.reason for one in found.unknown)
    assert not [one for one in found.not_reachable if one.edge == "internet-v4"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (
            {"errors": [{"code": "UnauthorizedOperation", "message": "no"}]},
            "answered with an error: UnauthorizedOperation no",
        ),
        (
            {"Error": {"Code": "RequestLimitExceeded", "Message": "later"}},
            "answered with an error: RequestLimitExceeded later",
        ),
        ({"errors": ["broken"]}, "answered with an error: broken"),
        ({"NextToken": "abc"}, "cut: there is a token for a next page"),
    ],
)
def test_an_answer_that_is_not_the_whole_truth(fault: dict[str, Any], reason: str) -> None:
    answers = simple(SSH).answers()
    answers["ec2.describe-internet-gateways"] = {"InternetGateways": [], **fault}
    assert reasons(answers) == [("ec2.describe-internet-gateways", None, reason)]
    (found,) = [one for one in judged(answers).unknown if one.interface]
    assert reason in found.reason
    answers["ec2.describe-internet-gateways"] = fault
    assert {one[2] for one in reasons(answers)} >= {reason}


def test_one_malformed_item_does_not_spoil_the_others() -> None:
    estate = simple(SSH)
    estate.interface(2, "subnet-1", ("sg-1",), public="54.1.1.2")
    answers = estate.answers()
    answers["ec2.describe-network-interfaces"]["NetworkInterfaces"][0]["PrivateIpAddresses"] = "x"
    found = judged(answers)
    assert {one.interface for one in found.exposures} == {"eni-2"}
    # which instance it belongs to is lost with it, so that it may be any one's
    assert [one.resource for one in found.unknown] == ["eni-1", "i-1", "i-2"]
    for number, instance in enumerate(estate.instances, 1):
        instance["NetworkInterfaces"] = [{"NetworkInterfaceId": f"eni-{number}"}]
    assert [one.resource for one in judged(answers).unknown] == ["eni-1", "i-1"]


def test_an_instance_is_not_safe_because_its_interface_was_not_described() -> None:
    estate = simple(SSH)
    estate.instances[0]["NetworkInterfaces"] = [{"NetworkInterfaceId": "eni-1"}]
    estate.interfaces.clear()
    found = judged(estate.answers())
    assert {(one.resource, one.component) for one in found.unknown} == {("i-1", "eni-1")}
    answers = estate.answers()
    del answers["ec2.describe-network-interfaces"]
    estate.instances[0]["NetworkInterfaces"] = []
    assert "i-1" in {one.resource for one in judged(answers).unknown}


@pytest.mark.parametrize("address", ["10.0.0.0/8", "nonsense", "::1", ""])
def test_addresses_that_are_none(address: str) -> None:
    estate = simple(SSH)
    estate.interfaces[0]["PrivateIpAddresses"][0]["PrivateIpAddress"] = address
    (found,) = judged(estate.answers()).unknown
    assert (found.resource, found.code, found.component) == ("i-1", "UNKNOWN_RESOURCE", "eni-1")


def test_an_ipv6_address_that_is_none() -> None:
    (found,) = judged(simple(SSH, v6=("10.0.0.1",)).answers()).unknown
    assert "is not an IPv6 address" in found.reason


def drop_state(answers: dict[str, Any]) -> None:
    answers["ec2.describe-instances"]["Reservations"][0]["Instances"][0].pop("State")


def drop_ports(answers: dict[str, Any]) -> None:
    answers["ec2.describe-security-groups"]["SecurityGroups"][0]["IpPermissions"][0].pop("ToPort")


def bad_block(answers: dict[str, Any]) -> None:
    permission = answers["ec2.describe-security-groups"]["SecurityGroups"][0]["IpPermissions"][0]
    permission["IpRanges"] = [{"CidrIp": "0.0.0.0/99"}]


def bad_ports(answers: dict[str, Any]) -> None:
    permission = answers["ec2.describe-security-groups"]["SecurityGroups"][0]["IpPermissions"][0]
    permission |= {"FromPort": 30, "ToPort": 20}


def unknown_list(answers: dict[str, Any]) -> None:
    permission = answers["ec2.describe-security-groups"]["SecurityGroups"][0]["IpPermissions"][0]
    permission |= {"IpRanges": [], "PrefixListIds": [{"PrefixListId": "pl-404"}]}


def malformed_list(answers: dict[str, Any]) -> None:
    unknown_list(answers)
    answers["ec2.get-managed-prefix-list-entries/pl-404"] = {"Entries": [{"Cidr": "x"}]}


def cut_list(answers: dict[str, Any]) -> None:
    unknown_list(answers)
    answers["ec2.get-managed-prefix-list-entries/pl-404"] = {
        "Entries": [{"Cidr": "198.51.100.0/24"}],
        "NextToken": "x",
    }


def absent_group(answers: dict[str, Any]) -> None:
    answers["ec2.describe-security-groups"]["SecurityGroups"].clear()


def no_groups(answers: dict[str, Any]) -> None:
    answers["ec2.describe-network-interfaces"]["NetworkInterfaces"][0]["Groups"] = []


def acl_action(answers: dict[str, Any]) -> None:
    answers["ec2.describe-network-acls"]["NetworkAcls"][0]["Entries"] = [
        {
            "RuleNumber": 1,
            "RuleAction": "maybe",
            "Protocol": "-1",
            "Egress": False,
            "CidrBlock": "0.0.0.0/0",
        }
    ]


def acl_without_block(answers: dict[str, Any]) -> None:
    answers["ec2.describe-network-acls"]["NetworkAcls"][0]["Entries"] = [
        {"RuleNumber": 1, "RuleAction": "allow", "Protocol": "-1", "Egress": False}
    ]


def acl_without_ports(answers: dict[str, Any]) -> None:
    answers["ec2.describe-network-acls"]["NetworkAcls"][0]["Entries"] = [
        {
            "RuleNumber": 1,
            "RuleAction": "allow",
            "Protocol": "6",
            "Egress": False,
            "CidrBlock": "0.0.0.0/0",
        }
    ]


def acl_icmp(answers: dict[str, Any]) -> None:
    answers["ec2.describe-network-acls"]["NetworkAcls"][0]["Entries"] = [
        {
            "RuleNumber": 1,
            "RuleAction": "allow",
            "Protocol": "1",
            "Egress": False,
            "CidrBlock": "0.0.0.0/0",
            "IcmpTypeCode": {"Type": 999, "Code": 0},
        }
    ]


def malformed_acl(answers: dict[str, Any]) -> None:
    """Its associations are lost with it: the VPC's default ACL must not stand in."""
    acls = answers["ec2.describe-network-acls"]["NetworkAcls"]
    acls.append(
        {
            "NetworkAclId": "acl-default",
            "VpcId": "vpc-1",
            "IsDefault": True,
            "Associations": [],
            "Entries": [],
        }
    )
    acls[0]["Entries"] = 7


def malformed_table(answers: dict[str, Any]) -> None:
    tables = answers["ec2.describe-route-tables"]["RouteTables"]
    tables.append(
        {
            "RouteTableId": "rtb-main",
            "VpcId": "vpc-1",
            "Associations": [{"Main": True}],
            "Routes": [],
        }
    )
    tables[0]["Routes"] = 7


def route_without_target(answers: dict[str, Any]) -> None:
    answers["ec2.describe-route-tables"]["RouteTables"][0]["Routes"] = [
        {"DestinationCidrBlock": "0.0.0.0/0", "State": "active"}
    ]


def route_without_destination(answers: dict[str, Any]) -> None:
    answers["ec2.describe-route-tables"]["RouteTables"][0]["Routes"].append({"GatewayId": "igw-1"})


def unknown_list_route(answers: dict[str, Any]) -> None:
    routes = answers["ec2.describe-route-tables"]["RouteTables"][0]["Routes"]
    routes.append({"DestinationPrefixListId": "pl-404", "GatewayId": "vpce-1", "State": "active"})


def unknown_list_route_to_the_gateway(answers: dict[str, Any]) -> None:
    answers["ec2.describe-route-tables"]["RouteTables"][0]["Routes"] = [
        {"DestinationPrefixListId": "pl-404", "GatewayId": "igw-1", "State": "active"}
    ]


def subnet_block(answers: dict[str, Any]) -> None:
    answers["ec2.describe-subnets"]["Subnets"][0]["CidrBlock"] = "x"
    tables = answers["ec2.describe-route-tables"]["RouteTables"]
    tables.append(
        {
            "RouteTableId": "rtb-edge",
            "Associations": [{"GatewayId": "igw-1"}],
            "Routes": [route("10.1.0.0/16", "local")],
        }
    )


def failed_block_public_access(answers: dict[str, Any]) -> None:
    answers["ec2.describe-vpc-block-public-access-options"] = {"errors": [{"code": "AccessDenied"}]}


def malformed_block_public_access(answers: dict[str, Any]) -> None:
    answers["ec2.describe-vpc-block-public-access-options"] = {"VpcBlockPublicAccessOptions": 7}


def new_block_mode(answers: dict[str, Any]) -> None:
    answers["ec2.describe-vpc-block-public-access-options"] = {
        "VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "block-sideways"}
    }


def exclusions_unknown(answers: dict[str, Any]) -> None:
    answers["ec2.describe-vpc-block-public-access-options"] = {
        "VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "block-ingress"}
    }


def exclusion_changing(answers: dict[str, Any]) -> None:
    exclusions_unknown(answers)
    answers["ec2.describe-vpc-block-public-access-exclusions"] = {
        "VpcBlockPublicAccessExclusions": [
            {
                "ResourceArn": "arn:aws:ec2:eu-west-1:1:subnet/subnet-1",
                "InternetGatewayExclusionMode": "allow-bidirectional",
                "State": "create-in-progress",
            }
        ]
    }


FAULTS = [
    drop_state, drop_ports, bad_block, bad_ports, unknown_list, malformed_list, cut_list, absent_group, no_groups,
    acl_action, acl_without_block, acl_without_ports, acl_icmp, malformed_acl, malformed_table, route_without_target,
    route_without_destination, unknown_list_route, unknown_list_route_to_the_gateway, failed_block_public_access,
    malformed_block_public_access, new_block_mode, exclusions_unknown, exclusion_changing,
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_what_is_malformed_or_unknown_is_unknown(fault: Any) -> None:
    answers = json.loads(json.dumps(simple(SSH).answers()))
    fault(answers)
    found = judged(answers)
    mine = [one for one in found.unknown if one.interface == "eni-1" and one.edge == "internet-v4"]
    assert [one.resource for one in mine] == ["i-1"]
    assert found.exposures == ()
    assert not [one for one in found.not_reachable if one.edge == "internet-v4"]


def test_a_subnet_with_a_malformed_block_and_a_gateway_table() -> None:
    answers = simple(SSH).answers()
    subnet_block(answers)
    assert [one.interface for one in judged(answers).unknown] == ["eni-1"]


def test_what_the_subnet_says_of_block_public_access() -> None:
    for mode, closed in (("block-ingress", True), ("off", False)):
        answers = simple(SSH).answers()
        answers["ec2.describe-subnets"]["Subnets"][0]["BlockPublicAccessStates"] = {
            "InternetGatewayBlockMode": mode
        }
        found = judged(answers)
        assert (found.exposures == ()) is closed
        assert not any("Block Public Access" in one for one in found.assumptions)


@pytest.mark.parametrize("seed", range(40))
def test_hiding_a_call_never_makes_a_wrong_answer(seed: int) -> None:
    """What is exposed with less knowledge is exposed with more; what was exposed is never "not reachable"."""
    answers = random_estate(seed).answers()
    truth = judged(answers)
    exposed = {(one.edge, one.interface, one.address) for one in truth.exposures}
    hidden = sorted(answers)[seed % len(answers)]
    if hidden == "ec2.describe-vpc-block-public-access-options":
        hidden = "ec2.describe-subnets"  # taken as off, which `assumptions` says
    if hidden == "ec2.describe-vpcs":
        hidden = "ec2.describe-route-tables"  # the subnets' blocks stand in for the VPC's
    less = judged({name: answer for name, answer in answers.items() if name != hidden})
    for one in less.exposures:
        assert (one.edge, one.interface, one.address) in exposed, hidden
    for other in less.not_reachable:
        assert (other.edge, other.interface, other.address) not in exposed, hidden


def test_the_types_keep_aws_names() -> None:
    """A member that is misspelled here would silently read as absent."""
    import botocore.session  # noqa: PLC0415 - only this test needs it
    from botocore import xform_name  # noqa: PLC0415

    session = botocore.session.get_session()
    calls: tuple[Call | ItemCall, ...] = (*CALLS, *ITEM_CALLS)
    for call in calls:
        service, _, operation = call.name.partition(".")
        model = session.get_service_model(service)
        names = {xform_name(name, "-"): name for name in model.operation_names}
        output: Any = model.operation_model(names[operation]).output_shape
        shape = output.members[call.member]
        shape = shape.member if shape.type_name == "list" else shape
        if isinstance(call, Call) and call.within:
            shape = shape.members[call.within].member
        check(call.type, shape, call.name)


def check(kind: Any, shape: Any, where: str) -> None:
    for field in msgspec.structs.fields(kind):
        assert field.encode_name in shape.members, f"{where}: {field.encode_name}"
        inner = shape.members[field.encode_name]
        while inner.type_name in {"list", "map"}:
            inner = inner.member if inner.type_name == "list" else inner.value
        for part in parts(field.type):
            if inner.type_name == "structure":
                check(part, inner, f"{where}.{field.encode_name}")


def parts(annotation: Any) -> list[Any]:
    """The struct types in an annotation."""
    arguments = getattr(annotation, "__args__", ())
    if arguments:
        return [one for argument in arguments for one in parts(argument)]
    is_struct = isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)
    return [annotation] if is_struct else []
