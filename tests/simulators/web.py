"""A web server on loopback whose documents and misdeeds are set in one line."""

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Guard = Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes] | None]


def _open(_path: str, _headers: dict[str, str]) -> None:
    """Let everybody have everything."""


class Web:
    """What the server holds and what it has been asked."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.statuses: dict[str, list[tuple[int, dict[str, str]]]] = {}
        """Replies given first, in turn, in place of the document."""
        self.cuts: dict[str, list[int]] = {}
        """The next replies break off after so many bytes."""
        self.guard: Guard = _open
        """Says what to answer in place of the document, by path (with its query) and headers."""
        self.weak = False
        self.ranges = True
        self.compares = True
        """Whether `If-Range` is heeded."""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    def etag(self, path: str) -> str:
        tag = hashlib.md5(self.documents[path], usedforsecurity=False).hexdigest()[:8]
        return f'W/"{tag}"' if self.weak else f'"{tag}"'


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class with five short methods
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = self.path.split("?", 1)[0]
            asked = {name.lower(): value for name, value in self.headers.items()}
            web.requests.append((self.path, asked))
            if refusal := web.guard(self.path, asked):
                self._answer(*refusal)
            elif web.statuses.get(path):
                status, headers = web.statuses[path].pop(0)
                self._answer(status, headers, b"busy")
            elif path in web.redirects:
                self._answer(302, {"Location": web.redirects[path]}, b"elsewhere")
            elif path not in web.documents:
                self._answer(404, {}, b"nothing here")
            else:
                self._document(path, asked)

        def _document(self, path: str, asked: dict[str, str]) -> None:
            body, headers = web.documents[path], dict(web.headers.get(path, {}))
            headers.setdefault("ETag", web.etag(path))
            if asked.get("if-none-match") == headers["ETag"]:
                self._answer(304, headers, b"")
                return
            start = asked.get("range", "")
            current = asked.get("if-range", headers["ETag"]) == headers["ETag"] or not web.compares
            if not (start and web.ranges and current):
                self._answer(200, headers, body)
                return
            offset = int(start.removeprefix("bytes=").removesuffix("-"))
            if offset >= len(body):
                self._answer(416, {}, b"")
                return
            headers.setdefault("Content-Range", f"bytes {offset}-{len(body) - 1}/{len(body)}")
            self._answer(206, headers, body[offset:])

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            if status != 304 and "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cuts = web.cuts.get(self.path.split("?", 1)[0])
            if cuts:
                self.wfile.write(body[: cuts.pop(0)])
                self.close_connection = True
            elif status != 304:
                self.wfile.write(body)

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        """Clients that leave early are part of the tests."""


@contextmanager
def serve(certificate: Path | None = None) -> Iterator[Web]:
    """A running server, https with a certificate (PEM with its key); its `url` has no trailing slash."""
    web = Web()
    server = _Server(("127.0.0.1", 0), _handler(web))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    web.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
