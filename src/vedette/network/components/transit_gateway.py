"""A transit gateway routes a packet twice: on the way in by the sender's table, on the way out by the VPC's own.

Sources: transit gateways guide, "How transit gateways work" (a table decides about what comes in by the attachments
that are associated with it; a VPC's subnets can send to the gateway only from Availability Zones where it has an
interface) and "Network ACLs for transit gateways" (its subnet's outbound rules meet what it sends to other subnets,
and the inbound rules what they answer; within its own subnet nothing meets what it sends). The subnet's route table
leads from its interface to the target. Whose traffic it is decides nothing else: no sender's routes are asked.
"""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.network.addrset import AddrSet, Family, contains, everything, intersect, union
from vedette.network.codes import Code
from vedette.network.components._base import (
    NOTHING,
    OPEN,
    Component,
    Doubt,
    Flow,
    Passage,
    Region,
    Role,
    Shut,
    Sieve,
    Situation,
    admitted,
    answers_by,
    anything,
    doubtful,
    uniform,
)
from vedette.network.portset import Cells, merge, stack
from vedette.network.routing import best
from vedette.network.topology import (
    AclEntry,
    Landing,
    Lane,
    NetworkAcl,
    Passing,
    RouteTable,
    Transit,
)

_MIXED = -2


class _Range(msgspec.Struct, frozen=True, kw_only=True):
    """The least and the most that passes, and why the two differ; `stops` says why there is nothing."""

    least: Region
    most: Region
    doubts: tuple[Doubt, ...] = ()


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The sources whose packets get through the tables, and those who are answered, each surely or perhaps."""

    least: AddrSet
    most: AddrSet
    answered: AddrSet
    perhaps: AddrSet
    doubts: tuple[Doubt, ...]


def _judge(situation: Situation) -> Passage:
    transit = situation.point.transit
    if transit is None or situation.point.doubt is not None:
        return OPEN
    address = _address(situation)
    if address is None:
        reason = "transit gateways do not treat the whole delegated prefix or subnet alike"
        return doubtful(Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.SUBNET, reason=reason))
    entry = _entry(transit, situation, address)
    if not entry.most:
        return _stopped(transit.lanes, situation.profile.family, address)
    inward = _landed(transit, situation, address)
    outward = _leaving(transit, situation, address)
    doubts = tuple(dict.fromkeys((*entry.doubts, *inward.doubts, *outward.doubts)))
    return Sieve(
        most=_flow(inward.most, entry.most, outward.most, entry.perhaps),
        least=_flow(inward.least, entry.least, outward.least, entry.answered) if doubts else None,
        blocks=_blocks(transit, situation, inward, outward),
        doubts=doubts,
    )


def _flow(inward: Region, sources: AddrSet, outward: Region, clients: AddrSet) -> Flow:
    return Flow(
        forward=inward.meet(uniform(sources)),
        answers=outward.meet(uniform(clients)),
    )


def _address(situation: Situation) -> int | None:
    """An address that stands for all that are judged here."""
    spot = situation.profile.spot
    if spot == _MIXED:
        return None
    blocks = situation.subnet.blocks(situation.profile.family)
    if spot < 0:
        return blocks[0][0] if blocks else None
    return spot


def _entry(transit: Transit, situation: Situation, address: int) -> _Entry:
    family, own = situation.profile.family, situation.point.sources
    least: list[AddrSet] = []
    most: list[AddrSet] = []
    answered: list[AddrSet] = []
    perhaps: list[AddrSet] = []
    doubts: list[Doubt] = []
    for lane in transit.lanes:
        sure, maybe = _arrives(lane, family, address)
        if not maybe:
            continue
        sources = intersect(lane.sources, own)
        most.append(sources)
        perhaps.append(intersect(lane.perhaps, own))
        reasons = [lane.doubt, *(one.table.doubt for one in lane.there)]
        if sure and lane.doubt is None:
            least.append(sources)
            answered.append(intersect(lane.answered, own))
            if lane.answered != lane.perhaps:
                reasons.append(_NO_WAY_BACK)
        elif not any(reasons):
            reasons.append(_UNDEFINED)
        doubts += [_doubt(reason, transit.attachment) for reason in reasons if reason]
    return _Entry(
        least=union(least),
        most=union(most),
        answered=union(answered),
        perhaps=union(perhaps),
        doubts=tuple(dict.fromkeys(doubts)),
    )


_NO_WAY_BACK = "whether the transit gateway's tables lead answers back is not known"
_UNDEFINED = "equal routes of a transit gateway's table lead to different attachments"


def _doubt(reason: str, component: str | None = None) -> Doubt:
    return Doubt(code=Code.UNKNOWN_RESOURCE, role=Role.GATEWAY, reason=reason, component=component)


def _arrives(lane: Lane, family: Family, address: int) -> tuple[bool, bool]:
    """Whether all tables on the way lead to the VPC: surely, and perhaps."""
    found = [_leads(one, family, address) for one in lane.there]
    return all(sure for sure, _ in found), all(maybe for _, maybe in found)


def _leads(passing: Passing, family: Family, address: int) -> tuple[bool, bool]:
    table = passing.table
    if table.doubt is not None:
        return False, True
    led = [
        route.active and route.target == passing.attachment
        for route in best(table.routes, family, address)
    ]
    return bool(led) and all(led), any(led)


def _stopped(lanes: Iterable[Lane], family: Family, address: int) -> Shut:
    """Why nothing comes in: by the first table that does not lead on."""
    for lane in lanes:
        for passing in lane.there:
            if not _leads(passing, family, address)[1]:
                return _stop(passing, family, address)
    return Shut(
        code=Code.TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT,
        role=Role.GATEWAY,
        reason="nothing else is attached to the transit gateway",
    )


def _stop(passing: Passing, family: Family, address: int) -> Shut:
    table = passing.table
    if not table.id:
        return Shut(
            code=Code.TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION,
            role=Role.GATEWAY,
            reason="what could send is not associated with a route table of the transit gateway",
        )
    routes = best(table.routes, family, address)
    if routes and not routes[0].active:
        return Shut(
            code=Code.TGW_RTB_BAD_STATE_ROUTE,
            role=Role.GATEWAY,
            reason=f"the transit gateway's route to {routes[0].text} is a blackhole",
            component=table.id,
        )
    return Shut(
        code=Code.TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT,
        role=Role.GATEWAY,
        reason=f"no route of the transit gateway leads to {passing.attachment}",
        component=table.id,
    )


def _landed(transit: Transit, situation: Situation, address: int) -> _Range:
    """What gets from some interface of the transit gateway to the target."""
    if transit.lands_in(situation.subnet.id):
        everywhere = anything(situation.profile.family)
        return _Range(least=everywhere, most=everywhere)
    return _either(_inward(one, situation.profile.family, address) for one in transit.landings)


def _inward(landing: Landing, family: Family, address: int) -> _Range:
    verdict = _local(landing.table, family, address)
    if verdict is False:
        return _Range(least=NOTHING, most=NOTHING)
    ports = _ports(landing.acl, landing.acl.outbound, family, address)
    if verdict is True:
        return ports
    return _Range(least=NOTHING, most=ports.most, doubts=(*ports.doubts, verdict))


def _local(table: RouteTable, family: Family, address: int) -> bool | Doubt:
    """Whether a table leads from the transit gateway's interface straight to the address."""
    unclear = [one for one in table.doubtful if one.appliance or not one.target.startswith("vpce-")]
    if table.doubt is not None or unclear:
        reason = table.doubt or unclear[0].reason
        return _doubt(f"where {table.id} leads is not known: {reason}", table.id)
    routes = best(table.routes, family, address)
    appliances = [route for route in routes if route.active and route.appliance]
    if appliances:
        return Doubt(
            code=Code.UNSUPPORTED_COMPONENT,
            role=Role.GATEWAY,
            reason=f"what comes in leaves {table.id} for {appliances[0].target},"
            f" {appliances[0].through}, which is not judged",
            component=appliances[0].target,
        )
    return all(route.active and route.target == "local" for route in routes)


def _ports(acl: NetworkAcl, entries: tuple[AclEntry, ...], family: Family, address: int) -> _Range:
    """The ports that a network ACL lets through to or from one address, whoever is at the other end."""
    if acl.doubt is not None:
        return _Range(least=NOTHING, most=anything(family), doubts=(_doubt(acl.doubt, acl.id),))
    region = admitted(entries, family)
    whole = everything(family)

    def of(cells: Cells) -> Cells:
        return merge(
            (first, last, whole) for first, last, peers in cells if contains(peers, address)
        )

    found = Region(tcp=of(region.tcp), udp=of(region.udp), icmp=of(region.icmp))
    return _Range(least=found, most=found)


def _leaving(transit: Transit, situation: Situation, address: int) -> _Range:
    """To whom answers get as far as the transit gateway, by its interface in the target's own zone."""
    subnet, family = situation.subnet, situation.profile.family
    exits = [one for one in transit.landings if one.subnet == subnet.id]
    unsure: list[Doubt] = []
    if not exits:
        known = subnet.zone is not None and all(one.zone is not None for one in transit.landings)
        exits = [one for one in transit.landings if one.zone == subnet.zone or not known]
        if exits and not known:
            unsure = [_doubt("in which Availability Zones the subnets are was not recorded")]
    met = _either(_ports(one.acl, one.acl.inbound, family, address) for one in exits)
    out = subnet.acl
    own = anything(family) if out.doubt is not None else admitted(out.outbound, family)
    ports = situation.point.client_ports
    return _Range(
        least=NOTHING if unsure else answers_by(own.meet(met.least), family, ports),
        most=answers_by(own.meet(met.most), family, ports),
        doubts=(*met.doubts, *unsure),
    )


def _either(ranges: Iterable[_Range]) -> _Range:
    found = list(ranges)
    return _Range(
        least=_united(one.least for one in found),
        most=_united(one.most for one in found),
        doubts=tuple(doubt for one in found for doubt in one.doubts),
    )


def _united(regions: Iterable[Region]) -> Region:
    found = list(regions)

    def of(name: str) -> Iterator[Cells]:
        return (getattr(one, name) for one in found)

    tcp, udp, icmp = (
        stack(cell for cells in of(name) for cell in cells) for name in ("tcp", "udp", "icmp")
    )
    return Region(tcp=tcp, udp=udp, icmp=icmp)


def _blocks(transit: Transit, situation: Situation, inward: _Range, outward: _Range) -> Shut:
    if not inward.most:
        listed = ",".join(sorted({one.acl.id for one in transit.landings})) or None
        return Shut(
            code=Code.SUBNET_ACL_RESTRICTION,
            role=Role.GATEWAY,
            reason="the transit gateway's subnets lead elsewhere, or their network ACLs deny it",
            component=listed,
        )
    zones = {one.zone for one in transit.landings}
    if not outward.most and situation.subnet.zone not in zones:
        return Shut(
            code=Code.TGW_ROUTE_AZ_RESTRICTION,
            role=Role.SUBNET,
            reason="the transit gateway has no interface in the subnet's Availability Zone",
        )
    return Shut(
        code=Code.TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT,
        role=Role.GATEWAY,
        reason="no answer gets back through the transit gateway",
    )


def _key(situation: Situation) -> tuple[object, ...]:
    transit = situation.point.transit
    if transit is None:
        return ()
    subnet = situation.subnet
    return (
        transit.digest,
        situation.point.doubt,
        situation.point.sources,
        subnet.id,
        subnet.zone,
        subnet.blocks(situation.profile.family),
        subnet.acl.digest,
        situation.profile.family,
        situation.profile.spot,
    )


COMPONENT = Component(
    name="transit_gateway",
    type="AWS::EC2::TransitGateway",
    codes=(
        Code.SUBNET_ACL_RESTRICTION,
        Code.TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION,
        Code.TGW_ROUTE_AZ_RESTRICTION,
        Code.TGW_RTB_BAD_STATE_ROUTE,
        Code.TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT,
        Code.UNKNOWN_RESOURCE,
        Code.UNSUPPORTED_COMPONENT,
    ),
    judge=_judge,
    key=_key,
)
