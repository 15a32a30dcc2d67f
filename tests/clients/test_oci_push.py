"""Pushing to a registry: Debian's own, and one that misbehaves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.simulators.registry import BINARY, debian_registry, sha256
from vedette.clients.http import HttpClient, HttpPolicy
from vedette.clients.oci import Registry, parse_reference
from vedette.errors import ServiceError
from vedette.model.digest import parse_digest

MANIFEST = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"a/b","digest":"%s","size":3},"layers":[]}'


@pytest.mark.skipif(BINARY is None, reason="Debian's docker-registry is not installed")
def test_what_was_pushed_is_there(tmp_path: Path) -> None:
    with debian_registry(tmp_path) as host, HttpClient() as http:
        registry = Registry(http, parse_reference(f"{host}/a/b"), pushes=True)
        digest = registry.push_small_blob(b"abc")
        assert digest == sha256(b"abc")
        assert registry.push_small_blob(b"abc") == digest
        registry.push_blob(parse_digest(sha256(b"abcdef")), iter([b"abc", b"def"]), 6)
        body = MANIFEST % digest.encode()
        registry.push_manifest(
            "latest", body, media_type="application/vnd.oci.image.manifest.v1+json"
        )
        assert registry.manifest("latest").body == body
        assert registry.small_blob(digest, limit=9) == b"abc"
        with pytest.raises(ServiceError, match="400"):
            registry.push_blob(parse_digest(sha256(b"x")), [b"y"], 1)


class _Elsewhere(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(200)

    def do_HEAD(self) -> None:
        self._answer(404)

    def do_POST(self) -> None:
        self._answer(202, "https://elsewhere.example/upload")

    def do_PUT(self) -> None:
        self.close_connection = True

    def _answer(self, status: int, location: str = "") -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", "0")
        if location:
            self.send_header("Location", location)
        self.end_headers()


@contextmanager
def _misbehaving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_upload_stays_with_the_registry() -> None:
    with _misbehaving() as host, HttpClient(HttpPolicy()) as http:
        registry = Registry(http, parse_reference(f"{host}/a/b"), pushes=True)
        with pytest.raises(ServiceError, match="goes elsewhere"):
            registry.push_small_blob(b"abc")


def test_what_was_sent_is_not_sent_again() -> None:
    with _misbehaving() as host, HttpClient() as http, pytest.raises(ServiceError):
        http.send("PUT", f"http://{host}/x", b"abc", accept=frozenset({201}), limit=9)
