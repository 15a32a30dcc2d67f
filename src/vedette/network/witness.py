"""Which packet proves an exposure: a source and a client port that a reader would expect, where they are allowed."""

from vedette.model.network import Transport
from vedette.network.addrset import AddrSet, Family, contains
from vedette.network.topology import NetworkAcl

_USUAL_SOURCE = {Family.V4: 0x01000001, Family.V6: 0x2000_0000 << 96 | 1}
_USUAL_PORTS = (49152, 32768, 1024)
_LAST_PORT = 65535


def usual_source(sources: AddrSet, family: Family) -> int:
    """1.0.0.1 or 2000::1 if the set has it, else its lowest address."""
    usual = _USUAL_SOURCE[family]
    return usual if contains(sources, usual) else sources[0][0]


def client_port(acl: NetworkAcl, family: Family, transport: Transport, source: int) -> int:
    """A client port to which the network ACL lets answers out: an ephemeral one if there is one, else any.

    49152 if no port is let out.
    """
    entries = [
        entry
        for entry in acl.outbound
        if entry.family is family
        and entry.transport in {None, transport}
        and entry.span[0] <= source <= entry.span[1]
    ]
    borders = {0}
    for entry in entries:
        borders |= {entry.ports[0], entry.ports[1] + 1}
    # what is let out changes only at a border, so that these candidates are enough
    ephemeral = [port for port in sorted(borders) if 1024 <= port <= _LAST_PORT]  # noqa: PLR2004
    privileged = [port for port in sorted(borders) if port < 1024]  # noqa: PLR2004
    for port in (*_USUAL_PORTS, *ephemeral, *privileged):
        first = next((one for one in entries if one.ports[0] <= port <= one.ports[1]), None)
        if first is not None and first.allow:
            return port
    return _USUAL_PORTS[0]
