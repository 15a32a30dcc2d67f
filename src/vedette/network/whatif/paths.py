"""Edits of route tables, gateways and VPC Block Public Access."""

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import parse_block
from vedette.network.calls import BLOCK_OPTIONS
from vedette.network.snapshot import Place
from vedette.network.whatif.draft import AbsentError, Draft

_TARGETS = {
    "nat-": "nat_gateway_id",
    "tgw-": "transit_gateway_id",
    "pcx-": "vpc_peering_connection_id",
    "eigw-": "egress_only_internet_gateway_id",
    "eni-": "network_interface_id",
    "i-": "instance_id",
    "lgw-": "local_gateway_id",
    "cagw-": "carrier_gateway_id",
    "arn:": "core_network_arn",
}
"""The member of `Route` that holds a target, by how its id starts; all others are `GatewayId`."""

_MODES = frozenset({"off", "block-bidirectional", "block-ingress"})


def route(destination: str, target: str) -> aws.Route:
    """A static route; `destination` is a block or a prefix list. ParseError if it is neither."""
    member = next(
        (name for start, name in _TARGETS.items() if target.startswith(start)), "gateway_id"
    )
    if destination.startswith("pl-"):
        where = "destination_prefix_list_id"
    else:
        parse_block(destination)
        where = "destination_ipv6_cidr_block" if ":" in destination else "destination_cidr_block"
    fields = {where: destination, member: target, "state": "active", "origin": "CreateRoute"}
    return aws.Route(**fields)


def put_route(draft: Draft, table: str, new: aws.Route) -> None:
    """Add a static route, or replace the one to the same destination."""
    found = draft.find(aws.RouteTable, table)
    kept = tuple(
        one
        for one in found.routes
        if destination_of(one) != destination_of(new) or _is_propagated(one)
    )
    draft.put(msgspec.structs.replace(found, routes=(*kept, new)))


def drop_route(draft: Draft, table: str, destination: str) -> None:
    """Take the routes to a destination away. AbsentError if there is none."""
    found = draft.find(aws.RouteTable, table)
    wanted = spelled(destination)
    kept = tuple(one for one in found.routes if destination_of(one) != wanted)
    if len(kept) == len(found.routes):
        raise AbsentError(table, f"it has no route to {destination}")
    draft.put(msgspec.structs.replace(found, routes=kept))


def destination_of(one: aws.Route) -> str:
    """The destination in one spelling."""
    return spelled(
        one.destination_cidr_block
        or one.destination_ipv6_cidr_block
        or one.destination_prefix_list_id
        or ""
    )


def spelled(destination: str) -> str:
    """A block without host bits and in one spelling; anything else as it is."""
    try:
        family, span, length = parse_block(destination)
    except ParseError:
        return destination
    return f"{family}/{span[0]}/{length}"


def _is_propagated(one: aws.Route) -> bool:
    return one.origin == "EnableVgwRoutePropagation"


def associate_table(draft: Draft, table: str | None, target: str) -> None:
    """Put a subnet, or a gateway, under a route table; None: under the main one, or under none."""
    if table is not None:
        draft.find(aws.RouteTable, table)
    subnet, gateway = (target, None) if target.startswith("subnet-") else (None, target)
    for one in draft.every(aws.RouteTable):
        kept = tuple(link for link in one.associations if target not in _ends(link))
        if one.route_table_id == table:
            kept = (*kept, aws.RouteTableAssociation(subnet_id=subnet, gateway_id=gateway))
        if kept != one.associations:
            draft.put(msgspec.structs.replace(one, associations=kept))


def _ends(link: aws.RouteTableAssociation) -> tuple[str | None, str | None]:
    return link.subnet_id, link.gateway_id


def make_main(draft: Draft, table: str) -> None:
    """Make a table the main one of its VPC."""
    chosen = draft.find(aws.RouteTable, table)
    for one in draft.every(aws.RouteTable):
        if one.vpc_id != chosen.vpc_id:
            continue
        kept = tuple(link for link in one.associations if not link.main)
        if one.route_table_id == table:
            kept = (*kept, aws.RouteTableAssociation(main=True))
        draft.put(msgspec.structs.replace(one, associations=kept))


def attach_internet_gateway(draft: Draft, gateway: str, vpc: str, place: Place | None) -> None:
    """Attach an internet gateway, new or known, to a VPC; routes to it lead there again."""
    attachment = aws.GatewayAttachment(vpc_id=vpc, state="available")
    draft.put(aws.InternetGateway(internet_gateway_id=gateway, attachments=(attachment,)), place)
    _set_state(draft, gateway, "active", vpc)


def detach_internet_gateway(draft: Draft, gateway: str) -> None:
    """Detach an internet gateway; routes to it lead nowhere from then on."""
    found = draft.find(aws.InternetGateway, gateway)
    draft.put(msgspec.structs.replace(found, attachments=()))
    blackhole(draft, gateway)


def attach_vpn_gateway(draft: Draft, gateway: str, vpc: str, place: Place | None) -> None:
    """Attach a virtual private gateway, new or known, to a VPC."""
    attachment = aws.GatewayAttachment(vpc_id=vpc, state="attached")
    new = aws.VpnGateway(vpn_gateway_id=gateway, state="available", vpc_attachments=(attachment,))
    draft.put(new, place)
    _set_state(draft, gateway, "active", vpc)


def detach_vpn_gateway(draft: Draft, gateway: str) -> None:
    """Detach a virtual private gateway."""
    found = draft.find(aws.VpnGateway, gateway)
    draft.put(msgspec.structs.replace(found, vpc_attachments=()))
    blackhole(draft, gateway)


def delete_peering(draft: Draft, peering: str) -> None:
    """Delete a VPC peering connection."""
    found = draft.find(aws.VpcPeeringConnection, peering)
    draft.put(msgspec.structs.replace(found, status=aws.PeeringStatus(code="deleted")))
    blackhole(draft, peering)


def stop_propagation(draft: Draft, table: str, gateway: str) -> None:
    """Take the routes away that a virtual private gateway propagates to a table."""
    found = draft.find(aws.RouteTable, table)
    kept = tuple(
        one for one in found.routes if one.gateway_id != gateway or not _is_propagated(one)
    )
    draft.put(msgspec.structs.replace(found, routes=kept))


def peer(draft: Draft, peering: str, ends: tuple[str, str]) -> None:
    """Make a peering between two described VPCs that is active at once. AbsentError if one is not described."""
    requester, accepter = (_side(draft, one) for one in ends)
    new = aws.VpcPeeringConnection(
        vpc_peering_connection_id=peering,
        status=aws.PeeringStatus(code="active"),
        requester_vpc_info=requester,
        accepter_vpc_info=accepter,
    )
    draft.put(new, draft.place_of(aws.Vpc, ends[0]))


def _side(draft: Draft, vpc: str) -> aws.PeerVpc:
    found, place = draft.find(aws.Vpc, vpc), draft.place_of(aws.Vpc, vpc)
    blocks = blocks_of(found)
    return aws.PeerVpc(
        vpc_id=vpc,
        owner_id=found.owner_id,
        region=place.region,
        cidr_block_set=tuple(aws.PeerCidr(cidr_block=one) for one in blocks if ":" not in one),
        ipv6_cidr_block_set=tuple(
            aws.PeerIpv6Cidr(ipv6_cidr_block=one) for one in blocks if ":" in one
        ),
    )


def blocks_of(vpc: aws.Vpc) -> tuple[str, ...]:
    """The blocks of a VPC, of both families."""
    v4 = (vpc.cidr_block, *(one.cidr_block for one in vpc.cidr_block_association_set))
    v6 = (one.ipv6_cidr_block for one in vpc.ipv6_cidr_block_association_set)
    return tuple(dict.fromkeys(one for one in (*v4, *v6) if one))


def blackhole(draft: Draft, target: str, vpc: str | None = None) -> None:
    """What happens to routes whose target is gone (VPC user guide, "Route priority": state `blackhole`)."""
    _set_state(draft, target, "blackhole", vpc)


def _set_state(draft: Draft, target: str, state: str, vpc: str | None = None) -> None:
    for table in draft.every(aws.RouteTable):
        if vpc not in {None, table.vpc_id}:
            continue
        routes = tuple(
            msgspec.structs.replace(one, state=state) if target in targets_of(one) else one
            for one in table.routes
        )
        if routes != table.routes:
            draft.put(msgspec.structs.replace(table, routes=routes))


def targets_of(one: aws.Route) -> tuple[str | None, ...]:
    """Every target that a route names."""
    return (one.gateway_id, *(getattr(one, member) for member in _TARGETS.values()))


def block_public_access(draft: Draft, account: str, region: str, mode: str) -> None:
    """Set the mode of VPC Block Public Access. ParseError if there is no such mode."""
    if mode not in _MODES:
        raise ParseError(f"{mode!r} is not a mode of VPC Block Public Access")
    options = aws.BlockPublicAccessOptions(
        internet_gateway_block_mode=mode, state="update-complete"
    )
    draft.block(account, region, options, BLOCK_OPTIONS)
