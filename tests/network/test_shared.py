"""Shared subnets (RAM): the owner's tables, network ACLs and gateways govern the interfaces of those who take part.

Source: VPC user guide, "Share your VPC subnets with other accounts"; "Block public access": the owner's mode applies.
"""

from typing import Any

import pytest

from tests.network.estates import REGION, Estate, simple, tcp
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

OWNER, GUEST = "555566667777", "222233334444"
SSH = tcp(22, v4=("0.0.0.0/0",))
_NETWORK = ("vpcs", "subnets", "network-acls", "route-tables", "internet-gateways")


def halves(estate: Estate) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the owner and the guest record of one estate: the guest is told of the subnet and the VPC as well."""
    for one in (*estate.vpcs, *estate.subnets):
        one["OwnerId"] = OWNER
    for one in (*estate.groups, *estate.interfaces):
        one["OwnerId"] = GUEST
    answers = estate.answers()
    network = {f"ec2.describe-{name}" for name in _NETWORK} | {
        name for name in answers if "block-public-access" in name
    }
    owner = {name: one for name, one in answers.items() if name in network}
    owner |= {
        "ec2.describe-network-interfaces": {"NetworkInterfaces": []},
        "ec2.describe-instances": {"Reservations": []},
        "ec2.describe-security-groups": {"SecurityGroups": []},
    }
    guest = {name: one for name, one in answers.items() if name not in network}
    guest |= {name: answers[name] for name in ("ec2.describe-subnets", "ec2.describe-vpcs")}
    guest |= {
        "ec2.describe-network-acls": {"NetworkAcls": []},
        "ec2.describe-route-tables": {"RouteTables": []},
        "ec2.describe-internet-gateways": {"InternetGateways": []},
    }
    return owner, guest


def ask(**places: dict[str, Any]) -> Reach:
    accounts = {"owner": OWNER, "guest": GUEST}
    return reach(
        topology_of(snapshot_from({(accounts[name], REGION): one for name, one in places.items()}))
    )


def test_the_guests_interface_is_judged_with_the_owners_network() -> None:
    owner, guest = halves(simple(SSH))
    (found,) = ask(owner=owner, guest=guest).exposures
    assert (found.resource, found.account, found.whole) == ("i-1", GUEST, True)
    arns = {hop.component_id: hop.arn for hop in (*found.path, *found.back)}
    assert arns["acl-1"] == f"arn:aws:ec2:{REGION}:{OWNER}:network-acl/acl-1"
    assert arns["rtb-1"] == f"arn:aws:ec2:{REGION}:{OWNER}:route-table/rtb-1"
    assert arns["igw-1"] == f"arn:aws:ec2:{REGION}:{OWNER}:internet-gateway/igw-1"
    assert arns["eni-1"] == f"arn:aws:ec2:{REGION}:{GUEST}:network-interface/eni-1"
    assert found.closing_changes


@pytest.mark.parametrize("change", ["acl", "table", "gateway"])
def test_what_the_owner_closes_is_closed(change: str) -> None:
    estate = simple(SSH)
    if change == "acl":
        estate.acls[0]["Entries"] = []
    elif change == "table":
        estate.tables[0]["Routes"] = estate.tables[0]["Routes"][:1]
    else:
        estate.gateways.clear()
    owner, guest = halves(estate)
    found = ask(owner=owner, guest=guest)
    assert found.exposures == ()
    assert not [one for one in found.unknown if one.interface]


def test_the_owners_block_public_access_applies() -> None:
    estate = simple(SSH)
    estate.block_public_access("block-ingress")
    owner, guest = halves(estate)
    found = ask(owner=owner, guest=guest)
    assert {one.code for one in found.not_reachable if one.edge == "internet-v4"} == {
        "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"
    }
    # the guest's own mode does not
    owner, guest = halves(simple(SSH))
    other = halves(estate)[0]
    guest |= {name: one for name, one in other.items() if "block-public-access" in name}
    assert [one.resource for one in ask(owner=owner, guest=guest).exposures] == ["i-1"]


def test_without_the_owner_it_is_not_known() -> None:
    _, guest = halves(simple(SSH))
    found = ask(guest=guest)
    assert found.exposures == ()
    (unknown,) = [one for one in found.unknown if one.edge == "internet-v4"]
    assert (unknown.resource, unknown.code) == ("i-1", "UNKNOWN_RESOURCE")
    assert f"nothing was recorded of {OWNER}/{REGION}" in unknown.reason


def test_without_the_guest_its_groups_and_instances_are_not_known() -> None:
    """The owner of a VPC is told of the interfaces in it."""
    owner, guest = halves(simple(SSH))
    owner["ec2.describe-network-interfaces"] = guest["ec2.describe-network-interfaces"]
    found = ask(owner=owner)
    assert found.exposures == ()
    (unknown,) = [one for one in found.unknown if one.edge == "internet-v4"]
    assert "ec2.describe-security-groups" in unknown.reason
    assert "the state of the instance was not recorded" in unknown.reason


def test_an_interface_that_both_describe_is_one_and_its_owners() -> None:
    owner, guest = halves(simple(SSH))
    owner["ec2.describe-network-interfaces"] = guest["ec2.describe-network-interfaces"]
    (found,) = ask(owner=owner, guest=guest).exposures
    assert found.account == GUEST
    guest["ec2.describe-network-interfaces"]["NetworkInterfaces"][0]["OwnerId"] = "amazon"
    (found,) = ask(owner=owner, guest=guest).exposures
    assert found.account in {OWNER, GUEST}


def test_the_owners_description_of_the_subnet_counts() -> None:
    owner, guest = halves(simple(SSH))
    guest["ec2.describe-subnets"] = {
        "Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": OWNER}]
    }
    for first, second in ((OWNER, GUEST), ("111111111111", OWNER)):
        places = {
            (first, REGION): owner if first == OWNER else guest,
            (second, REGION): guest if first == OWNER else owner,
        }
        (found,) = reach(topology_of(snapshot_from(places))).exposures
        assert found.resource == "i-1"
