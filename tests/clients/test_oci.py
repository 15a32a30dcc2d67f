"""Pulling from registries: a simulated one with every way of authenticating, and Debian's."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.registry import BASIC, SimulatedRegistry, sha256, simulated_registry
from vedette.clients import oci
from vedette.clients.http import HttpClient, HttpPolicy, Reply
from vedette.clients.oci import Credentials, Manifest, Reference, Registry, parse_reference
from vedette.errors import ParseError, ServiceError
from vedette.model.digest import Digest

BODY = b'{"schemaVersion": 2}'
BLOB = b"blob" * 9999


@pytest.fixture
def server() -> Iterator[SimulatedRegistry]:
    with simulated_registry() as running:
        running.put_manifest("team/app", BODY, "1")
        running.put_blob("team/app", BLOB)
        yield running


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with HttpClient(HttpPolicy(attempts=1)) as client:
        yield client


def client(http: HttpClient, server: SimulatedRegistry, *, known: bool = False) -> Registry:
    reference = Reference(registry=server.host, repository="team/app", version="1")
    credentials = Credentials(user="AWS", password="token") if known else None  # noqa: S106 - a test's
    return Registry(http, reference, credentials=credentials)


MANIFEST = Manifest(
    body=BODY,
    digest=Digest(sha256(BODY)),
    media_type="application/vnd.oci.image.manifest.v1+json",
)


@pytest.mark.parametrize(
    ("text", "registry", "repository", "version"),
    [
        ("debian", "docker.io", "library/debian", "latest"),
        ("debian:12", "docker.io", "library/debian", "12"),
        ("docker.io/debian", "docker.io", "library/debian", "latest"),
        ("team/app:v1.2-3_4", "docker.io", "team/app", "v1.2-3_4"),
        ("localhost/app", "localhost", "app", "latest"),
        ("localhost:5000/a/b/c:1", "localhost:5000", "a/b/c", "1"),
        ("[::1]:5000/app", "[::1]:5000", "app", "latest"),
        ("registry.example/a__b/c.d-e--f:1", "registry.example", "a__b/c.d-e--f", "1"),
        (f"registry.example/a@{sha256(b'')}", "registry.example", "a", sha256(b"")),
        (f"registry.example/a:1@{sha256(b'')}", "registry.example", "a", sha256(b"")),
    ],
)
def test_names(text: str, registry: str, repository: str, version: str) -> None:
    reference = parse_reference(text)
    assert reference == Reference(registry=registry, repository=repository, version=version)
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/app",
        "UPPER/app",
        "app:",
        "app:-x",
        "app:" + "x" * 129,
        "a" * 256,
        "app@sha256:short",
        "a//b",
        "a_-b",
        "host.example:99:99/app",
        "host.example/../app",
        "host.example/app?x",
        "user@host.example/app",
        "https://host.example/app",
        "http:/x",
        "app:1\n",
    ],
)
def test_what_is_no_name(text: str) -> None:
    if text == "app:":
        assert parse_reference(text).version == "latest"
        return
    with pytest.raises(ParseError):
        parse_reference(text)


@pytest.mark.loopback
def test_an_open_registry(http: HttpClient, server: SimulatedRegistry, tmp_path: Path) -> None:
    registry = client(http, server)
    assert registry.manifest("1") == MANIFEST
    assert registry.manifest(sha256(BODY)) == MANIFEST
    digest = Digest(sha256(BLOB))
    assert registry.small_blob(digest, limit=len(BLOB)) == BLOB
    for _ in range(2):
        assert registry.blob(digest, tmp_path / "b", limit=len(BLOB)).read_bytes() == BLOB
    assert [path.rsplit("/", 1)[1] for path, _ in server.web.requests] == [
        "",
        "1",
        sha256(BODY),
        digest,
        digest,
    ]
    accepted = server.web.requests[1][1]["accept"]
    assert "application/vnd.oci.image.index.v1+json" in accepted


@pytest.mark.loopback
def test_passwords(http: HttpClient, server: SimulatedRegistry) -> None:
    server.challenge = 'Basic realm="here"'
    server.good = {BASIC}
    assert client(http, server, known=True).manifest("1") == MANIFEST
    with pytest.raises(ServiceError) as error:
        client(http, server).manifest("1")
    assert error.value.code == "401"


@pytest.mark.loopback
@pytest.mark.parametrize("known", [True, False])
def test_tokens(http: HttpClient, server: SimulatedRegistry, *, known: bool) -> None:
    server.ask_for_tokens()
    registry = client(http, server, known=known)
    assert registry.manifest("1") == registry.manifest("1") == MANIFEST
    scope = ("b", "here, there", "repository:team/app:pull", BASIC if known else "")
    assert server.scopes == [scope]


@pytest.mark.loopback
def test_tokens_that_expire(http: HttpClient, server: SimulatedRegistry, tmp_path: Path) -> None:
    server.ask_for_tokens()
    registry = client(http, server)
    registry.manifest("1")
    server.expire()
    digest = Digest(sha256(BLOB))
    assert registry.blob(digest, tmp_path / "b", limit=1 << 20).read_bytes() == BLOB
    assert server.issued == 2


@pytest.mark.loopback
def test_a_registry_that_never_accepts_its_own_tokens(
    http: HttpClient, server: SimulatedRegistry
) -> None:
    server.ask_for_tokens()
    server.token_answer = {"access_token": "another"}
    with pytest.raises(ServiceError) as error:
        client(http, server).manifest("1")
    assert error.value.code == "401"
    assert server.issued == 2


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("challenge", "reason"),
    [
        ("", "no known way to authenticate: ''"),
        ('Negotiate x="y"', "no known way to authenticate: 'Negotiate x=\"y\"'"),
        ('Bearer service="x"', "tokens from a place that is not trusted: ''"),
        ('Bearer realm="ftp://x/"', "tokens from a place that is not trusted: 'ftp://x/'"),
        ('key="before any scheme"', "no known way to authenticate: 'key=\"before any scheme\"'"),
    ],
)
def test_challenges_that_cannot_be_met(
    http: HttpClient, server: SimulatedRegistry, challenge: str, reason: str
) -> None:
    server.good = {"nothing"}
    server.challenge = challenge
    with pytest.raises(ServiceError) as error:
        client(http, server).manifest("1")
    assert str(error.value) == f"registry:Pull: Unauthorized: {reason}"


@pytest.mark.loopback
def test_several_challenges(http: HttpClient, server: SimulatedRegistry) -> None:
    server.challenge = 'Negotiate realm="x", Basic realm="a, Bearer realm=b", Bearer realm="c"'
    server.good = {BASIC}
    assert client(http, server, known=True).manifest("1") == MANIFEST


@pytest.mark.loopback
def test_a_realm_that_is_no_url(http: HttpClient, server: SimulatedRegistry) -> None:
    server.good = {"nothing"}
    server.challenge = 'Bearer realm="https://host:port/"'
    with pytest.raises(ServiceError) as error:
        client(http, server).manifest("1")
    assert error.value.code == "url"


def test_passwords_do_not_go_to_places_without_tls(http: HttpClient) -> None:
    reference = parse_reference("registry.example/app")
    registry = Registry(http, reference, credentials=Credentials(user="a", password="b"))  # noqa: S106 - a test's
    with pytest.raises(ServiceError, match="a place that is not trusted: 'http://else"):
        registry._token({"realm": "http://else.example/"})


@pytest.mark.parametrize("body", [b"", b"[]", b'{"token": "\xff"}'])
def test_answers_that_are_none(body: bytes) -> None:
    with pytest.raises(ServiceError, match="the answer to a request for a token"):
        oci._token_in(Reply(status=200, headers=(), body=body))


@pytest.mark.loopback
@pytest.mark.parametrize("answer", [{}, {"token": ""}, {"token": "a\nb"}, {"token": "\u00e9"}])
def test_answers_without_a_token(
    http: HttpClient, server: SimulatedRegistry, answer: dict[str, str]
) -> None:
    server.ask_for_tokens()
    server.token_answer = answer
    with pytest.raises(ServiceError, match="no token in the answer"):
        client(http, server).manifest("1")
    server.token_answer = json.loads('{"token": 5}')
    with pytest.raises(ServiceError, match="the answer to a request for a token"):
        client(http, server).manifest("1")


@pytest.mark.loopback
def test_content_of_another_digest(
    http: HttpClient, server: SimulatedRegistry, tmp_path: Path
) -> None:
    registry = client(http, server)
    digest = Digest(sha256(BLOB))
    documents = server.web.documents
    documents[f"/v2/team/app/blobs/{digest}"] = b"forged"
    documents["/v2/team/app/manifests/1"] = b"forged"
    documents[f"/v2/team/app/manifests/{sha256(BODY)}"] = b"forged"
    forged = f"registry:Pull: Digest: the content is {sha256(b'forged')}, not "
    with pytest.raises(ServiceError) as error:
        registry.small_blob(digest, limit=99)
    assert str(error.value) == forged + digest
    for version in ("1", sha256(BODY)):
        with pytest.raises(ServiceError) as error:
            registry.manifest(version)
        assert str(error.value) == forged + sha256(BODY)
    with pytest.raises(ServiceError) as error:
        registry.blob(digest, tmp_path / "b", limit=99)
    assert error.value.code == "checksum"
    with pytest.raises(ServiceError, match="a blob with a sha512 digest"):
        registry.blob(Digest("sha512:" + "0" * 128), tmp_path / "b", limit=99)


@pytest.mark.loopback
def test_digests_that_the_registry_makes_up(http: HttpClient, server: SimulatedRegistry) -> None:
    headers = server.web.headers["/v2/team/app/manifests/1"]
    headers["Docker-Content-Digest"] = "md5:none"
    with pytest.raises(ServiceError, match="Digest: not a digest: 'md5:none'"):
        client(http, server).manifest("1")
    headers["Docker-Content-Digest"] = ""
    assert client(http, server).manifest("1") == MANIFEST


def test_where_registries_are() -> None:
    with HttpClient() as http:
        urls = {
            name: Registry(http, parse_reference(f"{name}/a"))._base
            for name in (
                "docker.io",
                "registry.example:5000",
                "localhost:1",
                "[::1]:1",
                "127.0.0.1",
            )
        }
        forced = Registry(http, parse_reference("registry.example/a"), plain_http=True)._base
    assert (urls, forced) == (
        {
            "docker.io": "https://registry-1.docker.io/v2/",
            "registry.example:5000": "https://registry.example:5000/v2/",
            "localhost:1": "http://localhost:1/v2/",
            "[::1]:1": "http://[::1]:1/v2/",
            "127.0.0.1": "http://127.0.0.1/v2/",
        },
        "http://registry.example/v2/",
    )
