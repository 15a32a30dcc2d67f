"""The HTTP client against a real server on loopback."""

import gzip
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.web import Web, serve
from vedette.clients.http import (
    HttpClient,
    HttpPolicy,
    Reply,
    Request,
)
from vedette.errors import ServiceError

pytestmark = pytest.mark.loopback

BODY = bytes(range(256)) * 400
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as running:
        running.documents["/doc"] = BODY
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(waits: list[float]) -> Iterator[HttpClient]:
    with HttpClient(HttpPolicy(attempts=3, read_timeout=5), sleep=waits.append) as opened:
        yield opened


def failed(error: pytest.ExceptionInfo[ServiceError]) -> tuple[str, str]:
    return error.value.code, error.value.reason


def test_a_body_is_read_whole(client: HttpClient, web: Web) -> None:
    assert client.get_bytes(f"{web.url}/doc", limit=len(BODY)) == BODY
    assert [(path, asked["accept-encoding"]) for path, asked in web.requests] == [
        ("/doc", "identity")
    ]


@pytest.mark.parametrize("length", ["", str(len(BODY))])
def test_a_body_over_the_limit_is_refused(client: HttpClient, web: Web, length: str) -> None:
    web.headers["/doc"] = {"Content-Length": length}
    if not length:
        web.headers["/doc"]["Connection"] = "close"
    with pytest.raises(ServiceError) as error:
        client.get_bytes(f"{web.url}/doc", limit=len(BODY) - 1)
    assert failed(error) == ("too-large", f"over {len(BODY) - 1} bytes")


def test_errors_name_the_url_without_its_secrets(client: HttpClient, web: Web) -> None:
    url = web.url.replace("//", "//user:word@") + "/none?X-Amz-Signature=secret#part"
    with pytest.raises(ServiceError) as error:
        client.get_bytes(url, limit=10)
    assert str(error.value) == f"http:GET {web.url}/none?…: 404: Not Found"


def test_accepted_statuses_are_replies(client: HttpClient, web: Web) -> None:
    web.statuses["/doc"] = [(401, {"WWW-Authenticate": "Basic"})]
    reply = client.get(f"{web.url}/doc", limit=10, accept=frozenset({401}))
    assert (reply.status, reply.body) == (401, b"busy")
    assert reply.header("www-authenticate") == "Basic"
    assert Reply(status=200, headers=(), body=b"").header("etag") is None


def test_what_may_pass_is_tried_again(client: HttpClient, web: Web, waits: list[float]) -> None:
    web.statuses["/doc"] = [(503, {}), (429, {"Retry-After": "7"})]
    assert client.get_bytes(f"{web.url}/doc", limit=len(BODY)) == BODY
    assert waits == [0.5, 7.0]


def test_retry_after_may_be_a_date(client: HttpClient, web: Web, waits: list[float]) -> None:
    since, until = "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:09 GMT"
    web.statuses["/doc"] = [(503, {"Date": since, "Retry-After": until})]
    web.statuses["/doc"] += [(503, {"Retry-After": "soon"})]
    assert client.get_bytes(f"{web.url}/doc", limit=len(BODY)) == BODY
    assert waits == [9.0, 1.0]


@pytest.mark.parametrize(
    ("asked", "reason", "attempts"),
    [
        ({}, "Service Unavailable (given up after 3 attempts)", 3),
        (
            {"Retry-After": "3600"},
            "Service Unavailable (given up after 1 attempts, told to wait 3600 s)",
            1,
        ),
    ],
)
def test_it_gives_up(
    client: HttpClient, web: Web, asked: dict[str, str], reason: str, attempts: int
) -> None:
    web.statuses["/doc"] = [(503, asked)] * 9
    with pytest.raises(ServiceError) as error:
        client.get_bytes(f"{web.url}/doc", limit=len(BODY))
    assert failed(error) == ("503", reason)
    assert len(web.requests) == attempts


def test_a_refusal_is_not_tried_again(client: HttpClient, web: Web) -> None:
    web.statuses["/doc"] = [(403, {})]
    with pytest.raises(ServiceError, match="403: Forbidden"):
        client.get_bytes(f"{web.url}/doc", limit=1)
    assert len(web.requests) == 1


def test_a_broken_off_body_is_read_again(client: HttpClient, web: Web, waits: list[float]) -> None:
    web.cuts["/doc"] = [1000]
    assert client.get_bytes(f"{web.url}/doc", limit=len(BODY)) == BODY
    assert waits == [0.5]


def test_nobody_answers(client: HttpClient, waits: list[float]) -> None:
    with pytest.raises(ServiceError) as error:
        client.get_bytes("http://127.0.0.1:9/", limit=1)
    code, reason = failed(error)
    assert code == "connection"
    assert reason.startswith("ConnectError: ")
    assert waits == [0.5, 1.0]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x",
        "no url",
        "http://127.0.0.1:port/",
        "http://",
        "https://xn--/",
        "http://" + "a" * 300 + "/",
    ],
)
def test_what_is_not_an_http_url(client: HttpClient, url: str) -> None:
    with pytest.raises(ServiceError) as error:
        client.get_bytes(url, limit=1)
    assert error.value.code == "url"


def test_a_silent_server_is_left(web: Web) -> None:
    web.headers["/doc"] = {"Content-Length": str(len(BODY) + 1)}
    with (
        HttpClient(HttpPolicy(attempts=1, read_timeout=0.05)) as client,
        pytest.raises(ServiceError) as error,
    ):
        client.get_bytes(f"{web.url}/doc", limit=1 << 20)
    assert failed(error) == ("timeout", "ReadTimeout (given up after 1 attempts)")


def test_a_dribbling_server_is_left(web: Web) -> None:
    clock = iter(range(0, 1_000_000, 1000))
    with (
        HttpClient(HttpPolicy(attempts=1), monotonic=lambda: float(next(clock))) as client,
        pytest.raises(ServiceError) as error,
    ):
        client.get_bytes(f"{web.url}/doc", limit=1 << 20)
    assert error.value.code == "too-slow"


def test_redirects_are_followed_without_credentials(client: HttpClient, web: Web) -> None:
    with serve() as other:
        other.documents["/moved"] = b"there"
        web.redirects["/a"] = "b?x=1"
        web.redirects["/b"] = f"{other.url}/moved"
        request = Request(
            url=f"{web.url}/a", headers=(("Authorization", "Bearer secret"), ("Accept", "x/y"))
        )
        assert client.get_bytes(request, limit=10) == b"there"
        seen = [(path, h.get("authorization"), h["accept"]) for path, h in web.requests]
        assert seen == [("/a", "Bearer secret", "x/y"), ("/b?x=1", "Bearer secret", "x/y")]
        assert [(p, h.get("authorization"), h["accept"]) for p, h in other.requests] == [
            ("/moved", None, "x/y")
        ]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/loop", "over 5 redirects"),
        ("file:///etc/passwd", "a redirect to the scheme 'file'"),
        ("", "a redirect without a usable Location"),
    ],
)
def test_bad_redirects(client: HttpClient, web: Web, target: str, reason: str) -> None:
    web.redirects["/loop"] = target
    with pytest.raises(ServiceError) as error:
        client.get_bytes(f"{web.url}/loop", limit=10)
    assert failed(error) == ("redirect", reason)


def test_no_cookies_are_kept(client: HttpClient, web: Web) -> None:
    web.headers["/doc"] = {"Set-Cookie": "id=1"}
    for _ in range(2):
        client.get_bytes(f"{web.url}/doc", limit=len(BODY))
    assert [asked.get("cookie") for _, asked in web.requests] == [None, None]


def test_a_proxy_is_used_where_it_is_given(web: Web) -> None:
    with HttpClient(proxies={"http://advisories.invalid": web.url}) as client:
        assert (
            client.get("http://advisories.invalid/doc", limit=100, accept=frozenset({404})).status
            == 404
        )  # the proxy's answer to a path it does not know
    assert web.requests[0][0] == "http://advisories.invalid/doc"


def test_a_coding_that_nobody_asked_for(client: HttpClient, web: Web) -> None:
    web.documents |= {"/coded": gzip.compress(BODY), "/doc.gz": gzip.compress(BODY)}
    web.documents |= {"/short": gzip.compress(BODY)[:-9], "/wrong": b"nonsense", "/br": b"x"}
    gzipped = {"Content-Encoding": "gzip"}
    web.headers = dict.fromkeys(("/coded", "/doc.gz", "/short", "/wrong"), gzipped)
    web.headers["/br"] = {"Content-Encoding": "br"}
    assert client.get_bytes(f"{web.url}/coded", limit=len(BODY)) == BODY
    assert client.get_bytes(f"{web.url}/doc.gz", limit=len(BODY)) == web.documents["/doc.gz"]
    for name in ("short", "wrong", "br"):
        with pytest.raises(ServiceError) as error:
            client.get_bytes(f"{web.url}/{name}", limit=len(BODY))
        assert error.value.code == "encoding"


def test_a_coding_cannot_expand_over_the_limit(client: HttpClient, web: Web) -> None:
    web.documents["/bomb"] = gzip.compress(bytes(50_000_000))
    web.headers["/bomb"] = {"Content-Encoding": "gzip"}
    with pytest.raises(ServiceError) as error:
        client.get_bytes(f"{web.url}/bomb", limit=1_000_000)
    assert failed(error) == ("too-large", "over 1000000 bytes")


def self_signed(directory: Path) -> Path:
    """A PEM file with a key and a certificate for 127.0.0.1."""
    made = directory / "server.pem"
    key = directory / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
        f" -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {made}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    made.write_bytes(key.read_bytes() + made.read_bytes())
    return made


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate")
def test_certificates_are_verified(tmp_path: Path, waits: list[float]) -> None:
    bundle = self_signed(tmp_path)
    with serve(certificate=bundle) as web:
        web.documents["/doc"] = BODY
        with HttpClient(sleep=waits.append) as client, pytest.raises(ServiceError) as error:
            client.get_bytes(f"{web.url}/doc", limit=len(BODY))
        assert error.value.code == "tls"
        assert waits == []
        with HttpClient(ca_bundle=bundle) as client:
            assert client.get_bytes(f"{web.url}/doc", limit=len(BODY)) == BODY
