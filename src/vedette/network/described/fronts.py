"""Endpoint services, CloudFront distributions with their VPC origins, and accelerators."""

import msgspec

from vedette.network.described._base import Described


class EndpointService(Described, frozen=True, kw_only=True):
    """`ServiceConfiguration`."""

    service_id: str
    service_state: str | None = None
    acceptance_required: bool = True
    network_load_balancer_arns: tuple[str, ...] = ()
    supported_ip_address_types: tuple[str, ...] = ()


class EndpointConnection(Described, frozen=True, kw_only=True):
    """`VpcEndpointConnection`."""

    service_id: str
    vpc_endpoint_id: str | None = None
    vpc_endpoint_owner: str | None = None
    vpc_endpoint_state: str | None = None


class AllowedPrincipal(Described, frozen=True, kw_only=True):
    """`AllowedPrincipal`."""

    principal: str | None = None


class UsesVpcOrigin(Described, frozen=True, kw_only=True):
    """`VpcOriginConfig`."""

    vpc_origin_id: str


class Origin(Described, frozen=True, kw_only=True):
    """`Origin`."""

    vpc_origin_config: UsesVpcOrigin | None = None


class Origins(Described, frozen=True, kw_only=True):
    """`Origins`."""

    items: tuple[Origin, ...] = ()


class Distribution(Described, frozen=True, kw_only=True):
    """`DistributionSummary`."""

    id: str
    domain_name: str = ""
    enabled: bool = True
    origins: Origins | None = None


class VpcOriginEndpoint(Described, frozen=True, kw_only=True):
    """`VpcOriginEndpointConfig`."""

    arn: str
    http_port: int = msgspec.field(default=80, name="HTTPPort")
    https_port: int = msgspec.field(default=443, name="HTTPSPort")
    origin_protocol_policy: str = "match-viewer"


class VpcOrigin(Described, frozen=True, kw_only=True):
    """`VpcOrigin`."""

    vpc_origin_endpoint_config: VpcOriginEndpoint


class Accelerator(Described, frozen=True, kw_only=True):
    """`Accelerator`."""

    accelerator_arn: str
    name: str = ""
    enabled: bool = True
    ip_address_type: str | None = None


class AcceleratorPorts(Described, frozen=True, kw_only=True):
    """`PortRange`."""

    from_port: int
    to_port: int


class AcceleratorListener(Described, frozen=True, kw_only=True):
    """`Listener`."""

    listener_arn: str
    port_ranges: tuple[AcceleratorPorts, ...] = ()
    protocol: str = "TCP"


class AcceleratorEndpoint(Described, frozen=True, kw_only=True):
    """`EndpointDescription`."""

    endpoint_id: str
    preserved: bool | None = msgspec.field(default=None, name="ClientIPPreservationEnabled")


class PortOverride(Described, frozen=True, kw_only=True):
    """`PortOverride`."""

    listener_port: int
    endpoint_port: int


class EndpointGroup(Described, frozen=True, kw_only=True):
    """`EndpointGroup`."""

    endpoint_group_arn: str = ""
    endpoint_descriptions: tuple[AcceleratorEndpoint, ...] = ()
    port_overrides: tuple[PortOverride, ...] = ()
