"""Where releases are kept: under a name, with blobs by their digest, in a directory, a prefix of S3, or a repository of a registry."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from vedette.advisories.exchange.release import LARGEST_DOCUMENT, SignedRelease
from vedette.clients.files import path_below, write_file
from vedette.clients.oci import Registry
from vedette.clients.s3 import Calls, ObjectPlace, object_place, write_object
from vedette.errors import ServiceError, StoreError
from vedette.model.digest import parse_digest

_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
"""Also what a registry takes for a tag (OCI distribution-spec, "Pulling manifests")."""

_PIECE = 1 << 20
_MISSING = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchBucket"})
_RELEASE_TYPE = "application/vnd.vedette.database.release.v1+json"
_DATABASE_TYPE = "application/vnd.vedette.database.v1+zstd"
_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_SIGNATURE = "dev.vedette.signature"


class Place(Protocol):
    """Somewhere that keeps releases."""

    def find(self, name: str) -> SignedRelease:
        """The release of this name; raises StoreError where there is none, ServiceError where nobody can tell."""
        ...

    def keep(self, name: str, release: SignedRelease, blob: Path, sha256: str) -> None:
        """Keep the blob, unless it is there, and then the release under the name."""
        ...

    def fetch(self, sha256: str, target: Path, *, limit: int) -> None:
        """Bring a blob of at most `limit` bytes to a file; whoever asked compares it."""
        ...


def checked_name(name: str) -> str:
    """A name that is one anywhere.

    Raises:
        StoreError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise StoreError(f"not a name of a release: {name[:80]!r}")
    return name


class DirectoryPlace:
    """A directory: `NAME.json`, `NAME.json.sig`, `blobs/sha256/…`.

    Args:
        folder: made where it is not there, once something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> SignedRelease:
        """As `Place.find`."""
        document = self._small(f"{name}.json")
        if document is None:
            raise StoreError(f"{self._folder}: there is no release {name}")
        signature = self._small(f"{name}.json.sig") or b""
        return SignedRelease(document=document, signature=signature.decode("ascii", "replace"))

    def keep(self, name: str, release: SignedRelease, blob: Path, sha256: str) -> None:
        """As `Place.keep`."""
        target = path_below(self._folder, _blob(sha256))
        if not target.exists() or target.stat().st_size != blob.stat().st_size:
            write_file(target, _pieces(blob))
        signature = path_below(self._folder, f"{name}.json.sig")
        signature.unlink(missing_ok=True)
        write_file(path_below(self._folder, f"{name}.json"), [release.document])
        if release.signature:
            write_file(signature, [release.signature.encode()])

    def fetch(self, sha256: str, target: Path, *, limit: int) -> None:
        """As `Place.fetch`."""
        try:
            with (self._folder / _blob(sha256)).open("rb") as file:
                write_file(target, _bounded(iter(lambda: file.read(_PIECE), b""), limit))
        except OSError as error:
            raise StoreError(f"{self._folder}: the database is not there: {error}") from error

    def _small(self, name: str) -> bytes | None:
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(LARGEST_DOCUMENT)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self._folder / name}: {error.strerror}") from error


class BucketPlace:
    """A prefix of a bucket, laid out as a directory is.

    Args:
        calls: the account.
        bucket: its name.
        prefix: without slashes at its ends; may be empty.
        region: the bucket's; None for the account's own.
    """

    def __init__(
        self, calls: Calls, bucket: str, prefix: str, *, region: str | None = None
    ) -> None:
        self._calls = calls
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._region = region

    def find(self, name: str) -> SignedRelease:
        """As `Place.find`."""
        document = self._small(f"{name}.json")
        if document is None:
            raise StoreError(f"s3://{self._bucket}/{self._prefix}: there is no release {name}")
        signature = self._small(f"{name}.json.sig") or b""
        return SignedRelease(document=document, signature=signature.decode("ascii", "replace"))

    def keep(self, name: str, release: SignedRelease, blob: Path, sha256: str) -> None:
        """As `Place.keep`; a signature without its document is no release, so it is written first."""
        key = _blob(sha256)
        if not self._has(key, blob.stat().st_size):
            write_object(self._calls, self._at(key), _pieces(blob), media_type=_DATABASE_TYPE)
        for suffix, data in (
            (".json.sig", release.signature.encode()),
            (".json", release.document),
        ):
            write_object(
                self._calls, self._at(f"{name}{suffix}"), [data], media_type="application/json"
            )

    def fetch(self, sha256: str, target: Path, *, limit: int) -> None:
        """As `Place.fetch`."""
        answer = self._get(_blob(sha256))
        if answer is None:
            raise StoreError(f"s3://{self._bucket}/{self._prefix}: the database is not there")
        write_file(target, _bounded(answer["Body"].iter_chunks(_PIECE), limit))

    def _at(self, key: str) -> ObjectPlace:
        whole = f"{self._prefix}/{key}" if self._prefix else key
        return object_place(self._bucket, whole, region=self._region)

    def _small(self, key: str) -> bytes | None:
        answer = self._get(key)
        return None if answer is None else bytes(answer["Body"].read(LARGEST_DOCUMENT))

    def _get(self, key: str) -> Any:
        place = self._at(key)
        try:
            return self._calls.call(
                "s3", "get_object", place.region, Bucket=place.bucket, Key=place.key
            )
        except ServiceError as error:
            if error.code in _MISSING:
                return None
            raise

    def _has(self, key: str, size: int) -> bool:
        """Whether an object of this size is there; where that is not told, it is written."""
        try:
            answer = self._get(key)
        except ServiceError:
            return False
        if answer is None:
            return False
        answer["Body"].close()
        return bool(answer["ContentLength"] == size)


class _Descriptor(msgspec.Struct, rename={"media_type": "mediaType"}):
    media_type: str
    digest: str
    size: int


class _Manifest(
    msgspec.Struct, rename={"schema_version": "schemaVersion", "media_type": "mediaType"}
):
    config: _Descriptor
    layers: list[_Descriptor]
    schema_version: int = 2
    media_type: str = _MANIFEST_TYPE
    annotations: dict[str, str] = {}


class RegistryPlace:
    """A repository of a registry: a release is a manifest whose config is the document and whose one layer is the database.

    Args:
        registry: the repository; what pushes has to be let in to push.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def find(self, name: str) -> SignedRelease:
        """As `Place.find`."""
        try:
            found = self._registry.manifest(name)
        except ServiceError as error:
            if error.code in _MISSING:
                raise StoreError(f"there is no release {name} in the repository") from error
            raise
        try:
            manifest = msgspec.json.decode(found.body, type=_Manifest)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise StoreError(f"{name} is not a release: {error}") from error
        if manifest.config.media_type != _RELEASE_TYPE:
            raise StoreError(f"{name} is not a release of an advisory database")
        document = self._registry.small_blob(
            parse_digest(manifest.config.digest), limit=LARGEST_DOCUMENT
        )
        return SignedRelease(document=document, signature=manifest.annotations.get(_SIGNATURE, ""))

    def keep(self, name: str, release: SignedRelease, blob: Path, sha256: str) -> None:
        """As `Place.keep`."""
        database = parse_digest(f"sha256:{sha256}")
        self._registry.push_blob(database, _pieces(blob), blob.stat().st_size)
        config = self._registry.push_small_blob(release.document)
        manifest = _Manifest(
            config=_Descriptor(media_type=_RELEASE_TYPE, digest=config, size=len(release.document)),
            layers=[
                _Descriptor(media_type=_DATABASE_TYPE, digest=database, size=blob.stat().st_size)
            ],
            annotations={_SIGNATURE: release.signature} if release.signature else {},
        )
        body = msgspec.json.encode(manifest, order="sorted")
        self._registry.push_manifest(name, body, media_type=_MANIFEST_TYPE)

    def fetch(self, sha256: str, target: Path, *, limit: int) -> None:
        """As `Place.fetch`."""
        self._registry.blob(parse_digest(f"sha256:{sha256}"), target, limit=limit)


def _blob(sha256: str) -> str:
    return f"blobs/{parse_digest(f'sha256:{sha256}').replace(':', '/')}"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(_PIECE), b"")


def _bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    taken = 0
    for piece in pieces:
        taken += len(piece)
        if taken > limit:
            raise StoreError(f"the database has more than the {limit} bytes that its release says")
        yield piece
