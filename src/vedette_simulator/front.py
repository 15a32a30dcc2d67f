"""The WSGI application before moto: identity, faults, own operations; everything else goes on to moto."""

import io
import logging
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

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

_LOG = logging.getLogger(__name__)
_PAGE_STATUSES = {404, 500}
_MAX_BODY = 64 << 20
"""The largest request: a Lambda function's zip in base64 is at most 67 MiB (AWS quota: 50 MB zipped)."""


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
        return _unsigned(world, environ, request_id)
    try:
        body = _body(environ)
    except AwsError as error:
        return plain_error(error, request_id)
    _rewind(environ, body)
    asked = identify(signed.service, environ)
    result = _outcome(world, asked, environ, signed, body)
    if isinstance(result, Answer):
        return result
    if asked is not None:
        _rewind(environ, body)
        return write_answer(asked, environ, result, request_id)
    unknown = AwsError("UnknownOperationException", "There is no such operation.", 404)
    return plain_error(result if isinstance(result, AwsError) else unknown, request_id)


def _unsigned(world: World, environ: Environ, request_id: str) -> Answer:
    """A presigned request goes on to moto in the account of its key; anything else needs a signature."""
    credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
    caller = world.identities.find(credential.partition("/")[0])
    if caller is None:
        code = "MissingAuthenticationToken"
        return plain_error(
            AwsError(code, "Request is missing Authentication Token", 403), request_id
        )
    return _forward(world, environ, caller)


def _outcome(
    world: World, asked: Asked | None, environ: Environ, signed: Signed, body: bytes
) -> Fields | Answer | AwsError:
    """What comes of a request: our result, moto's answer, or an error."""
    name = f"{asked.service}:{asked.operation}" if asked else signed.service
    missing = AwsError(
        "NotImplementedBySimulator", f"The simulator does not implement {name}.", 501
    )
    try:
        _rewind(environ, body)
        with world.lock:
            caller = world.identities.authenticate(signed, environ, body, world.clock())
            result = _own(world, asked, environ, signed, caller)
        if result is not None:
            return result
        _rewind(environ, body)
        answer = _forward(world, environ, caller)
    except AwsError as error:
        return error
    except NotImplementedError:
        return missing
    except Exception as error:  # noqa: BLE001 - one request of a server; it is logged and answered
        _LOG.exception("%s failed", name)
        return AwsError("InternalFailure", f"{type(error).__name__} in the simulator", 500)
    return missing if asked and _is_page(answer) else answer


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


def _is_page(answer: Answer) -> bool:
    """Whether it is the page of HTML that moto gives for what it does not implement."""
    kind = dict(answer.headers).get("Content-Type", "")
    return answer.status in _PAGE_STATUSES and kind.startswith("text/html")


def _forward(world: World, environ: Environ, caller: Caller) -> Answer:
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = caller.account
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
