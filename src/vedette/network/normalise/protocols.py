"""Protocol names and numbers with their ports, as security groups and network ACLs write them."""

from vedette.errors import ParseError
from vedette.model.network import Transport
from vedette.network.addrset import Span
from vedette.network.portset import ALL_PORTS, LAST_PORT

_TRANSPORTS = {
    "6": Transport.TCP,
    "tcp": Transport.TCP,
    "17": Transport.UDP,
    "udp": Transport.UDP,
    "1": Transport.ICMP,
    "icmp": Transport.ICMP,
    "58": Transport.ICMPV6,
    "icmpv6": Transport.ICMPV6,
}
ICMP_TRANSPORTS = frozenset({Transport.ICMP, Transport.ICMPV6})
_LAST_CODE = 255
ANY = -1


class OtherProtocolError(ParseError):
    """A protocol that is neither TCP, UDP nor ICMP: it has no ports and is not judged."""


def transport_of(protocol: str) -> Transport | None:
    """The transport; None for `-1`, every protocol. OtherProtocolError for all others."""
    name = protocol.lower()
    if name in {"-1", "all"}:
        return None
    if name not in _TRANSPORTS:
        raise OtherProtocolError(f"protocol {protocol!r} is not judged")
    return _TRANSPORTS[name]


def port_span(first: int | None, last: int | None) -> Span:
    """A port range as the API gives it; -1 for both is every port. ParseError if it is none."""
    if first == last == ANY:
        return ALL_PORTS
    if first is None or last is None:
        raise ParseError("a port range is missing")
    if not 0 <= first <= last <= LAST_PORT:
        raise ParseError(f"{first}-{last} is not a port range")
    return first, last


def icmp_span(kind: int | None, code: int | None) -> Span:
    """An ICMP type and code (-1: all) as a range of `type * 256 + code`. ParseError if they are none.

    Source: EC2 API reference, IpPermission (`FromPort` is the type, `ToPort` the code) and IcmpTypeCode.
    """
    if kind is None or code is None:
        raise ParseError("an ICMP type or code is missing")
    if not (ANY <= kind <= _LAST_CODE and ANY <= code <= _LAST_CODE):
        raise ParseError(f"{kind}/{code} is not an ICMP type and code")
    if kind == ANY:
        return ALL_PORTS
    if code == ANY:
        return kind * 256, kind * 256 + _LAST_CODE
    return kind * 256 + code, kind * 256 + code
