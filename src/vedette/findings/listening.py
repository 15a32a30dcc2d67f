"""Which installed software answers at an exposed port.

A listening socket that was seen is certain. Where no sockets are known, a server's package likely listens on its usual
ports: `by package` says no more than that. Nothing is said of a port that no package is known
for, which does not mean that nothing listens.
"""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from vedette.findings.servers import SERVERS, Server
from vedette.model.listening import Socket
from vedette.model.network import Exposure, Transport
from vedette.model.package import Package, PackageManager


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a resource's inventory says who listens; `sockets` None where they are not known."""

    packages: tuple[Package, ...] = ()
    sockets: tuple[Socket, ...] | None = None


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """Software that answers at an exposed port; `certain` if its socket was seen, else by its package alone.

    `package` is None where the program is known and its package is not.
    """

    port: int
    transport: Transport
    certain: bool
    because: str
    package: Package | None = None


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers at one exposure; `known`: the sockets are known, and there are no others."""

    listeners: tuple[Listener, ...]
    known: bool


def listening(
    exposures: Iterable[Exposure],
    packages: Sequence[Package],
    sockets: Iterable[Socket] | None = None,
) -> tuple[Listening, ...]:
    """Who answers at each exposure, in their order.

    Args:
        exposures: of one resource.
        packages: its inventory.
        sockets: all of its listening sockets, None where they are not known.
    """
    seen = None if sockets is None else tuple(sorted(sockets))
    installed = _installed(packages)
    by_name = {one.name: one for one in sorted(packages, key=_order, reverse=True)}
    out = []
    for exposure in exposures:
        found = (
            _by_package(exposure, installed)
            if seen is None
            else _by_socket(exposure, seen, by_name)
        )
        out.append(Listening(listeners=tuple(found), known=seen is not None))
    return tuple(out)


def answers(package: Package, found: Iterable[Listening]) -> Listener | None:
    """The listener that a package is a part of: itself, or another one of the same source; certain ones first."""
    listeners = [
        one
        for each in found
        for one in each.listeners
        if one.package is not None and _is_same(package, one.package)
    ]
    return min(listeners, key=lambda one: (not one.certain, one.transport, one.port), default=None)


def _by_socket(
    exposure: Exposure, sockets: Iterable[Socket], by_name: dict[str, Package]
) -> Iterator[Listener]:
    for socket in sockets:
        if socket.is_local or socket.transport is not exposure.transport:
            continue
        if exposure.ports.begin <= socket.port <= exposure.ports.end:
            package = by_name.get(socket.package or "")
            program = socket.program or socket.package or "a program"
            owner = f" of {package.name} {package.version}" if package is not None else ""
            yield Listener(
                port=socket.port,
                transport=socket.transport,
                certain=True,
                because=f"{program}{owner} listens on {socket.transport} {socket.port}",
                package=package,
            )


def _by_package(
    exposure: Exposure, installed: Sequence[tuple[Package, Server]]
) -> Iterator[Listener]:
    for package, server in installed:
        if exposure.transport not in server.transports:
            continue
        for port in server.ports:
            if exposure.ports.begin <= port <= exposure.ports.end:
                yield Listener(
                    port=port,
                    transport=exposure.transport,
                    certain=False,
                    because=f"by package: {package.name} ({server.name}) usually listens on"
                    f" {exposure.transport} {port}",
                    package=package,
                )


def _installed(packages: Iterable[Package]) -> tuple[tuple[Package, Server], ...]:
    """The servers among a distribution's packages; a library of the same name in a language is none."""
    return tuple(
        (package, server)
        for package in sorted(packages, key=_order)
        if package.manager is PackageManager.OS
        for server in _servers(package.name)
    )


@lru_cache(maxsize=20_000)
def _servers(name: str) -> tuple[Server, ...]:
    return tuple(
        server
        for server in SERVERS
        if any(fnmatchcase(name, pattern) for pattern in server.packages)
    )


def _order(package: Package) -> tuple[str, str]:
    return package.name, package.purl


def _is_same(package: Package, other: Package) -> bool:
    if package.purl == other.purl:
        return True
    mine, theirs = package.source, other.source
    return (
        mine is not None
        and theirs is not None
        and package.ecosystem == other.ecosystem
        and mine.name == theirs.name
    )
