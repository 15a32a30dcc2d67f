"""What two sets of answers differ in, exactly: ports and sources that open and that close."""

from collections.abc import Iterable, Iterator

import msgspec

from vedette.model.network import Exposure, PortRange, Transport, UnknownReach
from vedette.network.addrset import Family, split_families, to_cidrs
from vedette.network.portset import Cell, Cells, minus, stack
from vedette.network.reach import Reach


class Piece(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Ports with the sources for which something opens or closes; `sources` are blocks, the exact set.

    `listener` is the load balancer's port where `through` names one. `certain` is False of what closes where it is
    not known whether something stays open.
    """

    edge: str
    resource: str
    interface: str
    address: str
    transport: Transport
    ports: PortRange
    sources: tuple[str, ...]
    through: str = ""
    listener: int = 0
    labels: tuple[str, ...] = ()
    certain: bool = True


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What opens, what closes; what stays reachable but is answered, or no longer, in `answered` and `unanswered`.

    `unknown` are the answers that are not known with the changes, `new_unknown` those that were before.
    """

    opens: tuple[Piece, ...]
    closes: tuple[Piece, ...]
    answered: tuple[Piece, ...] = ()
    unanswered: tuple[Piece, ...] = ()
    unknown: tuple[UnknownReach, ...] = ()
    new_unknown: tuple[UnknownReach, ...] = ()


_Key = tuple[str, str, str, str, Transport, str, int, tuple[str, ...]]
_Cells = dict[Family, Cells]


def exposure_of(piece: Piece) -> Exposure:
    """A piece as the exposure that it would be, for those who ask about exposures; it has no path."""
    return Exposure(
        edge=piece.edge,
        resource=piece.resource,
        interface=piece.interface or None,
        address=piece.address or None,
        transport=piece.transport,
        ports=piece.ports,
        sources=piece.sources,
        return_path=False,
        path=(),
        through=piece.through or None,
        labels=piece.labels,
    )


def compare(before: Reach, after: Reach) -> Difference:
    """What the second set of answers has and the first does not, and the other way round."""
    old, new = _regions(before.exposures), _regions(after.exposures)
    old_back, new_back = (
        _regions(one for one in side.exposures if one.return_path) for side in (before, after)
    )
    doubted = {(one.edge, one.interface or "", one.resource) for one in after.unknown}
    wide = {one.resource for one in after.unknown if one.interface is None}
    seen = frozenset(before.unknown)

    def certain(key: _Key) -> bool:
        edge, resource, interface = key[:3]
        return (edge, interface, resource) not in doubted and not wide & {resource, interface}

    closes = [
        msgspec.structs.replace(piece, certain=certain(key)) for key, piece in _minus(old, new)
    ]
    stays = {key: _meet_keys(old[key], new[key]) for key in old.keys() & new.keys()}
    return Difference(
        opens=tuple(sorted(piece for _, piece in _minus(new, old))),
        closes=tuple(sorted(closes)),
        answered=tuple(sorted(_within(stays, new_back, old_back))),
        unanswered=tuple(sorted(_within(stays, old_back, new_back))),
        unknown=after.unknown,
        new_unknown=tuple(one for one in after.unknown if one not in seen),
    )


def _key(one: Exposure) -> _Key:
    listener = one.witness.destination_port if one.through and one.witness else 0
    return (
        one.edge,
        one.resource,
        one.interface or "",
        one.address or "",
        one.transport,
        one.through or "",
        listener,
        one.labels,
    )


def _regions(exposures: Iterable[Exposure]) -> dict[_Key, _Cells]:
    boxes: dict[_Key, dict[Family, list[Cell]]] = {}
    sets: dict[tuple[str, ...], tuple[Cells, Cells]] = {}
    for one in exposures:
        if one.sources not in sets:
            v4, v6 = split_families(one.sources)
            sets[one.sources] = (((0, 0, v4),), ((0, 0, v6),))
        mine = boxes.setdefault(_key(one), {family: [] for family in Family})
        for family, ((_, _, sources),) in zip(Family, sets[one.sources], strict=True):
            if sources:
                mine[family].append((one.ports.begin, one.ports.end, sources))
    return {
        key: {family: stack(cells) for family, cells in mine.items()} for key, mine in boxes.items()
    }


def _minus(left: dict[_Key, _Cells], right: dict[_Key, _Cells]) -> Iterator[tuple[_Key, Piece]]:
    for key, mine in left.items():
        theirs = right.get(key, {})
        for family, cells in mine.items():
            for cell in minus(cells, theirs.get(family, ())):
                yield key, _piece(key, cell, family)


def _meet_keys(left: _Cells, right: _Cells) -> _Cells:
    """What is in both: what stays."""
    return {family: minus(left[family], minus(left[family], right[family])) for family in Family}


def _within(
    stays: dict[_Key, _Cells], left: dict[_Key, _Cells], right: dict[_Key, _Cells]
) -> Iterator[Piece]:
    """Of what stays, what is in the one and not in the other."""
    for key, piece_cells in stays.items():
        for family, cells in piece_cells.items():
            mine = left.get(key, {}).get(family, ())
            theirs = right.get(key, {}).get(family, ())
            gained = minus(mine, theirs)
            for cell in minus(gained, minus(gained, cells)):
                yield _piece(key, cell, family)


def _piece(key: _Key, cell: Cell, family: Family) -> Piece:
    edge, resource, interface, address, transport, through, listener, labels = key
    first, last, sources = cell
    return Piece(
        edge=edge,
        resource=resource,
        interface=interface,
        address=address,
        transport=transport,
        ports=PortRange(begin=first, end=last),
        sources=to_cidrs(sources, family),
        through=through,
        listener=listener,
        labels=labels,
    )
