"""Route tables and what they lead to."""

from vedette.network.described._base import Described


class AssociationState(Described, frozen=True, kw_only=True):
    """`RouteTableAssociationState`."""

    state: str = "associated"


class RouteTableAssociation(Described, frozen=True, kw_only=True):
    """`RouteTableAssociation`."""

    main: bool = False
    subnet_id: str | None = None
    gateway_id: str | None = None
    association_state: AssociationState | None = None


class Route(Described, frozen=True, kw_only=True):
    """`Route`; one of the targets is set."""

    destination_cidr_block: str | None = None
    destination_ipv6_cidr_block: str | None = None
    destination_prefix_list_id: str | None = None
    gateway_id: str | None = None
    nat_gateway_id: str | None = None
    transit_gateway_id: str | None = None
    vpc_peering_connection_id: str | None = None
    egress_only_internet_gateway_id: str | None = None
    network_interface_id: str | None = None
    instance_id: str | None = None
    local_gateway_id: str | None = None
    carrier_gateway_id: str | None = None
    core_network_arn: str | None = None
    odb_network_arn: str | None = None
    origin: str | None = None
    state: str | None = None


class RouteTable(Described, frozen=True, kw_only=True):
    """`RouteTable`."""

    route_table_id: str
    vpc_id: str | None = None
    owner_id: str | None = None
    associations: tuple[RouteTableAssociation, ...] = ()
    routes: tuple[Route, ...] = ()


class GatewayAttachment(Described, frozen=True, kw_only=True):
    """`InternetGatewayAttachment` and `VpcAttachment`."""

    vpc_id: str | None = None
    state: str | None = None


class InternetGateway(Described, frozen=True, kw_only=True):
    """`InternetGateway`."""

    internet_gateway_id: str
    attachments: tuple[GatewayAttachment, ...] = ()


class VpnGateway(Described, frozen=True, kw_only=True):
    """`VpnGateway`."""

    vpn_gateway_id: str
    state: str | None = None
    vpc_attachments: tuple[GatewayAttachment, ...] = ()


class PeeringStatus(Described, frozen=True, kw_only=True):
    """`VpcPeeringConnectionStateReason`."""

    code: str | None = None


class PeerCidr(Described, frozen=True, kw_only=True):
    """`CidrBlock`."""

    cidr_block: str


class PeerIpv6Cidr(Described, frozen=True, kw_only=True):
    """`Ipv6CidrBlock`."""

    ipv6_cidr_block: str


class PeerVpc(Described, frozen=True, kw_only=True):
    """`VpcPeeringConnectionVpcInfo`."""

    vpc_id: str | None = None
    owner_id: str | None = None
    region: str | None = None
    cidr_block: str | None = None
    cidr_block_set: tuple[PeerCidr, ...] = ()
    ipv6_cidr_block_set: tuple[PeerIpv6Cidr, ...] = ()


class VpcPeeringConnection(Described, frozen=True, kw_only=True):
    """`VpcPeeringConnection`."""

    vpc_peering_connection_id: str
    status: PeeringStatus | None = None
    accepter_vpc_info: PeerVpc | None = None
    requester_vpc_info: PeerVpc | None = None


class Tag(Described, frozen=True, kw_only=True):
    """`Tag`."""

    key: str
    value: str = ""


class VpcEndpoint(Described, frozen=True, kw_only=True):
    """`VpcEndpoint`."""

    vpc_endpoint_id: str
    vpc_endpoint_type: str | None = None
    service_name: str | None = None
    vpc_id: str | None = None
    tags: tuple[Tag, ...] = ()


class NatGatewayAddress(Described, frozen=True, kw_only=True):
    """`NatGatewayAddress`."""

    network_interface_id: str | None = None


class NatGateway(Described, frozen=True, kw_only=True):
    """`NatGateway`."""

    nat_gateway_id: str
    nat_gateway_addresses: tuple[NatGatewayAddress, ...] = ()
