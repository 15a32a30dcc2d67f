"""Refusals as the service's protocol has them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from vedette.api.errors import ApiError, Code
from vedette.api.messages import Headers, Response
from vedette.api.service_model import Kind, Service, Shape

_CLASSIC: Mapping[Code, str] = {
    Code.ACCESS_DENIED: "AccessDeniedException",
    Code.BAD_REQUEST: "InvalidInputException",
    Code.CONFLICT: "InvalidInputException",
    Code.INTERNAL: "InternalException",
    Code.NOT_FOUND: "NoSuchEntityException",
    Code.QUOTA: "LimitExceededException",
    Code.THROTTLED: "ServiceTemporarilyUnavailableException",
    Code.VALIDATION: "InvalidInputException",
}
"""What Inspector Classic calls the same; its errors all answer with status 400, but internal ones."""

_RETRIABLE = frozenset({Code.INTERNAL, Code.THROTTLED})
_OTHER = "OTHER"


def refusal(service: Service | None, error: ApiError) -> Response:
    """The message of a refusal; of no service where it is not known yet whose request it is."""
    if service is not None and service.json_target is not None:
        return _json(service, error)
    body = {"message": error.message, **error.members}
    if service is not None and error.code in service.shapes:
        body = _completed(service, service.shapes[error.code], body)
    headers: Headers = (
        ("content-type", "application/json"),
        ("x-amzn-errortype", error.code),
        *_retry_after(error),
    )
    return Response(status=error.status, headers=headers, body=msgspec.json.encode(body))


def _json(service: Service, error: ApiError) -> Response:
    name = _CLASSIC.get(error.code, str(error.code))
    body = {"message": error.message, **error.members}
    shape = service.shapes.get(name)
    if shape is not None:
        known = {member.name for member in shape.members}
        body = {key: value for key, value in body.items() if key in known}
        if "canRetry" in known:
            body.setdefault("canRetry", error.code in _RETRIABLE)
        body = _completed(service, shape, body)
    headers: Headers = (("content-type", "application/x-amz-json-1.1"), *_retry_after(error))
    status = 500 if error.code is Code.INTERNAL else 400
    return Response(
        status=status, headers=headers, body=msgspec.json.encode({"__type": name, **body})
    )


def _retry_after(error: ApiError) -> Headers:
    return () if error.retry_after is None else (("retry-after", str(error.retry_after)),)


def _completed(service: Service, shape: Shape, body: dict[str, Any]) -> dict[str, Any]:
    """The body with the members that the shape requires, where the refusal has nothing to say of them."""
    required = (member for member in shape.members if member.required)
    missing = {
        member.name: _nothing(service.shapes[member.shape])
        for member in required
        if member.name not in body
    }
    return body | missing


def _nothing(shape: Shape) -> Any:
    if shape.choices:
        return _OTHER if _OTHER in shape.choices else shape.choices[0]
    match shape.kind:
        case Kind.BOOLEAN:
            return False
        case Kind.LIST:
            return []
        case _:
            return ""
