"""AWS's wire formats, both ways, generically from botocore's service models.

The server's direction (reading requests, writing answers) is moto's own code, the client's is botocore's; this is one
of the two modules that know moto's inside (the other is `moto_boundary`).
"""

import io
import json
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from botocore.awsrequest import prepare_request_dict
from botocore.exceptions import DataNotFoundError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from vedette_simulator.errors import AwsError

Environ = dict[str, Any]
Fields = dict[str, Any]
"""A structure of the service model: member name → value, with datetimes and bytes as such."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which operation a request calls; `path` are the values of the URI template (rest-json)."""

    service: str
    operation: str
    path: dict[str, Any]


def identify(service: str, environ: Environ) -> Asked | None:
    """The operation of a request, or None where no service model knows it; `service` is the signing name."""
    request = Request(environ)
    try:
        model, path = get_service_router(_model_name(service, request)).match(request)
    except (DataNotFoundError, HTTPException, NotImplementedError):
        return None
    name = str(model.service_model.service_name)
    return Asked(service=name, operation=str(model.name), path=dict(path))


def read_request(asked: Asked, environ: Environ) -> Fields:
    """The parameters of a request; `SerializationException` where it does not read."""
    model = get_service_model(asked.service)
    request = Request(environ)
    operation = model.operation_model(asked.operation)
    protocol = determine_request_protocol(model, request.content_type)
    parser = PROTOCOL_PARSERS[protocol](operation, map_type=dict)
    try:
        if protocol == "json" and not isinstance(json.loads(request.get_data() or b"{}"), dict):
            raise ValueError("not an object")  # noqa: TRY301 - moto's parser would take it
        fields = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.get_data(),
                "url_path": request.path,
                "url_params": asked.path,
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise AwsError("SerializationException", f"The request does not read: {error}") from error
    return dict(fields)


def write_answer(
    asked: Asked, environ: Environ, result: Fields | AwsError, request_id: str
) -> Answer:
    """The answer of an operation, or its error, in the protocol of the request."""
    model = get_service_model(asked.service)
    protocol = determine_request_protocol(model, Request(environ).content_type)
    serializer = get_serializer_class(asked.service, protocol)(
        operation_model=model.operation_model(asked.operation),
        context=SerializationContext(request_id),
    )
    written = serializer.serialize(result)
    status = result.status if isinstance(result, AwsError) else int(written["status_code"])
    body = written["body"]
    headers = {str(name): str(value) for name, value in written["headers"].items()}
    headers["x-amzn-RequestId"] = request_id
    return Answer(
        status=status,
        headers=tuple(sorted(headers.items())),
        body=body.encode() if isinstance(body, str) else body,
    )


def write_request(service: str, operation: str, params: Fields, context: Fields) -> Environ:
    """A WSGI environment that calls an operation.

    Args:
        service: botocore's name.
        operation: the operation's name in the model.
        params: its parameters; validated.
        context: `endpoint`, `region` and `account`; the request is not signed, since it never leaves the process.
    """
    model = get_service_model(service)
    serializer = create_serializer(model.resolved_protocol, include_validation=True)
    request = serializer.serialize_to_request(params, model.operation_model(operation))
    prepare_request_dict(request, endpoint_url=context["endpoint"], context={})
    body = request["body"]
    if isinstance(body, dict):
        content = _form(body)
    else:
        content = body.encode() if isinstance(body, str) else bytes(body)
    url = urlsplit(request["url"])
    scope = f"{context['region']}/{model.signing_name}/aws4_request"
    environ = {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": request["url_path"].split("?")[0] or "/",
        "RAW_URI": f"{url.path}?{url.query}" if url.query else url.path,
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "127.0.0.1",
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=INTERNAL/20260101/{scope}, SignedHeaders=host, Signature=0",
        "HTTP_X_MOTO_ACCOUNT_ID": context["account"],
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request["headers"].items():
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = str(value)
    return environ


def read_answer(asked: Asked, answer: Answer) -> Fields:
    """What an operation answered; `AwsError` where it is an error.

    Raises:
        AwsError: with the service's code, message and status.
    """
    model = get_service_model(asked.service)
    shape = model.operation_model(asked.operation).output_shape
    response = {
        "headers": {name.lower(): value for name, value in answer.headers},
        "body": answer.body,
        "status_code": answer.status,
    }
    parsed: Fields = dict(_parser(model.resolved_protocol).parse(response, shape))
    if answer.status >= 300:  # noqa: PLR2004 - HTTP: below it is success
        error = parsed.get("Error", {})
        raise AwsError(
            str(error.get("Code", "InternalFailure")), str(error.get("Message", "")), answer.status
        )
    parsed.pop("ResponseMetadata", None)
    return parsed


def plain_error(error: AwsError, request_id: str) -> Answer:
    """An error for a request whose operation is not known (before routing)."""
    return Answer(
        status=error.status,
        headers=(
            ("Content-Type", "application/json"),
            ("X-Amzn-Errortype", error.code),
            ("x-amzn-RequestId", request_id),
        ),
        body=json.dumps({"__type": error.code, "message": error.message}).encode(),
    )


def _model_name(signing_name: str, request: Request) -> str:
    """The name of a service in botocore; some sign alike, and differ by version or path."""
    match signing_name:
        case "eventbridge":
            return "events"
        case "elasticloadbalancing":
            return "elbv2" if request.values.get("Version") == "2015-12-01" else "elb"
        case "apigateway" if request.path.startswith("/v2/"):
            return "apigatewayv2"
        case _:
            return signing_name


@cache
def _parser(protocol: str) -> Any:
    return create_parser(protocol)


def _form(fields: dict[str, Any]) -> bytes:
    return urlencode({key: _text(value) for key, value in fields.items()}).encode()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
