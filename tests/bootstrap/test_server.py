"""Where the server listens, and how long it waits."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from vedette.bootstrap import server
from vedette.bootstrap.server import Listening, open_socket, run_server, url_of
from vedette.errors import ConfigError

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_needs_no_tls(host: str) -> None:
    listening = Listening(host=host, port=0)
    with open_socket(listening) as opened:
        port = opened.getsockname()[1]
        assert url_of(listening, opened) == f"http://127.0.0.1:{port}"


def test_addresses_of_version_6() -> None:
    listening = Listening(host="::1", port=0, tls_cert=Path("c"), tls_key=Path("k"))
    try:
        opened = open_socket(listening)
    except ConfigError:
        pytest.skip("needs IPv6")
    with opened:
        assert url_of(listening, opened) == f"https://[::1]:{opened.getsockname()[1]}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "vedette.example"])  # noqa: S104 - refused
def test_beyond_this_machine_there_is_tls(host: str) -> None:
    with pytest.raises(ConfigError, match="is not of this machine alone"):
        open_socket(Listening(host=host, port=0))


def test_beyond_this_machine_if_it_is_wanted() -> None:
    with open_socket(Listening(host="0.0.0.0", port=0, insecure=True)) as opened:  # noqa: S104 - for this test
        assert opened.getsockname()[0] == "0.0.0.0"  # noqa: S104 - as above


def test_half_a_certificate() -> None:
    with pytest.raises(ConfigError, match="a certificate needs its key"):
        open_socket(Listening(host="127.0.0.1", port=0, tls_cert=Path("c")))


def test_a_port_that_is_taken() -> None:
    with open_socket(Listening(host="127.0.0.1", port=0)) as opened:
        port = opened.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}"):
            open_socket(Listening(host="127.0.0.1", port=port))


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cert.pem"
    path.write_text("nothing")
    listening = Listening(host="127.0.0.1", port=0, tls_cert=path, tls_key=path)
    with (
        open_socket(listening) as opened,
        pytest.raises(ConfigError, match="the certificate cannot be used"),
    ):
        run_server(Starlette(), listening, opened)


class _Transport(asyncio.Transport):
    """A connection without a network."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.closed = False
        self.aborted = False

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def write(self, data: Any) -> None:
        del data

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def _nothing(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "closed"),
    [
        ([], True),
        ([b"GET / HT"], True),
        ([b"G", b"E", b"T"], True),
        ([_HEAD], False),
        ([_HEAD[:9], _HEAD[9:]], False),
        ([_HEAD, b"GET"], True),
        ([_HEAD, _HEAD], False),
    ],
)
def test_heads_must_arrive_in_time(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], *, closed: bool
) -> None:
    monkeypatch.setattr(server, "_HEADER_SECONDS", 0.4)

    async def talk() -> _Transport:
        config = uvicorn.Config(_nothing, log_config=None, ws="none", lifespan="off")
        config.load()
        transport = _Transport()
        protocol = server._TimelyH11(config, ServerState(), {})
        protocol.connection_made(transport)
        for piece in pieces:
            await asyncio.sleep(0.01)
            protocol.data_received(piece)
        await asyncio.sleep(0.6)
        was_closed = transport.closed
        protocol.shutdown()
        protocol.connection_lost(None)
        transport.closed = was_closed
        return transport

    assert asyncio.run(talk()).closed is closed


def test_farewells_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_FAREWELL_SECONDS", 0.01)

    async def talk() -> _Transport:
        config = uvicorn.Config(_nothing, log_config=None, ws="none", lifespan="off")
        config.load()
        transport = _Transport()
        protocol = server._TimelyH11(config, ServerState(), {})
        protocol.connection_made(transport)
        protocol.shutdown()
        await asyncio.sleep(0.05)
        protocol.connection_lost(None)
        return transport

    assert asyncio.run(talk()).aborted
