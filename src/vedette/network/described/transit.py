"""Transit gateways, what is attached to them, and their route tables."""

from vedette.network.described._base import Described


class TransitGatewayOptions(Described, frozen=True, kw_only=True):
    """`TransitGatewayOptions`."""

    security_group_referencing_support: str | None = None
    association_default_route_table_id: str | None = None
    propagation_default_route_table_id: str | None = None


class TransitGateway(Described, frozen=True, kw_only=True):
    """`TransitGateway`."""

    transit_gateway_id: str
    owner_id: str | None = None
    options: TransitGatewayOptions | None = None


class TransitAssociation(Described, frozen=True, kw_only=True):
    """`TransitGatewayAttachmentAssociation`."""

    transit_gateway_route_table_id: str | None = None
    state: str | None = None


class TransitAttachment(Described, frozen=True, kw_only=True):
    """`TransitGatewayAttachment`: `resource_id` is a VPC, a VPN connection, another transit gateway."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str
    transit_gateway_owner_id: str | None = None
    resource_owner_id: str | None = None
    resource_type: str = ""
    resource_id: str = ""
    state: str | None = None
    association: TransitAssociation | None = None


class TransitVpcOptions(Described, frozen=True, kw_only=True):
    """`TransitGatewayVpcAttachmentOptions`."""

    security_group_referencing_support: str | None = None
    ipv6_support: str | None = None


class TransitVpcAttachment(Described, frozen=True, kw_only=True):
    """`TransitGatewayVpcAttachment`."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str
    vpc_id: str
    subnet_ids: tuple[str, ...] = ()
    options: TransitVpcOptions | None = None


class TransitTable(Described, frozen=True, kw_only=True):
    """`TransitGatewayRouteTable`."""

    transit_gateway_route_table_id: str
    transit_gateway_id: str


class TransitTableAssociation(Described, frozen=True, kw_only=True):
    """`TransitGatewayRouteTableAssociation`."""

    transit_gateway_attachment_id: str
    state: str | None = None


class TransitRouteAttachment(Described, frozen=True, kw_only=True):
    """`TransitGatewayRouteAttachment`."""

    transit_gateway_attachment_id: str | None = None
    resource_type: str | None = None


class TransitRoute(Described, frozen=True, kw_only=True):
    """`TransitGatewayRoute`."""

    destination_cidr_block: str | None = None
    prefix_list_id: str | None = None
    transit_gateway_attachments: tuple[TransitRouteAttachment, ...] = ()
    type: str | None = None
    state: str | None = None
