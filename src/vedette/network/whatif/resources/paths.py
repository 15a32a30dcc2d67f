"""Route tables and routes, gateways, and VPC Block Public Access."""

from collections.abc import Iterator

from vedette.network import described as aws
from vedette.network.snapshot import Place
from vedette.network.whatif import paths
from vedette.network.whatif.draft import AbsentError, Draft
from vedette.network.whatif.resource import View, changed, kind, nothing, place_of

_DESTINATIONS = ("cidr_block", "ipv6_cidr_block", "destination_prefix_list_id")
_ROUTE_DESTINATIONS = (
    "destination_cidr_block",
    "destination_ipv6_cidr_block",
    "destination_prefix_list_id",
)
_TARGETS = (
    "gateway_id",
    "nat_gateway_id",
    "transit_gateway_id",
    "vpc_peering_connection_id",
    "network_interface_id",
    "instance_id",
    "egress_only_gateway_id",
    "vpc_endpoint_id",
    "carrier_gateway_id",
    "local_gateway_id",
    "core_network_arn",
)


def _put_table(old: View | None, new: View) -> None:
    draft = new.draft
    if old is None and not draft.has(aws.RouteTable, new.identity):
        vpc = new.needed("vpc_id")
        draft.put(
            aws.RouteTable(
                route_table_id=new.identity, vpc_id=vpc, routes=local_routes(draft, vpc)
            ),
            place_of(draft, (aws.Vpc, vpc)),
        )
    draft.find(aws.RouteTable, new.identity)
    if changed(old, new, "propagating_vgws") and new.texts("propagating_vgws"):
        new.unclear("propagating_vgws", "which routes are propagated is not known")
    if changed(old, new, "route"):
        before = set(_inline(old)) if old is not None else set()
        after = set(_inline(new))
        for one in sorted(before - after, key=repr):
            paths.drop_route(draft, new.identity, paths.destination_of(one))
        for one in sorted(after - before, key=repr):
            paths.put_route(draft, new.identity, one)


def local_routes(draft: Draft, vpc: str) -> tuple[aws.Route, ...]:
    """The routes that every table of a VPC has; none if the VPC is not described."""
    if not draft.has(aws.Vpc, vpc):
        return ()
    blocks = paths.blocks_of(draft.find(aws.Vpc, vpc))
    return tuple(paths.route(one, "local") for one in blocks)


def _inline(view: View) -> Iterator[aws.Route]:
    for block in view.blocks("route"):
        yield _route(block, _DESTINATIONS)


def _route(view: View, destinations: tuple[str, ...]) -> aws.Route:
    found = [one for one in map(view.text, destinations) if one is not None]
    targets = [one for one in map(view.text, _TARGETS) if one is not None]
    if len(found) != 1 or len(targets) != 1:
        raise AbsentError(view.address, "its destination or its target is not known")
    return paths.route(found[0], targets[0])


def _remove_table(old: View) -> None:
    old.draft.drop(aws.RouteTable, old.identity)


def _put_route(old: View | None, new: View) -> None:
    if old is not None:
        _remove_route(old)
    paths.put_route(new.draft, new.needed("route_table_id"), _route(new, _ROUTE_DESTINATIONS))


def _remove_route(old: View) -> None:
    found = [one for one in map(old.text, _ROUTE_DESTINATIONS) if one is not None]
    if len(found) != 1:
        raise AbsentError(old.address, "its destination is not known")
    paths.drop_route(old.draft, old.needed("route_table_id"), paths.spelled(found[0]))


def _put_link(old: View | None, new: View) -> None:
    if old is not None:
        _remove_link(old)
    target = new.text("subnet_id") or new.needed("gateway_id")
    paths.associate_table(new.draft, new.needed("route_table_id"), target)


def _remove_link(old: View) -> None:
    paths.associate_table(old.draft, None, old.text("subnet_id") or old.needed("gateway_id"))


def _put_main(old: View | None, new: View) -> None:
    del old
    paths.make_main(new.draft, new.needed("route_table_id"))


def _remove_main(old: View) -> None:
    paths.make_main(old.draft, old.needed("original_route_table_id"))


# -- gateways ---------------------------------------------------------------------------------------------------------


def _put_gateway(old: View | None, new: View) -> None:
    if not changed(old, new, "vpc_id"):
        return
    if old is not None:
        paths.detach_internet_gateway(old.draft, new.identity)
    vpc = new.text("vpc_id")
    if vpc is not None:
        paths.attach_internet_gateway(new.draft, new.identity, vpc, _place(new, vpc))


def _place(view: View, vpc: str) -> Place:
    return place_of(view.draft, (aws.Vpc, vpc))


def _remove_gateway(old: View) -> None:
    paths.detach_internet_gateway(old.draft, old.identity)
    old.draft.drop(aws.InternetGateway, old.identity)


def _put_attachment(old: View | None, new: View) -> None:
    if old is not None:
        _remove_attachment(old)
    vpn = new.text("vpn_gateway_id")
    vpc = new.needed("vpc_id")
    if vpn is not None:
        paths.attach_vpn_gateway(new.draft, vpn, vpc, _place(new, vpc))
        return
    gateway = new.needed("internet_gateway_id")
    paths.attach_internet_gateway(new.draft, gateway, vpc, _place(new, vpc))


def _remove_attachment(old: View) -> None:
    vpn = old.text("vpn_gateway_id")
    if vpn is not None:
        paths.detach_vpn_gateway(old.draft, vpn)
    else:
        paths.detach_internet_gateway(old.draft, old.needed("internet_gateway_id"))


def _remove_peering(old: View) -> None:
    paths.delete_peering(old.draft, old.identity)


def _put_peering(old: View | None, new: View) -> None:
    if old is not None and not changed(old, new, "auto_accept"):
        return
    if new.flag("auto_accept"):
        paths.peer(new.draft, new.identity, (new.needed("vpc_id"), new.needed("peer_vpc_id")))
    else:
        new.unclear("status", "whether the peering becomes active is not known")


def _nothing(old: View | None, new: View) -> None:
    del old, new


def _remove_nat(old: View) -> None:
    paths.blackhole(old.draft, old.identity)


def _put_block(old: View | None, new: View) -> None:
    del old
    _set_block(new, new.needed("internet_gateway_block_mode"))


def _remove_block(old: View) -> None:
    _set_block(old, "off")


def _set_block(view: View, mode: str) -> None:
    account, region = view.text("aws_account_id"), view.text("aws_region") or view.text("region")
    if account is None or region is None:
        place = view.draft.only_place()
        account, region = place.account, place.region
    paths.block_public_access(view.draft, account, region, mode)


KINDS = (
    kind(
        "aws_internet_gateway",
        _put_gateway,
        _remove_gateway,
        reads="vpc_id",
    ),
    kind(
        "aws_internet_gateway_attachment",
        _put_attachment,
        _remove_attachment,
        reads="vpc_id internet_gateway_id vpn_gateway_id",
    ),
    kind(
        "aws_nat_gateway",
        _nothing,
        _remove_nat,
        reads="allocation_id subnet_id connectivity_type private_ip public_ip network_interface_id"
        " association_id secondary_allocation_ids secondary_private_ip_addresses"
        " secondary_private_ip_address_count availability_mode availability_zone_address"
        " auto_provision_zones auto_scaling_ips regional_nat_gateway_address"
        " regional_nat_gateway_auto_mode route_table_id vpc_id",
    ),
    kind(
        "aws_egress_only_internet_gateway",
        _nothing,
        _remove_nat,
        reads="vpc_id",
    ),
    kind(
        "aws_vpc_peering_connection",
        _put_peering,
        _remove_peering,
        reads="vpc_id peer_vpc_id peer_owner_id peer_region auto_accept accept_status accepter"
        " requester",
    ),
    kind(
        "aws_route_table",
        _put_table,
        _remove_table,
        reads="vpc_id route propagating_vgws",
    ),
    kind(
        "aws_default_route_table",
        _put_table,
        nothing,
        reads="vpc_id route propagating_vgws",
        harmless="default_route_table_id",
    ),
    kind(
        "aws_route",
        _put_route,
        _remove_route,
        reads=f"route_table_id {' '.join((*_ROUTE_DESTINATIONS, *_TARGETS))}",
        harmless="instance_owner_id origin state",
    ),
    kind(
        "aws_route_table_association",
        _put_link,
        _remove_link,
        reads="route_table_id subnet_id gateway_id",
    ),
    kind(
        "aws_main_route_table_association",
        _put_main,
        _remove_main,
        reads="route_table_id vpc_id original_route_table_id",
    ),
    kind(
        "aws_vpc_block_public_access_options",
        _put_block,
        _remove_block,
        reads="internet_gateway_block_mode aws_account_id aws_region",
    ),
)
