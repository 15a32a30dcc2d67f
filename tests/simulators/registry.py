"""An image registry on loopback with any way of authenticating, and a real one where Debian's is installed."""

import base64
import hashlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.simulators.web import Web, serve

BINARY = shutil.which("docker-registry")
BASIC = "Basic " + base64.b64encode(b"AWS:token").decode()


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class SimulatedRegistry:
    """Repositories as documents of a web server.

    `challenge` is what `/v2/` demands; `good` are the values of `Authorization` that are accepted, none for everybody.
    """

    def __init__(self, web: Web) -> None:
        self.web = web
        self.challenge = ""
        self.good: set[str] = set()
        self.issued = 0
        self.token_answer: dict[str, str] | None = None
        self.scopes: list[tuple[str, ...]] = []
        web.documents["/v2/"] = b"{}"
        web.guard = self._guard

    @property
    def host(self) -> str:
        return urlsplit(self.web.url).netloc

    def put_blob(self, repository: str, data: bytes) -> str:
        digest = sha256(data)
        self.web.documents[f"/v2/{repository}/blobs/{digest}"] = data
        return digest

    def put_manifest(self, repository: str, data: bytes, *tags: str, media_type: str = "") -> str:
        digest = sha256(data)
        for name in (digest, *tags):
            path = f"/v2/{repository}/manifests/{name}"
            self.web.documents[path] = data
            self.web.headers[path] = {
                "Content-Type": media_type or "application/vnd.oci.image.manifest.v1+json",
                "Docker-Content-Digest": digest,
            }
        return digest

    def ask_for_tokens(self) -> None:
        self.challenge = f'Bearer realm="{self.web.url}/token?a=b",service="here, there"'
        self.good = {"Bearer none"}

    def expire(self) -> None:
        self.good = {"Bearer none"}

    def _guard(
        self, path: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes] | None:
        if path.startswith("/token"):
            return self._token(path, headers)
        if path.startswith("/v2/") and self.good and headers.get("authorization") not in self.good:
            return 401, {"WWW-Authenticate": self.challenge}, b"who are you?"
        return None

    def _token(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        query = parse_qs(urlsplit(path).query)
        asked = headers.get("authorization", "")
        self.scopes.append((*query["a"], *query["service"], *query["scope"], asked))
        self.issued += 1
        token = f"token{self.issued}"
        self.good = {f"Bearer {token}"}
        answer = {"token": token} if self.token_answer is None else self.token_answer
        return 200, {}, json.dumps(answer).encode()


@contextmanager
def simulated_registry() -> Iterator[SimulatedRegistry]:
    """A running registry that lets everybody in."""
    with serve() as web:
        yield SimulatedRegistry(web)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def debian_registry(directory: Path) -> Iterator[str]:
    """Debian's docker-registry (CNCF distribution), empty; gives its host and port."""
    port = _free_port()
    config = directory / "registry.yml"
    config.write_text(
        f"""
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {directory}/registry}}}}
http: {{addr: "127.0.0.1:{port}", secret: none}}
"""
    )
    command = [str(BINARY), "serve", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(port)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens at port {port}")
