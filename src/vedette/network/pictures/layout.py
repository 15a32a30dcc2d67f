"""Where nodes go: in layers, so that links lead from left to right (Sugiyama's method, small and deterministic).

Links that close a circle are turned round while layers are given out. A link over several layers gets a place in each
of them, so that it runs between nodes and not across them. In each layer the order follows the mean place of the
neighbours.
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec

_SWEEPS = 4

Pair = tuple[int, int]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A layer, from the left, and the place in it, from the top."""

    layer: int
    slot: int


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The place of each node; for each link the places that it runs through, ends included; the sizes of layers."""

    places: tuple[Place, ...]
    routes: tuple[tuple[Place, ...], ...]
    sizes: tuple[int, ...]


def layout(count: int, links: Sequence[Pair]) -> Layout:
    """Lay out nodes 0 to `count - 1`."""
    forwards = [_turned(pair, pair in _backward(count, links)) for pair in links]
    layer = _layers(count, forwards)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node in range(count):
        rows[layer[node]].append(node)
    chains = []
    segments: list[Pair] = []
    following = count
    for start, end in forwards:
        between = range(layer[start] + 1, layer[end])
        chain = [start, *range(following, following + len(between)), end]
        for number, row in zip(chain[1:-1], between, strict=True):
            rows[row].append(number)
        following += len(between)
        chains.append(chain)
        segments += pairwise(chain)
    _order(rows, segments)
    places = {
        node: Place(layer=index, slot=slot)
        for index, row in enumerate(rows)
        for slot, node in enumerate(row)
    }
    routes = [tuple(places[one] for one in chain) for chain in chains]
    return Layout(
        places=tuple(places[node] for node in range(count)),
        routes=tuple(
            route if forward == pair else route[::-1]
            for route, forward, pair in zip(routes, forwards, links, strict=True)
        ),
        sizes=tuple(len(row) for row in rows),
    )


def _turned(pair: Pair, backward: bool) -> Pair:  # noqa: FBT001 - the one question about a link
    return (pair[1], pair[0]) if backward else pair


def _backward(count: int, links: Sequence[Pair]) -> frozenset[Pair]:
    """The links that close a circle, found depth first."""
    ahead: dict[int, list[int]] = {node: [] for node in range(count)}
    for start, end in links:
        ahead[start].append(end)
    out = set()
    done: set[int] = set()
    for root in range(count):
        if root in done:
            continue
        trail, active = [(root, iter(ahead[root]))], {root}
        while trail:
            node, rest = trail[-1]
            following = next(rest, None)
            if following is None:
                trail.pop()
                active.discard(node)
                done.add(node)
            elif following in active:
                out.add((node, following))
            elif following not in done:
                active.add(following)
                trail.append((following, iter(ahead[following])))
    return frozenset(out)


def _layers(count: int, links: Sequence[Pair]) -> list[int]:
    """Each node one layer to the right of everything that leads to it."""
    ahead: dict[int, list[int]] = {node: [] for node in range(count)}
    waiting = [0] * count
    for start, end in links:
        ahead[start].append(end)
        waiting[end] += 1
    layer = [0] * count
    ready = [node for node in range(count) if not waiting[node]]
    for node in ready:
        for following in ahead[node]:
            layer[following] = max(layer[following], layer[node] + 1)
            waiting[following] -= 1
            if not waiting[following]:
                ready.append(following)
    return layer


def _order(rows: list[list[int]], segments: Sequence[Pair]) -> None:
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for start, end in segments:
        before.setdefault(end, []).append(start)
        after.setdefault(start, []).append(end)
    for sweep in range(_SWEEPS):
        beside = after if sweep % 2 else before
        slots: dict[int, int] = {}
        for row in reversed(rows) if sweep % 2 else rows:
            means = {
                node: _mean(slots, beside.get(node, ()), slot) for slot, node in enumerate(row)
            }
            row.sort(key=means.__getitem__)
            slots |= {node: slot for slot, node in enumerate(row)}


def _mean(slots: dict[int, int], neighbours: Sequence[int], otherwise: int) -> float:
    """The mean place of the neighbours; a node without any stays where it is."""
    known = [slots[one] for one in neighbours]
    return sum(known) / len(known) if known else otherwise
