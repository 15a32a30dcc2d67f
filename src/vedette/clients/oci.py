"""Pulling from image registries, and pushing to them (OCI distribution-spec 1.1, "Pull", "Push"; Docker's token authentication).

A registry is asked at `/v2/` how it wants to be spoken to: with nothing, with a password (Basic), or with a token that
another server gives for one repository (Bearer, RFC 6750; distribution/docs "Token authentication").
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from vedette.clients.http import HttpClient, Reply, Request
from vedette.clients.http_policy import is_loopback, with_query
from vedette.errors import ParseError, ServiceError
from vedette.model.digest import Digest, parse_digest

_ACCEPTED = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LARGEST_MANIFEST = 8 << 20
_LARGEST_ANSWER = 1 << 20

# distribution-spec, "Pulling manifests"; the reference grammar is that of github.com/distribution/reference
_REPOSITORY = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_HOST = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?"
)
# RFC 9110, section 11.6.1: schemes, each with parameters, all separated by commas
_CHALLENGE = re.compile(
    r"(?P<scheme>[A-Za-z]+)(?=\s+[A-Za-z_]+\s*=)"
    r'|(?P<key>[A-Za-z_]+)\s*=\s*(?:"(?P<quoted>[^"\\]*)"|(?P<bare>[^\s,"]+))'
)
_VISIBLE = re.compile(r"[\x21-\x7e]{1,65536}")
_LONGEST_NAME = 255

_BEGUN, _CREATED = frozenset({202}), frozenset({201})

_T = TypeVar("_T")


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An image's name: where, what, and which; `version` is a tag or a digest."""

    registry: str
    repository: str
    version: str

    def __str__(self) -> str:
        mark = "@" if ":" in self.version else ":"
        return f"{self.registry}/{self.repository}{mark}{self.version}"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """A user's name and password (for ECR `AWS` and the authorization token)."""

    user: str
    password: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest or an index as the registry gave it."""

    body: bytes
    digest: Digest
    media_type: str


def parse_reference(text: str) -> Reference:
    """Read an image's name as container tools write it: `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`.

    Without a host it is Docker Hub's, without a tag `latest`; a digest wins over a tag.

    Raises:
        ParseError: it is none.
    """
    name, _, digest = text.partition("@")
    head, slash, rest = name.partition("/")
    is_host = bool(slash) and ("." in head or ":" in head or head == "localhost")
    registry, path = (head, rest) if is_host else ("docker.io", name)
    repository, _, tag = path.partition(":")
    if registry == "docker.io":
        repository = repository if "/" in repository else f"library/{repository}"
    version = parse_digest(digest) if digest else tag or "latest"
    if (
        not _HOST.fullmatch(registry)
        or len(repository) > _LONGEST_NAME
        or not _REPOSITORY.fullmatch(repository)
        or not (_TAG.fullmatch(tag) or not tag)
    ):
        raise ParseError(f"not an image's name: {text[:200]!r}")
    return Reference(registry=registry, repository=repository, version=version)


class Registry:
    """One repository of a registry; safe to share between threads.

    Args:
        http: how it is reached.
        reference: names the registry and the repository.
        credentials: sent to the registry, or to the server that it sends us to for tokens.
        plain_http: whether it is spoken to without TLS; by default only on this machine.
        pushes: whether tokens are asked for that let us push.
    """

    def __init__(
        self,
        http: HttpClient,
        reference: Reference,
        *,
        credentials: Credentials | None = None,
        plain_http: bool | None = None,
        pushes: bool = False,
    ) -> None:
        host = reference.registry
        loopback = is_loopback(host.rsplit(":", 1)[0].strip("[]"))
        self._plain = loopback if plain_http is None else plain_http
        where = "registry-1.docker.io" if host == "docker.io" else host
        self._base = f"{'http' if self._plain else 'https'}://{where}/v2/"
        self._http = http
        self._repository = reference.repository
        self._credentials = credentials
        self._actions = "pull,push" if pushes else "pull"
        self._authorization: str | None = None

    def manifest(self, version: str) -> Manifest:
        """The manifest or index of a tag or digest, compared with its digest.

        Raises:
            ServiceError: service `http` for what the transport or the server refuses; service `registry` for
                content that is not what its digest says.
        """
        url = f"{self._base}{self._repository}/manifests/{version}"
        accept = (("Accept", ", ".join(_ACCEPTED)),)
        reply = self._authorized(
            lambda headers: self._http.get(
                Request(url=url, headers=(*accept, *headers)), limit=_LARGEST_MANIFEST
            )
        )
        stated = version if ":" in version else reply.header("docker-content-digest")
        digest = _compared(reply.body, stated)
        media_type = (reply.header("content-type") or "").partition(";")[0].strip()
        return Manifest(body=reply.body, digest=digest, media_type=media_type)

    def small_blob(self, digest: Digest, *, limit: int) -> bytes:
        """A blob of at most `limit` bytes, compared with its digest.

        Raises:
            ServiceError: as `manifest`.
        """
        url = self._blob_url(digest)
        reply = self._authorized(
            lambda headers: self._http.get(Request(url=url, headers=headers), limit=limit)
        )
        _compared(reply.body, digest)
        return reply.body

    def blob(self, digest: Digest, target: Path, *, limit: int) -> Path:
        """Bring a blob to a file, resumed and verified; nothing is fetched if it is there.

        Raises:
            ServiceError: as `manifest`.
            OSError: the target cannot be written.
        """
        algorithm, _, encoded = digest.partition(":")
        if algorithm != "sha256":
            raise _failure("Digest", f"a blob with a {algorithm} digest")
        url = self._blob_url(digest)
        self._authorized(
            lambda headers: self._http.download(
                Request(url=url, headers=headers), target, sha256=encoded, limit=limit
            )
        )
        return target

    def push_blob(self, digest: Digest, pieces: Iterable[bytes], size: int) -> None:
        """Push a blob in one piece; nothing is sent where the registry has it. The registry compares it with its digest.

        Raises:
            ServiceError: as `manifest`.
        """
        if self._has_blob(digest):
            return
        begun = self._authorized(
            lambda headers: self._http.send(
                "POST",
                Request(url=f"{self._base}{self._repository}/blobs/uploads/", headers=headers),
                b"",
                accept=_BEGUN,
                limit=_LARGEST_ANSWER,
            )
        )
        place = urljoin(self._base, begun.header("location") or "")
        if urlsplit(place)[:2] != urlsplit(self._base)[:2]:
            raise _failure("Location", f"an upload that goes elsewhere: {place[:200]!r}")
        sent = (("Content-Type", "application/octet-stream"), ("Content-Length", str(size)))
        self._http.send(
            "PUT",
            Request(
                url=with_query(place, {"digest": digest}),
                headers=(*sent, *_header(self._authorization or "")),
            ),
            pieces,
            accept=_CREATED,
            limit=_LARGEST_ANSWER,
        )

    def push_small_blob(self, data: bytes) -> Digest:
        """Push a blob that is in memory; its digest.

        Raises:
            ServiceError: as `manifest`.
        """
        digest = _compared(data, None)
        self.push_blob(digest, [data], len(data))
        return digest

    def push_manifest(self, version: str, body: bytes, *, media_type: str) -> None:
        """Give a manifest a tag; its blobs are there already.

        Raises:
            ServiceError: as `manifest`.
        """
        url = f"{self._base}{self._repository}/manifests/{version}"
        self._authorized(
            lambda headers: self._http.send(
                "PUT",
                Request(url=url, headers=(("Content-Type", media_type), *headers)),
                body,
                accept=_CREATED,
                limit=_LARGEST_ANSWER,
            )
        )

    def _has_blob(self, digest: Digest) -> bool:
        reply = self._authorized(
            lambda headers: self._http.send(
                "HEAD",
                Request(url=self._blob_url(digest), headers=headers),
                b"",
                accept=frozenset({200, 307, 404}),
                limit=_LARGEST_ANSWER,
            )
        )
        return reply.status != 404  # noqa: PLR2004 - not found

    def _blob_url(self, digest: Digest) -> str:
        return f"{self._base}{self._repository}/blobs/{digest}"

    def _authorized(self, send: Callable[[tuple[tuple[str, str], ...]], _T]) -> _T:
        """Send with what the registry accepted before; if it refuses (tokens expire), once more with something new."""
        used = self._authorization
        if used is None:
            used = self._authorization = self._authorize()
        try:
            return send(_header(used))
        except ServiceError as error:
            if error.code != "401":
                raise
        self._authorization = self._authorize()
        return send(_header(self._authorization))

    def _authorize(self) -> str:
        """The value for `Authorization`; empty where none is needed."""
        reply = self._http.get(self._base, limit=_LARGEST_ANSWER, accept=frozenset({200, 401}))
        if reply.status == 200:  # noqa: PLR2004 - OK
            return ""
        text = reply.header("www-authenticate") or ""
        for scheme, parameters in _challenges(text):
            if scheme == "bearer":
                return self._token(parameters)
            if scheme == "basic":
                return self._basic() or ""
        raise _failure("Unauthorized", f"no known way to authenticate: {text[:200]!r}")

    def _token(self, parameters: dict[str, str]) -> str:
        realm = parameters.get("realm", "")
        if not realm.startswith("https://") and not (self._plain and realm.startswith("http://")):
            raise _failure(
                "Unauthorized", f"tokens from a place that is not trusted: {realm[:200]!r}"
            )
        query = {"scope": f"repository:{self._repository}:{self._actions}"}
        if "service" in parameters:
            query["service"] = parameters["service"]
        basic = self._basic()
        reply = self._http.get(
            Request(url=with_query(realm, query), headers=_header(basic or "")),
            limit=_LARGEST_ANSWER,
        )
        return f"Bearer {_token_in(reply)}"

    def _basic(self) -> str | None:
        if self._credentials is None:
            return None
        pair = f"{self._credentials.user}:{self._credentials.password}".encode()
        return "Basic " + base64.b64encode(pair).decode()


class _TokenAnswer(msgspec.Struct, frozen=True):
    token: str = ""
    access_token: str = ""


def _token_in(reply: Reply) -> str:
    try:
        answer = msgspec.json.decode(reply.body, type=_TokenAnswer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _failure("Unauthorized", f"the answer to a request for a token: {error}") from error
    token = answer.token or answer.access_token
    if not _VISIBLE.fullmatch(token):
        raise _failure("Unauthorized", "no token in the answer to a request for one")
    return token


def _challenges(text: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for match in _CHALLENGE.finditer(text):
        if match["scheme"]:
            found.append((match["scheme"].lower(), {}))
        elif found:
            found[-1][1][match["key"].lower()] = match["quoted"] or match["bare"] or ""
    return found


def _header(authorization: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", authorization),) if authorization else ()


def _compared(body: bytes, stated: str | None) -> Digest:
    """The digest of a body, which is the stated one if that is given."""
    try:
        wanted = parse_digest(stated) if stated else None
    except ParseError as error:
        raise _failure("Digest", error.reason) from error
    algorithm = wanted.partition(":")[0] if wanted else "sha256"
    found = Digest(f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}")
    if wanted is not None and found != wanted:
        raise _failure("Digest", f"the content is {found}, not {wanted}")
    return found


def _failure(code: str, reason: str) -> ServiceError:
    return ServiceError(reason, service="registry", operation="Pull", code=code)
