"""What a server on a socket refuses, and how it ends."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.e2e.api.conftest import REGION, SESSION, Server, serving, settled
from tests.simulators.certificates import make_certificate

pytestmark = pytest.mark.loopback


def _signed(server: Server, body: bytes) -> str:
    """A signed ListFindings as it goes over the line, without its end."""
    url = f"{server.url}/findings/list"
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    credentials = Credentials(server.admin.key, server.admin.secret)
    SigV4Auth(credentials, "inspector2", REGION).add_auth(request)
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return f"POST /findings/list HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\n{headers}"


@contextmanager
def _connected(server: Server) -> Iterator[socket.socket]:
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), 10) as opened:
        yield opened


def _statuses(server: Server, sent: bytes) -> list[int]:
    """The statuses of all answers until the server closes, or nothing more comes for long."""
    with _connected(server) as opened:
        opened.sendall(sent)
        opened.settimeout(10.0)
        received = b""
        try:
            while part := opened.recv(65536):
                received += part
        except TimeoutError:
            pass
    return [int(line.split()[1]) for line in received.splitlines() if line.startswith(b"HTTP/1.1 ")]


def test_a_signed_request_by_hand(server: Server) -> None:
    head = _signed(server, b"{}")
    assert _statuses(
        server, f"{head}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()
    ) == [200]


_SMUGGLED = "GET /vedette/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        f"Content-Length: 2\r\nContent-Length: {2 + len(_SMUGGLED)}\r\n\r\n{{}}",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\nContent-Length: 2\r\n\r\n{}",
        "Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}",
        "Content-Length: 2, 3\r\n\r\n{}",
        "Content-Length: +2\r\n\r\n{}",
        "Content-Length: 2\r\nHost: other\r\n\r\n{}",
        "Content-Length: 2\r\nX: a\r\n b\rTransfer-Encoding: chunked\r\n\r\n{}",
        "Content-Length: 2\r\nX\x00: a\r\n\r\n{}",
    ],
)
def test_smuggling_is_refused_and_the_connection_closed(server: Server, framing: str) -> None:
    sent = (_signed(server, b"{}") + framing + _SMUGGLED).encode()
    assert _statuses(server, sent) == [400]


def test_bodies_that_are_too_large(server: Server) -> None:
    head = _signed(server, b"{}")
    assert _statuses(server, f"{head}Content-Length: 1048577\r\n\r\n".encode()) == [413]


def test_heads_that_are_too_large(server: Server) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000
    assert _statuses(server, sent) == [400]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b'{"maxResults":' + b"[" * 100_000])
def test_malformed_bodies(server: Server, body: bytes) -> None:
    head = _signed(server, body)
    sent = f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    assert _statuses(server, sent) == [400]


def test_requests_without_a_signature(server: Server) -> None:
    response = httpx.post(f"{server.url}/findings/list", json={})
    assert response.status_code == 403
    assert response.json() == {"message": "Missing Authentication Token"}


def _client(server: Server, **changed: str) -> Any:
    given: Any = {
        "region_name": REGION,
        "aws_access_key_id": server.admin.key,
        "aws_secret_access_key": server.admin.secret,
        **changed,
    }
    config = Config(retries={"total_max_attempts": 1})
    return SESSION.create_client("inspector2", endpoint_url=server.url, config=config, **given)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ({"aws_access_key_id": "VDTA" + "A" * 16}, "UnrecognizedClientException"),
        ({"region_name": "ap-south-1"}, "InvalidSignatureException"),
    ],
)
def test_clients_that_are_somebody_else(server: Server, changed: dict[str, str], code: str) -> None:
    client = _client(server, **changed)
    with pytest.raises(ClientError) as refused:
        client.list_findings()
    assert refused.value.response["Error"]["Code"] == code


def test_nothing_of_a_request_is_in_the_audit_log_but_what_is_asked(server: Server) -> None:
    server.client().list_findings(
        filterCriteria={"title": [{"comparison": "EQUALS", "value": "hidden-text"}]}
    )
    text = (server.folder / "audit.log").read_text()
    assert '"operation":"ListFindings"' in text
    assert "hidden-text" not in text
    assert server.admin.secret not in text
    assert (server.folder / "audit.log").stat().st_mode & 0o077 == 0


def test_secrets_are_in_no_file(server: Server) -> None:
    for path in server.folder.rglob("*"):
        if path.is_file():
            assert server.admin.secret.encode() not in path.read_bytes(), path


def test_tls_and_the_end(tmp_path: Path) -> None:
    """A server with a certificate is asked over TLS, looks at the estate beside, and ends when it is told to."""
    certificate, private = make_certificate(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    admin, _, _ = settled(folder)
    options = ("--tls-cert", str(certificate), "--tls-key", str(private), "--refresh-every", "off")
    with serving(folder, *options) as (url, process, lines):
        assert url.startswith("https://127.0.0.1:")
        client: Any = SESSION.create_client(
            "inspector2",
            region_name=REGION,
            endpoint_url=url,
            aws_access_key_id=admin.key,
            aws_secret_access_key=admin.secret,
            verify=str(certificate),
        )
        assert client.list_findings()["findings"]
        context = ssl.create_default_context(cafile=str(certificate))
        passes = httpx.get(
            f"{url}/vedette/v1/passes", auth=(admin.key, admin.secret), verify=context
        ).json()["passes"]
        began = time.monotonic()
        process.terminate()
        assert process.wait(15) == 0
        assert time.monotonic() - began < 10
    # without credentials of AWS a pass fails, and says so
    assert [one["job"] for one in passes] in ([], ["pass"])
    assert "vedette: stopped\n" in lines
    assert any(line.startswith("vedette: pass ") for line in lines)
