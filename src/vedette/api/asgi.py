"""The door behind ASGI: bodies read within their limits, answered by a bounded number of threads.

No more is begun than can be held in memory: what comes on top is told to try again.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from vedette.api.door import Door
from vedette.api.errors import ApiError, Code
from vedette.api.framing import body_length, too_long
from vedette.api.messages import Headers, Request, Response
from vedette.api.refusals import refusal

_CLOSED = ("connection", "close")
_ALWAYS: Headers = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is taken on at once.

    `body` is the most bytes of one request, `bodies` of all that are in work; `document` and `documents` are the same of longer
    ones, which the door must expect (an SBOM to be scanned); `requests` how many may be; `workers` how many are answered at the
    same time; `patience` the seconds for a body to arrive.
    """

    body: int = 1 << 20
    bodies: int = 64 << 20
    document: int = 32 << 20
    documents: int = 64 << 20
    requests: int = 512
    workers: int = 8
    patience: float = 20.0


class _Line:
    """An ASGI application without routes: every request goes to the door."""

    def __init__(self, door: Door, limits: Limits, new_id: Callable[[], str]) -> None:
        self._door = door
        self._limits = limits
        self._new_id = new_id
        self._pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="api")
        self._requests = 0
        self._bytes = 0
        self._long_bytes = 0

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        request_id = self._new_id()
        response = await self._response(scope, receive, request_id)
        if response is not None:
            await _send(response, send)

    async def _response(self, scope: Scope, receive: Receive, request_id: str) -> Response | None:
        """The answer; None where the client has gone away."""
        headers = _headers(scope)
        try:
            length = body_length(headers, self._limits.document)
            self._take(length)
        except ApiError as error:
            return _closing(error, request_id)
        try:
            head = _request(scope, headers, b"")
            if length > self._limits.body:
                await self._expect(head, length)
            async with asyncio.timeout(self._limits.patience):
                body = await _body(receive, length)
            if body is None:
                return None
            request = msgspec.structs.replace(head, body=body)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._pool, self._door.answer, request, request_id, _address(scope)
            )
        except TimeoutError:
            return _closing(
                ApiError(Code.BAD_REQUEST, "the body did not arrive in time"), request_id
            )
        except ApiError as error:
            return _closing(error, request_id)
        finally:
            self._requests -= 1
            self._hold(length, -1)

    def _take(self, length: int) -> None:
        limits = self._limits
        is_long = length > limits.body
        held, most = (
            (self._long_bytes, limits.documents) if is_long else (self._bytes, limits.bodies)
        )
        if self._requests >= limits.requests or held + length > most:
            raise ApiError(Code.THROTTLED, "the server is busy", retry_after=1)
        self._requests += 1
        self._hold(length, 1)

    def _hold(self, length: int, sign: int) -> None:
        """Long bodies are counted apart: they keep nobody's short ones out."""
        if length > self._limits.body:
            self._long_bytes += sign * length
        else:
            self._bytes += sign * length

    async def _expect(self, head: Request, length: int) -> None:
        """Refuse a long body that nobody known sends, before any of it is read."""
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self._pool, self._door.expects_document, head):
            raise too_long(length, self._limits.body)


def create_app(
    door: Door,
    limits: Limits | None = None,
    *,
    routes: Sequence[BaseRoute] = (),
    ready: Callable[[], None] = lambda: None,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> Starlette:
    """The application.

    Args:
        door: what answers.
        limits: how much is taken on.
        routes: what else is served, before the API.
        ready: is called when requests are taken, and a signal would end the server as it should.
        new_id: makes ids of requests.
    """
    line = _Line(door, limits or Limits(), new_id)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        ready()
        yield
        line.close()

    return Starlette(routes=[*routes, Mount("/", app=line)], lifespan=lifespan)


def _headers(scope: Scope) -> Headers:
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    )


def _request(scope: Scope, headers: Headers, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=bytes(scope["raw_path"]).partition(b"?")[0].decode("latin-1"),
        query=bytes(scope["query_string"]).decode("latin-1"),
        headers=headers,
        body=body,
    )


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _body(receive: Receive, length: int) -> bytes | None:
    """The body; None where the client has gone away."""
    parts: list[bytes] = []
    there = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        there += len(part)
        if there > length:
            raise ApiError(Code.BAD_REQUEST, "the body is longer than its Content-Length")
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _closing(error: ApiError, request_id: str) -> Response:
    """A refusal after which nothing more is read from this connection."""
    response = refusal(None, error)
    headers = (*response.headers, ("x-amzn-requestid", request_id), _CLOSED)
    return msgspec.structs.replace(response, headers=headers)


async def _send(response: Response, send: Send) -> None:
    headers = (*response.headers, *_ALWAYS, ("content-length", str(len(response.body))))
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [
                (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers
            ],
        }
    )
    await send({"type": "http.response.body", "body": response.body})
