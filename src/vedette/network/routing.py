"""Which route of a table decides for which part of the address space.

Source: VPC user guide, "Route priority": the longest prefix wins, and of equal prefixes the best rank; transit gateways
guide, "Route evaluation order", which says the same of their tables.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from vedette.network.addrset import NONE, AddrSet, Family, subtract, union
from vedette.network.topology import Route


def decided(routes: Iterable[Route], family: Family) -> Iterator[tuple[AddrSet, list[Route]]]:
    """The address space in parts, each with the best routes for it (several where it is undefined)."""
    ordered = sorted(
        (route for route in routes if route.family is family),
        key=lambda route: (-route.length, route.span, route.rank),
    )
    taken: AddrSet = NONE
    for span, same in groupby(ordered, key=lambda route: route.span):
        equal = list(same)
        part = subtract((span,), taken)
        if part:
            yield part, [route for route in equal if route.rank == equal[0].rank]
            taken = union((taken, (span,)))


def best(routes: Iterable[Route], family: Family, address: int) -> list[Route]:
    """The best routes to one address: none, one, or several where it is undefined."""
    holding = [
        route
        for route in routes
        if route.family is family and route.span[0] <= address <= route.span[1]
    ]
    if not holding:
        return []
    first = min((-route.length, route.rank) for route in holding)
    return [route for route in holding if (-route.length, route.rank) == first]
