"""How the API bears many clients at once, beside a handler that only answers the same bytes.

    python benchmarks/serve.py [SECONDS [CLIENTS [FINDINGS]]]

20 seconds each, 200 clients and 2,000 findings unless others are given. Every client keeps one connection, and signs with Signature Version 4. Prints,
for `vedette serve` and for a bare starlette handler on the same uvicorn: requests a second, latencies, answers that were no 200, connections that were
lost, and the server's memory at the beginning and at the end.

- `same`: all ask for the first 100 findings again and again.
- `changing`: the same, while the store is written to ten times a second, so that hardly an answer can be given twice.
- `walks`: each reads, page by page, a list of its own, which begins at another score; no page is asked for twice.
- `bare`: a handler that only answers as many bytes.
"""

import asyncio
import hashlib
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
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

from benchmarks.store_findings import EACH, NOW, opened, resource_of
from vedette.api.messages import Request
from vedette.api.sigv4 import Signature, canonical_request, sign
from vedette.app.credentials import Grant, Role, create_credential
from vedette.bootstrap.keys import open_sealer
from vedette.bootstrap.server import Listening, open_socket, run_server, url_of
from vedette.model.arn import AccountId
from vedette.model.record import Record
from vedette.store.store import SqlStore

_BODY = b'{"maxResults": 100}'
_TOKEN = re.compile(rb'"nextToken":"([^"]+)"')
_TAIL = 2000  # bytes at the end of an answer, where its token is
_CHANGES = 10  # a second
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
    lost: list[str]


class Caller(NamedTuple):
    """An access key and its secret."""

    key: str
    secret: str


def _request(url: str, caller: Caller, body: bytes) -> bytes:
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
    request = Request(method="POST", path="/findings/list", headers=headers, body=body)
    signed = sign(
        signature,
        canonical_request(request, names, hashlib.sha256(body).hexdigest()),
        caller.secret,
    )
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={caller.key}/{signature.scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signed}"
    )
    sent = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = (
        f"POST /findings/list HTTP/1.1\r\n{sent}authorization: {authorization}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Asking:
    """What a client asks next: always the same, or the next page of a list of its own."""

    def __init__(self, number: int | None) -> None:
        self._first = _BODY
        if number is not None:
            above = {"inspectorScore": [{"lowerInclusive": number / 1e6}]}
            self._first = json.dumps({"maxResults": 100, "filterCriteria": above}).encode()
        self._walks = number is not None
        self.body = self._first

    def answered(self, answer: bytes) -> None:
        """Go on after a page; after the last one, from the beginning."""
        if self._walks:
            found = _TOKEN.search(answer, max(0, len(answer) - _TAIL))
            token = b', "nextToken": "' + found[1] + b'"}' if found else b"}"
            self.body = self._first[:-1] + token


async def _client(url: str, caller: Caller, until: float, asking: Asking, load: list[Load]) -> None:
    parts = urlsplit(url)
    one = Load(0, [], 0, 0, [])
    while time.perf_counter() < until:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            one = await _asked(url, caller, until, asking, one, reader, writer)
        except (OSError, EOFError) as error:
            one.lost.append(f"after {len(one.latencies)} answers: {error!r}")
        finally:
            writer.close()
    load.append(one)


async def _asked(  # noqa: PLR0913, PLR0917 - what a client works with
    url: str,
    caller: Caller,
    until: float,
    asking: Asking,
    one: Load,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> Load:
    signed_at, request, body = 0.0, b"", b""
    while (began := time.perf_counter()) < until:
        if began - signed_at > 1 or body is not asking.body:
            signed_at, body = began, asking.body
            request = _request(url, caller, body)
            began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head)
        size = int(found[1]) if found else 0
        answer = await reader.readexactly(size)
        one.latencies.append(time.perf_counter() - began)
        one = one._replace(
            errors=one.errors + (not head.startswith(b"HTTP/1.1 200 ")), size=max(one.size, size)
        )
        asking.answered(answer)
    return one


async def _load(
    url: str, caller: Caller, seconds: float, clients: int, *, walks: bool = False
) -> Load:
    loads: list[Load] = []
    began = time.perf_counter()
    numbers = [number if walks else None for number in range(clients)]
    await asyncio.gather(
        *(_client(url, caller, began + seconds, Asking(one), loads) for one in numbers)
    )
    return Load(
        seconds=time.perf_counter() - began,
        latencies=sorted(latency for one in loads for latency in one.latencies),
        errors=sum(one.errors for one in loads),
        size=max(one.size for one in loads),
        lost=[text for one in loads for text in one.lost],
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
    resources = [resource_of(number) for number in range(max(1, findings // EACH))]
    store.save_resources(resources, looked_in=(), now=NOW)
    for resource in resources:
        store.apply(opened(rng, resource))


class Measure(NamedTuple):
    """How long, by how many, as whom."""

    caller: Caller
    seconds: float
    clients: int

    def told(self, name: str, server: Server, *, walks: bool = False) -> Load:
        """Put a server under load, and print what came of it."""
        asyncio.run(_load(server.url, self.caller, 1, self.clients, walks=walks))
        before = _memory(server.pid)
        began = _cpu(server.pid)
        load = asyncio.run(_load(server.url, self.caller, self.seconds, self.clients, walks=walks))
        cpu = (_cpu(server.pid) - began) / len(load.latencies)
        after = _memory(server.pid)
        percentile = statistics.quantiles(load.latencies, n=100)
        print(
            f"{name:<10} {len(load.latencies) / load.seconds:>7.0f} {load.size:>9} {percentile[49] * 1e3:>7.1f} "
            f"{percentile[98] * 1e3:>7.1f} {load.latencies[-1] * 1e3:>7.1f} {cpu * 1e3:>7.2f} {load.errors:>7} "
            f"{len(load.lost):>5} {before:>7.1f} {after:>7.1f}",
            flush=True,
        )
        for text in load.lost[:5]:
            print(f"    lost {text}")
        return load


def _cpu(pid: int) -> float:
    """Seconds of the processor that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _changing(url: str) -> Iterator[None]:
    """Somebody who writes to the store."""
    over = threading.Event()

    def write() -> None:
        with SqlStore.open(url) as store:
            while not over.wait(1 / _CHANGES):
                now = datetime.fromtimestamp(time.time(), UTC)
                noted = Record(
                    kind="note", account="", region="", id="a", value=b"", version=0, updated_at=now
                )
                store.put_record(noted)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _credential(store: SqlStore, key: Path) -> Caller:
    grant = Grant(role=Role.READER, account=AccountId("0" * 12))
    now = datetime.fromtimestamp(time.time(), UTC)
    made, secret = create_credential(store, open_sealer(key), grant, now=now)
    return Caller(made.access_key, secret)


def main(seconds: float, clients: int, findings: int) -> None:
    """Measure all of them."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        url = f"sqlite:///{folder / 'store.db'}"
        with SqlStore.open(url) as store:
            _fill(store, findings)
            measure = Measure(_credential(store, folder / "key"), seconds, clients)
        environment = {
            **os.environ,  # noqa: TID251 - of the machine that is measured
            "VEDETTE_DATA_DIR": text,
            "VEDETTE_CACHE_DIR": text,
            "VEDETTE_STORE": url,
            "VEDETTE_REGIONS": _REGION,
        }
        print(f"{clients} clients, {seconds:.0f} s, {findings} findings; milliseconds, MiB")
        print(
            "             req/s     bytes     p50     p99    most     cpu  errors  lost  before   after"
        )
        options = ["--no-passes", "--rate", "0", "--port", "0"]
        with _started([sys.executable, "-m", "vedette", "serve", *options], environment) as server:
            size = measure.told("same", server).size
            with _changing(url):
                measure.told("changing", server)
            measure.told("walks", server, walks=True)
        bare = [sys.executable, "-m", "benchmarks.serve", _BARE, str(size)]
        with _started(bare, environment) as server:
            measure.told("bare", server)


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
