"""Listening sockets as SBOM properties and Systems Manager's custom inventory state them.

As a text: `tcp/443`, `tcp/*:443 nginx nginx-core`, `udp/[fe80::1]:53 named bind9`: the protocol, the address (`*` or none:
every one) with the port, then the program and the package that owns it, where they are known. `none` says that nothing
listens. As an entry of `Custom:VedetteListeningSocket`: `Protocol`, `Port`, `Address`, `Program`, `Package`, all texts, as custom
inventory has nothing else. Whoever states one socket states all that there are.
"""

import re
from collections.abc import Iterable, Mapping

from vedette.errors import ParseError
from vedette.inventory.formats.words import line
from vedette.model.listening import Socket
from vedette.model.network import Transport

SSM_TYPE = "Custom:VedetteListeningSocket"
PROPERTY = "vedette:listening"
NOTHING = "none"

_TRANSPORTS = {
    "tcp": Transport.TCP,
    "tcp6": Transport.TCP,
    "udp": Transport.UDP,
    "udp6": Transport.UDP,
}
_TEXT = (
    r"(?P<protocol>[a-z0-9]{3,4})/(?:(?P<address>\*|\[[^\]\s]{1,60}\]|[^\s:\[\]]{1,60}):)?(?P<port>\d{1,5})"
    r"(?: (?P<program>\S{1,200})(?: (?P<package>\S{1,200}))?)?"
)
_ANY = frozenset({"", "*", "0.0.0.0", "::", "[::]"})  # noqa: S104 - what sockets are bound to
_FIELDS = ("Protocol", "Port", "Address", "Program", "Package")
_LAST_PORT = 65535


def socket_of(text: str, package: str | None = None) -> Socket:
    """A socket by its text; `package` where the text names none. ParseError if it is none."""
    found = re.fullmatch(_TEXT, text.strip())
    if found is None:
        raise ParseError(f"{text[:80]!r} is not PROTOCOL/ADDRESS:PORT PROGRAM PACKAGE")
    return _socket(
        found["protocol"],
        found["port"],
        found["address"] or "",
        found["program"],
        found["package"] or package,
    )


def text_of(socket: Socket) -> str:
    """The text that `socket_of` reads."""
    address = socket.address or "*"
    address = f"[{address}]" if ":" in address else address
    where = f"{socket.transport.lower()}/{address}:{socket.port}"
    names = (socket.program, socket.package)
    if socket.program is None and socket.package is not None:
        names = ("-", socket.package)
    return " ".join((where, *(name for name in names if name is not None)))


def sockets_of(texts: Iterable[tuple[str, str | None]]) -> tuple[Socket, ...] | None:
    """All sockets that (text, package) state, in order; None where nothing is stated. ParseError if one is malformed."""
    listed = list(texts)
    if not listed:
        return None
    stated = (one for one in listed if one[0].strip() != NOTHING)
    return tuple(sorted({socket_of(*one) for one in stated}))


def entry_of(entry: Mapping[str, object]) -> Socket:
    """A socket by its entry in Systems Manager's inventory. ParseError if it is none."""
    protocol, port, address, program, package = (
        line(str(entry.get(name) or "")) for name in _FIELDS
    )
    if protocol is None or port is None:
        raise ParseError("a socket has Protocol and Port")
    return _socket(protocol.lower(), port, address or "", program, package)


def _socket(
    protocol: str, port: str, address: str, program: str | None, package: str | None
) -> Socket:
    transport = _TRANSPORTS.get(protocol)
    if transport is None:
        raise ParseError(f"{protocol[:20]!r} is neither tcp nor udp")
    if not port.isascii() or not port.isdecimal() or not 0 < int(port[:6]) <= _LAST_PORT:
        raise ParseError(f"{port[:20]!r} is not a port")
    return Socket(
        transport=transport,
        port=int(port),
        address="" if address in _ANY else address.strip("[]"),
        program=None if program == "-" else program,
        package=package,
    )
