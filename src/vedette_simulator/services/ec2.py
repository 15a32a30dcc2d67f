"""EC2 where moto differs from AWS in what reachability reads.

| AWS | moto 5.2 |
|---|---|
| `MaxResults` gives pages | ignored: one page |
| `DescribeRegions` gives the regions that the account may use | every region |
| `PrivateIpAddresses[].Association` on each address with a public one | on the interface only |
| an address that EC2 gave belongs to `amazon`, public names are `ec2-…amazonaws.com` | the account, `ip-…internal` |
| `PlatformDetails` is `Linux/UNIX` | absent |
| a new VPC's default group lets its members reach one another | no such rule |
| groups in a VPC with IPv6 let out to `::/0` | no such rule |
| every network ACL ends in deny-all entries (32767, for IPv6 32768) | custom ones do not |
| the default ACL of a VPC with IPv6 allows `::/0` (101) | no such entry |
| a route to what is gone (gateway detached, NAT gateway or interface deleted, peering inactive) is `blackhole` | `active` |
| block public access options and exclusions | not implemented (`ec2_public_access`) |
"""

from collections.abc import Callable

from vedette_simulator.errors import AwsError
from vedette_simulator.paging import page
from vedette_simulator.services.ec2_routes import with_blackholes
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handler, Handlers

_SMALLEST, _LARGEST = 5, 1000
_ANY6 = "::/0"

Describe = Callable[[Call, Fields], Fields]


class Regions:
    """The regions that exist."""

    def __init__(self) -> None:
        self.names: frozenset[str] = frozenset()


def describe_regions(call: Call) -> Fields:
    """moto's, of these regions only."""
    names = call.world.state(Regions).names
    found = call.forward()
    return {"Regions": [item for item in found["Regions"] if item["RegionName"] in names]}


def create_vpc(call: Call) -> Fields:
    """moto's; the default group gets the rules that AWS gives it."""
    made = call.forward()
    vpc_id = made["Vpc"]["VpcId"]
    wanted = {
        "Filters": [
            {"Name": "vpc-id", "Values": [vpc_id]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    }
    group = call.invoke("ec2", "DescribeSecurityGroups", wanted)["SecurityGroups"][0]["GroupId"]
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    call.invoke("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": group, "IpPermissions": [rule]})
    if made["Vpc"].get("Ipv6CidrBlockAssociationSet"):
        _let_out6(call, group)
    return made


def create_security_group(call: Call) -> Fields:
    """moto's; in a VPC with IPv6 the new group lets out to `::/0` too."""
    made = call.forward()
    if call.params.get("VpcId") in _with_ipv6(call):
        _let_out6(call, made["GroupId"])
    return made


def _let_out6(call: Call, group: str) -> None:
    rule = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": _ANY6}]}
    try:
        call.invoke(
            "ec2", "AuthorizeSecurityGroupEgress", {"GroupId": group, "IpPermissions": [rule]}
        )
    except AwsError as error:
        if error.code != "InvalidPermission.Duplicate":
            raise


def _with_ipv6(call: Call) -> frozenset[str]:
    vpcs = call.world.ask_moto("ec2", "DescribeVpcs", {}, call.place)["Vpcs"]
    return frozenset(vpc["VpcId"] for vpc in vpcs if vpc.get("Ipv6CidrBlockAssociationSet"))


def _instances(call: Call, found: Fields) -> Fields:
    for reservation in found.get("Reservations", []):
        for instance in reservation["Instances"]:
            instance["PlatformDetails"] = instance.get("PlatformDetails") or "Linux/UNIX"
            for interface in instance.get("NetworkInterfaces", []):
                _associate(call, interface)
    return found


def _interfaces(call: Call, found: Fields) -> Fields:
    for interface in found.get("NetworkInterfaces", []):
        _associate(call, interface)
    return found


def _associate(call: Call, interface: Fields) -> None:
    association = interface.get("Association")
    if not association:
        return
    if not _is_elastic(call, association["PublicIp"]):
        association["IpOwnerId"] = "amazon"
    name = association["PublicIp"].replace(".", "-")
    suffix = "compute-1" if call.place.region == "us-east-1" else f"{call.place.region}.compute"
    association["PublicDnsName"] = f"ec2-{name}.{suffix}.amazonaws.com"
    for address in interface.get("PrivateIpAddresses", []):
        if address.get("Primary"):
            address["Association"] = association


def _is_elastic(call: Call, address: str) -> bool:
    wanted = {"Filters": [{"Name": "public-ip", "Values": [address]}]}
    return bool(call.world.ask_moto("ec2", "DescribeAddresses", wanted, call.place)["Addresses"])


def _acls(call: Call, found: Fields) -> Fields:
    ipv6 = _with_ipv6(call)
    for acl in found.get("NetworkAcls", []):
        has_ipv6 = acl.get("VpcId") in ipv6
        for egress in (False, True):
            if has_ipv6 and acl.get("IsDefault"):
                _entry(acl, 101, egress, {"RuleAction": "allow", "Ipv6CidrBlock": _ANY6})
            _entry(acl, 32767, egress, {"RuleAction": "deny", "CidrBlock": "0.0.0.0/0"})
            if has_ipv6:
                _entry(acl, 32768, egress, {"RuleAction": "deny", "Ipv6CidrBlock": _ANY6})
    return found


def _entry(acl: Fields, number: int, egress: bool, rest: Fields) -> None:  # noqa: FBT001 - AWS's own flag
    entries = acl.setdefault("Entries", [])
    if not any(item["RuleNumber"] == number and item["Egress"] == egress for item in entries):
        entries.append({"RuleNumber": number, "Egress": egress, "Protocol": "-1", **rest})
        entries.sort(key=lambda item: (not item["Egress"], item["RuleNumber"]))


def _unchanged(_call: Call, found: Fields) -> Fields:
    return found


def _paged(key: str, describe: Describe = _unchanged) -> Handler:
    """A listing of moto's, corrected, and in pages."""

    def handler(call: Call) -> Fields:
        params = {
            name: value
            for name, value in call.params.items()
            if name not in {"MaxResults", "NextToken"}
        }
        found = describe(call, call.forward(params))
        size = int(call.params.get("MaxResults", _LARGEST))
        if not _SMALLEST <= size <= _LARGEST:
            raise AwsError(
                "InvalidParameterValue",
                f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between {_SMALLEST} and "
                f"{_LARGEST}.",
            )
        items, token = page(
            found.get(key, []),
            call.params.get("NextToken"),
            size,
            code="InvalidPaginationToken",
        )
        return found | {key: items, "NextToken": token}

    return handler


HANDLERS: Handlers = {
    ("ec2", "DescribeRegions"): describe_regions,
    ("ec2", "CreateVpc"): create_vpc,
    ("ec2", "CreateSecurityGroup"): create_security_group,
    ("ec2", "DescribeInstances"): _paged("Reservations", _instances),
    ("ec2", "DescribeNetworkInterfaces"): _paged("NetworkInterfaces", _interfaces),
    ("ec2", "DescribeNetworkAcls"): _paged("NetworkAcls", _acls),
    ("ec2", "DescribeRouteTables"): _paged("RouteTables", with_blackholes),
    ("ec2", "DescribeSecurityGroups"): _paged("SecurityGroups"),
    ("ec2", "DescribeSecurityGroupRules"): _paged("SecurityGroupRules"),
    ("ec2", "DescribeSubnets"): _paged("Subnets"),
    ("ec2", "DescribeVpcs"): _paged("Vpcs"),
    ("ec2", "DescribeInternetGateways"): _paged("InternetGateways"),
    ("ec2", "DescribeManagedPrefixLists"): _paged("PrefixLists"),
    ("ec2", "GetManagedPrefixListEntries"): _paged("Entries"),
}
