"""Answers written by the service model.

An answer that the model has no place for is a mistake of ours, and raises: better an internal error than a client that
cannot read what it is given.
"""

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec

from vedette.api.call import Output
from vedette.api.messages import Headers, Response
from vedette.api.service_model import Kind, Location, Service, Shape

_CONTENT_TYPES = {False: "application/json", True: "application/x-amz-json-1.1"}
_PLAIN: dict[Kind, tuple[type, ...]] = {
    Kind.STRING: (str,),
    Kind.INTEGER: (int,),
    Kind.LONG: (int,),
    Kind.DOUBLE: (float, int),
    Kind.FLOAT: (float, int),
    Kind.BOOLEAN: (bool,),
}


class UnmodelledOutputError(Exception):
    """An answer of ours that the service model does not know; the text says where."""


def serialise(service: Service, shape: str | None, output: Output, status: int) -> Response:
    """The message of an answer.

    Raises:
        UnmodelledOutputError: where the output is not the shape's.
    """
    if shape is None:
        if output:
            raise UnmodelledOutputError(f"no output is modelled: {sorted(output)}")
        return Response(status=status, headers=_headers(service))
    written = structure(service, service.shapes[shape], output, "")
    headers = _headers(service)
    for member in service.shapes[shape].members:
        if member.location is Location.HEADER and member.wire_name in written:
            value = written.pop(member.wire_name)
            headers = (*headers, (member.wire_name.lower(), str(value)))
    return Response(status=status, headers=headers, body=msgspec.json.encode(written))


def _headers(service: Service) -> Headers:
    return (("content-type", _CONTENT_TYPES[service.json_target is not None]),)


def structure(service: Service, shape: Shape, value: Any, path: str) -> dict[str, Any]:
    """The JSON object of a structure."""
    if not isinstance(value, dict):
        raise UnmodelledOutputError(f"{path}: {type(value).__name__} in place of a structure")
    written: dict[str, Any] = {}
    count = 0
    for member in shape.members:
        part = value.get(member.name)
        if member.name in value:
            count += 1
        if part is None:
            if member.required:
                raise UnmodelledOutputError(f"{path}.{member.name}: required and absent")
            continue
        place = f"{path}.{member.name}"
        written[member.wire_name] = _value(service, member.shape, part, place, iso=member.iso)
    if count != len(value):
        known = {member.name for member in shape.members}
        raise UnmodelledOutputError(f"{path}: not modelled: {sorted(set(value) - known)}")
    if shape.union and len(written) != 1:
        raise UnmodelledOutputError(f"{path}: a union with {len(written)} members")
    return written


def _value(service: Service, name: str, value: Any, path: str, *, iso: bool = False) -> Any:
    shape = service.shapes[name]
    match shape.kind:
        case Kind.STRUCTURE:
            return structure(service, shape, value, path)
        case Kind.LIST:
            return [
                _value(service, shape.item, item, f"{path}[{number}]")
                for number, item in enumerate(value)
            ]
        case Kind.MAP:
            return {
                key: _value(service, shape.item, item, f"{path}.{key}")
                for key, item in value.items()
            }
        case Kind.TIMESTAMP:
            return _timestamp(value, path, iso=iso or shape.iso)
        case Kind.BLOB:
            return base64.b64encode(value).decode()
        case Kind.DOCUMENT:
            return value
        case _:
            return _plain(shape, value, path)


def _plain(shape: Shape, value: Any, path: str) -> Any:
    wrong = isinstance(value, bool) != (shape.kind is Kind.BOOLEAN)
    if wrong or not isinstance(value, _PLAIN[shape.kind]):
        raise UnmodelledOutputError(f"{path}: {type(value).__name__} in place of a {shape.kind}")
    return value


def _timestamp(value: Any, path: str, *, iso: bool) -> str | float:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise UnmodelledOutputError(f"{path}: not an aware datetime")
    if iso:
        text = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    seconds = value.timestamp()
    return int(seconds) if seconds.is_integer() else round(seconds, 3)
