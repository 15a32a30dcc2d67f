"""A snapshot: what was recorded of each account and Region, and what was not."""

import msgspec

from vedette.network import described as aws

NAMELESS = "number "
"""How items are called that are malformed to the degree that they have no id: by their place in the listing."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded answer, or one item of it, that cannot be used.

    `call` is the AWS CLI's name (`ec2.describe-subnets`); `item` is an id where only one item is affected.
    """

    account: str
    region: str
    call: str
    reason: str
    item: str | None = None

    @property
    def about(self) -> str:
        """The item; the account and Region where it is all of the answer, or nobody can say which item."""
        if self.item is None or self.item.startswith(NAMELESS):
            return f"{self.account}/{self.region}"
        return self.item


class PrefixBlocks(msgspec.Struct, frozen=True, kw_only=True):
    """A prefix list's blocks as recorded."""

    id: str
    blocks: tuple[str, ...]


class FunctionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The resource policy of a function; `qualifier` is an alias or version. `document` is None if there is none."""

    function: str
    qualifier: str | None
    document: str | None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a call for one id answered."""

    call: str
    id: str
    items: tuple[aws.Described, ...]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One account in one Region; `recorded` are the calls that were answered in full."""

    account: str
    region: str
    recorded: frozenset[str] = frozenset()
    missing: tuple[Missing, ...] = ()
    interfaces: tuple[aws.NetworkInterface, ...] = ()
    instances: tuple[aws.Instance, ...] = ()
    addresses: tuple[aws.Address, ...] = ()
    subnets: tuple[aws.Subnet, ...] = ()
    vpcs: tuple[aws.Vpc, ...] = ()
    security_groups: tuple[aws.SecurityGroup, ...] = ()
    security_group_rules: tuple[aws.SecurityGroupRule, ...] = ()
    network_acls: tuple[aws.NetworkAcl, ...] = ()
    route_tables: tuple[aws.RouteTable, ...] = ()
    internet_gateways: tuple[aws.InternetGateway, ...] = ()
    vpn_gateways: tuple[aws.VpnGateway, ...] = ()
    peerings: tuple[aws.VpcPeeringConnection, ...] = ()
    endpoints: tuple[aws.VpcEndpoint, ...] = ()
    nat_gateways: tuple[aws.NatGateway, ...] = ()
    managed_prefix_lists: tuple[aws.ManagedPrefixList, ...] = ()
    service_prefix_lists: tuple[aws.PrefixList, ...] = ()
    block_exclusions: tuple[aws.BlockPublicAccessExclusion, ...] = ()
    transit_gateways: tuple[aws.TransitGateway, ...] = ()
    transit_attachments: tuple[aws.TransitAttachment, ...] = ()
    transit_vpc_attachments: tuple[aws.TransitVpcAttachment, ...] = ()
    transit_tables: tuple[aws.TransitTable, ...] = ()
    block_options: aws.BlockPublicAccessOptions | None = None
    endpoint_services: tuple[aws.EndpointService, ...] = ()
    endpoint_connections: tuple[aws.EndpointConnection, ...] = ()
    distributions: tuple[aws.Distribution, ...] = ()
    accelerators: tuple[aws.Accelerator, ...] = ()
    functions: tuple[aws.Function, ...] = ()
    rest_apis: tuple[aws.RestApi, ...] = ()
    apis: tuple[aws.Api, ...] = ()
    api_domains: tuple[aws.ApiDomain, ...] = ()
    rest_links: tuple[aws.RestVpcLink, ...] = ()
    http_links: tuple[aws.HttpVpcLink, ...] = ()
    load_balancers: tuple[aws.LoadBalancer, ...] = ()
    target_groups: tuple[aws.TargetGroup, ...] = ()
    classic_load_balancers: tuple[aws.ClassicLoadBalancer, ...] = ()
    prefix_blocks: tuple[PrefixBlocks, ...] = ()
    function_urls: tuple[aws.FunctionUrl, ...] = ()
    function_policies: tuple[FunctionPolicy, ...] = ()
    answered: tuple[Answered, ...] = ()


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded places, in order."""

    places: tuple[Place, ...]

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Everything that could not be used, in the order of the places."""
        return tuple(gap for place in self.places for gap in place.missing)
