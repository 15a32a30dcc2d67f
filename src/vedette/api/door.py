"""One request, from the line to the answer: let in, counted, answered, written to the audit log.

Whatever goes wrong is an answer. A mistake of ours is logged once, with the request's id, and told to nobody.
"""

import logging
from collections.abc import Callable
from datetime import datetime

import msgspec

from vedette.api import audit, basic
from vedette.api.access import changes_nothing
from vedette.api.call import Caller, Role, Services
from vedette.api.errors import ApiError, Code, denied
from vedette.api.extensions import ENDPOINTS, PREFIX, Watch, respond
from vedette.api.gate import Admitted, Gate
from vedette.api.messages import Request, Response
from vedette.api.openapi import document
from vedette.api.refusals import refusal
from vedette.api.remembered import Kept, Remembered, question_of
from vedette.api.replays import Replays
from vedette.api.throttle import Throttle
from vedette.api.wire import Asking, answer, modelled, read, route, served

_OF_DOCUMENTS = frozenset({"inspector-scan"})
_OPENAPI = PREFIX + "openapi.json"
_log = logging.getLogger(__name__)


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a door is made of. `services` is asked for each request; `clock` is the time, `stopwatch` seconds that grow."""

    gate: Gate
    throttle: Throttle
    replays: Replays
    services: Callable[[], Services]
    watch: Watch
    audit: audit.Write
    used: Callable[[str, datetime], None]
    clock: Callable[[], datetime]
    stopwatch: Callable[[], float]
    remembered: Remembered = msgspec.field(default_factory=Remembered)


class _Told:
    """What is known of a request by and by, for the audit log."""

    def __init__(self) -> None:
        self.caller: Caller | None = None
        self.service = ""
        self.region = ""
        self.operation = ""
        self.resources: tuple[str, ...] = ()
        self.outcome = "ok"


class Door:
    """Answers requests; safe to use from several threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._endpoints = {(PREFIX + one.path, one.method): one for one in ENDPOINTS}
        self._openapi = msgspec.json.encode(document(ENDPOINTS, parts.watch.version))

    def answer(self, request: Request, request_id: str, address: str) -> Response:
        """The answer; nothing is raised."""
        parts = self._parts
        began, now = parts.stopwatch(), parts.clock()
        told = _Told()
        try:
            response = self._answer(request, request_id, now, told)
        except ApiError as error:
            response = self._refused(error, told)
        except Exception:  # noqa: BLE001 - around one request: it becomes an answer
            _log.exception("request %s failed", request_id)
            text = f"An internal error; the server's log has it as request {request_id}"
            response = self._refused(ApiError(Code.INTERNAL, text, retry_after=1), told)
        seconds = parts.stopwatch() - began
        parts.watch.metrics.answered(
            told.service or "-", told.operation or "-", told.outcome, seconds
        )
        entry = _entry(told, response, now, seconds)
        parts.audit(
            audit.line(msgspec.structs.replace(entry, request_id=request_id, address=address))
        )
        headers = (*response.headers, ("x-amzn-requestid", request_id))
        return msgspec.structs.replace(response, headers=headers)

    def expects_document(self, head: Request) -> bool:
        """Whether a request without its body, which nothing has been read of, may bring an SBOM to be scanned."""
        try:
            return self._parts.gate.expects(head, self._parts.clock()) in _OF_DOCUMENTS
        except ApiError:
            return False
        except Exception:  # noqa: BLE001 - around one request: it is answered like any other that is too long
            _log.exception("a request's caller could not be looked up")
            return False

    def _refused(self, error: ApiError, told: _Told) -> Response:
        told.outcome = error.code
        return refusal(modelled(told.service), error)

    def _answer(self, request: Request, request_id: str, now: datetime, told: _Told) -> Response:
        if request.path.startswith(PREFIX):
            return self._extension(request, now, told)
        parts = self._parts
        admitted = parts.gate.admit(request, now)
        self._met(admitted, now, told)
        asking = Asking(
            service=admitted.signature.service,
            caller=admitted.caller,
            region=admitted.signature.region,
            now=now,
            request_id=request_id,
            services=parts.services(),
            partition=partition_of(admitted.signature.region),
        )
        question = question_of(request, admitted.signature, admitted.caller)
        if question is None:
            return self._made(request, admitted, asking, told)

        def make() -> Kept:
            response = self._made(request, admitted, asking, told)
            return Kept(operation=told.operation, resources=told.resources, response=response)

        kept = parts.remembered.answer(question, asking.services.store.edition, make)
        told.operation, told.resources = kept.operation, kept.resources
        return kept.response

    def _made(self, request: Request, admitted: Admitted, asking: Asking, told: _Told) -> Response:
        service = served(asking.service)
        routed = route(service, request)
        told.operation = routed.operation.name
        asked = read(routed, request, admitted.caller)
        told.resources = audit.resources(asked)
        if not changes_nothing(service.name, routed.operation.name):
            self._parts.replays.check(admitted.signature, asking.now)
        return answer(routed, asked, asking)

    def _met(self, admitted: Admitted, now: datetime, told: _Told) -> None:
        told.caller = admitted.caller
        told.service = admitted.signature.service
        told.region = admitted.signature.region
        self._parts.throttle.take(admitted.caller.access_key)
        self._parts.used(admitted.caller.access_key, now)

    def _extension(self, request: Request, now: datetime, told: _Told) -> Response:
        told.service = "vedette"
        if request.path == _OPENAPI and request.method == "GET":
            told.operation = "GetOpenapi"
            return Response(
                status=200, headers=(("content-type", "application/json"),), body=self._openapi
            )
        endpoint = self._endpoints.get((request.path, request.method))
        if endpoint is None:
            raise ApiError(Code.UNKNOWN_OPERATION, "there is nothing here")
        told.operation = f"{endpoint.method.title()}{endpoint.path.title()}"
        if endpoint.role is not None:
            self._authorise(request, endpoint.role, now, told)
        return respond(endpoint, self._parts.watch)

    def _authorise(self, request: Request, role: Role, now: datetime, told: _Told) -> None:
        stated = request.header("authorization") or ""
        # browsers repeat Basic by themselves, wherever a page sends them: nothing is changed by it
        if stated.startswith("Basic ") and role is Role.READER:
            told.caller = self._parts.gate.known(*basic.credentials(stated), now)
            self._parts.throttle.take(told.caller.access_key)
            return
        admitted = self._parts.gate.admit(request, now)
        self._met(admitted, now, told)
        told.service = "vedette"
        if role is Role.ADMIN:
            if admitted.caller.role is not Role.ADMIN:
                raise denied(f"a reader may not do {told.operation}")
            self._parts.replays.check(admitted.signature, now)


def partition_of(region: str) -> str:
    """The partition that a Region is in."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _entry(told: _Told, response: Response, now: datetime, seconds: float) -> audit.Entry:
    caller = told.caller
    return audit.Entry(
        time=now,
        request_id="",
        access_key=caller.access_key if caller else "",
        account=caller.account if caller else "",
        role=str(caller.role) if caller else "",
        service=told.service,
        region=told.region,
        operation=told.operation,
        resources=told.resources,
        status=response.status,
        outcome=told.outcome,
        milliseconds=round(seconds * 1000, 3),
    )
