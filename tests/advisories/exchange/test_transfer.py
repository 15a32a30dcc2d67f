"""Databases given away and taken: to a directory, to S3 (moto), to a registry (Debian's)."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import boto3
import msgspec
import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from moto import mock_aws

from tests.advisories.records import EVERYTHING, NOW, advisory, build, built
from tests.simulators.registry import BINARY, debian_registry, simulated_registry
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.exchange.places import (
    BucketPlace,
    DirectoryPlace,
    Place,
    RegistryPlace,
    checked_name,
)
from vedette.advisories.exchange.release import (
    Release,
    SignedRelease,
    private_key,
    public_key,
    release_of,
)
from vedette.advisories.exchange.transfer import pull_database, push_database
from vedette.clients.aws import AwsSettings, connect
from vedette.clients.http import HttpClient
from vedette.clients.oci import Registry, parse_reference
from vedette.errors import ConfigError, ServiceError, StoreError

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
REGION = "us-east-1"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exchange") / "advisories.sqlite"
    build(path, *EVERYTHING)
    return path


@contextmanager
def _bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with mock_aws():
        boto3.client("s3", region_name=REGION).create_bucket(Bucket="databases")
        yield BucketPlace(connect(AwsSettings(region=REGION)), "databases", "/team/")


@contextmanager
def _repository(folder: Path) -> Iterator[Place]:
    if BINARY is None:
        pytest.skip("Debian's docker-registry is not installed")
    with debian_registry(folder) as host, HttpClient() as http:
        reference = parse_reference(f"{host}/team/advisories")
        yield RegistryPlace(Registry(http, reference, pushes=True))


@pytest.fixture(params=["directory", "bucket", "registry"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    match request.param:
        case "bucket":
            with _bucket(monkeypatch) as found:
                yield found
        case "registry":
            with _repository(tmp_path) as found:
                yield found
        case _:
            yield DirectoryPlace(tmp_path / "shared" / "folder")


def test_what_was_pushed_is_pulled(place: Place, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine" / "advisories.sqlite"
    pushed = push_database(database, place, "latest", key=KEY)
    pulled = pull_database(place, "latest", target, trusted=KEY.public_key())
    assert (pulled.release, pulled.unchanged) == (pushed, False)
    assert target.read_bytes() == database.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    again = pull_database(place, "latest", target, trusted=KEY.public_key())
    assert (again.release, again.unchanged) == (pushed, True)
    assert push_database(database, place, "latest", key=KEY) == pushed


def test_a_name_moves_on_and_signatures_with_it(
    place: Place, database: Path, tmp_path: Path
) -> None:
    newer = tmp_path / "newer"
    built(newer, advisory("CVE-2024-7777"))
    push_database(database, place, "latest", key=KEY)
    push_database(database, place, "old")
    push_database(newer, place, "latest", key=OTHER)
    target = tmp_path / "target"
    pull_database(place, "old", target)
    assert target.read_bytes() == database.read_bytes()
    with pytest.raises(StoreError, match="not signed, and a key is configured"):
        pull_database(place, "old", target, trusted=KEY.public_key())
    with pytest.raises(StoreError, match="not signed by the key that is configured"):
        pull_database(place, "latest", target, trusted=KEY.public_key())
    assert target.read_bytes() == database.read_bytes()
    pull_database(place, "latest", target, trusted=OTHER.public_key())
    assert target.read_bytes() == newer.read_bytes()
    push_database(newer, place, "latest")
    with pytest.raises(StoreError, match="not signed, and a key is configured"):
        pull_database(place, "latest", target, trusted=OTHER.public_key())


def test_what_is_not_there_is_told(place: Place, database: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no release nothing"):
        pull_database(place, "nothing", tmp_path / "target")
    for name in ("", "a/b", "../a", "-a", "x" * 200):
        with pytest.raises(StoreError, match="not a name"):
            push_database(database, place, name)
        with pytest.raises(StoreError, match="not a name"):
            pull_database(place, name, tmp_path / "target")
    assert not (tmp_path / "target").exists()


class Forged:
    """Keeps one release and gives whatever blob it was told to."""

    def __init__(self, document: bytes, blob: bytes) -> None:
        self._found = SignedRelease(document=document)
        self._blob = blob

    def find(self, _name: str) -> SignedRelease:
        return self._found

    def keep(self, _name: str, _release: SignedRelease, _blob: Path, _sha256: str) -> None:
        raise AssertionError

    def fetch(self, _sha256: str, target: Path, *, limit: int) -> None:
        del limit
        target.write_bytes(self._blob)


def _forged(database: Path, **changes: object) -> Forged:
    data = database.read_bytes()
    blob = zstandard.compress(data)
    with AdvisoryDatabase.open(database) as opened:
        document: dict[str, object] = {
            "schema": "vedette-database/1",
            "digest": opened.digest,
            "format": 3,
            "built_at": opened.built_at,
            "file": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)},
            "packed": {"sha256": hashlib.sha256(blob).hexdigest(), "size": len(blob)},
        }
    given = changes.pop("blob", blob)
    assert isinstance(given, bytes)
    if given is not blob:
        document["packed"] = {"sha256": hashlib.sha256(given).hexdigest(), "size": len(given)}
    return Forged(msgspec.json.encode(document | changes), given)


def test_an_honest_forgery_passes(database: Path, tmp_path: Path) -> None:
    assert not pull_database(_forged(database), "a", tmp_path / "target").unchanged


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema": "other/1"}, "a release of another kind"),
        ({"format": 2}, "a database of format 2; this version reads 3"),
        ({"format": "3"}, "not a release"),
        ({"digest": "sha256:" + "0" * 64}, "has another digest or moment"),
        ({"built_at": "2099-01-01T00:00:00Z"}, "has another digest or moment"),
        ({"file": {"sha256": "0" * 64, "size": 1 << 40}}, "a database of 1099511627776 bytes"),
        ({"file": {"sha256": "0" * 64, "size": 1 << 20}}, "not the one that the release says"),
        ({"file": {"sha256": "0" * 64, "size": 10}}, "larger than its release says"),
        ({"packed": {"sha256": "0" * 64, "size": 10}}, "not what the release says"),
        ({"blob": b"no zstd"}, "cannot be unpacked"),
        ({"blob": zstandard.compress(b"no database" * 9)}, "not the one that the release says"),
    ],
)
def test_forgeries_are_refused(
    database: Path, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"what stands")
    with pytest.raises(StoreError, match=reason):
        pull_database(_forged(database, **changes), "a", target)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert target.read_bytes() == b"what stands"


def test_an_older_release_is_taken_only_where_that_is_asked_for(
    place: Place, database: Path, tmp_path: Path
) -> None:
    """Rollback: what was once signed stays signed, so that its moment must count."""
    newer, target = tmp_path / "newer", tmp_path / "target"
    build(newer, built_at=NOW + timedelta(days=1))
    push_database(newer, place, "latest", key=KEY)
    pull_database(place, "latest", target, trusted=KEY.public_key())
    push_database(database, place, "latest", key=KEY)
    with pytest.raises(StoreError, match="an older one is taken only where that is asked for"):
        pull_database(place, "latest", target, trusted=KEY.public_key())
    assert target.read_bytes() == newer.read_bytes()
    pull_database(place, "latest", target, trusted=KEY.public_key(), older=True)
    assert target.read_bytes() == database.read_bytes()


@pytest.mark.parametrize("lost", [1, 1000, -1])
def test_a_truncated_blob_leaves_what_stands(database: Path, tmp_path: Path, lost: int) -> None:
    place, target = DirectoryPlace(tmp_path / "shared"), tmp_path / "target"
    newer = tmp_path / "newer"
    build(newer, built_at=NOW + timedelta(days=1))
    push_database(database, place, "latest", key=KEY)
    pull_database(place, "latest", target, trusted=KEY.public_key())
    release = push_database(newer, place, "latest", key=KEY)
    blob = tmp_path / "shared" / "blobs" / "sha256" / release.packed.sha256
    blob.write_bytes(blob.read_bytes()[:-lost] if lost > 0 else b"")
    with pytest.raises(StoreError, match="what arrived is not what the release says"):
        pull_database(place, "latest", target, trusted=KEY.public_key())
    assert target.read_bytes() == database.read_bytes()


def test_a_file_that_is_no_database_is_neither_pushed_nor_pulled(tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"rubbish" * 100)
    with pytest.raises(StoreError, match="not an advisory database"):
        push_database(tmp_path / "rubbish", DirectoryPlace(tmp_path / "shared"), "latest")
    assert not (tmp_path / "shared").exists()


def test_a_blob_that_grew_or_went_is_told(database: Path, tmp_path: Path) -> None:
    place = DirectoryPlace(tmp_path / "shared")
    release = push_database(database, place, "latest")
    blob = tmp_path / "shared" / "blobs" / "sha256" / release.packed.sha256
    blob.write_bytes(blob.read_bytes() + b"more")
    with pytest.raises(StoreError, match=r"more than the \d+ bytes that its release says"):
        pull_database(place, "latest", tmp_path / "target")
    push_database(database, place, "latest")
    pull_database(place, "latest", tmp_path / "target")
    blob.unlink()
    with pytest.raises(StoreError, match="the database is not there"):
        pull_database(place, "latest", tmp_path / "other")


def test_a_directory_that_cannot_be_used_is_told(database: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(ConfigError):
        push_database(database, DirectoryPlace(tmp_path / "file"), "latest")
    with pytest.raises(StoreError):
        pull_database(DirectoryPlace(tmp_path / "file"), "latest", tmp_path / "target")
    push_database(database, DirectoryPlace(tmp_path / "shared"), "latest")
    with pytest.raises(StoreError):
        pull_database(DirectoryPlace(tmp_path / "shared"), "latest", tmp_path / "file" / "target")


def test_a_bucket_that_is_not_there_or_not_ours_is_told(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _bucket(monkeypatch):
        account = connect(AwsSettings(region=REGION))
        gone = BucketPlace(account, "another-bucket", "")
        with pytest.raises(StoreError, match="there is no release"):
            pull_database(gone, "latest", tmp_path / "target")
        with pytest.raises(ServiceError):
            push_database(database, gone, "latest")
        ours = BucketPlace(account, "databases", "")
        release = push_database(database, ours, "latest")
        key = f"blobs/sha256/{release.packed.sha256}"
        boto3.client("s3", region_name=REGION).delete_object(Bucket="databases", Key=key)
        with pytest.raises(StoreError, match="the database is not there"):
            pull_database(ours, "latest", tmp_path / "target")


class Refusing:
    """An account that may do nothing."""

    def call(
        self, service: str, operation: str, region: str | None = None, **_arguments: object
    ) -> dict[str, object]:
        del region
        raise ServiceError("no", service=service, operation=operation, code="AccessDenied")


def test_what_is_refused_is_not_taken_for_missing(database: Path, tmp_path: Path) -> None:
    place = BucketPlace(Refusing(), "databases", "")
    with pytest.raises(ServiceError, match="no"):
        pull_database(place, "latest", tmp_path / "target")
    with pytest.raises(ServiceError, match="no"):
        push_database(database, place, "latest")


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (b"{}", "latest is not a release"),
        (b"\xff", "latest is not a release"),
        (
            b'{"config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:00", "size": 1}, "layers": []}',
            "not a release of an advisory database",
        ),
    ],
)
def test_other_content_of_a_registry_is_told(tmp_path: Path, manifest: bytes, reason: str) -> None:
    with simulated_registry() as registry, HttpClient() as http:
        registry.put_manifest("team/db", manifest, "latest")
        place = RegistryPlace(Registry(http, parse_reference(f"{registry.host}/team/db")))
        with pytest.raises(StoreError, match=reason):
            pull_database(place, "latest", tmp_path / "target")
        registry.web.statuses["/v2/team/db/manifests/latest"] = [(403, {})] * 9
        with pytest.raises(ServiceError, match="403"):
            pull_database(place, "latest", tmp_path / "target")


def test_keys_come_from_pem_files(tmp_path: Path) -> None:
    secret, public = tmp_path / "secret.pem", tmp_path / "public.pem"
    secret.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public.write_bytes(KEY.public_key().public_bytes(*pem))
    document = b'{"schema": 1}'
    found = SignedRelease(
        document=document, signature=base64.b64encode(private_key(secret).sign(document)).decode()
    )
    with pytest.raises(StoreError, match="not a release"):
        release_of(found, public_key(public))
    for text in ("", "%%%", base64.b64encode(b"short").decode()):
        with pytest.raises(StoreError, match="not signed"):
            release_of(SignedRelease(document=document, signature=text), public_key(public))


@pytest.mark.parametrize("read", [private_key, public_key])
def test_what_is_no_key_is_refused(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(ConfigError, match="No such file"):
        read(tmp_path / "nothing")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(ConfigError, match="not a "):
        read(tmp_path / "text")
    other = generate_private_key(SECP256R1())
    pem = (
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        if read is private_key
        else other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "other").write_bytes(pem)
    with pytest.raises(ConfigError, match="not an Ed25519 key"):
        read(tmp_path / "other")


def test_names() -> None:
    assert checked_name("v1.2-rc_3") == "v1.2-rc_3"


def test_a_release_is_written_the_same_each_time(database: Path, tmp_path: Path) -> None:
    first, second = DirectoryPlace(tmp_path / "a"), DirectoryPlace(tmp_path / "b")
    assert push_database(database, first, "x") == push_database(database, second, "x")
    assert (tmp_path / "a" / "x.json").read_bytes() == (tmp_path / "b" / "x.json").read_bytes()
    release = msgspec.json.decode((tmp_path / "a" / "x.json").read_bytes(), type=Release)
    assert release.file.size == database.stat().st_size
