"""Port regions against sets of (port, source) pairs on a small universe."""

from itertools import pairwise

from hypothesis import given, settings, strategies as st

from tests.network.test_addrset import members, sets
from vedette.network.portset import (
    Cell,
    Cells,
    answered,
    any_port,
    every_port,
    meet,
    minus,
    sources_at,
    stack,
    within,
)

ports = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda pair: (min(pair), max(pair)))
boxes = st.lists(st.tuples(ports, sets).map(lambda box: (*box[0], box[1])), max_size=5)


def pairs(cells: Cells | list[Cell]) -> set[tuple[int, int]]:
    return {
        (port, source)
        for first, last, sources in cells
        for port in range(first, last + 1)
        for source in members(sources)
    }


def is_normal(cells: Cells) -> bool:
    for (_, last, sources), (first, _, following) in pairwise(cells):
        if last >= first or (last + 1 == first and sources == following):
            return False
    return all(sources for _, _, sources in cells)


@settings(max_examples=150)
@given(boxes, boxes)
def test_operations_are_those_of_sets(left: list[Cell], right: list[Cell]) -> None:
    one, two = stack(left), stack(right)
    assert pairs(one) == pairs(left)
    assert pairs(meet(one, two)) == pairs(one) & pairs(two)
    assert pairs(minus(one, two)) == pairs(one) - pairs(two)
    assert within(one, two) is (pairs(one) <= pairs(two))
    assert members(any_port(one)) == {source for _, source in pairs(one)}
    for cells in (one, two, meet(one, two), minus(one, two)):
        assert is_normal(cells)


def test_one_port() -> None:
    cells = ((22, 22, ((1, 2),)), (80, 90, ((1, 1),)))
    assert sources_at(cells, 22) == ((1, 2),)
    assert sources_at(cells, 85) == ((1, 1),)
    assert sources_at(cells, 23) == ()
    assert every_port(()) == ()


def test_a_cell_is_answered_on_all_of_its_ports_and_sources() -> None:
    cell = (20, 30, ((5, 9),))
    assert answered(cell, ((0, 65535, ((0, 10),)),))
    assert answered(cell, ((0, 25, ((0, 10),)), (26, 65535, ((0, 9),))))
    assert not answered(cell, ((0, 25, ((0, 10),)), (26, 65535, ((0, 8),))))
    assert not answered(cell, ((0, 29, ((0, 10),)),))
    assert not answered(cell, ())
