"""Declared exposure: which resources are meant to be reached, on which ports, from where.

    [[intent]]
    name = "web"
    tags = { role = "web" }       # or resource = "i-…", pattern = "web-*" (ids and Name tags), vpc = "vpc-…"
    ports = [80, 443, "8000-8010"]
    protocol = "tcp"              # the default; udp, icmp and icmpv6 too
    edge = "internet"             # the default; any edge, or how its name begins
    sources = ["0.0.0.0/0"]       # the default is everything

An exposure is expected if intents about it cover all of its ports and sources, alone or together.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

import msgspec

from vedette.errors import ParseError
from vedette.model.network import Exposure, Transport
from vedette.network.addrset import AddrSet, Family, everything, split_families
from vedette.network.portset import ALL_PORTS, LAST_PORT, Cell, Cells, minus, stack

_MOST_INTENTS = 10_000
_SELECTORS = ("tags", "resource", "pattern", "vpc")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What intents ask about a resource, other than what an exposure says itself."""

    tags: Mapping[str, str] = {}
    vpc: str | None = None


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One declared exposure; of several selectors all must hold. `ports` are ICMP's `type * 256 + code` there."""

    name: str
    transport: Transport
    ports: tuple[tuple[int, int], ...]
    v4: AddrSet
    v6: AddrSet
    edge: str = "internet"
    tags: tuple[tuple[str, str], ...] = ()
    resource: str | None = None
    pattern: str | None = None
    vpc: str | None = None

    def selects(self, names: Iterable[str | None], facts: Facts) -> bool:
        """Whether a resource of these ids is meant."""
        known = [one for one in names if one]
        labels = [*known, facts.tags.get("Name", "")]
        return (
            all(facts.tags.get(key) == value for key, value in self.tags)
            and (self.resource is None or self.resource in known)
            and (self.vpc is None or self.vpc == facts.vpc)
            and (
                self.pattern is None or any(fnmatchcase(one, self.pattern) for one in labels if one)
            )
        )

    def is_of_edge(self, edge: str) -> bool:
        """Whether an edge is meant: by its name, or by how that begins (`internet` of `internet-v4`)."""
        return edge == self.edge or edge.startswith((f"{self.edge}-", f"{self.edge}:"))

    def region(self, family: Family) -> Cells:
        """The ports and sources that are meant."""
        sources = self.v4 if family is Family.V4 else self.v6
        return stack((first, last, sources) for first, last in self.ports if sources)


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An intent as it is written."""

    name: str
    ports: int | str | tuple[int | str, ...] = ()
    protocol: str = "tcp"
    edge: str = "internet"
    sources: tuple[str, ...] | None = None
    tags: dict[str, str] = {}
    resource: str | None = None
    pattern: str | None = None
    vpc: str | None = None
    reason: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    intent: tuple[_Written, ...]


def read_intents(data: bytes) -> tuple[Intent, ...]:
    """Read a file of intents. ParseError if it is not one, with the intent's name."""
    try:
        document = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not TOML: {error}") from error
    try:
        listed = msgspec.convert(document, _File).intent
    except msgspec.ValidationError as error:
        raise ParseError(f"not a file of intents: {error}") from error
    if len(listed) > _MOST_INTENTS:
        raise ParseError(f"more than {_MOST_INTENTS} intents")
    out: dict[str, Intent] = {}
    for one in listed:
        if one.name in out:
            raise ParseError("there are two of this name", one.name)
        try:
            out[one.name] = _intent(one)
        except ParseError as error:
            raise error.within(one.name) from None
    return tuple(out.values())


def _intent(one: _Written) -> Intent:
    if not any(getattr(one, name) for name in _SELECTORS):
        raise ParseError(f"it selects nothing: one of {', '.join(_SELECTORS)} is needed")
    v4, v6 = everything(Family.V4), everything(Family.V6)
    if one.sources is not None:
        v4, v6 = split_families(one.sources)
    try:
        transport = Transport(one.protocol.upper())
    except ValueError:
        raise ParseError(f"{one.protocol!r} is neither tcp, udp, icmp nor icmpv6") from None
    return Intent(
        name=one.name,
        transport=transport,
        ports=_ports(one, transport),
        v4=v4,
        v6=v6,
        edge=one.edge,
        tags=tuple(sorted(one.tags.items())),
        resource=one.resource,
        pattern=one.pattern,
        vpc=one.vpc,
    )


def _ports(one: _Written, transport: Transport) -> tuple[tuple[int, int], ...]:
    listed = one.ports if isinstance(one.ports, tuple) else (one.ports,)
    if not listed and transport in {Transport.ICMP, Transport.ICMPV6}:
        return (ALL_PORTS,)
    if not listed:
        raise ParseError("it has no ports")
    return tuple(_span(port) for port in listed)


def _span(port: int | str) -> tuple[int, int]:
    first, _, last = str(port).partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise ParseError(f"{port!r} is not a port range")
    span = int(first), int(last or first)
    if not span[0] <= span[1] <= LAST_PORT:
        raise ParseError(f"{port!r} is not a port range")
    return span


def expected_by(exposure: Exposure, facts: Facts, intents: Iterable[Intent]) -> tuple[str, ...]:
    """The names of the intents that together cover all of an exposure, in their order; none if they do not."""
    meant = [one for one in intents if _is_about(one, exposure, facts)]
    if not meant:
        return ()
    used: dict[str, None] = {}
    for family, cells in _cells(exposure):
        left: Cells = cells
        for one in meant:
            rest = minus(left, one.region(family))
            if rest != left:
                used[one.name] = None
            left = rest
        if left:
            return ()
    return tuple(used)


def overlaps(exposure: Exposure, facts: Facts, intent: Intent) -> bool:
    """Whether an exposure has anything of what is meant."""
    return _is_about(intent, exposure, facts) and any(
        minus(cells, intent.region(family)) != cells for family, cells in _cells(exposure)
    )


def _is_about(one: Intent, exposure: Exposure, facts: Facts) -> bool:
    names = (exposure.resource, exposure.interface, exposure.through)
    return (
        one.transport is exposure.transport
        and one.is_of_edge(exposure.edge)
        and one.selects(names, facts)
    )


def _cells(exposure: Exposure) -> Iterator[tuple[Family, Cells]]:
    for family, sources in zip(Family, split_families(exposure.sources), strict=True):
        cell: Cell = (exposure.ports.begin, exposure.ports.end, sources)
        if sources:
            yield family, (cell,)
