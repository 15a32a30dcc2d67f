"""One packet through a transit gateway and its answer back, table by table and entry by entry.

As in `vedette.network.trace` nothing of the judgement's sets is used.
"""

from collections.abc import Iterable, Iterator

from vedette.network import names
from vedette.network.addrset import Family
from vedette.network.codes import Code
from vedette.network.packets import Packet, StoppedError
from vedette.network.topology import (
    AclEntry,
    EdgePoint,
    Landing,
    Lane,
    Route,
    RouteTable,
    Subnet,
    Transit,
)

_FARTHEST = 4

Step = tuple[str, str, str | None, str]
"""Component type, id, rule, and why it passes."""


class Passage:
    """The way of one packet: the first lane whose tables lead there and back, else one that leads there."""

    def __init__(self, point: EdgePoint, transit: Transit, subnet: Subnet, packet: Packet) -> None:
        self._gateway = point.gateway or ""
        self._family: Family = point.family
        self._transit = transit
        self._subnet = subnet
        self._packet = packet

    def forward(self, private: int) -> list[Step]:
        """Through the gateway's tables and its interface's subnet. StoppedError if nothing leads there."""
        lane, sender = self._lane(private)
        out: list[Step] = [(names.TRANSIT_ATTACHMENT, sender, None, "it comes in by it")]
        out += [
            _step(passing.table, _best(passing.table, self._family, private)[0])
            for passing in lane.there
        ]
        out += self._landed(private)
        return out

    def backward(self, private: int, port: int) -> list[Step]:
        """From the target's subnet back to the sender. StoppedError if nothing leads back."""
        lane, sender = self._lane(private)
        out = self._left(private, port)
        if not self._returns(lane, sender):
            raise StoppedError(
                Code.TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT,
                self._gateway,
                f"no answer gets back to {sender}",
            )
        return out + [_step(table, route) for _, table, route in self._followed()]

    def _followed(self) -> Iterator[tuple[str, RouteTable, Route]]:
        """The routes that an answer takes, gateway by gateway, as far as they are sure."""
        where: tuple[str, str] | None = (self._gateway, self._transit.attachment)
        passed = 0
        while where is not None and passed < _FARTHEST:
            passed += 1
            gateway, _ = where
            table = self._transit.ends[where].table
            routes = _best(table, self._family, self._packet.source)
            if table.doubt is not None or not routes or not routes[0].active:
                return
            yield gateway, table, routes[0]
            end = self._transit.ends.get((gateway, routes[0].target))
            where = end.peer if end is not None else None

    def _lane(self, private: int) -> tuple[Lane, str]:
        arriving = list(self._arriving(private))
        if not arriving:
            raise StoppedError(
                Code.TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT,
                self._gateway,
                "no attachment that has the source leads to the VPC",
            )
        for lane, sender in arriving:
            if self._returns(lane, sender):
                return lane, sender
        return arriving[0]

    def _arriving(self, private: int) -> Iterator[tuple[Lane, str]]:
        for lane in self._transit.lanes:
            if lane.doubt is not None or not all(
                _leads(one.table, self._family, private, one.attachment) for one in lane.there
            ):
                continue
            for sender, sources in lane.senders:
                inside = any(low <= self._packet.source <= high for low, high in sources)
                if inside and sender != self._transit.attachment:
                    yield lane, sender

    def _returns(self, lane: Lane, sender: str) -> bool:
        last: tuple[str, str] | None = None
        for gateway, _, route in self._followed():
            last = gateway, route.target
        return last == (lane.gateway, sender)

    def _landed(self, private: int) -> Iterator[Step]:
        if self._transit.lands_in(self._subnet.id):
            yield names.SUBNET, self._subnet.id, None, "the gateway has an interface in it"
            return
        for landing in self._transit.landings:
            entry = self._entry(landing, landing.acl.outbound, private, self._packet.port)
            if entry is not None and _is_local(landing.table, self._family, private):
                yield (
                    names.NETWORK_ACL,
                    landing.acl.id,
                    str(entry.number),
                    f"entry {entry.number} lets it out of the gateway's subnet {landing.subnet}",
                )
                return
        raise StoppedError(
            Code.SUBNET_ACL_RESTRICTION, self._gateway, "none of its subnets lets the packet out"
        )

    def _left(self, private: int, port: int) -> list[Step]:
        for landing in self._transit.landings:
            if self._is_exit(landing):
                entry = self._entry(landing, landing.acl.inbound, private, port)
                if entry is not None:
                    because = f"entry {entry.number} lets the answer into {landing.subnet}"
                    return [(names.NETWORK_ACL, landing.acl.id, str(entry.number), because)]
        raise StoppedError(
            Code.TGW_ROUTE_AZ_RESTRICTION,
            self._gateway,
            "no interface in the subnet's Availability Zone takes the answer",
        )

    def _is_exit(self, landing: Landing) -> bool:
        if self._transit.lands_in(self._subnet.id):
            return landing.subnet == self._subnet.id
        return landing.zone is not None and landing.zone == self._subnet.zone

    def _entry(
        self, landing: Landing, entries: Iterable[AclEntry], private: int, port: int
    ) -> AclEntry | None:
        """The entry that allows it, if the first that matches does."""
        if landing.acl.doubt is not None:
            return None
        for entry in entries:
            if (
                entry.family is self._family
                and entry.transport in {None, self._packet.transport}
                and entry.ports[0] <= port <= entry.ports[1]
                and entry.span[0] <= private <= entry.span[1]
            ):
                return entry if entry.allow else None
        return None


def _step(table: RouteTable, route: Route) -> Step:
    return names.TRANSIT_TABLE, table.id, route.text, f"route {route.text} leads to {route.target}"


def _best(table: RouteTable, family: Family, address: int) -> list[Route]:
    found: list[Route] = []
    for route in sorted(table.routes, key=lambda one: (-one.length, one.rank)):
        matches = route.family is family and route.span[0] <= address <= route.span[1]
        if matches and (
            not found or (route.length, route.rank) == (found[0].length, found[0].rank)
        ):
            found.append(route)
    return found


def _leads(table: RouteTable, family: Family, address: int, attachment: str) -> bool:
    if table.doubt is not None:
        return False
    routes = _best(table, family, address)
    return bool(routes) and all(one.active and one.target == attachment for one in routes)


def _is_local(table: RouteTable, family: Family, address: int) -> bool:
    return table.doubt is None and all(
        route.active and route.target == "local" for route in _best(table, family, address)
    )
