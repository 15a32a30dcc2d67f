"""What the simulator serves besides AWS: content by digest, and its own controls.

| path | method | answer |
|---|---|---|
| `/simulator/blobs/sha256:…` | GET, HEAD | the content; `Range: bytes=a-b` is honoured |
| `/simulator/invocations` | GET | what Lambda targets were given, JSON |
| `/simulator/faults` | GET, POST, DELETE | what is to fail; POST one fault as JSON |
| `/simulator/health` | GET | `{"status": "ok"}` |
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from werkzeug.wrappers import Request, Response

from vedette_simulator.blobs import Blobs
from vedette_simulator.faults import Asking, Fault, FaultKind
from vedette_simulator.invocations import Invocations
from vedette_simulator.wire import Environ
from vedette_simulator.world import World

StartResponse = Callable[..., Any]

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_MAX_CONTROL = 1 << 20


def serve(world: World, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request below `/simulator/`."""
    request = Request(environ)
    request.max_content_length = _MAX_CONTROL
    path = request.path.removeprefix("/simulator/")
    if path.startswith("blobs/"):
        response = _blob(world, request, path.removeprefix("blobs/"))
    elif path == "invocations":
        with world.lock:
            response = _json(world.state(Invocations).received)
    elif path == "faults":
        response = _faults(world, request)
    elif path == "health":
        response = _json({"status": "ok"})
    else:
        response = Response("not found\n", 404)
    return response(environ, start_response)


def _blob(world: World, request: Request, digest: str) -> Response:
    with world.lock:
        data = world.state(Blobs).get(digest)
        asking = Asking(service="downloads", operation=digest, account="*", region="*")
        fault = world.faults.next(asking) if data is not None else None
    if data is None:
        return Response("<Error><Code>NoSuchKey</Code></Error>", 404, mimetype="application/xml")
    match fault:
        case None:
            return _ranged(data, request.headers.get("Range", ""))
        case FaultKind.TRUNCATE:
            return _truncated(data)
        case FaultKind.DENY:
            return Response(
                "<Error><Code>AccessDenied</Code></Error>", 403, mimetype="application/xml"
            )
        case FaultKind.THROTTLE:
            return Response("<Error><Code>SlowDown</Code></Error>", 503, mimetype="application/xml")
        case FaultKind.ERROR:
            return Response(
                "<Error><Code>InternalError</Code></Error>", 500, mimetype="application/xml"
            )


def _ranged(data: bytes, asked: str) -> Response:
    headers = {"Accept-Ranges": "bytes"}
    found = _RANGE.fullmatch(asked)
    if found is None or found[0] == "bytes=-":
        return Response(data, 200, headers, mimetype="application/octet-stream")
    first, last = found[1], found[2]
    start = int(first) if first else max(0, len(data) - int(last))
    end = min(int(last), len(data) - 1) if first and last else len(data) - 1
    if start > end:
        return Response(b"", 416, {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return Response(data[start : end + 1], 206, headers, mimetype="application/octet-stream")


def _truncated(data: bytes) -> Response:
    response = Response(data[: len(data) // 2], 200, mimetype="application/octet-stream")
    response.automatically_set_content_length = False
    response.headers["Content-Length"] = str(len(data))
    return response


def _faults(world: World, request: Request) -> Response:
    if request.method == "POST":
        try:
            fault = msgspec.json.decode(request.get_data(), type=Fault)
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, 400)
        with world.lock:
            world.faults.add(fault)
    elif request.method == "DELETE":
        with world.lock:
            world.faults.clear()
    with world.lock:
        return _json(world.faults.planned())


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, mimetype="application/json")
