"""The HTTP server: a socket, uvicorn on it, and connections that must say what they want in time."""

import asyncio
import gc
import ipaddress
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from vedette.errors import ConfigError

_BACKLOG = 2048
_MOST_CONNECTIONS = 2048
_MOST_HEADER_BYTES = 64 << 10
_KEEP_ALIVE = 65
_GRACE = 5
_HEADER_SECONDS = 20.0
_FAREWELL_SECONDS = 0.2


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server listens. `insecure` allows plain HTTP beyond this machine."""

    host: str
    port: int
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure: bool = False


class _TimelyH11(H11Protocol):
    """A connection that is closed where a request's head does not arrive in time, however slowly it drips."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        before: RequestResponseCycle | None = self.cycle  # None until the first request
        if self._deadline is None and (before is None or before.response_complete):
            self._begin()
        super().data_received(data)
        if self.cycle is not before:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """As the server ends. A TLS connection is not waited for until its client says farewell as well."""
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(_FAREWELL_SECONDS, self.transport.abort)

    def _begin(self) -> None:
        self._deadline = self.loop.call_later(_HEADER_SECONDS, self._late)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        self.transport.close()


def open_socket(listening: Listening) -> socket.socket:
    """The socket that the server listens on.

    Raises:
        ConfigError: where it would be plain HTTP beyond this machine, or cannot be had.
    """
    if (listening.tls_cert is None) != (listening.tls_key is None):
        raise ConfigError("a certificate needs its key: give --tls-cert and --tls-key")
    plain = listening.tls_cert is None
    if plain and not listening.insecure and not _is_loopback(listening.host):
        raise ConfigError(
            f"{listening.host} is not of this machine alone: give --tls-cert and --tls-key, or --insecure"
        )
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    try:
        opened = socket.create_server(
            (listening.host, listening.port), family=family, backlog=_BACKLOG
        )
        # asyncio does so only for sockets that name their protocol; without it every answer but the first waits 40 ms for an
        # acknowledgement that the client holds back
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, OverflowError) as error:
        raise ConfigError(f"cannot listen on {listening.host}:{listening.port}: {error}") from error
    return opened


def url_of(listening: Listening, opened: socket.socket) -> str:
    """What clients give as their endpoint."""
    scheme = "https" if listening.tls_cert else "http"
    host, port = opened.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def run_server(app: Starlette, listening: Listening, opened: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; requests that are in work are finished, for a few seconds.

    Raises:
        ConfigError: where the certificate cannot be used.
    """
    config = uvicorn.Config(
        app,
        http=_TimelyH11,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=_MOST_HEADER_BYTES,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=listening.tls_cert,
        ssl_keyfile=listening.tls_key,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(f"the certificate cannot be used: {error}") from error
    # what is there by now stays: looking through it for cycles, again and again, is an eighth of what a page of findings takes
    gc.collect()
    gc.freeze()
    # uvicorn raises the signal again when it has ended, for whoever had it before
    before = {number: signal.signal(number, _noted) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        uvicorn.Server(config).run(sockets=[opened])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _noted(_number: int, _frame: FrameType | None) -> None:
    pass


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
