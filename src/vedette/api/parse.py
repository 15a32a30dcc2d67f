"""Requests read by the service model, and checked against everything that it says of them.

Everything that is wrong is told at once, in the words of AWS's services. What the model does not know is ignored, as AWS does.
Member paths are AWS's: `filterCriteria.severity.1.member.value`.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vedette.api.call import Input
from vedette.api.errors import ApiError, invalid, unparsable
from vedette.api.messages import Request
from vedette.api.service_model import Kind, Location, Member, Service, Shape

MOST_DEPTH = 64
"""Levels of a body's JSON. The deepest request of the model has 8; a CycloneDX document nests its components."""

_MOST_TOLD = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BITS = {Kind.INTEGER: 31, Kind.LONG: 63}
_MACHINE_IMAGE = re.compile(r"ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_SCANNED = dict.fromkeys(
    ("StartOnDemandScanRequest", "GetOnDemandScanStatusRequest", "ListOnDemandScansRequest"),
    "ResourceId",
)
"""Requests by shape, and the shape of theirs whose pattern has no machine images, which these scans are of."""

_WHOLE = re.compile(r"-?[0-9]{1,19}")


class _Faults:
    """What is wrong with a request: names and constraints, as many as are told."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, path: str, constraint: str) -> None:
        if len(self.found) < _MOST_TOLD:
            self.found.append((path, constraint))

    def refusal(self) -> ApiError:
        count = len(self.found)
        told = "; ".join(
            f"Value at '{path}' failed to satisfy constraint: {constraint}"
            for path, constraint in self.found
        )
        noun = "error" if count == 1 else "errors"
        return invalid(f"{count} validation {noun} detected: {told}", *self.found)


def parse(
    service: Service, shape: str | None, request: Request, labels: Mapping[str, str]
) -> Input:
    """The input of an operation.

    Args:
        service: whose model it is.
        shape: the input's name; None where the operation has no input.
        request: the message.
        labels: what the path has in place of the template's labels, decoded.

    Raises:
        ApiError: a ValidationException: CANNOT_PARSE where it is not what the protocol says, otherwise with the fields.
    """
    if shape is None:
        return {}
    members = service.shapes[shape].members
    body = _body(request) if any(one.location is Location.BODY for one in members) else {}
    parameters: dict[str, list[str]] = {}
    for name, value in request.parameters():
        parameters.setdefault(name, []).append(value)
    faults = _Faults()
    reading = _Reading(service, faults, _SCANNED.get(shape))
    parsed: dict[str, Any] = {}
    for member in members:
        raw = _raw(service, member, request, body, parameters, labels)
        reading.member(member, raw, "", parsed)
    if faults.found:
        raise faults.refusal()
    return parsed


def _body(request: Request) -> dict[str, Any]:
    if not request.body.strip():
        return {}
    try:
        document = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise unparsable("the body is not JSON") from None
    if not isinstance(document, dict):
        raise unparsable("the body is not a JSON object")
    _check_depth(document)
    return document


def _check_depth(document: object) -> None:
    level = [document]
    for _ in range(MOST_DEPTH):
        level = [part for whole in level for part in _containers(whole)]
        if not level:
            return
    raise unparsable(f"the body has more than {MOST_DEPTH} levels")


def _containers(whole: object) -> Iterator[object]:
    parts = whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ()
    return (part for part in parts if isinstance(part, dict | list))


def _raw(
    service: Service,
    member: Member,
    request: Request,
    body: Mapping[str, Any],
    parameters: Mapping[str, list[str]],
    labels: Mapping[str, str],
) -> Any:
    shape = service.shapes[member.shape]
    match member.location:
        case Location.BODY:
            return body.get(member.wire_name)
        case Location.URI:
            return _typed(labels.get(member.wire_name), shape)
        case Location.HEADER:
            return _typed(request.header(member.wire_name.lower()), shape)
        case Location.QUERY:
            values = parameters.get(member.wire_name)
            if shape.kind is Kind.LIST and member.required:
                return values or []  # an empty list cannot be written in a query
            if shape.kind is Kind.LIST or values is None:
                return values
            if len(values) > 1:
                raise unparsable(f"{member.wire_name} is there more than once")
            return _typed(values[0], shape)


def _typed(text: str | None, shape: Shape) -> Any:
    """A text from outside the body as JSON would have it; what does not parse is left as it is, to be refused."""
    if text is None:
        return None
    match shape.kind:
        case Kind.INTEGER | Kind.LONG if _WHOLE.fullmatch(text):
            return int(text)
        case Kind.BOOLEAN:
            return {"true": True, "false": False}.get(text, text)
        case _:
            return text


class _Reading:
    """One request's way through the model."""

    def __init__(self, service: Service, faults: _Faults, scanned: str | None) -> None:
        self._shapes = service.shapes
        self._scanned = scanned
        self._faults = faults
        self._readers: Mapping[Kind, Callable[[Shape, Any, str], Any]] = {
            Kind.STRUCTURE: self._structure,
            Kind.LIST: self._list,
            Kind.MAP: self._map,
            Kind.STRING: self._string,
            Kind.INTEGER: self._whole,
            Kind.LONG: self._whole,
            Kind.DOUBLE: self._number,
            Kind.FLOAT: self._number,
            Kind.BOOLEAN: _boolean,
            Kind.TIMESTAMP: _timestamp,
            Kind.BLOB: self._blob,
            Kind.DOCUMENT: _as_is,
        }

    def member(self, member: Member, raw: Any, path: str, into: dict[str, Any]) -> None:
        """Read a member of a structure, where it is there."""
        place = f"{path}.{member.name}" if path else member.name
        if raw is not None:
            into[member.name] = self._value(member.shape, raw, place)
        elif member.required:
            self._faults.add(place, "Member must not be null")

    def _value(self, name: str, raw: Any, path: str) -> Any:
        shape = self._shapes[name]
        return self._readers[shape.kind](shape, raw, path)

    def _item(self, name: str, raw: Any, path: str) -> Any:
        if raw is None:
            self._faults.add(path, "Member must not be null")
            return None
        return self._value(name, raw, path)

    def _structure(self, shape: Shape, raw: Any, path: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise _wrong_type(path, "an object")
        parsed: dict[str, Any] = {}
        for member in shape.members:
            self.member(member, raw.get(member.wire_name), path, parsed)
        if shape.union and len(parsed) != 1:
            self._faults.add(path, "Exactly one member of the union must be set")
        return parsed

    def _list(self, shape: Shape, raw: Any, path: str) -> list[Any]:
        if not isinstance(raw, list):
            raise _wrong_type(path, "a list")
        self._length(shape, len(raw), path)
        return [
            self._item(shape.item, item, f"{path}.{number}.member")
            for number, item in enumerate(raw, 1)
        ]

    def _map(self, shape: Shape, raw: Any, path: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise _wrong_type(path, "an object")
        self._length(shape, len(raw), path)
        return {
            self._value(shape.key, key, f"{path}.key"): self._item(
                shape.item, value, f"{path}.{_shown(key)}.member"
            )
            for key, value in raw.items()
        }

    def _string(self, shape: Shape, raw: Any, path: str) -> str:
        if not isinstance(raw, str):
            raise _wrong_type(path, "a string")
        if shape.choices and raw not in shape.choices:
            told = ", ".join(shape.choices)
            self._faults.add(path, f"Member must satisfy enum value set: [{told}]")
        # a text that is too long is not matched: a pattern may take its square
        if self._length(shape, len(raw), path) and not self._is_like(shape, raw):
            self._faults.add(
                path, f"Member must satisfy regular expression pattern: {shape.pattern}"
            )
        return raw

    def _is_like(self, shape: Shape, text: str) -> bool:
        """Whether the pattern is met, or it is a machine image where one may be."""
        if shape.name == self._scanned and _MACHINE_IMAGE.fullmatch(text):
            return True
        return shape.matches(text)

    def _whole(self, shape: Shape, raw: Any, path: str) -> int:
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise _wrong_type(path, "a whole number")
        if not -(1 << _BITS[shape.kind]) <= raw < 1 << _BITS[shape.kind]:
            raise _wrong_type(path, f"a whole number of {_BITS[shape.kind] + 1} bits")
        self._bounds(shape, raw, path)
        return raw

    def _number(self, shape: Shape, raw: Any, path: str) -> float:
        if not isinstance(raw, int | float) or isinstance(raw, bool):
            raise _wrong_type(path, "a number")
        try:
            number = float(raw)
        except OverflowError:
            raise _wrong_type(path, "a number that can be kept") from None
        if not math.isfinite(number):
            raise _wrong_type(path, "a finite number")
        self._bounds(shape, number, path)
        return number

    def _blob(self, shape: Shape, raw: Any, path: str) -> bytes:
        if not isinstance(raw, str):
            raise _wrong_type(path, "base64")
        try:
            content = base64.b64decode(raw, validate=True)
        except (binascii.Error, ValueError):
            raise _wrong_type(path, "base64") from None
        self._length(shape, len(content), path)
        return content

    def _length(self, shape: Shape, length: int, path: str) -> bool:
        return self._between(shape, length, path, "length")

    def _bounds(self, shape: Shape, value: float, path: str) -> None:
        self._between(shape, value, path, "value")

    def _between(self, shape: Shape, value: float, path: str, what: str) -> bool:
        if shape.least is not None and value < shape.least:
            bound = f"greater than or equal to {shape.least:.17g}"
        elif shape.most is not None and value > shape.most:
            bound = f"less than or equal to {shape.most:.17g}"
        else:
            return True
        self._faults.add(path, f"Member must have {what} {bound}")
        return False


def _boolean(_shape: Shape, raw: Any, path: str) -> bool:
    if not isinstance(raw, bool):
        raise _wrong_type(path, "true or false")
    return raw


def _timestamp(_shape: Shape, raw: Any, path: str) -> datetime:
    """Seconds since 1970 or ISO 8601: either may come, whichever the model asks for, as with AWS."""
    try:
        if isinstance(raw, str):
            time = datetime.fromisoformat(raw)
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return _EPOCH + timedelta(seconds=raw)
    except (ValueError, OverflowError):
        pass
    raise _wrong_type(path, "a timestamp")


def _as_is(_shape: Shape, raw: Any, _path: str) -> Any:
    return raw


def _wrong_type(path: str, wanted: str) -> ApiError:
    return unparsable(f"Value at '{path}' is not {wanted}")


def _shown(key: str) -> str:
    return key if len(key) <= 64 and key.isprintable() else "key"  # noqa: PLR2004 - a name in a message
