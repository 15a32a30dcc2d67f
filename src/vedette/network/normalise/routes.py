"""Route tables: every destination block with its rank, and which table governs a subnet or a gateway."""

from collections.abc import Iterator

from vedette.errors import ParseError
from vedette.network import described as aws
from vedette.network.addrset import parse_block
from vedette.network.normalise.appliances import Appliances
from vedette.network.normalise.gather import Gathered, digest_of
from vedette.network.topology import (
    PREFIX_LIST,
    PROPAGATED,
    STATIC,
    DoubtfulRoute,
    Route,
    RouteTable,
)

CALL = "ec2.describe-route-tables"

_NOT_IN_USE = frozenset({"disassociated", "failed"})


class Tables:
    """Which route table governs a subnet or a gateway."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._gateway_endpoints = frozenset(
            endpoint.vpc_endpoint_id
            for place in gathered.places
            for endpoint in place.endpoints
            if endpoint.vpc_endpoint_type == "Gateway"
        )
        self._appliances = Appliances(gathered)
        self._of_subnet: dict[str, RouteTable] = {}
        self._of_gateway: dict[str, RouteTable] = {}
        self._main: dict[str, RouteTable] = {}
        self.targets: set[tuple[str, str]] = set()
        for place in gathered.places:
            for described in place.route_tables:
                self._add(described)

    def of(self, subnet: str, vpc: str, account: str, region: str) -> RouteTable:
        """The subnet's table; the VPC's main one where it has no association; in doubt if neither is known."""
        table = self._of_subnet.get(subnet)
        if table is None and self._gathered.complete(CALL, account, region):
            table = self._main.get(vpc)
        if table is not None:
            return table
        reason = self._gathered.reason(CALL, account, region)
        return RouteTable(
            id=f"route table of {subnet}",
            routes=(),
            doubt=reason,
            digest=digest_of("no table", reason),
        )

    def of_gateway(self, gateway: str) -> RouteTable | None:
        """The gateway's own route table, if it has one."""
        return self._of_gateway.get(gateway)

    def _add(self, described: aws.RouteTable) -> None:
        table = self._table(described)
        for association in described.associations:
            state = association.association_state
            if state is not None and state.state in _NOT_IN_USE:
                continue
            if association.subnet_id:
                self._of_subnet[association.subnet_id] = table
            if association.gateway_id:
                self._of_gateway[association.gateway_id] = table
            if association.main and described.vpc_id:
                self._main[described.vpc_id] = table
        if described.vpc_id:
            live = {one.target for one in table.routes if one.active}
            live |= {one.target for one in table.doubtful if one.active}
            self.targets |= {(described.vpc_id, target) for target in live}

    def _table(self, described: aws.RouteTable) -> RouteTable:
        routes: list[Route] = []
        doubtful: list[DoubtfulRoute] = []
        doubt = None
        for route in described.routes:
            if route.state == "filtered":
                continue  # VPC Route Server holds it back: it is not in use
            try:
                for one in self._routes(route):
                    if isinstance(one, Route):
                        routes.append(one)
                    else:
                        doubtful.append(one)
            except ParseError as error:
                doubt = f"a route is malformed: {error}"
        return RouteTable(
            id=described.route_table_id,
            routes=tuple(routes),
            doubtful=tuple(doubtful),
            doubt=doubt,
            digest=digest_of(
                sorted(map(repr, routes)), sorted(repr(one) for one in doubtful), doubt
            ),
        )

    def _routes(self, route: aws.Route) -> Iterator[Route | DoubtfulRoute]:
        target = _target(route)
        active = route.state != "blackhole"
        if not target and active:
            raise ParseError("there is no target")
        hop = (target, active, *self._through(route, target))
        block = route.destination_cidr_block or route.destination_ipv6_cidr_block
        if block:
            propagated = route.origin == "EnableVgwRoutePropagation"
            rank = PROPAGATED if propagated else STATIC
            yield _route(block, block, rank, hop)
            return
        identity = route.destination_prefix_list_id
        if not identity:
            raise ParseError("there is no destination")
        blocks = self._gathered.prefix_list(identity)
        if isinstance(blocks, str):
            yield DoubtfulRoute(
                target=target, active=active, appliance=hop[2], text=identity, reason=blocks
            )
            return
        for one in blocks:
            yield _route(one, f"{identity} ({one})", PREFIX_LIST, hop)

    def _through(self, route: aws.Route, target: str) -> tuple[bool, str | None]:
        """Whether it is not known what becomes of traffic beyond the target, and what the target is."""
        appliance = self._appliances.of(target)
        if appliance is None:
            return False, None
        to_endpoint = target.startswith("vpce-")
        to_service = route.destination_prefix_list_id in self._gathered.service_lists
        known = to_endpoint and (to_service or target in self._gateway_endpoints)
        return not (known or appliance.drops), appliance.words


def _target(route: aws.Route) -> str:
    targets = (
        route.gateway_id,
        route.nat_gateway_id,
        route.transit_gateway_id,
        route.vpc_peering_connection_id,
        route.egress_only_internet_gateway_id,
        route.network_interface_id,
        route.instance_id,
        route.local_gateway_id,
        route.carrier_gateway_id,
        route.core_network_arn,
        route.odb_network_arn,
    )
    return next((target for target in targets if target), "")


def _route(block: str, text: str, rank: int, hop: tuple[str, bool, bool, str | None]) -> Route:
    family, span, length = parse_block(block)
    target, active, appliance, through = hop
    return Route(
        family=family,
        span=span,
        length=length,
        rank=rank,
        target=target,
        active=active,
        appliance=appliance,
        text=text,
        through=through,
    )
