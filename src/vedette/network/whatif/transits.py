"""Edits of transit gateways: attachments, route tables and their routes."""

import msgspec

from vedette.network import described as aws
from vedette.network.addrset import parse_block
from vedette.network.calls import TRANSIT_ASSOCIATIONS, TRANSIT_ROUTES
from vedette.network.snapshot import Place
from vedette.network.whatif import paths
from vedette.network.whatif.draft import AbsentError, Draft


def attach_vpc(draft: Draft, new: aws.TransitVpcAttachment, place: Place) -> None:
    """Attach a VPC, or change where its attachment has interfaces."""
    identity = new.transit_gateway_attachment_id
    if not draft.has(aws.TransitAttachment, identity):
        attachment = aws.TransitAttachment(
            transit_gateway_attachment_id=identity,
            transit_gateway_id=new.transit_gateway_id,
            transit_gateway_owner_id=_owner(draft, new.transit_gateway_id),
            resource_owner_id=place.account,
            resource_type="vpc",
            resource_id=new.vpc_id,
            state="available",
        )
        draft.put(attachment, place)
    draft.put(new, place)


def _owner(draft: Draft, gateway: str) -> str | None:
    if not draft.has(aws.TransitGateway, gateway):
        return None
    return draft.find(aws.TransitGateway, gateway).owner_id


def detach(draft: Draft, attachment: str) -> None:
    """Delete an attachment: static routes to it, and the VPC's own to the gateway, lead nowhere from then on."""
    found = draft.find(aws.TransitAttachment, attachment)
    for table in list(draft.every(aws.TransitTable)):
        _change_known_routes(draft, table.transit_gateway_route_table_id, attachment)
    draft.drop(aws.TransitAttachment, attachment)
    if draft.has(aws.TransitVpcAttachment, attachment):
        draft.drop(aws.TransitVpcAttachment, attachment)
        paths.blackhole(draft, found.transit_gateway_id, found.resource_id)


def _change_known_routes(draft: Draft, table: str, attachment: str) -> None:
    try:
        routes = list(_routes(draft, table))
    except AbsentError:
        return  # what it leads to is not known either way
    left = [one for one in routes if one.type != "propagated" or attachment not in _hops(one)]
    _answer(draft, table, tuple(_without(one, attachment) for one in left))


def _without(route: aws.TransitRoute, attachment: str) -> aws.TransitRoute:
    if attachment not in _hops(route):
        return route
    return msgspec.structs.replace(route, state="blackhole", transit_gateway_attachments=())


def make_table(draft: Draft, table: str, gateway: str, place: Place) -> None:
    """Make a route table without routes."""
    new = aws.TransitTable(transit_gateway_route_table_id=table, transit_gateway_id=gateway)
    draft.put(new, place)
    draft.answer(TRANSIT_ROUTES, place, table, ())
    draft.answer(TRANSIT_ASSOCIATIONS, place, table, ())


def associate(draft: Draft, attachment: str, table: str | None) -> None:
    """Let a route table decide about what comes in by an attachment; None: no table."""
    found = draft.find(aws.TransitAttachment, attachment)
    link = None
    if table is not None:
        draft.find(aws.TransitTable, table)
        link = aws.TransitAssociation(transit_gateway_route_table_id=table, state="associated")
    draft.put(msgspec.structs.replace(found, association=link))
    for one in list(draft.every(aws.TransitTable)):
        _list_association(draft, one.transit_gateway_route_table_id, attachment, table)


def _list_association(draft: Draft, table: str, attachment: str, wanted: str | None) -> None:
    try:
        place = draft.answering(TRANSIT_ASSOCIATIONS, table)
    except AbsentError:
        return  # the attachment itself says it
    listed = draft.answered(TRANSIT_ASSOCIATIONS, aws.TransitTableAssociation, place, table)
    kept = tuple(one for one in listed if one.transit_gateway_attachment_id != attachment)
    if table == wanted:
        new = aws.TransitTableAssociation(
            transit_gateway_attachment_id=attachment, state="associated"
        )
        kept = (*kept, new)
    draft.answer(TRANSIT_ASSOCIATIONS, place, table, kept)


def propagate(draft: Draft, table: str, attachment: str) -> None:
    """Propagate a VPC's blocks to a table. AbsentError of what is on premises: its routes are not known."""
    found = draft.find(aws.TransitAttachment, attachment)
    if found.resource_type != "vpc":
        raise AbsentError(attachment, "what it propagates is not known")
    vpc = draft.find(aws.Vpc, found.resource_id)
    stop_propagation(draft, table, attachment)
    new = tuple(_route(block, attachment, kind="propagated") for block in paths.blocks_of(vpc))
    _answer(draft, table, (*_routes(draft, table), *new))


def stop_propagation(draft: Draft, table: str, attachment: str) -> None:
    """Take the routes away that an attachment propagates."""
    kept = tuple(
        one
        for one in _routes(draft, table)
        if one.type != "propagated" or attachment not in _hops(one)
    )
    _answer(draft, table, kept)


def put_route(draft: Draft, table: str, block: str, attachment: str | None) -> None:
    """Add a static route, or replace the one of the block; None: a blackhole. ParseError if it is no block."""
    if not block.startswith("pl-"):
        parse_block(block)
    kept = tuple(one for one in _routes(draft, table) if not _is_static(one, block))
    _answer(draft, table, (*kept, _route(block, attachment)))


def drop_route(draft: Draft, table: str, block: str) -> None:
    """Take a static route away. AbsentError if there is none."""
    routes = _routes(draft, table)
    kept = tuple(one for one in routes if not _is_static(one, block))
    if kept == routes:
        raise AbsentError(table, f"it has no static route to {block}")
    _answer(draft, table, kept)


def _is_static(route: aws.TransitRoute, block: str) -> bool:
    own = route.destination_cidr_block or route.prefix_list_id or ""
    return route.type != "propagated" and paths.spelled(own) == paths.spelled(block)


def _route(block: str, attachment: str | None, kind: str = "static") -> aws.TransitRoute:
    listed = block.startswith("pl-")
    hop = aws.TransitRouteAttachment(transit_gateway_attachment_id=attachment, resource_type="vpc")
    return aws.TransitRoute(
        destination_cidr_block=None if listed else block,
        prefix_list_id=block if listed else None,
        transit_gateway_attachments=() if attachment is None else (hop,),
        type=kind,
        state="blackhole" if attachment is None else "active",
    )


def _hops(route: aws.TransitRoute) -> frozenset[str | None]:
    return frozenset(one.transit_gateway_attachment_id for one in route.transit_gateway_attachments)


def _routes(draft: Draft, table: str) -> tuple[aws.TransitRoute, ...]:
    place = draft.answering(TRANSIT_ROUTES, table)
    return draft.answered(TRANSIT_ROUTES, aws.TransitRoute, place, table)


def _answer(draft: Draft, table: str, routes: tuple[aws.TransitRoute, ...]) -> None:
    draft.answer(TRANSIT_ROUTES, draft.answering(TRANSIT_ROUTES, table), table, routes)
