"""What a route leads to that is no gateway: an appliance's interface, a firewall's or a load balancer's endpoint.

Sources: EC2 API, NetworkInterface (with source/destination checking on, an interface drops what is not for itself);
VPC user guide, "Middlebox routing wizard" and "Gateway Load Balancer endpoints"; Network Firewall developer guide,
"Tags" (the endpoints that it makes are tagged with `AWSNetworkFirewallManaged` and `Firewall`).
"""

import msgspec

from vedette.network import described as aws
from vedette.network.normalise.gather import Gathered

_KINDS = {
    "lgw-": "a local gateway",
    "cagw-": "a carrier gateway",
    "vpce-": "an endpoint that was not described",
    "eni-": "an interface that was not described",
    "i-": "an instance",
}
_MANAGED, _FIREWALL = "AWSNetworkFirewallManaged", "Firewall"


class Appliance(msgspec.Struct, frozen=True, kw_only=True):
    """What a target is, in words; `drops`: it surely drops what is not for itself."""

    words: str
    drops: bool = False


class Appliances:
    """Targets of routes, by id."""

    def __init__(self, gathered: Gathered) -> None:
        wanted = {
            route.network_interface_id
            for place in gathered.places
            for table in place.route_tables
            for route in table.routes
            if route.network_interface_id
        }
        self._known: dict[str, Appliance] = {}
        for place in gathered.places:
            for endpoint in place.endpoints:
                self._known[endpoint.vpc_endpoint_id] = Appliance(words=_endpoint(endpoint))
            if wanted:
                for one in place.interfaces:
                    if one.network_interface_id in wanted:
                        self._known[one.network_interface_id] = _interface(one)

    def of(self, target: str) -> Appliance | None:
        """What the target is; None if it is a gateway."""
        kind = next((words for start, words in _KINDS.items() if target.startswith(start)), None)
        return self._known.get(target, Appliance(words=kind)) if kind is not None else None


def _endpoint(endpoint: aws.VpcEndpoint) -> str:
    tags = {tag.key: tag.value for tag in endpoint.tags}
    if tags.get(_MANAGED) == "true" or _FIREWALL in tags:
        return f"an endpoint of the Network Firewall {tags.get(_FIREWALL, '')}".rstrip()
    if endpoint.vpc_endpoint_type == "GatewayLoadBalancer":
        return f"an endpoint of the Gateway Load Balancer behind {endpoint.service_name}"
    return f"an endpoint of {endpoint.service_name or 'a service that is not known'}"


def _interface(one: aws.NetworkInterface) -> Appliance:
    instance = one.attachment.instance_id if one.attachment else None
    whose = f"an interface of {instance}" if instance else "an interface"
    if one.source_dest_check is None:
        return Appliance(words=f"{whose}, of which source/destination checking was not recorded")
    if one.source_dest_check:
        return Appliance(words=f"{whose} with source/destination checking", drops=True)
    return Appliance(words=f"{whose} without source/destination checking")
