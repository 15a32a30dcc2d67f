"""Exact regions of (port, source) pairs: disjoint port ranges in order, each with its set of sources.

A `Cells` value is a tuple of `(first port, last port, sources)`; ranges ascend and do not overlap, no set is empty,
and two ranges that touch have different sets, so equal regions are equal tuples. ICMP uses the same form with
`type * 256 + code` in place of a port.
"""

from collections.abc import Iterable
from itertools import pairwise

from vedette.network.addrset import AddrSet, covers, intersect, subtract, union

Cell = tuple[int, int, AddrSet]
Cells = tuple[Cell, ...]

NO_CELLS: Cells = ()
LAST_PORT = 65535
ALL_PORTS = (0, LAST_PORT)


def every_port(sources: AddrSet) -> Cells:
    """The same sources on every port."""
    return ((0, LAST_PORT, sources),) if sources else NO_CELLS


def merge(cells: Iterable[Cell]) -> Cells:
    """Drop empty cells and join neighbours with equal sets; the ranges must be in order and disjoint."""
    out: list[Cell] = []
    for first, last, sources in cells:
        if not sources:
            continue
        if out and out[-1][1] == first - 1 and out[-1][2] == sources:
            out[-1] = (out[-1][0], last, sources)
        else:
            out.append((first, last, sources))
    return tuple(out)


def cut_points(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The elementary port ranges between all the given borders, in order."""
    borders = sorted({border for first, last in ranges for border in (first, last + 1)})
    return [(low, high - 1) for low, high in pairwise(borders)]


def stack(boxes: Iterable[Cell]) -> Cells:
    """The union of boxes, which may overlap in any way."""
    kept = sorted(set(boxes))
    if len(kept) <= 1:
        return merge(kept)
    cells = []
    for low, high in cut_points((first, last) for first, last, _ in kept):
        covering = [sources for first, last, sources in kept if first <= low <= last]
        if covering:
            cells.append((low, high, covering[0] if len(covering) == 1 else union(covering)))
    return merge(cells)


def meet(left: Cells, right: Cells) -> Cells:
    """What is in both regions."""
    if left == right:
        return left
    out: list[Cell] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            out.append((low, high, intersect(left[i][2], right[j][2])))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return merge(out)


def minus(left: Cells, right: Cells) -> Cells:
    """What is in `left` and not in `right`."""
    if left == right:
        return NO_CELLS
    ranges = [(low, high) for low, high, _ in (*left, *right)]
    return merge(
        (low, high, subtract(_at(left, low), _at(right, low))) for low, high in cut_points(ranges)
    )


def _at(cells: Cells, port: int) -> AddrSet:
    for first, last, sources in cells:
        if first <= port <= last:
            return sources
    return ()


def sources_at(cells: Cells, port: int) -> AddrSet:
    """The sources on one port."""
    return _at(cells, port)


def within(inner: Cells, outer: Cells) -> bool:
    """Whether `outer` holds all of `inner`."""
    return inner == outer or not minus(inner, outer)


def any_port(cells: Cells) -> AddrSet:
    """The sources that are let in on some port."""
    return union(sources for _, _, sources in cells)


def answered(cell: Cell, answers: Cells) -> bool:
    """Whether every source of a cell is among the answers on every one of its ports."""
    low, high, sources = cell
    met = meet(((low, high, sources),), answers)
    return len(met) == 1 and met[0][:2] == (low, high) and covers(met[0][2], sources)
