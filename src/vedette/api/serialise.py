"""Answers written by the service model.

An answer that the model has no place for is a mistake of ours, and raises: better an internal error than a client that
cannot read what it is given. What a shape needs is looked up once; a page of findings has ten thousand members.
"""

import base64
import functools
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.api.call import Output
from vedette.api.messages import Headers, Response
from vedette.api.quick import WITHOUT_WORD, NotQuickError, Quick
from vedette.api.service_model import Kind, Location, Service, Shape, load_service

_CONTENT_TYPES = {False: "application/json", True: "application/x-amz-json-1.1"}
_PLAIN: Mapping[Kind, frozenset[type]] = {
    Kind.STRING: frozenset({str}),
    Kind.INTEGER: frozenset({int}),
    Kind.LONG: frozenset({int}),
    Kind.DOUBLE: frozenset({float, int}),
    Kind.FLOAT: frozenset({float, int}),
    Kind.BOOLEAN: frozenset({bool}),
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_DAY = 86400


class UnmodelledOutputError(Exception):
    """An answer of ours that the service model does not know; the place grows on the way up."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self._reason = reason
        self._places: tuple[str, ...] = ()

    def within(self, place: str) -> "UnmodelledOutputError":
        """Prefix an outer place, and return this same error."""
        self._places = (place, *self._places)
        return self

    def __str__(self) -> str:
        place = "".join(self._places)
        return f"{place}: {self._reason}" if place else self._reason


Write = Callable[[Any], Any]
"""A value as JSON has it."""


def serialise(service: Service, shape: str | None, output: Output, status: int) -> Response:
    """The message of an answer.

    Raises:
        UnmodelledOutputError: where the output is not the shape's.
    """
    headers: Headers = (("content-type", _CONTENT_TYPES[service.json_target is not None]),)
    if shape is None:
        if output:
            raise UnmodelledOutputError(f"no output is modelled: {sorted(output)}")
        return Response(status=status, headers=headers)
    written = _written(service.name, shape, output)
    for member in service.shapes[shape].members:
        if member.location is Location.HEADER and member.wire_name in written:
            value = written.pop(member.wire_name)
            headers = (*headers, (member.wire_name.lower(), str(value)))
    return Response(status=status, headers=headers, body=msgspec.json.encode(written))


@functools.cache
def _writers(service: str) -> "_Writers":
    return _Writers(load_service(service))


@functools.cache
def _quick(service: str, shape: str) -> Write:
    return Quick(load_service(service), _writers(service).of).of(shape)


def _written(service: str, shape: str, output: Output) -> Any:
    try:
        return _quick(service, shape)(output)
    except (NotQuickError, UnmodelledOutputError):
        return _writers(service).of(shape)(output)


class _Member(msgspec.Struct, frozen=True):
    """How a member is written: as it is where its type is plain, else by its shape."""

    wire_name: str
    plain: frozenset[type]
    write: Write


class _Writers:
    """How the shapes of a service are written, each made when it is first needed."""

    def __init__(self, service: Service) -> None:
        self._shapes = service.shapes
        self._made: dict[tuple[str, bool], Write] = {}
        self._lock = threading.RLock()

    def of(self, name: str, iso: bool = False) -> Write:  # noqa: FBT001, FBT002 - `quick.Writers`
        """How a shape is written; `iso` is whether a time is a text."""
        key = (name, iso)
        with self._lock:
            if key not in self._made:
                # shapes may contain themselves: until this one is made it is looked up when it is used
                self._made[key] = self._late(key)
                self._made[key] = self._writer(self._shapes[name], iso=iso)
            return self._made[key]

    def _late(self, key: tuple[str, bool]) -> Write:
        def write(value: Any) -> Any:
            return self._made[key](value)

        return write

    def _writer(self, shape: Shape, *, iso: bool) -> Write:
        match shape.kind:
            case Kind.STRUCTURE:
                return self._structure(shape)
            case Kind.LIST:
                return _list(self.of(shape.item))
            case Kind.MAP:
                return _map(self.of(shape.item))
            case Kind.TIMESTAMP:
                return _iso if iso or shape.iso else _epoch
            case Kind.BLOB:
                return lambda value: base64.b64encode(value).decode()
            case Kind.DOCUMENT:
                return lambda value: value
            case _:
                return _plain(shape)

    def _structure(self, shape: Shape) -> Write:
        members = {
            one.name: _Member(
                one.wire_name,
                _PLAIN.get(self._shapes[one.shape].kind, frozenset()),
                self.of(one.shape, iso=one.iso),
            )
            for one in shape.members
        }
        required = tuple(
            one.wire_name
            for one in shape.members
            if one.required and (shape.name, one.name) not in WITHOUT_WORD
        )
        union = shape.union

        def write(value: Any) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise UnmodelledOutputError(f"{type(value).__name__} in place of a structure")
            written: dict[str, Any] = {}
            for name, part in value.items():
                member = members.get(name)
                if member is None:
                    raise UnmodelledOutputError(f"not modelled: {name}")
                if type(part) in member.plain:
                    written[member.wire_name] = part
                elif part is not None:
                    written[member.wire_name] = _within(member.write, part, f".{name}")
            _check(written, required, union=union)
            return written

        return write


def _check(written: Mapping[str, Any], required: tuple[str, ...], *, union: bool) -> None:
    for name in required:
        if name not in written:
            raise UnmodelledOutputError("required and absent").within(f".{name}")
    if union and len(written) != 1:
        raise UnmodelledOutputError(f"a union with {len(written)} members")


def _within(write: Write, value: Any, place: str) -> Any:
    try:
        return write(value)
    except UnmodelledOutputError as error:
        raise error.within(place) from None


def _list(write: Write) -> Write:
    def whole(value: Any) -> list[Any]:
        try:
            return [write(item) for item in value]
        except UnmodelledOutputError as error:
            raise error.within("[]") from None

    return whole


def _map(write: Write) -> Write:
    return lambda value: {key: _within(write, item, f".{key}") for key, item in value.items()}


def _plain(shape: Shape) -> Write:
    allowed = tuple(_PLAIN[shape.kind])
    boolean = shape.kind is Kind.BOOLEAN

    def write(value: Any) -> Any:
        if isinstance(value, bool) != boolean or not isinstance(value, allowed):
            raise UnmodelledOutputError(f"{type(value).__name__} in place of a {shape.kind}")
        return value

    return write


def _aware(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise UnmodelledOutputError("not an aware datetime")
    return value


def _iso(value: Any) -> str:
    text = _aware(value).astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _epoch(value: Any) -> float:
    since = _aware(value) - _EPOCH
    if not since.microseconds:
        return since.days * _A_DAY + since.seconds
    seconds = since.total_seconds()
    return int(seconds) if seconds.is_integer() else round(seconds, 3)
