"""Which packet proves an exposure: a source and a client port that a reader would expect, where they are allowed."""

from collections.abc import Iterable

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet, Family, contains
from vedette.network.topology import AclEntry, EdgePoint, Subnet

_USUAL_SOURCE = {Family.V4: 0x01000001, Family.V6: 0x2000_0000 << 96 | 1}
_USUAL_PORTS = (49152, 32768, 1024)
_LAST_PORT = 65535


def usual_source(sources: AddrSet, family: Family) -> int:
    """1.0.0.1 or 2000::1 if the set has it, else its lowest address."""
    usual = _USUAL_SOURCE[family]
    return usual if contains(sources, usual) else sources[0][0]


def client_port(
    point: EdgePoint, subnet: Subnet, transport: Transport, ends: tuple[int, int]
) -> int:
    """A client port to which the answer from `ends[1]` to `ends[0]` can leave: an ephemeral one if there is one.

    The subnet's network ACL lets it out, and where it leaves by a transit gateway that of the gateway's subnet too.
    """
    source, private = ends
    own = _matching(subnet.acl.outbound, point.family, transport, source)
    if point.transit is None:
        return _common_port((own,))
    landings = point.transit.landings
    mine = [one for one in landings if one.subnet == subnet.id]
    exits = mine or [one for one in landings if one.zone == subnet.zone]
    for landing in exits:
        both = own, _matching(landing.acl.inbound, point.family, transport, private)
        port = _common_port(both)
        if _let(both, port):
            return port
    return _common_port((own,))


_Filters = tuple[list[AclEntry], ...]


def _matching(
    entries: Iterable[AclEntry], family: Family, transport: Transport, address: int
) -> list[AclEntry]:
    """The entries about one address at the other end."""
    return [
        entry
        for entry in entries
        if entry.family is family
        and entry.transport in {None, transport}
        and entry.span[0] <= address <= entry.span[1]
    ]


def _let(filters: _Filters, port: int) -> bool:
    """Whether all of them let a port through."""
    for entries in filters:
        first = next((one for one in entries if one.ports[0] <= port <= one.ports[1]), None)
        if first is None or not first.allow:
            return False
    return True


def _common_port(filters: _Filters) -> int:
    """A port that all of them let through: a usual one, an ephemeral one, any; 49152 if there is none."""
    for port in _USUAL_PORTS:
        if _let(filters, port):
            return port
    borders = {0}
    for entry in (one for entries in filters for one in entries):
        borders |= {entry.ports[0], entry.ports[1] + 1}
    # what is let out changes only at a border, so that these candidates are enough
    ephemeral = [port for port in sorted(borders) if 1024 <= port <= _LAST_PORT]  # noqa: PLR2004
    privileged = [port for port in sorted(borders) if port < 1024]  # noqa: PLR2004
    for port in (*ephemeral, *privileged):
        if _let(filters, port):
            return port
    return _USUAL_PORTS[0]
