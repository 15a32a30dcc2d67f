"""The way of one request: whose it is, which operation, parsed, answered by its handler, written.

Generic over services: `rest-json` is routed by method and path, `json` by the `X-Amz-Target` header. Who may ask is decided
before (`sigv4`) and here by role; handlers look at accounts themselves.
"""

import functools
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

import msgspec

from vedette.api.access import changes_nothing
from vedette.api.call import Call, Caller, Handler, Input, Role, Services
from vedette.api.errors import ApiError, Code, denied, invalid, unparsable
from vedette.api.messages import Request, Response
from vedette.api.operations import SERVICES
from vedette.api.parse import parse
from vedette.api.refusals import refusal
from vedette.api.serialise import serialise
from vedette.api.service_model import Operation, Service, load_service, route_pattern

_SPECIFIC = frozenset({Code.BAD_REQUEST, Code.CONFLICT, Code.NOT_FOUND, Code.QUOTA})
"""What becomes a ValidationException where an operation does not declare it."""


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """An operation of a service, with what the path has in place of the labels."""

    service: Service
    operation: Operation
    labels: Mapping[str, str]


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks whom, in which Region, when."""

    service: str
    caller: Caller
    region: str
    now: datetime
    request_id: str
    services: Services
    partition: str = "aws"


def handle(request: Request, asking: Asking) -> Response:
    """The answer to an authenticated request; refusals are answers as well.

    Raises:
        Exception: whatever a handler raises that is no `ApiError`, and `UnmodelledOutputError`: mistakes of ours.
    """
    try:
        routed = route(served(asking.service), request)
        return answer(routed, read(routed, request, asking.caller), asking)
    except ApiError as error:
        return refusal(modelled(asking.service), error)


def modelled(name: str) -> Service | None:
    """The model of a service that is served here."""
    return load_service(name) if name in SERVICES else None


def served(name: str) -> Service:
    """The same.

    Raises:
        ApiError: an UnknownOperationException, where it is not served.
    """
    service = modelled(name)
    if service is None:
        raise ApiError(Code.UNKNOWN_OPERATION, f"there is no service {name!r} here")
    return service


def route(service: Service, request: Request) -> Routed:
    """The operation that a request asks for.

    Raises:
        ApiError: an UnknownOperationException, where there is none.
    """
    if service.json_target is not None:
        return _by_target(service, request)
    for method, pattern, operation in _routes(service.name):
        if method == request.method and (found := pattern.fullmatch(request.path)):
            return Routed(service=service, operation=operation, labels=_decoded(found.groupdict()))
    raise ApiError(
        Code.UNKNOWN_OPERATION, f"no operation has this method and path in {service.name}"
    )


def read(routed: Routed, request: Request, caller: Caller) -> Input:
    """What is asked of an operation.

    Raises:
        ApiError: AccessDenied where the caller's role does not allow it, Validation where the model does not.
    """
    service, operation = routed.service, routed.operation
    if caller.role is not Role.ADMIN and not changes_nothing(service.name, operation.name):
        raise denied(f"a reader may not call {operation.name}: it changes something")
    return parse(service, operation.input, request, routed.labels)


def answer(routed: Routed, asked: Input, asking: Asking) -> Response:
    """The answer of an operation.

    Raises:
        ApiError: a refusal.
    """
    service, operation = routed.service, routed.operation
    handler = SERVICES[service.name].get(operation.name) or _not_done(routed)
    call = Call(
        operation=operation.name,
        caller=asking.caller,
        region=asking.region,
        now=asking.now,
        request_id=asking.request_id,
        services=asking.services,
        partition=asking.partition,
    )
    try:
        output = handler(call, asked)
    except ApiError as error:
        if service.json_target is None:
            raise _declared(error, operation) from error
        raise
    return serialise(service, operation.output, output, operation.status)


def _declared(error: ApiError, operation: Operation) -> ApiError:
    """The refusal as one that the operation declares: clients that know the model wait for no other."""
    undeclared = error.code in _SPECIFIC and error.code not in operation.errors
    return invalid(error.message) if undeclared else error


def _not_done(routed: Routed) -> Handler:
    def refuse(call: Call, _asked: object) -> dict[str, object]:
        text = f"vedette does not do {call.operation}"
        declared = Code.ACCESS_DENIED in routed.operation.errors
        raise denied(text) if declared else invalid(text)

    return refuse


@functools.cache
def _routes(name: str) -> tuple[tuple[str, re.Pattern[str], Operation], ...]:
    operations = load_service(name).operations.values()
    return tuple((one.method, route_pattern(one.template), one) for one in operations)


def _decoded(labels: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return {name: unquote(text, errors="strict") for name, text in labels.items()}
    except UnicodeDecodeError:
        raise unparsable("the path is not UTF-8") from None


def _by_target(service: Service, request: Request) -> Routed:
    prefix, _, name = (request.header("x-amz-target") or "").rpartition(".")
    operation = service.operations.get(name)
    if prefix != service.json_target or operation is None or request.method != "POST":
        raise ApiError(Code.UNKNOWN_OPERATION, f"{service.name} has no such operation")
    return Routed(service=service, operation=operation, labels={})
