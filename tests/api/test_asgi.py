"""Bodies within their limits, framing taken strictly, and no more than can be held."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.api.doors import Watched
from tests.api.signing import HOST, signed
from vedette.api.asgi import Limits, create_app
from vedette.api.gate import Gate
from vedette.api.messages import Request, Response
from vedette.errors import StoreError
from vedette.store.store import SqlStore

_HEADERS = ((b"host", HOST.encode()),)


class _Exchange:
    """One request to an ASGI application, message by message."""

    def __init__(self, *messages: dict[str, Any], forever: bool = False) -> None:
        self._messages = list(messages)
        self._forever = forever
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        if self._messages:
            return self._messages.pop(0)
        if self._forever:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def left(self) -> int:
        """Messages that nobody has asked for."""
        return len(self._messages)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(one["body"] for one in self.sent[1:])


def _body(content: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def _scope(request: Request) -> dict[str, Any]:
    length = (("content-length", str(len(request.body))),) if request.body else ()
    headers = [(name.encode(), value.encode()) for name, value in (*request.headers, *length)]
    return _raw_scope(tuple(headers), request.method, request.path, request.query)


def _raw_scope(
    headers: tuple[tuple[bytes, bytes], ...], method: str = "POST", path: str = "/", query: str = ""
) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": list(headers),
        "client": ("192.0.2.1", 1234),
    }


def _ask(app: Starlette, scope: dict[str, Any], exchange: _Exchange) -> _Exchange:
    asyncio.run(_call(app, scope, exchange))
    return exchange


async def _call(app: Starlette, scope: dict[str, Any], exchange: _Exchange) -> None:
    await app(scope, exchange.receive, exchange.send)


@pytest.fixture
def watched(store: SqlStore) -> Watched:
    return Watched(store)


@pytest.fixture
def app(watched: Watched) -> Starlette:
    return create_app(watched.door, Limits(body=1000, patience=0.2), new_id=lambda: "request-1")


def test_a_signed_request(app: Starlette, watched: Watched) -> None:
    request = signed("POST", "/coverage/list", body=b'{"maxResults": 3}')
    half = len(request.body) // 2
    exchange = _Exchange(_body(request.body[:half], more=True), _body(request.body[half:]))
    _ask(app, _scope(request), exchange)
    assert (exchange.status, exchange.body) == (200, b'{"coveredResources":[]}')
    assert exchange.headers == {
        b"content-type": b"application/json",
        b"x-amzn-requestid": b"request-1",
        b"cache-control": b"no-store",
        b"x-content-type-options": b"nosniff",
        b"content-length": b"23",
    }
    assert watched.entries()[0]["address"] == "192.0.2.1"


def test_paths_stay_as_they_were_sent(app: Starlette, watched: Watched) -> None:
    request = signed("GET", "/tags/arn%3Aaws%3Ax%2Fy")
    _ask(app, _scope(request), _Exchange(_body()))
    assert watched.entries()[0]["operation"] == "ListTagsForResource"
    assert watched.entries()[0]["resources"] == ["arn:aws:x/y"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 400),
        (((b"host", b""),), 400),
        ((*_HEADERS, *_HEADERS), 400),
        ((*_HEADERS, (b"transfer-encoding", b"chunked")), 400),
        ((*_HEADERS, (b"Transfer-Encoding", b"identity")), 400),
        ((*_HEADERS, (b"content-length", b"2"), (b"content-length", b"2")), 400),
        ((*_HEADERS, (b"content-length", b"2, 2")), 400),
        ((*_HEADERS, (b"content-length", b"+2")), 400),
        ((*_HEADERS, (b"content-length", b"-1")), 400),
        ((*_HEADERS, (b"content-length", b"0x2")), 400),
        ((*_HEADERS, (b"content-length", "²".encode())), 400),
        ((*_HEADERS, (b"content-length", b"")), 400),
        ((*_HEADERS, (b"content-length", b"99999999")), 413),
        ((*_HEADERS, (b"content-length", b"9" * 30)), 400),
    ],
)
def test_framing_that_could_be_read_in_two_ways(
    app: Starlette, watched: Watched, headers: tuple[tuple[bytes, bytes], ...], status: int
) -> None:
    exchange = _ask(app, _raw_scope(headers), _Exchange(_body(b"{}")))
    assert exchange.status == status
    assert exchange.headers[b"connection"] == b"close"
    assert watched.lines == []  # nothing has been looked at


_LONG = Limits(body=1000, document=3000, documents=5000, patience=0.2)
_SBOM = {"sbom": {"bomFormat": "CycloneDX", "specVersion": "1.5", "x": "y" * 1500}}


def _scan(**given: Any) -> Request:
    body = msgspec.json.encode(_SBOM)
    return signed("POST", "/scan/sbom", body=body, **{"service": "inspector-scan"} | given)


def test_a_document_may_be_longer(watched: Watched) -> None:
    app = create_app(watched.door, _LONG)
    request = _scan()
    exchange = _ask(app, _scope(request), _Exchange(_body(request.body)))
    assert exchange.status not in (403, 413), exchange.body
    assert watched.entries()[0]["operation"] == "ScanSbom"


@pytest.mark.parametrize(
    "request_of",
    [
        lambda: signed("POST", "/coverage/list", body=b" " * 1500),
        lambda: _scan(key="VDTA" + "A" * 16),
        lambda: _scan(region="eu-west-1"),
        lambda: Request(
            method="POST", path="/scan/sbom", headers=(("host", HOST),), body=b" " * 1500
        ),
    ],
)
def test_nobody_else_is_read_so_much_of(
    watched: Watched, request_of: Callable[[], Request]
) -> None:
    request = request_of()
    exchange = _Exchange(_body(request.body))
    _ask(create_app(watched.door, _LONG), _scope(request), exchange)
    assert exchange.status == 413
    assert f"has {len(request.body)} bytes; at most 1000".encode() in exchange.body
    assert watched.lines == []
    assert exchange.left == 1  # nothing has been read of it


def test_a_document_has_an_end(watched: Watched) -> None:
    request = _scan()
    scope = _scope(request)
    limits = msgspec.structs.replace(_LONG, document=1200)
    assert _ask(create_app(watched.door, limits), scope, _Exchange(_body())).status == 413


def test_a_store_that_fails_admits_no_document(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(Gate, "expects", fail)
    request = _scan()
    exchange = _ask(create_app(watched.door, _LONG), _scope(request), _Exchange(_body()))
    assert exchange.status == 413


@pytest.mark.parametrize("coding", [b"chunked", b"identity", b""])
def test_no_transfer_encoding_is_taken(app: Starlette, coding: bytes) -> None:
    scope = _raw_scope((*_HEADERS, (b"transfer-encoding", coding)))
    exchange = _ask(app, scope, _Exchange(_body()))
    assert (exchange.status, exchange.body) == (
        400,
        b'{"message":"Transfer-Encoding is not taken; send a Content-Length"}',
    )


def test_a_body_that_is_longer_than_it_says(app: Starlette) -> None:
    scope = _raw_scope((*_HEADERS, (b"content-length", b"2")))
    assert _ask(app, scope, _Exchange(_body(b"{}", more=True), _body(b"x"))).status == 400


def test_a_body_that_does_not_arrive(app: Starlette) -> None:
    scope = _raw_scope((*_HEADERS, (b"content-length", b"9")))
    exchange = _ask(app, scope, _Exchange(_body(b"{", more=True), forever=True))
    assert (exchange.status, exchange.headers[b"connection"]) == (400, b"close")


def test_a_client_that_goes_away(app: Starlette, watched: Watched) -> None:
    scope = _raw_scope((*_HEADERS, (b"content-length", b"9")))
    assert _ask(app, scope, _Exchange(_body(b"{", more=True))).sent == []
    assert watched.lines == []


class _Slow:
    """A door that answers when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def expects_document(self, _head: Request) -> bool:
        return True

    def answer(self, _request: Request, _id: str, _address: str) -> Response:
        self.begun.release()
        self.go_on.wait(5)
        return Response(status=200)


@pytest.mark.parametrize(
    ("limits", "length"),
    [
        (Limits(requests=1, workers=1), 0),
        (Limits(bodies=10, workers=1), 6),
        (Limits(body=5, documents=10, workers=1), 6),
    ],
)
def test_more_than_can_be_held_is_put_off(limits: Limits, length: int) -> None:
    door: Any = _Slow()
    app = create_app(door, limits)
    scope = _raw_scope((*_HEADERS, (b"content-length", str(length).encode())))

    async def both() -> tuple[_Exchange, _Exchange, _Exchange]:
        first, second, third = (_Exchange(_body(b"x" * length)) for _ in range(3))
        task = asyncio.ensure_future(_call(app, scope, first))
        assert await asyncio.to_thread(door.begun.acquire, timeout=5)
        await _call(app, scope, second)
        door.go_on.set()
        await task
        await _call(app, scope, third)
        return first, second, third

    first, second, third = asyncio.run(both())
    assert [first.status, second.status, third.status] == [200, 429, 200]
    assert second.headers[b"retry-after"] == b"1"


def test_websockets_are_closed(app: Starlette) -> None:
    exchange = _ask(
        app, {**_raw_scope(_HEADERS), "type": "websocket"}, _Exchange({"type": "websocket.connect"})
    )
    assert exchange.sent == [{"type": "websocket.close", "code": 1000}]


def test_other_routes_come_first(watched: Watched) -> None:
    async def hello(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = create_app(watched.door, routes=[Route("/console", hello)])
    exchange = _ask(app, _raw_scope(_HEADERS, "GET", "/console"), _Exchange(_body()))
    assert exchange.body == b"hello"
    assert _ask(app, _raw_scope(_HEADERS, "GET", "/other"), _Exchange(_body())).status == 403


def test_nothing_is_begun_after_the_end(watched: Watched) -> None:
    app = create_app(watched.door)

    async def live() -> None:
        async with app.router.lifespan_context(app):
            pass
        exchange = _Exchange(_body())
        with pytest.raises(RuntimeError, match="cannot schedule new futures"):
            await _call(app, _raw_scope(_HEADERS), exchange)

    asyncio.run(live())
