"""AWS's rules, one case each with its source; the numbers are rows of the table in docs/how-to/read-an-exposure.md."""

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from tests.network.estates import PLACE, Estate, entry, permission, route, simple, tcp
from vedette.network.describe import snapshot_from
from vedette.network.normalise.topology import topology_of
from vedette.network.reach import Reach, reach

WORLD = "whole"
OPEN_22 = {("TCP", 22, 22): WORLD}


def answers(estate: Estate) -> Reach:
    return reach(topology_of(snapshot_from({PLACE: estate.answers()})))


def exposed(estate: Estate, edge: str = "internet-v4", interface: str = "eni-1") -> dict[Any, Any]:
    """(protocol, first port, last port) → sources, or WORLD."""
    return {
        (one.transport.value, one.ports.begin, one.ports.end): WORLD if one.whole else one.sources
        for one in answers(estate).exposures
        if one.edge == edge and one.interface == interface
    }


def closed_code(estate: Estate, edge: str = "internet-v4", interface: str = "eni-1") -> str | None:
    found = [
        one.code
        for one in answers(estate).not_reachable
        if one.edge == edge and one.interface == interface
    ]
    return found[0] if found else None


def unknown_code(estate: Estate, edge: str = "internet-v4", interface: str = "eni-1") -> str | None:
    found = [
        one.code
        for one in answers(estate).unknown
        if one.edge == edge and one.interface == interface
    ]
    return found[0] if found else None


def replace_acl(estate: Estate, *entries: Any) -> Estate:
    estate.acls[0]["Entries"] = list(entries)
    return estate


def replace_routes(estate: Estate, *routes: Any) -> Estate:
    estate.tables[0]["Routes"] = [route("10.1.0.0/16", "local"), *routes]
    return estate


OUT = entry(100, "allow", "0.0.0.0/0", egress=True)
IN = entry(100, "allow", "0.0.0.0/0")
SSH = tcp(22, v4=("0.0.0.0/0",))
ALL_UDP = permission("udp", 0, 65535, v4=("0.0.0.0/0",))


def two_groups() -> Estate:
    estate = simple(tcp(22, v4=("198.51.100.0/25",)))
    estate.group("sg-2", tcp(22, v4=("198.51.100.128/25",)), tcp(443, v4=("0.0.0.0/0",)))
    estate.interfaces[0]["Groups"].append({"GroupId": "sg-2"})
    return estate


def with_list() -> Estate:
    estate = simple(tcp(22, lists=("pl-1",)))
    estate.prefix_list("pl-1", "198.51.100.0/24", "2001:db8::/32")
    return estate


def secondary_address() -> Estate:
    estate = simple(SSH, public=None)
    estate.interfaces[0]["PrivateIpAddresses"].append(
        {"PrivateIpAddress": "10.1.0.99", "Primary": False, "Association": {"PublicIp": "54.9.9.9"}}
    )
    return estate


def elastic_address() -> Estate:
    estate = simple(SSH, public=None)
    estate.extra["ec2.describe-addresses"] = {
        "Addresses": [
            {"PublicIp": "54.2.2.2", "NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.1.0.11"}
        ]
    }
    return estate


def interface_level_association() -> Estate:
    estate = simple(SSH, public=None)
    estate.interfaces[0]["Association"] = {"PublicIp": "127.0.0.9"}
    return estate


def main_table() -> Estate:
    estate = simple(SSH)
    estate.tables[0]["Associations"] = [{"Main": True, "RouteTableId": "rtb-1"}]
    return estate


def default_acl() -> Estate:
    estate = simple(SSH)
    estate.acls[0] |= {"Associations": [], "IsDefault": True}
    return estate


def six(*permissions: Any, address: str = "2001:db8:0:1::5", **interface: Any) -> Estate:
    estate = simple(*permissions, v6=(address,), public=None, **interface)
    return replace_routes(estate, route("::/0", "igw-1"))


def six_without_gateway_route() -> Estate:
    return replace_routes(six(tcp(22, v6=("::/0",))), route("::/0", "eigw-1"))


def prefix_list_route(target: str, *blocks: str, cidr: Any = None) -> Estate:
    estate = simple(SSH)
    estate.prefix_list("pl-1", *blocks)
    routes = [route("0.0.0.0/0", "igw-1"), route("pl-1", target)]
    return replace_routes(estate, *routes, *([cidr] if cidr else []))


WITHOUT_TEST_NET = "198.51.100.0/24"
CASES: list[tuple[str, str, Callable[[], Estate], Any]] = [
    (
        "1 groups are united",
        "VPC user guide, Security group rules",
        two_groups,
        {("TCP", 22, 22): ("198.51.100.0/24",), ("TCP", 443, 443): WORLD},
    ),
    (
        "1 protocol -1 is every protocol and port",
        "EC2 API, IpPermission",
        lambda: simple(permission("-1", v4=("0.0.0.0/0",))),
        {("ICMP", 0, 65535): WORLD, ("TCP", 0, 65535): WORLD, ("UDP", 0, 65535): WORLD},
    ),
    (
        "1 ICMP type 8, every code",
        "EC2 API, IpPermission: FromPort is the type, ToPort the code",
        lambda: simple(permission("icmp", 8, -1, v4=("0.0.0.0/0",))),
        {("ICMP", 8 * 256, 8 * 256 + 255): WORLD},
    ),
    ("1 a group without rules", "Reachability Analyzer, SG_HAS_NO_RULES", simple, {}),
    (
        "1 a stateful group answers without an egress rule",
        "EC2 user guide, Security group connection tracking",
        lambda: simple(SSH),
        OPEN_22,
    ),
    (
        "17 a prefix list as source",
        "VPC user guide, Managed prefix lists",
        with_list,
        {("TCP", 22, 22): ("198.51.100.0/24",)},
    ),
    (
        "17 a group reference matches nothing from the internet",
        "VPC user guide, Security group rules: private addresses of the members",
        lambda: simple(tcp(22, groups=("sg-1",))),
        {},
    ),
    (
        "3 the lowest number decides",
        "VPC user guide, Network ACL rules",
        lambda: replace_acl(
            simple(SSH),
            entry(90, "deny", WITHOUT_TEST_NET),
            IN,
            entry(80, "allow", "198.51.100.7/32"),
            OUT,
        ),
        {("TCP", 22, 22): "not 198.51.100.0/24 but 198.51.100.7"},
    ),
    (
        "3 no entry is a deny",
        "VPC user guide, Network ACL rules: the rule *",
        lambda: replace_acl(simple(SSH), OUT),
        {},
    ),
    (
        "3 IPv6 entries do not let IPv4 in",
        "VPC user guide, Network ACL rules",
        lambda: replace_acl(simple(SSH), entry(100, "allow", "::/0"), OUT),
        {},
    ),
    (
        "3 only the destination port is matched",
        "VPC user guide, Network ACL rules",
        lambda: replace_acl(simple(SSH), entry(100, "allow", "0.0.0.0/0", "6", (22, 22)), OUT),
        OPEN_22,
    ),
    (
        "3 answers must leave",
        "VPC user guide, Network ACLs are stateless",
        lambda: replace_acl(simple(SSH), IN),
        {},
    ),
    (
        "4 a client may use a port below 1024",
        "Reachability Analyzer's findings list source ports 0-65535",
        lambda: replace_acl(
            simple(SSH), IN, entry(100, "allow", "0.0.0.0/0", "6", (0, 1023), egress=True)
        ),
        OPEN_22,
    ),
    (
        "5 one UDP packet is enough",
        "design choice: delivery is an exposure, without a way back",
        lambda: replace_acl(simple(ALL_UDP), IN),
        {("UDP", 0, 65535): WORLD},
    ),
    (
        "6 the longest prefix leads elsewhere",
        "VPC user guide, Route priority",
        lambda: replace_routes(
            simple(SSH), route("0.0.0.0/0", "igw-1"), route(WITHOUT_TEST_NET, "nat-1")
        ),
        {("TCP", 22, 22): WORLD},
    ),
    (
        "6 a more specific route to the gateway alone",
        "VPC user guide, Route priority",
        lambda: replace_routes(
            simple(SSH), route("0.0.0.0/0", "nat-1"), route(WITHOUT_TEST_NET, "igw-1")
        ),
        {("TCP", 22, 22): ("198.51.100.0/24",)},
    ),
    (
        "6 static beats propagated",
        "VPC user guide, Route priority",
        lambda: replace_routes(
            simple(SSH), route("0.0.0.0/0", "vgw-1", propagated=True), route("0.0.0.0/0", "igw-1")
        ),
        OPEN_22,
    ),
    (
        "6 a blackhole drops",
        "EC2 API, Route state",
        lambda: replace_routes(simple(SSH), route("0.0.0.0/0", "igw-1", state="blackhole")),
        {},
    ),
    (
        "6 a filtered route is not in use",
        "VPC user guide, VPC Route Server",
        lambda: replace_routes(
            simple(SSH),
            route("0.0.0.0/0", "igw-1"),
            route("128.0.0.0/1", "nat-1", state="filtered"),
        ),
        OPEN_22,
    ),
    (
        "6 a route to a block beats one to a prefix list",
        "VPC user guide, Route priority and prefix lists",
        lambda: prefix_list_route("nat-1", WITHOUT_TEST_NET, cidr=route(WITHOUT_TEST_NET, "igw-1")),
        OPEN_22,
    ),
    (
        "6 a prefix list beats a propagated route",
        "VPC user guide, Route priority and prefix lists",
        lambda: replace_routes(
            prefix_list_route("igw-1", WITHOUT_TEST_NET),
            route("pl-1", "igw-1"),
            route(WITHOUT_TEST_NET, "vgw-1", propagated=True),
        ),
        {("TCP", 22, 22): ("198.51.100.0/24",)},
    ),
    ("8 the main table", "VPC user guide, Main route table", main_table, OPEN_22),
    ("8 the default network ACL", "VPC user guide, Default network ACL", default_acl, OPEN_22),
    (
        "9 an address on a secondary private one",
        "VPC user guide, Internet gateways",
        secondary_address,
        OPEN_22,
    ),
    ("13 an Elastic IP address", "EC2 user guide, Elastic IP addresses", elastic_address, OPEN_22),
    (
        "13 a loopback-like public address is not dropped",
        "servers that stand in for EC2 hand out 127.x",
        interface_level_association,
        OPEN_22,
    ),
    (
        "11 a public address in a subnet without a route to the gateway",
        "VPC user guide, Internet gateways",
        lambda: replace_routes(simple(SSH)),
        {},
    ),
    (
        "27 Block Public Access with an exclusion",
        "VPC user guide, Block public access",
        lambda: _blocked("block-bidirectional", "subnet-1"),
        OPEN_22,
    ),
]


def _blocked(mode: str, *excluded: str, exclusion: str = "allow-bidirectional") -> Estate:
    estate = simple(SSH)
    estate.block_public_access(mode, *excluded, exclusion=exclusion)
    return estate


@pytest.mark.parametrize(
    ("build", "expected"), [case[2:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_internet_over_ipv4(build: Callable[[], Estate], expected: Any) -> None:
    found = exposed(build())
    if "not 198.51.100.0/24 but 198.51.100.7" in expected.values():
        sources = found[("TCP", 22, 22)]
        assert "198.51.100.7/32" in sources
        assert "198.51.100.8/31" not in sources
        assert "198.51.101.0/24" in sources
    else:
        assert found == expected


CLOSED: list[tuple[str, str, Callable[[], Estate], str]] = [
    ("1", "SG_HAS_NO_RULES", simple, "SG_HAS_NO_RULES"),
    (
        "1",
        "ENI_SG_RULES_MISMATCH",
        lambda: simple(tcp(22, v4=("10.0.0.0/8",))),
        "ENI_SG_RULES_MISMATCH",
    ),
    (
        "3",
        "SUBNET_ACL_RESTRICTION",
        lambda: replace_acl(simple(SSH), OUT),
        "SUBNET_ACL_RESTRICTION",
    ),
    (
        "3",
        "SUBNET_ACL_RESTRICTION out",
        lambda: replace_acl(simple(SSH), IN),
        "SUBNET_ACL_RESTRICTION",
    ),
    (
        "11",
        "NO_ROUTE_TO_DESTINATION",
        lambda: replace_routes(simple(SSH)),
        "NO_ROUTE_TO_DESTINATION",
    ),
    (
        "9",
        "no public address",
        lambda: simple(SSH, public=None),
        "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    ),
    (
        "9",
        "not attached, as a recorded Reachability Analyzer run shows",
        lambda: simple(SSH, attached=False),
        "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    ),
    (
        "9",
        "being attached",
        lambda: simple(
            SSH, Attachment={"Status": "attaching", "InstanceId": "i-1"}, attached=False
        ),
        "BAD_STATE_ATTACHMENT",
    ),
    ("14", "a stopped instance", lambda: simple(SSH, state="stopped"), "BAD_STATE"),
    (
        "16",
        "a NAT gateway",
        lambda: simple(SSH, state=None, InterfaceType="nat_gateway"),
        "NO_POSSIBLE_DESTINATION",
    ),
    (
        "29",
        "a function's interface",
        lambda: simple(SSH, state=None, InterfaceType="lambda"),
        "NO_POSSIBLE_DESTINATION",
    ),
    (
        "29",
        "a function's interface by its description",
        lambda: simple(SSH, state=None, Description="AWS Lambda VPC ENI-f-1"),
        "NO_POSSIBLE_DESTINATION",
    ),
    (
        "27",
        "BPA bidirectional",
        lambda: _blocked("block-bidirectional"),
        "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    ),
    ("27", "BPA ingress", lambda: _blocked("block-ingress"), "VPC_BLOCK_PUBLIC_ACCESS_ENABLED"),
    (
        "27",
        "an exclusion for egress alone",
        lambda: _blocked("block-ingress", "vpc-1", exclusion="allow-egress"),
        "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    ),
]


@pytest.mark.parametrize(
    ("build", "code"), [case[2:] for case in CLOSED], ids=[f"{a} {b}" for a, b, _, _ in CLOSED]
)
def test_closed(build: Callable[[], Estate], code: str) -> None:
    estate = build()
    assert closed_code(estate) == code
    assert exposed(estate) == {}
    assert unknown_code(estate) is None


def test_no_gateway_in_the_vpc() -> None:
    estate = simple(SSH)
    estate.gateways = []
    assert closed_code(estate) == "NO_PATH"


def test_a_gateway_that_is_being_attached() -> None:
    estate = simple(SSH)
    estate.gateways[0]["Attachments"][0]["State"] = "attaching"
    assert closed_code(estate) == "BAD_STATE"


def test_a_latent_exposure_is_named() -> None:
    """A stopped instance keeps its Elastic IP address (EC2 user guide, Elastic IP addresses)."""
    (found,) = [
        one
        for one in answers(simple(SSH, state="stopped")).not_reachable
        if one.edge == "internet-v4"
    ]
    assert found.reason == "the instance is stopped; its public address stays with it"
    assert found.component == "i-1"


class TestIpv6:
    """VPC user guide, IPv6; rows 13 and 15."""

    def test_a_global_address_is_public_by_itself(self) -> None:
        assert exposed(six(tcp(22, v6=("::/0",))), "internet-v6") == OPEN_22

    def test_an_egress_only_gateway_lets_nothing_in(self) -> None:
        assert closed_code(six_without_gateway_route(), "internet-v6") == "NO_ROUTE_TO_DESTINATION"

    def test_a_unique_local_address_is_not_public(self) -> None:
        estate = six(tcp(22, v6=("::/0",)), address="fd00::5")
        assert closed_code(estate, "internet-v6") == "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"

    def test_an_interface_can_refuse_it(self) -> None:
        estate = six(tcp(22, v6=("::/0",)), DenyAllIgwTraffic=True)
        assert closed_code(estate, "internet-v6") == "ENI_DENIES_IGW_TRAFFIC"

    def test_an_ipv4_rule_lets_no_ipv6_in(self) -> None:
        assert closed_code(six(SSH), "internet-v6") == "ENI_SG_RULES_MISMATCH"

    def test_a_delegated_prefix_is_exposed_like_an_address(self) -> None:
        estate = six(tcp(22, v6=("::/0",)), address="fd00::5")
        estate.interfaces[0]["Ipv6Prefixes"] = [{"Ipv6Prefix": "2001:db8:0:1:7::/80"}]
        (found,) = [one for one in answers(estate).exposures if one.edge == "internet-v6"]
        assert (found.address, found.whole) == ("2001:db8:0:1:7::/80", True)
        assert found.witness is not None
        assert found.witness.destination == "2001:db8:0:1:7::"


def peered(*permissions: Any, **interface: Any) -> Estate:
    estate = simple(*permissions, **({"public": None} | interface))
    estate.vpc("vpc-2", "10.2.0.0/16", gateway=False)
    estate.subnet("subnet-2", "vpc-2", "10.2.0.0/24")
    estate.acl("acl-2", "vpc-2", ("subnet-2",))
    estate.table("rtb-2", "vpc-2", [], ("subnet-2",))
    estate.group("sg-9", vpc="vpc-2")
    estate.interface(9, "subnet-2", ("sg-9",))
    estate.peering("pcx-1", "vpc-1", "vpc-2")
    return replace_routes(estate, route("10.2.0.0/16", "pcx-1"))


class TestPeering:
    """VPC peering guide; rows 17 to 19."""

    edge = "vpc-peering-v4:pcx-1"

    def test_the_peer_comes_in_and_its_own_routes_are_not_asked(self) -> None:
        """Amazon Inspector reports ports although the peer has no route back."""
        assert exposed(peered(tcp(22, v4=("10.0.0.0/8",))), self.edge) == {("TCP", 22, 22): WORLD}

    def test_without_a_way_back_there_is_no_connection(self) -> None:
        estate = replace_routes(peered(tcp(22, v4=("10.0.0.0/8",))))
        assert closed_code(estate, self.edge) == "NO_ROUTE_TO_DESTINATION"

    def test_a_reference_means_the_private_addresses_of_the_members(self) -> None:
        assert exposed(peered(tcp(22, groups=("sg-9",))), self.edge) == {
            ("TCP", 22, 22): ("10.2.0.19/32",)
        }

    def test_references_do_not_cross_regions(self) -> None:
        estate = peered(tcp(22, groups=("sg-9",)))
        estate.peerings[0]["RequesterVpcInfo"]["Region"] = "us-east-1"
        assert closed_code(estate, self.edge) == "ENI_SG_RULES_MISMATCH"

    def test_a_stale_reference_matches_nothing(self) -> None:
        assert (
            closed_code(peered(tcp(22, groups=("sg-gone",))), self.edge) == "ENI_SG_RULES_MISMATCH"
        )

    def test_a_peering_that_is_not_active_is_no_edge(self) -> None:
        estate = peered(tcp(22, v4=("10.0.0.0/8",)))
        estate.peerings[0]["Status"]["Code"] = "deleted"
        assert exposed(estate, self.edge) == {}
        assert closed_code(estate, self.edge) is None

    def test_block_public_access_does_not_stop_it(self) -> None:
        estate = peered(tcp(22, v4=("10.0.0.0/8",)))
        estate.block_public_access("block-bidirectional")
        assert exposed(estate, self.edge) == {("TCP", 22, 22): WORLD}

    def test_an_interface_that_is_not_attached(self) -> None:
        estate = peered(tcp(22, v4=("10.0.0.0/8",)), attached=False)
        assert closed_code(estate, self.edge) == "BAD_STATE_ATTACHMENT"

    def test_it_is_not_transitive(self) -> None:
        """Row 18: what a third network, or the peer's own internet gateway, would send does not come over it."""
        beyond = ("10.3.0.0/16", "198.51.100.0/24")
        estate = peered(tcp(22, v4=beyond))
        for block in beyond:
            estate.tables[0]["Routes"].append(route(block, "pcx-1"))
        assert closed_code(estate, self.edge) == "ENI_SG_RULES_MISMATCH"
        assert exposed(estate, self.edge) == {}

    def test_a_peers_gateways_are_no_edge_of_ours(self) -> None:
        """Row 18, edge-to-edge: the internet comes in by the VPC's own gateway alone."""
        estate = peered(SSH, public="54.1.1.1")
        estate.gateways[0]["Attachments"][0]["VpcId"] = "vpc-2"
        assert closed_code(estate) == "NO_PATH"


class TestVpn:
    """VPN guide; row 21."""

    edge = "vpn-gateway-v4:vgw-1"

    def estate(self, *routes: Any) -> Estate:
        estate = simple(tcp(22, v4=("172.31.0.0/16",)), public=None)
        estate.vpn_gateways.append(
            {
                "VpnGatewayId": "vgw-1",
                "State": "available",
                "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
            }
        )
        return replace_routes(estate, *routes)

    def test_the_far_side_reaches_private_addresses(self) -> None:
        estate = self.estate(route("172.31.0.0/16", "vgw-1", propagated=True))
        assert exposed(estate, self.edge) == {("TCP", 22, 22): ("172.31.0.0/16",)}

    def test_answers_must_return(self) -> None:
        assert closed_code(self.estate(), self.edge) == "NO_ROUTE_TO_DESTINATION"

    def test_any_source_may_be_behind_it(self) -> None:
        estate = self.estate(route("0.0.0.0/0", "vgw-1"))
        estate.groups[0]["IpPermissions"] = [SSH]
        assert exposed(estate, self.edge) == OPEN_22

    def test_it_has_no_ipv6(self) -> None:
        estate = self.estate(route("::/0", "vgw-1"))
        estate.interfaces[0]["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:0:1::5"}]
        estate.groups[0]["IpPermissions"] = [tcp(22, v6=("::/0",))]
        told = answers(estate)
        assert not [one for one in told.exposures if "vpn" in one.edge]
        assert {one.edge for one in told.not_reachable if "vpn" in one.edge} == {self.edge}


class TestGatewayTables:
    """VPC user guide, Gateway route tables; row 12."""

    def estate(self, *routes: Any) -> Estate:
        estate = simple(SSH)
        estate.tables.append(
            {
                "RouteTableId": "rtb-edge",
                "VpcId": "vpc-1",
                "Associations": [{"GatewayId": "igw-1", "RouteTableId": "rtb-edge"}],
                "Routes": list(routes),
            }
        )
        return estate

    def test_the_local_route_changes_nothing(self) -> None:
        assert exposed(self.estate(route("10.1.0.0/16", "local"))) == OPEN_22

    def test_a_redirection_is_not_judged(self) -> None:
        estate = self.estate(route("10.1.0.0/16", "local"), route("10.1.0.0/24", "eni-7"))
        assert unknown_code(estate) == "INGRESS_RTB_TRAFFIC_REDIRECTION"
        assert exposed(estate) == {}

    def test_a_blackhole_stops_it(self) -> None:
        estate = self.estate(route("10.1.0.0/16", "eni-7", state="blackhole"))
        assert closed_code(estate) == "BAD_STATE_ROUTE"

    def test_a_route_to_a_part_of_the_subnet_is_not_judged(self) -> None:
        assert unknown_code(self.estate(route("10.1.0.0/28", "eni-7"))) == "UNKNOWN_RESOURCE"

    def test_destinations_that_were_not_recorded(self) -> None:
        assert unknown_code(self.estate(route("pl-7", "eni-7"))) == "UNKNOWN_RESOURCE"


def test_whole_ignores_clients_whose_answers_go_elsewhere() -> None:
    """With a default route to the gateway, an S3 endpoint does not make the internet less than the internet."""
    estate = replace_routes(
        simple(SSH), route("0.0.0.0/0", "igw-1"), route("52.216.0.0/15", "nat-1")
    )
    (found,) = answers(estate).exposures
    assert found.whole
    assert "52.216.0.0/15" not in found.sources
    halves = replace_routes(
        simple(SSH), route("0.0.0.0/1", "igw-1"), route("52.216.0.0/15", "nat-1")
    )
    assert [one.whole for one in answers(halves).exposures] == [False]


def test_a_way_back_for_some_is_not_a_way_back() -> None:
    estate = replace_acl(simple(ALL_UDP), IN, entry(100, "allow", "128.0.0.0/1", egress=True))
    (found,) = answers(estate).exposures
    assert (found.return_path, found.whole) == (False, True)
    assert found.witness is not None
    assert found.witness.source == "128.0.0.0"
    assert found.back


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(8, 0, (True, 2048)), (8, -1, (True, 2048)), (3, 4, (False, 772)), (-1, -1, (True, 2048))],
)
def test_icmp_answers(first: int, last: int, expected: object) -> None:
    (found,) = answers(simple(permission("icmp", first, last, v4=("0.0.0.0/0",)))).exposures
    assert found.witness is not None
    assert (found.return_path, found.witness.destination_port) == expected


def test_a_protocol_that_is_not_judged_is_said() -> None:
    estate = simple(permission("47", v4=("0.0.0.0/0",)))
    assert unknown_code(estate) == "PROTOCOL_NOT_JUDGED"
    assert closed_code(estate) == "SG_HAS_NO_RULES"


def test_an_appliance_on_the_way_back_is_not_judged() -> None:
    estate = replace_routes(simple(SSH), route("0.0.0.0/0", "eni-7"))
    (found,) = [one for one in answers(estate).unknown if one.interface]
    assert (found.code, found.component) == ("UNSUPPORTED_COMPONENT", "eni-7")
    assert found.reason.endswith(
        "leave through eni-7, an interface that was not described, which is not judged (possibly TCP 22-22)"
    )


def test_prefix_lists_with_the_same_block_are_undefined() -> None:
    estate = simple(SSH)
    estate.prefix_list("pl-1", "0.0.0.0/0")
    estate.prefix_list("pl-2", "0.0.0.0/0")
    estate = replace_routes(estate, route("pl-1", "igw-1"), route("pl-2", "nat-1"))
    assert unknown_code(estate) == "ROUTE_PRIORITY_UNDEFINED"


def test_a_gateway_endpoint_is_no_appliance() -> None:
    """Its prefix list is AWS's; what returns to S3 does not return through the internet gateway."""
    estate = simple(tcp(22, v4=("198.51.100.0/24",)))
    estate.prefix_list("pl-s3", "198.51.100.0/24")
    estate.extra["ec2.describe-managed-prefix-lists"] = {
        "PrefixLists": [{"PrefixListId": "pl-s3", "OwnerId": "AWS"}]
    }
    estate = replace_routes(estate, route("0.0.0.0/0", "igw-1"), route("pl-s3", "vpce-1"))
    assert closed_code(estate) == "NO_ROUTE_TO_DESTINATION"
    del estate.extra["ec2.describe-managed-prefix-lists"]
    assert unknown_code(estate) == "UNSUPPORTED_COMPONENT"
    estate.extra["ec2.describe-vpc-endpoints"] = {
        "VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway"}]
    }
    assert closed_code(estate) == "NO_ROUTE_TO_DESTINATION"


def test_an_interface_of_a_load_balancer_that_was_not_described() -> None:
    for more in (
        {"RequesterId": "amazon-elb"},
        {"InterfaceType": "network_load_balancer", "Groups": []},
    ):
        estate = simple(SSH, state=None, **more)
        assert unknown_code(estate) == "UNKNOWN_RESOURCE"
        assert exposed(estate) == {}


def test_a_carrier_address_is_not_judged() -> None:
    estate = simple(SSH, public=None)
    estate.interfaces[0]["PrivateIpAddresses"][0]["Association"] = {"CarrierIp": "155.1.1.1"}
    assert unknown_code(estate) == "UNSUPPORTED_COMPONENT"


def test_an_interface_type_that_is_not_modelled() -> None:
    assert unknown_code(simple(SSH, InterfaceType="new_thing")) == "UNSUPPORTED_COMPONENT"


def test_spoofed_sources_are_refused() -> None:
    """GATEWAY_REJECTS_SPOOFED_TRAFFIC: a VPC with public blocks."""
    estate = simple(permission("udp", 53, 53, v4=("10.1.0.0/16", "198.51.100.0/24")))
    estate.vpcs[0]["CidrBlockAssociationSet"].append({"CidrBlock": "198.51.100.0/25"})
    assert exposed(estate) == {("UDP", 53, 53): ("198.51.100.128/25",)}


def _blocks_without(everything: str, *out: str) -> set[str]:
    left = [ipaddress.ip_network(everything)]
    for block in map(ipaddress.ip_network, out):
        left = [
            part
            for one in left
            for part in (one.address_exclude(block) if block.subnet_of(one) else (one,))  # type: ignore[arg-type]
        ]
    return set(map(str, left))


def test_what_the_internet_is() -> None:
    """Row 10: all but private addresses and those of carriers, exactly as Reachability Analyzer lists them; 2000::/3."""
    (found,) = answers(simple(SSH)).exposures
    assert set(found.sources) == _blocks_without(
        "0.0.0.0/0", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"
    )
    assert {"0.0.0.0/5", "11.0.0.0/8", "12.0.0.0/6"} < set(found.sources)
    estate = six(tcp(22, v6=("::/0",)))
    own = estate.vpcs[0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    (by_six,) = (one for one in answers(estate).exposures if one.edge == "internet-v6")
    assert set(by_six.sources) == _blocks_without("2000::/3", own)


def test_every_interface_and_address_answers_for_itself() -> None:
    """Row 13: two interfaces of one instance, of which one has the open group, and a private address beside a public one."""
    estate = simple(SSH)
    estate.group("sg-2")
    estate.interface(2, "subnet-1", ("sg-2",), public="54.1.1.2")
    estate.interfaces[1]["Attachment"]["InstanceId"] = "i-1"
    estate.interfaces[0]["PrivateIpAddresses"].append({"PrivateIpAddress": "10.1.0.99"})
    found = answers(estate)
    assert [(one.interface, one.address, one.resource) for one in found.exposures] == [
        ("eni-1", "54.1.1.1", "i-1")
    ]
    assert {
        (one.resource, one.interface, one.address, one.code) for one in found.not_reachable
    } == {
        ("i-1", "eni-1", "10.1.0.99", "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"),
        ("i-1", "eni-2", "54.1.1.2", "SG_HAS_NO_RULES"),
    }


def test_an_interface_endpoint_takes_what_its_groups_let_in_and_is_no_edge() -> None:
    """Row 32: endpoints do not begin connections into the VPC; over a peering they are reached like hosts."""
    estate = peered(tcp(443, v4=("10.2.0.0/16",)))
    estate.interfaces[0] |= {"InterfaceType": "vpc_endpoint", "RequesterManaged": True}
    told = answers(estate)
    assert {one.edge for one in told.exposures} == {"vpc-peering-v4:pcx-1"}
    assert not [one for one in told.not_reachable if "vpce" in one.edge]
