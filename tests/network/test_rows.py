"""Every rule of AWS's semantics has a golden case, and every case says where the rule is written.

Rows are numbered as in the table of semantics that the analysis was built from; the words are our own.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

ROWS: dict[int, tuple[str, str, tuple[str, ...]]] = {
    1: (
        "security groups allow, unite and remember",
        "EC2 user guide, Security group connection tracking; EC2 API, IpPermission",
        (
            "semantics: 1 groups are united",
            "semantics: 1 a stateful group answers without an egress rule",
            "semantics: 1 ICMP type 8, every code",
        ),
    ),
    2: (
        "a tracked connection outlives the rule that let it in",
        "EC2 user guide, Security group connection tracking",
        ("remediation: test_what_closes_an_exposure_is_named",),
    ),
    3: (
        "network ACLs: the lowest number decides, both ways, at the subnet's border",
        "VPC user guide, Network ACLs",
        (
            "semantics: 3 the lowest number decides",
            "semantics: 3 answers must leave",
            "semantics: 3 only the destination port is matched",
            "semantics: 3 IPv6 entries do not let IPv4 in",
        ),
    ),
    4: (
        "clients may use any port, load balancers and NAT gateways 1024-65535",
        "Reachability Analyzer's source ports; VPC user guide, Ephemeral ports",
        (
            "semantics: 4 a client may use a port below 1024",
            "balancers: 4 nodes use ports 1024-65535, target's network ACL",
        ),
    ),
    5: (
        "one UDP packet is enough",
        "design choice: delivery is an exposure, the way back a flag",
        (
            "semantics: 5 one UDP packet is enough",
            "balancers: TestProof.test_udp_that_cannot_be_answered",
        ),
    ),
    6: (
        "the longest prefix, then static, prefix list, propagated; blackholes drop",
        "VPC user guide, Route priority",
        (
            "semantics: 6 the longest prefix leads elsewhere",
            "semantics: 6 static beats propagated",
            "semantics: 6 a blackhole drops",
            "semantics: 6 a filtered route is not in use",
            "semantics: test_prefix_lists_with_the_same_block_are_undefined",
        ),
    ),
    7: (
        "the local route may lead through an appliance",
        "VPC user guide, Middlebox routing",
        (
            "semantics: TestGatewayTables.test_the_local_route_changes_nothing",
            "middleboxes: test_the_way_back_through_an_appliance_is_not_known",
        ),
    ),
    8: (
        "without an association the main table and the default network ACL apply",
        "VPC user guide, Main route table; Default network ACL",
        ("semantics: 8 the main table", "semantics: 8 the default network ACL"),
    ),
    9: (
        "an internet gateway delivers to associated addresses alone",
        "VPC user guide, Internet gateways; Reachability Analyzer, IGW_*",
        (
            "semantics: 9 an address on a secondary private one",
            "semantics: test_spoofed_sources_are_refused",
        ),
    ),
    10: (
        "the internet is everything but RFC 1918 and RFC 6598, and 2000::/3",
        "Reachability Analyzer's source ranges; RFC 4291",
        ("semantics: test_what_the_internet_is",),
    ),
    11: (
        "answers need a route back by the edge",
        "VPC user guide, Internet gateways",
        ("semantics: 11 a public address in a subnet without a route to the gateway",),
    ),
    12: (
        "gateway route tables lead into the VPC",
        "VPC user guide, Gateway route tables; Reachability Analyzer, INGRESS_RTB_*",
        (
            "semantics: TestGatewayTables.test_a_redirection_is_not_judged",
            "semantics: TestGatewayTables.test_a_blackhole_stops_it",
        ),
    ),
    13: (
        "each address of an interface answers for itself",
        "EC2 user guide, Elastic IP addresses; EC2 API, NetworkInterface",
        (
            "semantics: 13 an Elastic IP address",
            "semantics: test_every_interface_and_address_answers_for_itself",
            "semantics: TestIpv6.test_an_interface_can_refuse_it",
        ),
    ),
    14: (
        "a stopped instance is not reached, and what it would expose is named",
        "EC2 user guide, Instance IP addressing",
        ("semantics: test_a_latent_exposure_is_named",),
    ),
    15: (
        "IPv6: global addresses are public by themselves",
        "VPC user guide, IPv6; Egress-only internet gateways",
        (
            "semantics: TestIpv6.test_a_global_address_is_public_by_itself",
            "semantics: TestIpv6.test_an_egress_only_gateway_lets_nothing_in",
        ),
    ),
    16: (
        "NAT gateways let nothing in",
        "VPC user guide, NAT gateways; Reachability Analyzer, NGW_*",
        ("normalise: test_a_nat_gateway_by_its_own_description",),
    ),
    17: (
        "group references are the members' private addresses, over peerings of one Region and transit gateways",
        "VPC peering guide; transit gateways guide, Security group referencing",
        (
            "semantics: 17 a group reference matches nothing from the internet",
            "semantics: TestPeering.test_a_reference_means_the_private_addresses_of_the_members",
            "semantics: TestPeering.test_references_do_not_cross_regions",
            "semantics: TestPeering.test_a_stale_reference_matches_nothing",
            "transit: a group reference needs the gateway's option",
        ),
    ),
    18: (
        "peerings are not transitive, and no edge of the peer is ours",
        "VPC peering guide; Reachability Analyzer, PCX_*",
        (
            "semantics: TestPeering.test_it_is_not_transitive",
            "semantics: TestPeering.test_a_peers_gateways_are_no_edge_of_ours",
            "semantics: TestPeering.test_a_peering_that_is_not_active_is_no_edge",
        ),
    ),
    19: (
        "the peer's own routes and groups are not asked",
        "a recorded result of Amazon Inspector",
        (
            "semantics: TestPeering.test_the_peer_comes_in_and_its_own_routes_are_not_asked",
            "semantics: TestPeering.test_without_a_way_back_there_is_no_connection",
        ),
    ),
    20: (
        "transit gateways: the sender's table there, the VPC's own back",
        "transit gateways guide, How transit gateways work",
        (
            "transit: the table of the sender's association decides",
            "transit: a static route beats a propagated one",
            "transit: a blackhole drops",
            "transit: a subnet answers only in a zone with an interface of the gateway",
            "transit: test_a_peered_gateway_is_followed",
        ),
    ),
    21: (
        "virtual private gateways reach private addresses, by IPv4, from anywhere",
        "Site-to-Site VPN user guide; Reachability Analyzer, VGW_*",
        (
            "semantics: TestVpn.test_the_far_side_reaches_private_addresses",
            "semantics: TestVpn.test_answers_must_return",
            "semantics: TestVpn.test_any_source_may_be_behind_it",
            "semantics: TestVpn.test_it_has_no_ipv6",
        ),
    ),
    22: (
        "Application Load Balancers are two judgements",
        "Application Load Balancers guide; a recorded result of Amazon Inspector",
        (
            "balancers: 22 targets need no public address and no gateway route",
            "balancers: 22 the load balancer's outbound rules",
            "balancers: 22 source-ip narrows",
            "balancers: TestProof.test_the_path_has_both_judgements",
            "balancers: TestProof.test_the_workshops_web_server",
            "balancers: TestProof.test_clients_that_sign_in",
        ),
    ),
    23: (
        "Network Load Balancers: groups, preserved addresses, zones",
        "Network Load Balancers guide, Client IP preservation",
        (
            "balancers: 23 instance: the target sees the client",
            "balancers: 23 cross-zone off by default",
            "balancers: TestTheBalancerItself.test_a_network_load_balancer_without_groups_takes_anybody",
            "fronts: the load balancer's groups meet it",
            "fronts: the target sees the node's address",
        ),
    ),
    24: (
        "Classic Load Balancers meet their network ACL even within their subnet",
        "Reachability Analyzer, ELB_ACL_RESTRICTION",
        ("balancers: classic",),
    ),
    25: (
        "target groups: ports, empty ones, functions, other load balancers",
        "Application Load Balancers guide, Target groups",
        (
            "balancers: 25 nothing registered",
            "balancers: 25 all unhealthy: sent to all the same",
            "balancers: TestFunctions.test_one_that_lets_it_in",
            "balancers: TestOneBehindAnother.test_the_clients_of_both",
            "balancers: TestPeers.test_a_target_of_a_peer",
        ),
    ),
    26: (
        "internal load balancers refuse internet gateways over IPv6; some have no public IPv4",
        "Elastic Load Balancing API, ipv6.deny_all_igw_traffic",
        (
            "balancers: TestTheBalancerItself.test_internal",
            "balancers: TestTheBalancerItself.test_dual_stack_without_public_ipv4",
            "balancers: TestTheBalancerItself.test_ipv6_from_internet_gateways",
        ),
    ),
    27: (
        "VPC Block Public Access with its exclusions",
        "VPC user guide, Block public access to VPCs and subnets",
        (
            "semantics: 27 Block Public Access with an exclusion",
            "semantics: TestPeering.test_block_public_access_does_not_stop_it",
            "balancers: TestTheBalancerItself.test_block_public_access_spares_targets_of_an_excluded_subnet",
            "fronts: blocked",
        ),
    ),
    28: (
        "shared subnets are the owner's network with the guest's interfaces",
        "VPC user guide, Share your VPC subnets",
        (
            "shared: test_the_guests_interface_is_judged_with_the_owners_network",
            "shared: test_the_owners_block_public_access_applies",
            "shared: test_without_the_owner_it_is_not_known",
        ),
    ),
    29: (
        "functions: their URL and the policy together",
        "Lambda developer guide, Control access to function URLs",
        (
            "functions: test_an_open_url_is_an_exposure_with_its_proof",
            "functions: test_new_urls_need_both_permissions",
            "functions: test_an_alias_has_a_policy_of_its_own",
        ),
    ),
    30: (
        "API Gateway: endpoint, policy, authorizers, VPC links",
        "API Gateway developer guide, Control access to a REST API",
        (
            "apis: no authorizer and no policy",
            "apis: private",
            "apis: the default endpoint is off",
            "apis: test_a_link_of_the_second_version_sends_from_its_subnets",
        ),
    ),
    31: (
        "CloudFront: VPC origins, and what its prefix list alone lets in",
        "CloudFront developer guide, Restrict access with VPC origins",
        (
            "fronts: a VPC origin",
            "fronts: without an internet gateway",
            "fronts: test_what_lets_in_cloudfront_alone_is_fronted",
        ),
    ),
    32: (
        "endpoints never come in; endpoint services are an edge of their own",
        "PrivateLink guide, Share your services",
        (
            "semantics: test_an_interface_endpoint_takes_what_its_groups_let_in_and_is_no_edge",
            "semantics: test_a_gateway_endpoint_is_no_appliance",
            "fronts: a connected endpoint",
        ),
    ),
    33: (
        "accelerators reach private endpoints, and Block Public Access stops them",
        "Global Accelerator developer guide, Client IP address preservation",
        ("fronts: an accelerated instance", "fronts: accelerated but blocked"),
    ),
}

_MODULES = {"remediation": "tests.findings.test_remediation"}


def _has(module: ModuleType, name: str) -> bool:
    """Whether a module has a case or a test of that name; methods as `Class.method`."""
    at: Any = module
    for part in name.split("."):
        at = getattr(at, part, None)
    cases = [*getattr(module, "CASES", ()), *getattr(module, "CLOSED", ())]
    return callable(at) or name in {case[0] for case in cases}


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_has_its_cases(row: int) -> None:
    words, source, cases = ROWS[row]
    assert words
    assert source
    for case in cases:
        file, _, name = case.partition(": ")
        module = import_module(_MODULES.get(file, f"tests.network.test_{file}"))
        assert _has(module, name), case


def test_no_row_is_missing() -> None:
    assert sorted(ROWS) == list(range(1, 34))
