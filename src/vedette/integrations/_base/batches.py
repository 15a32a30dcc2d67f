"""What is sent, in as many calls as the services' limits ask for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")


def batches(
    items: Iterable[_Item], size: Callable[[_Item], int], *, count: int, total: int
) -> Iterator[list[_Item]]:
    """The items in order, in lists that are within both limits; an item beyond them alone has a list of its own.

    Args:
        items: any.
        size: of one.
        count: the most items of a list.
        total: the greatest sum of their sizes.
    """
    batch: list[_Item] = []
    held = 0
    for item in items:
        one = size(item)
        if batch and (len(batch) == count or held + one > total):
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += one
    if batch:
        yield batch
