"""Lists that are small enough to be had whole, answered page by page."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from vedette.api.call import Call, Input, Output
from vedette.api.paging import seal, unseal

_Item = TypeVar("_Item")


def page(
    call: Call,
    asked: Input,
    items: Iterable[_Item],
    place: Callable[[_Item], str],
    most: int,
) -> tuple[list[_Item], Output]:
    """A page, and the answer's `nextToken` where more follow.

    Args:
        call: the request.
        asked: its input: `maxResults` where given is the size of the page.
        items: all of them, in order of `place`.
        place: the text by which an item is found again; no two have the same.
        most: the size of a page where none is asked for.

    Raises:
        ApiError: where the token is of another list.
    """
    after = unseal(call, asked)
    rest = items if after is None else (item for item in items if place(item) > after)
    return _cut(call, asked, rest, place, most)


def ordered_page(
    call: Call,
    asked: Input,
    items: Iterable[_Item],
    most: int,
) -> tuple[list[_Item], Output]:
    """As `page`, for lists in an order of their own, whose pages are found by number."""
    after = unseal(call, asked)
    start = 0 if after is None else int(after)
    numbered = enumerate(islice(items, start, None), start + 1)
    taken, token = _cut(call, asked, numbered, lambda one: str(one[0]), most)
    return [item for _, item in taken], token


def _cut(
    call: Call,
    asked: Input,
    rest: Iterable[_Item],
    place: Callable[[_Item], str],
    most: int,
) -> tuple[list[_Item], Output]:
    size = asked.get("maxResults") or most
    taken = list(islice(rest, size + 1))
    if len(taken) <= size:
        return taken, {}
    del taken[size:]
    return taken, {"nextToken": seal(call, asked, place(taken[-1]))}
