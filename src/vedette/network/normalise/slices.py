"""Which parts of a subnet are told apart by what is asked for a destination: by transit gateways and their subnets.

Everything else asks for a packet's source alone, so that all addresses of a subnet are alike.
"""

from bisect import bisect_right

from vedette.network.addrset import Family
from vedette.network.normalise.landings import Landings
from vedette.network.normalise.transit import TransitGateways
from vedette.network.topology import Landing, RouteTable, Subnet

_BITS = {Family.V4: 32, Family.V6: 128}
_ALIKE, _MIXED = -1, -2


class Slices:
    """The borders within each VPC's blocks; empty where no transit gateway is attached to anything."""

    def __init__(self, transits: TransitGateways, landings: Landings) -> None:
        tables = _of_tables(list(transits.tables()))
        self._shared = {family: tuple(sorted(found)) for family, found in tables.items()}
        self._borders: dict[tuple[str, Family], tuple[int, ...]] = {}
        self._inside: dict[tuple[str, Family], tuple[int, ...]] = {}
        for gateway in transits.attached.values():
            for attachment in gateway.values():
                for family in Family:
                    own = _of_landings(landings.of(attachment), family)
                    key = attachment.resource, family
                    self._borders[key] = tuple(sorted({*self._borders.get(key, ()), *own}))

    def __bool__(self) -> bool:
        """Whether anything can be told apart."""
        return bool(self._borders)

    def spot(self, subnet: Subnet, family: Family, block: tuple[int, int]) -> int:
        """What stands for an address (or delegated prefix) and its length: see `Profile.spot`."""
        inside = self._inside_of(subnet, family)
        if not inside:
            return _ALIKE
        address, length = block
        last = address + (1 << (_BITS[family] - length)) - 1
        before = bisect_right(inside, address)
        if bisect_right(inside, last) != before:
            return _MIXED
        return inside[before - 1] if before else subnet.blocks(family)[0][0]

    def _inside_of(self, subnet: Subnet, family: Family) -> tuple[int, ...]:
        key = subnet.id, family
        if key not in self._inside:
            own = self._borders.get((subnet.vpc or "", family))
            found: set[int] = set()
            # a VPC that nothing is attached to is not divided
            for borders in (own, self._shared[family]) if own is not None else ():
                for low, high in subnet.blocks(family):
                    found.update(borders[bisect_right(borders, low) : bisect_right(borders, high)])
            self._inside[key] = tuple(sorted(found))
        return self._inside[key]


def _of_tables(tables: list[RouteTable]) -> dict[Family, set[int]]:
    """The first addresses of routes, and those after their last."""
    out: dict[Family, set[int]] = {family: set() for family in Family}
    for table in tables:
        for route in table.routes:
            out[route.family] |= {route.span[0], route.span[1] + 1}
    return out


def _of_landings(landings: tuple[Landing, ...], family: Family) -> set[int]:
    out = _of_tables([one.table for one in landings])[family]
    for landing in landings:
        for entry in (*landing.acl.inbound, *landing.acl.outbound):
            if entry.family is family:
                out |= {entry.span[0], entry.span[1] + 1}
    return out
