"""Answers that are what the model says at a glance: checked as one by msgspec, and rewritten only where JSON differs.

Whatever is not quite as it should be (a member that is None, a wrong type, a name that the model does not know) is not written
here: the long way has the rules, and says what is wrong where. What both write is the same, to the byte.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from vedette.api.service_model import Kind, Location, Member, Service, Shape

Write = Callable[[Any], Any]
"""A value as JSON has it."""
Writers = Callable[[str, bool], Write]
"""The long way: how a shape is written, by its name, and whether a time is a text."""

_TYPES: dict[Kind, Any] = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.LONG: int,
    Kind.DOUBLE: float,
    Kind.FLOAT: float,
    Kind.BOOLEAN: bool,
}


WITHOUT_WORD = frozenset({("NetworkReachabilityDetails", "protocol")})
"""Members that the model requires and has no word for in some findings: ICMP is neither TCP nor UDP."""


class NotQuickError(Exception):
    """The answer is to go the long way."""


class _Way(msgspec.Struct, frozen=True):
    """The type that a value must have, and what is to be done to it; None where it is JSON as it stands."""

    type: Any
    write: Write | None


class Quick:
    """How the shapes of a service are written quickly."""

    def __init__(self, service: Service, long: Writers) -> None:
        self._shapes = service.shapes
        self._long = long

    def of(self, name: str) -> Write:
        """How a shape is written: raises `NotQuickError` where the long way has to."""
        way = self._way(name, iso=False, above=frozenset())

        def write(value: Any) -> Any:
            try:
                msgspec.convert(value, way.type)
            except msgspec.ValidationError:
                raise NotQuickError from None
            return value if way.write is None else way.write(value)

        return write

    def _way(self, name: str, *, iso: bool, above: frozenset[str]) -> _Way:
        shape = self._shapes[name]
        if shape.kind in _TYPES:
            return _Way(_TYPES[shape.kind], None)
        if name not in above:
            inner = above | {name}
            if shape.kind is Kind.LIST:
                return _list(self._way(shape.item, iso=False, above=inner))
            if shape.kind is Kind.MAP:
                return _map(self._way(shape.item, iso=False, above=inner))
            if shape.kind is Kind.STRUCTURE and _is_plain(shape):
                return self._structure(shape, inner)
        return _Way(Any, _some(self._long(name, iso)))

    def _structure(self, shape: Shape, above: frozenset[str]) -> _Way:
        ways = [(one, self._way(one.shape, iso=one.iso, above=above)) for one in shape.members]
        writes = tuple((one.name, way.write) for one, way in ways if way.write is not None)
        return _Way(_type_of(shape.name, ways), _rewriting(writes) if writes else None)


def _is_plain(shape: Shape) -> bool:
    return not shape.union and all(
        one.name == one.wire_name and one.location is Location.BODY for one in shape.members
    )


def _is_needed(shape: str, member: Member) -> bool:
    return member.required and (shape, member.name) not in WITHOUT_WORD


def _type_of(name: str, ways: Iterable[tuple[Member, _Way]]) -> type[msgspec.Struct]:
    """A structure that has these members and no others."""
    fields = [
        (
            f"member_{number}",
            way.type,
            msgspec.field(
                name=member.name, default=msgspec.NODEFAULT if _is_needed(name, member) else None
            ),
        )
        for number, (member, way) in enumerate(ways)
    ]
    return msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)


def _rewriting(writes: tuple[tuple[str, Write], ...]) -> Write:
    def write(value: Any) -> dict[str, Any]:
        written: dict[str, Any] = value.copy()
        for name, part in writes:
            if name in written:
                written[name] = part(written[name])
        return written

    return write


def _list(item: _Way) -> _Way:
    write = item.write
    if write is None:
        return _Way(list[item.type], None)  # type: ignore[name-defined] # made as the program runs
    return _Way(list[item.type], lambda value: [write(one) for one in value])  # type: ignore[name-defined] # the same


def _map(item: _Way) -> _Way:
    write = item.write
    if write is None:
        return _Way(dict[str, item.type], None)  # type: ignore[name-defined] # made as the program runs
    return _Way(
        dict[str, item.type],  # type: ignore[name-defined] # made as the program runs
        lambda value: {key: write(one) for key, one in value.items()},
    )


def _some(write: Write) -> Write:
    def some(value: Any) -> Any:
        if value is None:
            raise NotQuickError
        return write(value)

    return some
