"""Pieces that fit into one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

_CHUNK = 500
"""Values in one statement; SQLite takes 32,766."""

_Item = TypeVar("_Item")


def chunks(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    """The items, piece by piece."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
