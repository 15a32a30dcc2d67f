"""How the API bears many clients at once, beside a handler that only answers the same bytes.

    python benchmarks/serve.py [SECONDS [CLIENTS [FINDINGS]]]

20 seconds each, 200 clients and 2,000 findings unless others are given. Every client keeps one connection and asks for the first 100 findings again
and again, signed with Signature Version 4. Prints, for a bare starlette handler on the same uvicorn and for `vedette serve`: requests a second, latencies,
answers that were no 200, and the server's memory at the beginning and at the end.
"""

import asyncio
import hashlib
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.store import _EACH, _NOW, _changes, _resource
from vedette.api.messages import Request
from vedette.api.sigv4 import Signature, canonical_request, sign
from vedette.app.credentials import Grant, Role, create_credential
from vedette.bootstrap.keys import open_sealer
from vedette.bootstrap.server import Listening, open_socket, run_server, url_of
from vedette.model.arn import AccountId
from vedette.store.store import SqlStore

_BODY = b'{"maxResults": 100}'
_HASH = hashlib.sha256(_BODY).hexdigest()
_REGION = "eu-west-1"
_BARE = "--bare"


class Server(NamedTuple):
    """A server that runs."""

    url: str
    pid: int


class Load(NamedTuple):
    """What the clients met."""

    seconds: float
    latencies: list[float]
    errors: int
    size: int


class Caller(NamedTuple):
    """An access key and its secret."""

    key: str
    secret: str


def _request(url: str, caller: Caller) -> bytes:
    """A signed request; good for five minutes, and for reading as often as one likes."""
    host = urlsplit(url).netloc
    now = datetime.fromtimestamp(time.time(), UTC).replace(microsecond=0)
    headers = (
        ("content-type", "application/json"),
        ("host", host),
        ("x-amz-date", f"{now:%Y%m%dT%H%M%SZ}"),
    )
    names = tuple(name for name, _ in headers)
    signature = Signature(
        access_key=caller.key,
        day=f"{now:%Y%m%d}",
        region=_REGION,
        service="inspector2",
        signed_headers=names,
        signature="",
        time=now,
    )
    request = Request(method="POST", path="/findings/list", headers=headers, body=_BODY)
    signed = sign(signature, canonical_request(request, names, _HASH), caller.secret)
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={caller.key}/{signature.scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signed}"
    )
    sent = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = (
        f"POST /findings/list HTTP/1.1\r\n{sent}authorization: {authorization}\r\n"
        f"content-length: {len(_BODY)}\r\n\r\n"
    )
    return head.encode() + _BODY


async def _client(url: str, caller: Caller, until: float, load: list[Load]) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    latencies: list[float] = []
    errors = size = 0
    signed_at, request = 0.0, b""
    while (began := time.perf_counter()) < until:
        if began - signed_at > 1:
            signed_at, request = began, _request(url, caller)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head)
        size = int(found[1]) if found else 0
        await reader.readexactly(size)
        latencies.append(time.perf_counter() - began)
        errors += not head.startswith(b"HTTP/1.1 200 ")
    writer.close()
    load.append(Load(0, latencies, errors, size))


async def _load(url: str, caller: Caller, seconds: float, clients: int) -> Load:
    loads: list[Load] = []
    began = time.perf_counter()
    await asyncio.gather(*(_client(url, caller, began + seconds, loads) for _ in range(clients)))
    return Load(
        seconds=time.perf_counter() - began,
        latencies=sorted(latency for one in loads for latency in one.latencies),
        errors=sum(one.errors for one in loads),
        size=max(one.size for one in loads),
    )


def _memory(pid: int) -> float:
    """Resident memory, MiB."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def _started(command: list[str], environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline() if process.stderr else ""
        found = re.search(r"listening on (\S+)", line)
        if found is None:
            sys.exit(f"the server did not start: {line}")
        yield Server(found[1], process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _bare(size: int) -> None:
    """Serve as many bytes as the other, and nothing else."""
    content = b"x" * size

    async def answer(asked: Asked) -> Response:
        await asked.body()
        return Response(content, media_type="application/json")

    app = Starlette(routes=[Route("/findings/list", answer, methods=["POST"])])
    listening = Listening(host="127.0.0.1", port=0)
    with open_socket(listening) as opened:
        sys.stderr.write(f"listening on {url_of(listening, opened)}\n")
        run_server(app, listening, opened)


def _fill(store: SqlStore, findings: int) -> None:
    rng = random.Random(7)  # noqa: S311 - the same estate every time
    resources = [_resource(number) for number in range(max(1, findings // _EACH))]
    store.save_resources(resources, looked_in=(), now=_NOW)
    for resource in resources:
        store.apply(list(_changes(rng, resource)))


def _told(name: str, server: Server, caller: Caller, seconds: float, clients: int) -> Load:
    asyncio.run(_load(server.url, caller, 1, clients))
    before = _memory(server.pid)
    load = asyncio.run(_load(server.url, caller, seconds, clients))
    after = _memory(server.pid)
    count = len(load.latencies)
    percentile = statistics.quantiles(load.latencies, n=100)
    print(
        f"{name:<10} {count / load.seconds:>8.0f} {load.size:>9} {percentile[49] * 1e3:>8.1f} "
        f"{percentile[98] * 1e3:>8.1f} {load.latencies[-1] * 1e3:>8.1f} {load.errors:>7} "
        f"{before:>8.1f} {after:>8.1f}"
    )
    return load


def main(seconds: float, clients: int, findings: int) -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with SqlStore.open(f"sqlite:///{folder / 'store.db'}") as store:
            _fill(store, findings)
            grant = Grant(role=Role.READER, account=AccountId("0" * 12))
            now = datetime.fromtimestamp(time.time(), UTC)
            sealer = open_sealer(folder / "key")
            made, secret = create_credential(store, sealer, grant, now=now)
        caller = Caller(made.access_key, secret)
        environment = {
            **os.environ,  # noqa: TID251 - of the machine that is measured
            "VEDETTE_DATA_DIR": text,
            "VEDETTE_CACHE_DIR": text,
            "VEDETTE_STORE": f"sqlite:///{folder / 'store.db'}",
            "VEDETTE_REGIONS": _REGION,
        }
        print(f"{clients} clients, {seconds:.0f} s, {findings} findings; milliseconds, MiB")
        print("              req/s     bytes      p50      p99     most  errors   before    after")
        command = [sys.executable, "-m", "vedette", "serve"]
        options = ["--no-passes", "--rate", "0", "--port", "0"]
        with _started([*command, *options], environment) as server:
            size = _told("vedette", server, caller, seconds, clients).size
        with _started(
            [sys.executable, "-m", "benchmarks.serve", _BARE, str(size)], environment
        ) as server:
            _told("bare", server, caller, seconds, clients)


if __name__ == "__main__":
    if sys.argv[1:2] == [_BARE]:
        _bare(int(sys.argv[2]))
    else:
        given = sys.argv[1:]
        main(
            float(given[0]) if given else 20,
            int(given[1]) if len(given) > 1 else 200,
            int(given[2]) if len(given) > 2 else 2000,  # noqa: PLR2004 - the third
        )
