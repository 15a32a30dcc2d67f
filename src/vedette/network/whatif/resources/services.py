"""Prefix lists, virtual private gateways, endpoints, and services that stand before others."""

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.snapshot import Place
from vedette.network.whatif import paths, services
from vedette.network.whatif.draft import AbsentError
from vedette.network.whatif.resource import View, changed, kind, nothing, place_of
from vedette.network.whatif.resources.unread import CACHING, TUNNELS


def _nothing(old: View | None, new: View) -> None:
    del old, new


def _place(view: View, *names: tuple[type[aws.Described], str | None]) -> Place:
    return place_of(view.draft, *names)


def _put_list(old: View | None, new: View) -> None:
    if old is not None and not changed(old, new, "entry"):
        return
    blocks = tuple(block.needed("cidr") for block in new.blocks("entry"))
    place = _place(new, (aws.ManagedPrefixList, new.identity))
    services.put_list(new.draft, new.identity, place, blocks)


def _remove_list(old: View) -> None:
    old.draft.drop(aws.ManagedPrefixList, old.identity)


def _put_block(old: View | None, new: View) -> None:
    if old is None:
        services.add_block(new.draft, new.needed("prefix_list_id"), new.needed("cidr"))


def _remove_block(old: View) -> None:
    services.drop_block(old.draft, old.needed("prefix_list_id"), old.needed("cidr"))


# -- virtual private gateways -----------------------------------------------------------------------------------------


def _put_vpn(old: View | None, new: View) -> None:
    if not changed(old, new, "vpc_id"):
        return
    if old is not None and old.text("vpc_id") is not None:
        paths.detach_vpn_gateway(old.draft, new.identity)
    vpc = new.text("vpc_id")
    if vpc is not None:
        paths.attach_vpn_gateway(new.draft, new.identity, vpc, _place(new, (aws.Vpc, vpc)))


def _remove_vpn(old: View) -> None:
    if old.draft.has(aws.VpnGateway, old.identity):
        paths.detach_vpn_gateway(old.draft, old.identity)
        old.draft.drop(aws.VpnGateway, old.identity)


def _put_vpn_link(old: View | None, new: View) -> None:
    del old
    vpc = new.needed("vpc_id")
    gateway = new.needed("vpn_gateway_id")
    paths.attach_vpn_gateway(new.draft, gateway, vpc, _place(new, (aws.Vpc, vpc)))


def _remove_vpn_link(old: View) -> None:
    paths.detach_vpn_gateway(old.draft, old.needed("vpn_gateway_id"))


def _put_propagation(old: View | None, new: View) -> None:
    if old is None:
        new.unclear("route_table_id", "which routes are propagated is not known")


def _remove_propagation(old: View) -> None:
    table, gateway = old.needed("route_table_id"), old.needed("vpn_gateway_id")
    paths.stop_propagation(old.draft, table, gateway)


def _put_vpn_connection(old: View | None, new: View) -> None:
    """Behind a virtual private gateway anybody may be; to a transit gateway it is an attachment."""
    if old is None and new.text("transit_gateway_id") is not None:
        new.unclear("transit_gateway_id", "what the connection's attachment leads to is not known")


def _remove_vpn_connection(old: View) -> None:
    if old.text("transit_gateway_id") is not None:
        old.unclear("transit_gateway_id", "what its attachment led to is not known")


# -- endpoints --------------------------------------------------------------------------------------------------------


def _put_endpoint(old: View | None, new: View) -> None:
    """Endpoints let nobody in; those of API Gateway open private APIs, and gateway endpoints take routes."""
    draft = new.draft
    vpc = new.needed("vpc_id")
    gateway = (new.text("vpc_endpoint_type") or "Gateway") == "Gateway"
    if gateway and changed(old, new, "route_table_ids") and new.texts("route_table_ids"):
        new.unclear("route_table_ids", "which blocks of the service its routes take is not known")
    endpoint = aws.VpcEndpoint(
        vpc_endpoint_id=new.identity,
        vpc_endpoint_type=new.text("vpc_endpoint_type") or "Gateway",
        service_name=new.needed("service_name"),
        vpc_id=vpc,
    )
    draft.put(endpoint, _place(new, (aws.Vpc, vpc)))


def _remove_endpoint(old: View) -> None:
    old.draft.drop(aws.VpcEndpoint, old.identity)
    paths.blackhole(old.draft, old.identity)


def _put_service(old: View | None, new: View) -> None:
    arns = new.texts("network_load_balancer_arns")
    known = [(aws.LoadBalancer, one) for one in arns]
    service = aws.EndpointService(
        service_id=new.identity,
        service_state="Available",
        acceptance_required=new.flag("acceptance_required") is not False,
        network_load_balancer_arns=arns,
        supported_ip_address_types=new.texts("supported_ip_address_types") or ("ipv4",),
    )
    if new.texts("gateway_load_balancer_arns"):
        new.unclear("gateway_load_balancer_arns", "appliances are not judged")
    services.put_service(new.draft, service, _place(new, *known))
    if changed(old, new, "allowed_principals") and new.values.get("allowed_principals"):
        services.set_principals(new.draft, new.identity, new.texts("allowed_principals"))


def _remove_service(old: View) -> None:
    old.draft.drop(aws.EndpointService, old.identity)


def _service(view: View) -> str:
    return view.text("vpc_endpoint_service_id") or view.needed("service_id")


def _put_principal(old: View | None, new: View) -> None:
    del old
    service = _service(new)
    known = services.principals(new.draft, service)
    added = new.texts("allowed_principals") or (new.needed("principal_arn"),)
    services.set_principals(new.draft, service, (*known, *added))


def _remove_principal(old: View) -> None:
    service = _service(old)
    gone = old.texts("allowed_principals") or (old.needed("principal_arn"),)
    known = services.principals(old.draft, service)
    services.set_principals(old.draft, service, tuple(one for one in known if one not in gone))


def _put_accepter(old: View | None, new: View) -> None:
    del old
    _set_connection(new, "available")


def _remove_accepter(old: View) -> None:
    _set_connection(old, "rejected")


def _set_connection(view: View, state: str) -> None:
    service, endpoint = view.needed("vpc_endpoint_service_id"), view.needed("vpc_endpoint_id")
    services.set_connection(view.draft, service, endpoint, state)


# -- CloudFront and Global Accelerator --------------------------------------------------------------------------------


def _put_distribution(old: View | None, new: View) -> None:
    del old
    origins = [
        inner.needed("vpc_origin_id")
        for origin in new.blocks("origin")
        for inner in origin.blocks("vpc_origin_config")
    ]
    services.put_distribution(
        new.draft,
        new.identity,
        tuple(dict.fromkeys(origins)),
        _place(new, (aws.Distribution, new.identity)),
        enabled=new.flag("enabled") is not False,
    )


def _remove_distribution(old: View) -> None:
    old.draft.drop(aws.Distribution, old.identity)


def _put_origin(old: View | None, new: View) -> None:
    del old
    for block in new.blocks("vpc_origin_endpoint_config"):
        arn = block.needed("arn")
        endpoint = aws.VpcOriginEndpoint(
            arn=arn,
            http_port=block.number("http_port") or 80,
            https_port=block.number("https_port") or 443,
            origin_protocol_policy=block.text("origin_protocol_policy") or "match-viewer",
        )
        place = _place(new, (aws.LoadBalancer, arn))
        services.put_origin(new.draft, new.identity, endpoint, place)


def _remove_origin(old: View) -> None:
    old.unclear("id", "distributions that use it can not be deleted before they are changed")


def _put_accelerator(old: View | None, new: View) -> None:
    del old
    accelerator = aws.Accelerator(
        accelerator_arn=new.identity,
        name=new.text("name") or new.address,
        enabled=new.flag("enabled") is not False,
        ip_address_type=new.text("ip_address_type"),
    )
    place = _place(new, (aws.Accelerator, new.identity))
    services.put_accelerator(new.draft, accelerator, place)


def _remove_accelerator(old: View) -> None:
    old.draft.drop(aws.Accelerator, old.identity)


def _put_listener(old: View | None, new: View) -> None:
    del old
    ranges = tuple(_range(block) for block in new.blocks("port_range"))
    listener = aws.AcceleratorListener(
        listener_arn=new.identity, port_ranges=ranges, protocol=new.text("protocol") or "TCP"
    )
    services.put_speed_listener(new.draft, new.needed("accelerator_arn"), listener)


def _range(block: View) -> aws.AcceleratorPorts:
    first, last = block.number("from_port"), block.number("to_port")
    if first is None or last is None:
        raise AbsentError(block.address, "its ports are not known")
    return aws.AcceleratorPorts(from_port=first, to_port=last)


def _remove_listener(old: View) -> None:
    services.drop_speed_listener(old.draft, old.needed("accelerator_arn"), old.identity)


def _put_endpoints(old: View | None, new: View) -> None:
    del old
    endpoints = tuple(
        aws.AcceleratorEndpoint(
            endpoint_id=block.needed("endpoint_id"),
            preserved=block.flag("client_ip_preservation_enabled") is not False,
        )
        for block in new.blocks("endpoint_configuration")
    )
    group = aws.EndpointGroup(
        endpoint_group_arn=new.identity,
        endpoint_descriptions=endpoints,
        port_overrides=tuple(_override(block) for block in new.blocks("port_override")),
    )
    services.put_group(new.draft, new.needed("listener_arn"), group)


def _override(block: View) -> aws.PortOverride:
    listener, endpoint = block.number("listener_port"), block.number("endpoint_port")
    if listener is None or endpoint is None:
        raise ParseError("a port override has no ports", block.address)
    return aws.PortOverride(listener_port=listener, endpoint_port=endpoint)


def _remove_endpoints(old: View) -> None:
    services.drop_group(old.draft, old.needed("listener_arn"), old.identity)


KINDS = (
    kind(
        "aws_ec2_managed_prefix_list",
        _put_list,
        _remove_list,
        reads="entry",
        harmless="address_family max_entries version",
    ),
    kind(
        "aws_ec2_managed_prefix_list_entry",
        _put_block,
        _remove_block,
        reads="prefix_list_id cidr",
    ),
    kind(
        "aws_vpn_gateway",
        _put_vpn,
        _remove_vpn,
        reads="vpc_id",
        harmless="amazon_side_asn availability_zone",
    ),
    kind(
        "aws_vpn_gateway_attachment",
        _put_vpn_link,
        _remove_vpn_link,
        reads="vpc_id vpn_gateway_id",
    ),
    kind("aws_customer_gateway", _nothing, nothing, reads="bgp_asn ip_address type device_name"),
    kind(
        "aws_vpn_connection",
        _put_vpn_connection,
        _remove_vpn_connection,
        reads="transit_gateway_id vpn_gateway_id customer_gateway_id type",
        harmless=TUNNELS,
    ),
    kind(
        "aws_vpn_connection_route",
        _nothing,
        nothing,
        reads="destination_cidr_block vpn_connection_id",
    ),
    kind(
        "aws_vpn_gateway_route_propagation",
        _put_propagation,
        _remove_propagation,
        reads="route_table_id vpn_gateway_id",
    ),
    kind(
        "aws_vpc_endpoint",
        _put_endpoint,
        _remove_endpoint,
        reads="vpc_id vpc_endpoint_type service_name route_table_ids",
        harmless="auto_accept cidr_blocks dns_entry dns_options ip_address_type"
        " network_interface_ids policy prefix_list_id private_dns_enabled requester_managed"
        " resource_configuration_arn security_group_ids service_network_arn service_region state"
        " subnet_configuration subnet_ids",
    ),
    kind(
        "aws_vpc_endpoint_service",
        _put_service,
        _remove_service,
        reads="acceptance_required allowed_principals network_load_balancer_arns"
        " gateway_load_balancer_arns supported_ip_address_types",
        harmless="availability_zones base_endpoint_dns_names manages_vpc_endpoints"
        " private_dns_name private_dns_name_configuration service_name service_type state"
        " supported_regions",
    ),
    kind(
        "aws_vpc_endpoint_service_allowed_principal",
        _put_principal,
        _remove_principal,
        reads="vpc_endpoint_service_id service_id principal_arn allowed_principals",
    ),
    kind(
        "aws_vpc_endpoint_connection_accepter",
        _put_accepter,
        _remove_accepter,
        reads="vpc_endpoint_service_id vpc_endpoint_id",
        harmless="vpc_endpoint_state",
    ),
    kind(
        "aws_cloudfront_vpc_origin",
        _put_origin,
        _remove_origin,
        reads="vpc_origin_endpoint_config",
        harmless="etag",
    ),
    kind(
        "aws_cloudfront_distribution",
        _put_distribution,
        _remove_distribution,
        reads="enabled origin",
        harmless=CACHING,
    ),
    kind(
        "aws_globalaccelerator_accelerator",
        _put_accelerator,
        _remove_accelerator,
        reads="enabled ip_address_type",
        harmless="attributes dns_name dual_stack_dns_name hosted_zone_id ip_addresses ip_sets",
    ),
    kind(
        "aws_globalaccelerator_listener",
        _put_listener,
        _remove_listener,
        reads="accelerator_arn port_range protocol",
        harmless="client_affinity",
    ),
    kind(
        "aws_globalaccelerator_endpoint_group",
        _put_endpoints,
        _remove_endpoints,
        reads="listener_arn endpoint_configuration port_override",
        harmless="endpoint_group_region health_check_interval_seconds health_check_path"
        " health_check_port health_check_protocol threshold_count traffic_dial_percentage",
    ),
)
