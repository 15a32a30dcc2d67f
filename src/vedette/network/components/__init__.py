"""The rules of the network's components.

One file for each component: what it lets through as a region, with the explanation codes that it gives.
"""

from vedette.network.components import (
    api_gateway,
    block_public_access,
    function_url,
    gateway_table,
    instance,
    internet_gateway,
    listener,
    load_balancer,
    load_balancer_egress,
    network_acl,
    network_interface,
    public_address,
    route_table,
    security_group,
    service_edge,
    target_group,
    transit_gateway,
)
from vedette.network.components._base import (
    ApiComponent,
    Component,
    ForwardingComponent,
    Layer7Component,
)

COMPONENTS: tuple[Component, ...] = (
    instance.COMPONENT,
    network_interface.COMPONENT,
    load_balancer.COMPONENT,
    public_address.COMPONENT,
    internet_gateway.COMPONENT,
    block_public_access.COMPONENT,
    gateway_table.COMPONENT,
    listener.COMPONENT,
    service_edge.COMPONENT,
    security_group.COMPONENT,
    network_acl.COMPONENT,
    route_table.COMPONENT,
    transit_gateway.COMPONENT,
)
"""What is judged for each address, in the order in which reasons are given: the first that leaves nothing is named.

The groups come before the network ACL, so that what they mean to let in decides which of the others stops it.
"""

LAYER7: tuple[Layer7Component, ...] = (function_url.COMPONENT,)
"""Entries that are reached by name, not through a VPC."""

APIS: tuple[ApiComponent, ...] = (api_gateway.COMPONENT,)
"""Methods and routes of APIs."""

FORWARDING: tuple[ForwardingComponent, ...] = (
    target_group.COMPONENT,
    load_balancer_egress.COMPONENT,
)
"""What is judged of what a load balancer sends on, before the target's own components."""
