"""Transit gateways: what is attached to each, which of their tables decide, and what can come in through one of them.

Sources: transit gateways guide, "How transit gateways work": a packet is routed by the table that the attachment it
came in by is associated with; the most specific route wins, a static one before a propagated one, and propagated ones
by the type of their attachment ("Route evaluation order"). A VPC sends from its own blocks; what is on premises sends
from any address.
"""

from collections.abc import Iterator, Mapping
from functools import reduce

import msgspec

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import (
    NONE,
    AddrSet,
    Family,
    everything,
    intersect,
    parse_block,
    subtract,
    union,
)
from vedette.network.calls import TRANSIT_ASSOCIATIONS, TRANSIT_ROUTES
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.routing import decided
from vedette.network.topology import (
    PREFIX_LIST,
    STATIC,
    Lane,
    Passing,
    Route,
    RouteTable,
    TransitEnd,
)

ATTACHMENTS = "ec2.describe-transit-gateway-attachments"
VPC_ATTACHMENTS = "ec2.describe-transit-gateway-vpc-attachments"

_VPC = "vpc"
_SITES = frozenset({"vpn", "vpn-concentrator", "direct-connect-gateway", "connect", "client-vpn"})
_PEERINGS = frozenset({"peering", "tgw-peering"})
_PROPAGATED = {_VPC: 2, "direct-connect-gateway": 3, "connect": 4, "vpn": 5}
"""Ranks of propagated routes with equal prefixes, after static ones (0) and those of prefix lists (1)."""
_LAST_RANK = 6
_LIVE = frozenset({"available", "modifying"})
_FARTHEST = 3
_MOST_NAMED = 3

_Final = tuple[str, str]
_DROPPED: _Final = ("", "")
_UNKNOWN: _Final = ("?", "?")

Blocks = Mapping[str, tuple[AddrSet, AddrSet]]
"""VPC → its blocks, IPv4 and IPv6."""


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment that works, with the account and Region of its transit gateway."""

    id: str
    gateway: str
    type: str
    resource: str
    owner: str
    region: str


class _Arm(msgspec.Struct, frozen=True, kw_only=True):
    """Attachments that one table decides about; `peer` is the other end of a peering (gateway, attachment)."""

    table: RouteTable
    senders: tuple[tuple[str, AddrSet], ...]
    sources: AddrSet
    digest: bytes
    site: bool = False
    doubt: str | None = None
    peer: tuple[str, str] | None = None


class TransitGateways:
    """Every transit gateway that something is attached to."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._tables: dict[str, RouteTable] = {}
        self._arms: dict[tuple[str, Family], tuple[_Arm, ...]] = {}
        self._answered: dict[tuple[object, ...], tuple[AddrSet, AddrSet]] = {}
        self._associated: dict[tuple[str, str], str] = {}
        self.attached: dict[str, dict[str, Attached]] = {}
        self.details = {
            one.transit_gateway_attachment_id: one
            for place in gathered.places
            for one in place.transit_vpc_attachments
        }
        self.described = {
            one.transit_gateway_id for place in gathered.places for one in place.transit_gateways
        }
        self.referencing = {
            one.transit_gateway_id
            for place in gathered.places
            for one in place.transit_gateways
            if one.options and one.options.security_group_referencing_support == "enable"
        }
        for place in gathered.places:
            for one in place.transit_attachments:
                self._attach(one, place.account, place.region)
        self._associations()

    def _attach(self, one: aws.TransitAttachment, account: str, region: str) -> None:
        gateway, identity = one.transit_gateway_id, one.transit_gateway_attachment_id
        link = one.association
        if link is not None and link.transit_gateway_route_table_id and link.state == "associated":
            self._associated[gateway, identity] = link.transit_gateway_route_table_id
        if one.state in _LIVE:
            self.attached.setdefault(gateway, {})[identity] = Attached(
                id=identity,
                gateway=gateway,
                type=one.resource_type,
                resource=one.resource_id,
                owner=one.transit_gateway_owner_id or account,
                region=region,
            )

    def _associations(self) -> None:
        for place in self._gathered.places:
            for table in place.transit_tables:
                found = self._gathered.items(
                    TRANSIT_ASSOCIATIONS,
                    aws.TransitTableAssociation,
                    place,
                    table.transit_gateway_route_table_id,
                )
                for one in found or ():
                    if one.state == "associated":
                        key = table.transit_gateway_id, one.transit_gateway_attachment_id
                        self._associated[key] = table.transit_gateway_route_table_id

    def table_of(self, gateway: str, attachment: str) -> RouteTable:
        """The table that decides about what comes in by an attachment; one without an id where there is none."""
        identity = self._associated.get((gateway, attachment))
        if identity is not None:
            if identity not in self._tables:
                self._tables[identity] = self._table(identity)
            return self._tables[identity]
        doubt = self.unlisted(gateway)
        if doubt is None:
            return RouteTable(id="", routes=(), digest=b"no association")
        return _doubtful(f"route table of {attachment}", doubt)

    def tables(self) -> Iterator[RouteTable]:
        """Every table that decides about something."""
        for gateway in sorted(self.attached):
            yield from (self.table_of(gateway, one) for one in sorted(self.attached[gateway]))

    def unlisted(self, gateway: str) -> str | None:
        """Why not everything that is attached to the gateway is known."""
        one = next(iter(self.attached[gateway].values()))
        if self._gathered.complete(ATTACHMENTS, one.owner, one.region):
            return None
        return self._gathered.reason(ATTACHMENTS, one.owner, one.region)

    def _table(self, identity: str) -> RouteTable:
        for place in self._gathered.places:
            found = self._gathered.items(TRANSIT_ROUTES, aws.TransitRoute, place, identity)
            if found is not None:
                try:
                    routes = tuple(route for one in found for route in self._routes(one))
                except ParseError as error:
                    return _doubtful(identity, f"a route is malformed: {error}")
                return RouteTable(
                    id=identity, routes=routes, digest=digest_of(sorted(map(repr, routes)))
                )
        reasons = [
            gap.reason
            for place in self._gathered.places
            for gap in place.missing
            if gap.call == TRANSIT_ROUTES.name and gap.item == identity
        ]
        reason = reasons[0] if reasons else "not recorded"
        return _doubtful(identity, f"{TRANSIT_ROUTES.name} of {identity}: {reason}")

    def _routes(self, one: aws.TransitRoute) -> Iterator[Route]:
        if one.state not in {"active", "blackhole"}:
            return
        blocks: tuple[str, ...] | str = (one.destination_cidr_block or "",)
        if not one.destination_cidr_block:
            blocks = self._gathered.prefix_list(one.prefix_list_id or "")
            if isinstance(blocks, str):
                raise ParseError(blocks)
        hops = one.transit_gateway_attachments or (aws.TransitRouteAttachment(),)
        for block in blocks:
            family, span, length = parse_block(block)
            for hop in hops:
                yield Route(
                    family=family,
                    span=span,
                    length=length,
                    rank=_rank(one, hop),
                    target=hop.transit_gateway_attachment_id or "",
                    active=one.state == "active",
                    appliance=False,
                    text=block,
                )

    def lanes(
        self, attachment: Attached, family: Family, blocks: Blocks
    ) -> list[tuple[bool, Lane]]:
        """What can leave the transit gateway through an attachment; True before what is on premises."""
        return list(self._lanes(attachment.gateway, attachment.id, (family, blocks), ()))

    def _lanes(
        self, gateway: str, out: str, where: tuple[Family, Blocks], after: tuple[Passing, ...]
    ) -> Iterator[tuple[bool, Lane]]:
        for arm in self._arms_of(gateway, *where):
            there = (Passing(gateway=gateway, table=arm.table, attachment=out), *after)
            if arm.peer is None:
                yield arm.site, self._lane(gateway, arm, there, where[0])
            elif len(there) <= _FARTHEST and _may_lead(arm.table, out):
                yield from self._lanes(*arm.peer, where, there)

    def _lane(self, gateway: str, arm: _Arm, there: tuple[Passing, ...], family: Family) -> Lane:
        home = there[-1]
        key = (gateway, arm.digest, home.gateway, self.table_of(home.gateway, home.attachment).id)
        if (key, family) not in self._answered:
            reached = self._reached(home.gateway, home.attachment, family, 0)
            self._answered[key, family] = _returning(reached, gateway, arm)
        answered, perhaps = self._answered[key, family]
        passed = [(one.table.digest, one.attachment) for one in there]
        return Lane(
            gateway=gateway,
            senders=arm.senders,
            sources=arm.sources,
            there=there,
            answered=answered,
            perhaps=perhaps,
            digest=digest_of(arm.digest, passed, answered, perhaps),
            doubt=arm.doubt,
        )

    def _reached(
        self, gateway: str, came_by: str, family: Family, depth: int
    ) -> list[tuple[AddrSet, tuple[_Final, ...]]]:
        """Where what comes in by an attachment leaves for good, over peerings: the address space in parts."""
        table = self.table_of(gateway, came_by)
        if table.doubt is not None:
            return [(everything(family), (_UNKNOWN,))]
        out: list[tuple[AddrSet, tuple[_Final, ...]]] = []
        for part, winners in decided(table.routes, family):
            pieces: list[tuple[AddrSet, tuple[_Final, ...]]] = [(part, ())]
            for route in winners:
                onward = self._left(gateway, route, (family, depth))
                pieces = [
                    (met, (*finals, *more))
                    for piece, finals in pieces
                    for further, more in onward
                    if (met := intersect(piece, further))
                ]
            out += pieces
        return out

    def _left(
        self, gateway: str, route: Route, where: tuple[Family, int]
    ) -> list[tuple[AddrSet, tuple[_Final, ...]]]:
        family, depth = where
        attachment = self.attached[gateway].get(route.target)
        if not route.active or attachment is None:
            return [(everything(family), (_DROPPED,))]
        peer = self._peer(attachment) if attachment.type in _PEERINGS else None
        if peer is None:
            return [(everything(family), ((gateway, route.target),))]
        if depth == _FARTHEST:
            return [(everything(family), (_DROPPED,))]
        found = self._reached(*peer, family, depth + 1)
        rest = subtract(everything(family), union(part for part, _ in found))
        return [*found, (rest, (_DROPPED,))]

    def ends(self) -> dict[tuple[str, str], TransitEnd]:
        """Every attachment of every transit gateway."""
        return {
            (gateway, identity): TransitEnd(
                table=self.table_of(gateway, identity),
                peer=self._peer(one) if one.type in _PEERINGS else None,
            )
            for gateway, attachments in sorted(self.attached.items())
            for identity, one in sorted(attachments.items())
        }

    def _arms_of(self, gateway: str, family: Family, blocks: Blocks) -> tuple[_Arm, ...]:
        if (gateway, family) not in self._arms:
            self._arms[gateway, family] = tuple(self._made(gateway, family, blocks))
        return self._arms[gateway, family]

    def _made(self, gateway: str, family: Family, blocks: Blocks) -> Iterator[_Arm]:
        vpcs: dict[str, list[tuple[str, AddrSet]]] = {}
        sites: dict[str, list[tuple[str, AddrSet]]] = {}
        unknown: dict[str, list[Attached]] = {}
        tables: dict[str, RouteTable] = {}
        for identity, one in sorted(self.attached[gateway].items()):
            table = self.table_of(gateway, identity)
            tables[table.id] = table
            peer = self._peer(one) if one.type in _PEERINGS else None
            if one.type == _VPC and one.resource in blocks:
                found = blocks[one.resource][0 if family is Family.V4 else 1]
                vpcs.setdefault(table.id, []).append((identity, found))
            elif one.type in _SITES:
                sites.setdefault(table.id, []).append((identity, everything(family)))
            elif peer is not None:
                yield _arm(table, [(identity, ())], peer=peer)
            else:
                unknown.setdefault(table.id, []).append(one)
        yield from (_arm(tables[one], senders) for one, senders in vpcs.items())
        yield from (_arm(tables[one], senders, site=True) for one, senders in sites.items())
        for table_id, hidden in unknown.items():
            senders = [(one.id, everything(family)) for one in hidden]
            yield _arm(tables[table_id], senders, doubt=_hidden(hidden))
        doubt = self.unlisted(gateway)
        if doubt is not None:
            hidden_table, anybody = _doubtful(gateway, doubt), [("", everything(family))]
            for site in (False, True):
                yield _arm(hidden_table, anybody, site=site, doubt=doubt)

    def _peer(self, one: Attached) -> tuple[str, str] | None:
        """The other end of a peering, if it is recorded."""
        ends = [
            end.id
            for end in self.attached.get(one.resource, {}).values()
            if end.type in _PEERINGS and end.resource == one.gateway
        ]
        same = [end for end in ends if end == one.id]
        found = same or ends
        return (one.resource, found[0]) if len(found) == 1 else None


def _doubtful(identity: str, doubt: str) -> RouteTable:
    return RouteTable(id=identity, routes=(), doubt=doubt, digest=digest_of("no table", doubt))


def _rank(route: aws.TransitRoute, hop: aws.TransitRouteAttachment) -> int:
    if route.type != "propagated":
        return PREFIX_LIST if route.prefix_list_id else STATIC
    return _PROPAGATED.get(hop.resource_type or "", _LAST_RANK)


def _arm(
    table: RouteTable,
    senders: list[tuple[str, AddrSet]],
    *,
    site: bool = False,
    doubt: str | None = None,
    peer: tuple[str, str] | None = None,
) -> _Arm:
    return _Arm(
        table=table,
        senders=tuple(senders),
        sources=union(sources for _, sources in senders),
        digest=digest_of(senders, doubt),
        site=site,
        doubt=doubt,
        peer=peer,
    )


def _hidden(attachments: list[Attached]) -> str:
    named = ", ".join(f"{one.id} ({one.type} {one.resource})" for one in attachments[:_MOST_NAMED])
    more = len(attachments) - _MOST_NAMED
    return f"what is behind {named}{f' and {more} more' if more > 0 else ''} was not recorded"


def _may_lead(table: RouteTable, attachment: str) -> bool:
    return table.doubt is not None or any(route.target == attachment for route in table.routes)


def _returning(
    reached: list[tuple[AddrSet, tuple[_Final, ...]]], gateway: str, arm: _Arm
) -> tuple[AddrSet, AddrSet]:
    """The sources that surely, and perhaps, get their answers at the attachment that they are behind."""
    senders = {(gateway, identity): sources for identity, sources in arm.senders}
    sure: list[AddrSet] = []
    maybe: list[AddrSet] = []
    for part, finals in reached:
        own = [senders.get(final, NONE) for final in finals]
        sure.append(reduce(intersect, own, part))
        possible = [arm.sources] if _UNKNOWN in finals or arm.doubt is not None else own
        maybe += [intersect(part, sources) for sources in possible]
    return union(sure), union(maybe)
