"""Changes in our own words of prefix lists, gateways, and services that stand before others."""

from collections.abc import Callable

from vedette.network import described as aws
from vedette.network.whatif import paths, services, transits
from vedette.network.whatif.change_wanted import Wanted
from vedette.network.whatif.draft import Draft


def _add_block(draft: Draft, change: Wanted) -> None:
    services.add_block(draft, change.component, change.named("source"))


def _drop_block(draft: Draft, change: Wanted) -> None:
    services.drop_block(draft, change.component, change.named("source"))


def _attach_vpn(draft: Draft, change: Wanted) -> None:
    vpc = change.named("target")
    paths.attach_vpn_gateway(draft, change.component, vpc, draft.place_of(aws.Vpc, vpc))


def _create_route(draft: Draft, change: Wanted) -> None:
    """To an attachment, or nowhere without one."""
    transits.put_route(draft, change.component, change.named("rule"), change.target)


def _delete_route(draft: Draft, change: Wanted) -> None:
    transits.drop_route(draft, change.component, change.named("rule"))


def _associate(draft: Draft, change: Wanted) -> None:
    transits.associate(draft, change.named("target"), change.component)


def _disassociate(draft: Draft, change: Wanted) -> None:
    transits.associate(draft, change.component, None)


def _propagate(draft: Draft, change: Wanted) -> None:
    transits.propagate(draft, change.component, change.named("target"))


def _stop_propagation(draft: Draft, change: Wanted) -> None:
    transits.stop_propagation(draft, change.component, change.named("target"))


def _delete_attachment(draft: Draft, change: Wanted) -> None:
    transits.detach(draft, change.component)


def _allow(draft: Draft, change: Wanted) -> None:
    known = services.principals(draft, change.component)
    services.set_principals(draft, change.component, (*known, change.named("rule")))


def _disallow(draft: Draft, change: Wanted) -> None:
    known = services.principals(draft, change.component)
    kept = tuple(one for one in known if one != change.named("rule"))
    services.set_principals(draft, change.component, kept)


def _accept(draft: Draft, change: Wanted) -> None:
    services.set_connection(draft, change.component, change.named("rule"), "available")


def _reject(draft: Draft, change: Wanted) -> None:
    services.set_connection(draft, change.component, change.named("rule"), "rejected")


def _delete_service(draft: Draft, change: Wanted) -> None:
    draft.drop(aws.EndpointService, change.component)


def _disable_distribution(draft: Draft, change: Wanted) -> None:
    services.enable_distribution(draft, change.component, enabled=False)


def _enable_distribution(draft: Draft, change: Wanted) -> None:
    services.enable_distribution(draft, change.component, enabled=True)


def _disable_accelerator(draft: Draft, change: Wanted) -> None:
    services.enable_accelerator(draft, change.component, enabled=False)


def _enable_accelerator(draft: Draft, change: Wanted) -> None:
    services.enable_accelerator(draft, change.component, enabled=True)


SERVICES: dict[str, Callable[[Draft, Wanted], None]] = {
    "accept-endpoint-connection": _accept,
    "add-prefix-list-entry": _add_block,
    "allow-endpoint-service-principal": _allow,
    "associate-transit-gateway-route-table": _associate,
    "attach-vpn-gateway": _attach_vpn,
    "create-transit-gateway-route": _create_route,
    "delete-endpoint-service": _delete_service,
    "delete-transit-gateway-attachment": _delete_attachment,
    "delete-transit-gateway-route": _delete_route,
    "disable-accelerator": _disable_accelerator,
    "disable-distribution": _disable_distribution,
    "disable-transit-gateway-propagation": _stop_propagation,
    "disallow-endpoint-service-principal": _disallow,
    "disassociate-transit-gateway-route-table": _disassociate,
    "enable-accelerator": _enable_accelerator,
    "enable-distribution": _enable_distribution,
    "enable-transit-gateway-propagation": _propagate,
    "reject-endpoint-connection": _reject,
    "remove-prefix-list-entry": _drop_block,
}
