"""The topology of a snapshot, and what is already known to be missing."""

from collections.abc import Iterator, Mapping

from vedette.network.addrset import AddrSet, Family, Span, union
from vedette.network.codes import Code
from vedette.network.normalise.acls import Acls
from vedette.network.normalise.apis import api_gaps, apis_of
from vedette.network.normalise.balancer_names import BalancerNames
from vedette.network.normalise.balancers import balancer_gaps, balancers_of, outbound_of
from vedette.network.normalise.edges import edge_points
from vedette.network.normalise.fronts import Fronts
from vedette.network.normalise.functions import function_gaps, function_urls
from vedette.network.normalise.gather import Gathered
from vedette.network.normalise.groups import security_groups
from vedette.network.normalise.interfaces import Columns
from vedette.network.normalise.landings import Landings
from vedette.network.normalise.links import known_links
from vedette.network.normalise.members import INTERFACES as _INTERFACES, Members, references
from vedette.network.normalise.routes import Tables
from vedette.network.normalise.slices import Slices
from vedette.network.normalise.subnets import Subnets, vpcs
from vedette.network.normalise.transit import ATTACHMENTS, TransitGateways
from vedette.network.normalise.transit_edges import transit_points
from vedette.network.snapshot import Snapshot
from vedette.network.topology import EdgePoint, Gap, Interfaces, SecurityGroup, Subnet, Topology

_OTHER_EDGES = {
    "tgw-": "transit-gateway",
    "pcx-": "vpc-peering",
    "vgw-": "vpn-gateway",
    "arn:": "core-network",
}
_LISTINGS = {
    "ec2.describe-vpc-peering-connections": "vpc-peering",
    "ec2.describe-vpn-gateways": "vpn-gateway",
    ATTACHMENTS: "transit-gateway",
}
_SERVICES = {
    "ec2.describe-vpc-endpoint-service-configurations": "endpoint service",
    "cloudfront.list-distributions": "CloudFront",
    "globalaccelerator.list-accelerators": "Global Accelerator",
}
_MODELLED = {"vpc-peering": "", "vpn-gateway": "", "transit-gateway": f" ({ATTACHMENTS})"}


def topology_of(snapshot: Snapshot) -> Topology:
    """Resolve a snapshot. Never raises for what the snapshot says: what makes no sense ends in `gaps` or in doubt."""
    gathered = Gathered(snapshot)
    tables = Tables(gathered)
    subnets = Subnets(gathered, Acls(gathered), tables)
    groups = security_groups(gathered)
    names = BalancerNames(gathered)
    transits = TransitGateways(gathered)
    apis = known_links(gathered, apis_of(gathered))
    fronts = Fronts(gathered, apis)
    landings = Landings(gathered, transits, subnets.rows)
    columns = Columns(gathered, groups, subnets, names, (Slices(transits, landings), fronts))
    balancers = balancers_of(gathered, columns, subnets.rows, names)
    networks = vpcs(gathered, subnets.rows)
    addresses = _members(groups, columns, subnets.rows)
    members = Members(gathered, groups, addresses, columns.unread)
    points = (
        *edge_points(gathered, networks, tables, members),
        *transit_points(transits, landings, networks, members),
    )
    points = (*points, *fronts.points(points, networks, members))
    points = tuple(sorted(points, key=lambda point: (point.vpc, point.name)))
    gaps = {
        *columns.gaps,
        *function_gaps(gathered),
        *api_gaps(gathered),
        *fronts.gaps(),
        *_interface_gaps(gathered, columns.interfaces),
        *_edge_gaps(tables, points),
        *_unlisted_edges(gathered),
        *balancer_gaps(members, columns, balancers, points),
    }
    return Topology(
        vpcs=tuple(networks[one] for one in sorted(networks)),
        subnets=tuple(subnets.rows),
        group_sets=tuple(columns.group_sets),
        profiles=columns.profiles,
        interfaces=columns.interfaces,
        addresses=columns.addresses,
        points=points,
        function_urls=function_urls(gathered),
        apis=apis,
        balancers=balancers,
        outbound=outbound_of(gathered, columns, balancers),
        clouds=fronts.clouds(),
        gaps=tuple(sorted(gaps)),
        assumptions=tuple(_assumptions(gathered, subnets)),
    )


def _members(
    groups: Mapping[str, SecurityGroup], columns: Columns, subnets: list[Subnet]
) -> dict[tuple[str, str], tuple[AddrSet, AddrSet]]:
    """The addresses of the members of every group that some rule refers to, by VPC."""
    wanted = references(groups)
    if not wanted:
        return {}
    spans: dict[tuple[str, str], tuple[list[Span], list[Span]]] = {}
    rows, profiles = columns.addresses, columns.profiles
    for private, length, index in zip(rows.private, rows.lengths, rows.profiles, strict=True):
        profile = profiles[index]
        vpc = subnets[profile.subnet].vpc
        bits = 32 if profile.family is Family.V4 else 128
        for group in wanted.intersection(columns.group_sets[profile.groups].ids):
            v4, v6 = spans.setdefault((vpc or "", group), ([], []))
            span = (private, private + (1 << (bits - length)) - 1)
            (v4 if profile.family is Family.V4 else v6).append(span)
    return {
        key: (union((span,) for span in v4), union((span,) for span in v6))
        for key, (v4, v6) in spans.items()
    }


def _interface_gaps(gathered: Gathered, interfaces: Interfaces) -> Iterator[Gap]:
    """Interfaces that were not described: of a whole place, one by one, and of each instance that has one."""
    known = frozenset(interfaces.ids)
    for place in gathered.places:
        where = f"{place.account}/{place.region}"
        for gap in place.missing:
            if gap.call == _INTERFACES:
                component = gap.item or _INTERFACES
                reason = f"{_INTERFACES} of {where}: {gap.reason}"
                yield _interface_gap(gap.about, component, reason)
        complete = gathered.complete(_INTERFACES, place.account, place.region)
        for instance in place.instances:
            listed = {one.network_interface_id for one in instance.network_interfaces}
            lost = sorted(one for one in listed - known if one)
            if lost or not (complete or listed):
                reason = "interfaces of the instance were not described"
                yield _interface_gap(
                    instance.instance_id,
                    ",".join(lost) or _INTERFACES,
                    f"{reason}: {gathered.reason(_INTERFACES, place.account, place.region)}",
                )


def _interface_gap(resource: str, component: str, reason: str) -> Gap:
    return Gap(
        edge="any",
        resource=resource,
        code=Code.UNKNOWN_RESOURCE,
        component=component,
        reason=reason,
    )


def _edge_gaps(tables: Tables, points: tuple[EdgePoint, ...]) -> Iterator[Gap]:
    """Routes that lead to an edge which is not judged: something may come in the other way."""
    judged = {(point.vpc, point.gateway) for point in points}
    for vpc, target in sorted(tables.targets):
        edge = next(
            (name for start, name in _OTHER_EDGES.items() if target.startswith(start)), None
        )
        if edge is not None and (vpc, target) not in judged:
            modelled = edge in _MODELLED
            yield Gap(
                edge=f"{edge}:{target}",
                resource=vpc,
                code=Code.UNKNOWN_RESOURCE if modelled else Code.UNSUPPORTED_COMPONENT,
                component=target,
                reason=f"a route leads to it, and it was not described as working{_MODELLED[edge]}"
                if modelled
                else "a route leads to it, and what comes in through it is not judged",
            )


def _unlisted_edges(gathered: Gathered) -> Iterator[Gap]:
    """Listings of edges that failed: something may come in over one that no route leads to, if only one way."""
    others = any("transit-gateway" in call for place in gathered.places for call in place.recorded)
    for place in gathered.places:
        where = f"{place.account}/{place.region}"
        for gap in place.missing:
            if gap.call in _LISTINGS:
                component = gap.item or gap.call
                yield _unlisted(where, gap.call, component, gap.reason)
        if others and not gathered.asked(ATTACHMENTS):
            yield _unlisted(where, ATTACHMENTS, ATTACHMENTS, "not recorded")


def _unlisted(where: str, call: str, component: str, reason: str) -> Gap:
    return Gap(
        edge=_LISTINGS[call],
        resource=where,
        code=Code.UNKNOWN_RESOURCE,
        component=component,
        reason=f"{call} of {where}: {reason}",
    )


def _assumptions(gathered: Gathered, subnets: Subnets) -> Iterator[str]:
    yield from _known_from_routes(gathered)
    for account, region in sorted(subnets.unblocked):
        yield f"VPC Block Public Access was not recorded for {account}/{region}: taken as off"
    if not any("lambda." in call for place in gathered.places for call in place.recorded):
        yield "no Lambda call was recorded: function URLs are not judged"
    if not any("apigateway" in call for place in gathered.places for call in place.recorded):
        yield "no API Gateway call was recorded: APIs are not judged"
    for listing, words in _SERVICES.items():
        if not gathered.asked(listing):
            yield f"no {words} call was recorded: what it lets in is not judged"
    if not any("transit-gateway" in call for place in gathered.places for call in place.recorded):
        yield (
            "no transit gateway call was recorded: what comes in through one is known from routes"
            " alone"
        )


def _known_from_routes(gathered: Gathered) -> Iterator[str]:
    for listing, edge in _LISTINGS.items():
        if listing != ATTACHMENTS and not gathered.asked(listing):
            yield f"{listing} was not recorded: a {edge} is known from routes alone"
