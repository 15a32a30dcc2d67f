"""The WSGI application before moto: identity, faults, own operations; everything else goes on to moto."""

import io
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from vedette_simulator.downloads import serve
from vedette_simulator.errors import AwsError
from vedette_simulator.faults import Asking, failure
from vedette_simulator.identity import Caller, Signed, read_authorization
from vedette_simulator.wire import (
    Answer,
    Asked,
    Environ,
    Fields,
    identify,
    plain_error,
    read_request,
    write_answer,
)
from vedette_simulator.world import Call, Place, World, run

StartResponse = Callable[..., Any]

_MAX_BODY = 64 << 20
"""The largest request: a Lambda function's zip in base64 is at most 67 MiB (AWS quota: 50 MB zipped)."""

_OWN_NAMES = {"eventbridge": "events"}


def application(world: World) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """The simulated AWS as a WSGI application."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith("/simulator/"):
            return serve(world, environ, start_response)
        answer = _answer(world, environ)
        reason = HTTPStatus(answer.status).phrase
        start_response(f"{answer.status} {reason}", list(answer.headers))
        return [answer.body]

    return app


def _answer(world: World, environ: Environ) -> Answer:
    request_id = str(uuid.uuid4())
    signed = read_authorization(environ)
    if signed is None:
        return _forward(world, environ, None)
    try:
        body = _body(environ)
    except AwsError as error:
        return plain_error(error, request_id)
    service = _OWN_NAMES.get(signed.service, signed.service)
    _rewind(environ, body)
    asked = identify(service, environ)
    _rewind(environ, body)
    with world.lock:
        try:
            caller = world.identities.authenticate(signed, environ, body, world.clock())
            result = _own(world, asked, environ, signed, caller)
        except AwsError as error:
            if asked is None:
                return plain_error(error, request_id)
            _rewind(environ, body)
            return write_answer(asked, environ, error, request_id)
        if result is None or asked is None:
            _rewind(environ, body)
            return _forward(world, environ, caller)
    _rewind(environ, body)
    return write_answer(asked, environ, result, request_id)


def _own(
    world: World, asked: Asked | None, environ: Environ, signed: Signed, caller: Caller
) -> Fields | None:
    """The result of an operation of ours; None where it is moto's.

    Raises:
        AwsError: what a fault or the operation refuses.
    """
    if asked is None:
        return None
    place = Place(account=caller.account, region=signed.region)
    asking = Asking(
        service=asked.service, operation=asked.operation, account=place.account, region=place.region
    )
    kind = world.faults.next(asking)
    if kind is not None:
        raise failure(kind, asking, caller)
    handler = world.handlers.get((asked.service, asked.operation))
    if handler is None:
        return None
    params = read_request(asked, environ)
    return handler(Call(world=world, asked=asked, place=place, caller=caller, params=params))


def _forward(world: World, environ: Environ, caller: Caller | None) -> Answer:
    if caller is not None:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = caller.account
    else:
        environ.pop("HTTP_X_MOTO_ACCOUNT_ID", None)
    with world.lock:
        return run(world.moto, environ)


def _body(environ: Environ) -> bytes:
    if environ.get("wsgi.input_terminated") and "CONTENT_LENGTH" not in environ:
        body = bytes(environ["wsgi.input"].read(_MAX_BODY + 1))
    else:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = bytes(environ["wsgi.input"].read(min(length, _MAX_BODY + 1)))
    if len(body) > _MAX_BODY:
        raise AwsError("RequestEntityTooLargeException", "Request must be smaller", 413)
    return body


def _rewind(environ: Environ, body: bytes) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    for key in [key for key in environ if key.startswith("werkzeug.")]:
        if key != "werkzeug.socket":
            del environ[key]
