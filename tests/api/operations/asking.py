"""Operations asked without a client: input and output go through the service model all the same."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from tests.api.clients import NOW
from tests.api.operations.constraints import out_of_bounds
from vedette.api.call import Caller, Role, Services
from vedette.api.messages import Request, Response
from vedette.api.service_model import Location, load_service
from vedette.api.wire import Asking, handle

ADMIN = Caller(access_key="VDTAEXAMPLEEXAMPLE00", account="111122223333", role=Role.ADMIN)


class Refused(Exception):  # noqa: N818 - what a test expects
    """A refusal: its code, and the rest of the answer."""

    def __init__(self, code: str, answer: dict[str, Any]) -> None:
        super().__init__(f"{code}: {answer.get('message')}")
        self.code = code
        self.answer = answer


def ask(  # noqa: PLR0913 - what a test may want to choose
    services: Services,
    operation: str,
    asked: dict[str, Any] | None = None,
    *,
    caller: Caller = ADMIN,
    service: str = "inspector2",
    now: datetime = NOW,
    request_id: str = "0b1f2c3d-0000-4000-8000-000000000000",
) -> dict[str, Any]:
    """The answer as it is on the wire: times are seconds."""
    asking = Asking(
        service=service,
        caller=caller,
        region="us-east-1",
        now=now,
        request_id=request_id,
        services=services,
    )
    response = handle(_request(service, operation, asked or {}), asking)
    answer: dict[str, Any] = msgspec.json.decode(response.body or b"{}")
    if response.status >= 300:
        raise Refused(_code(response, answer), answer)
    shape = load_service(service).operations[operation].output
    assert shape is None or list(out_of_bounds(load_service(service), shape, answer)) == []
    return answer


def _code(response: Response, answer: dict[str, Any]) -> str:
    headers = dict(response.headers)
    return str(headers.get("x-amzn-errortype") or answer.get("__type"))


def _request(name: str, operation: str, asked: dict[str, Any]) -> Request:
    service = load_service(name)
    if service.json_target is not None:
        target = (("x-amz-target", f"{service.json_target}.{operation}"),)
        return Request(method="POST", path="/", headers=target, body=msgspec.json.encode(asked))
    model = service.operations[operation]
    members = service.shapes[model.input].members if model.input else ()
    body, path, query = dict(asked), model.template, []
    for member in members:
        if member.name not in asked or member.location is Location.BODY:
            continue
        value = body.pop(member.name)
        if member.location is Location.URI:
            path = path.replace(f"{{{member.wire_name}}}", quote(value, safe=""))
            continue
        values = value if isinstance(value, list) else [value]
        query += [f"{member.wire_name}={quote(str(one))}" for one in values]
    wired = {m.wire_name: body[m.name] for m in members if m.name in body}
    data = msgspec.json.encode(wired) if model.method in {"POST", "PUT"} else b""
    return Request(method=model.method, path=path, query="&".join(query), body=data)
