"""The items of one recorded answer."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from vedette.network.calls import Call

_Item = TypeVar("_Item")


def convert(value: Any, kind: type[_Item]) -> _Item:
    """Read one item; msgspec.ValidationError if it is not what AWS says."""
    return msgspec.convert(value, kind, strict=True)


def members(answer: Mapping[str, Any], call: Call) -> Iterable[Any]:
    """The items of an answer, malformed or not. ValueError if the member is not a list."""
    held = answer if call.holder is None else answer.get(call.holder)
    if not isinstance(held, Mapping):
        raise ValueError(f"{call.holder} is missing or not an object")  # noqa: TRY004 - the input's fault
    # a list with nothing in it may be left out where something holds it
    items = held.get(call.member, None if call.holder is None else ())
    if not isinstance(items, list | tuple):
        raise ValueError(f"{call.member} is missing or not a list")  # noqa: TRY004 - the input's fault
    if call.within is None:
        return items
    inner: list[Any] = []
    for item in items:
        nested = item.get(call.within) if isinstance(item, Mapping) else None
        if not isinstance(nested, list | tuple):
            raise ValueError(f"{call.within} is missing or not a list in {call.member}")  # noqa: TRY004
        inner.extend(nested)
    return inner
