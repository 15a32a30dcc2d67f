"""Work in threads, with few results held at a time."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def completed(
    pool: Executor, work: Callable[[_Item], _Result], items: Iterable[_Item], *, ahead: int
) -> Iterator[_Result]:
    """Results as they come.

    Args:
        pool: runs the work.
        work: is given one item.
        items: any number; taken when there is room.
        ahead: how many may be under way or done and not yet taken.
    """
    waiting: set[Future[_Result]] = set()
    for item in items:
        waiting.add(pool.submit(work, item))
        if len(waiting) >= ahead:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)
