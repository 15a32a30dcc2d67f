"""Gives a database away, and takes one: what arrives replaces what stands only when it is what its release says."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vedette.advisories.build import put_in_place
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.database_format import FORMAT
from vedette.advisories.exchange.places import Place, checked_name
from vedette.advisories.exchange.release import SCHEMA, File, Release, release_of, signed
from vedette.errors import StoreError

_LEVEL = 9
_PIECE = 1 << 20
_LARGEST = 8 << 30


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken; `unchanged` where the same database stood already."""

    release: Release
    unchanged: bool


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    digest: str
    built_at: datetime


def push_database(
    database: Path, place: Place, name: str, *, key: Ed25519PrivateKey | None = None
) -> Release:
    """Give a database away under a name.

    Args:
        database: the file.
        place: where it is kept.
        name: what it is asked for by; what had the name before is replaced.
        key: signs the release.

    Raises:
        StoreError: the database cannot be read, or the place cannot be written.
        ServiceError: the service that keeps it refuses.
    """
    checked_name(name)
    with AdvisoryDatabase.open(database) as opened:
        digest, built_at = opened.digest, opened.built_at
    with _scratch(database.parent) as folder:
        packed = folder / "packed"
        release = Release(
            schema=SCHEMA,
            digest=digest,
            format=FORMAT,
            built_at=built_at,
            file=_pack(database, packed),
            packed=_measured(packed),
        )
        place.keep(name, signed(release, key), packed, release.packed.sha256)
    return release


def pull_database(
    place: Place,
    name: str,
    target: Path,
    *,
    trusted: Ed25519PublicKey | None = None,
    older: bool = False,
) -> Pulled:
    """Take the database of this name and put it in the target's place in one step.

    Args:
        place: where it is kept.
        name: what it is asked for by.
        target: the file; what stands there stays unless all is as it should be.
        trusted: who must have signed the release; None asks for nobody.
        older: takes it though its moment lies before that of the database that stands.

    Raises:
        StoreError: there is none, it is not signed by the trusted key, has another format, is older than what stands, or is
            not what its release says.
        ServiceError: the service that keeps it cannot be asked.
    """
    release = release_of(place.find(checked_name(name)), trusted)
    if release.format != FORMAT:
        raise StoreError(f"a database of format {release.format}; this version reads {FORMAT}")
    if max(release.file.size, release.packed.size) > _LARGEST:
        raise StoreError(f"a database of {release.file.size} bytes")
    standing = _standing(target)
    if standing is not None and standing.digest == release.digest:
        return Pulled(release=release, unchanged=True)
    if standing is not None and release.built_at < standing.built_at and not older:
        raise StoreError(
            f"the release is of {release.built_at:%Y-%m-%d %H:%M}, the database that stands of "
            f"{standing.built_at:%Y-%m-%d %H:%M}: an older one is taken only where that is asked for"
        )
    with _scratch(target.parent) as folder:
        packed, draft = folder / "packed", folder / "database"
        place.fetch(release.packed.sha256, packed, limit=release.packed.size)
        if _measured(packed) != release.packed:
            raise StoreError("what arrived is not what the release says")
        if _unpack(packed, draft, release.file.size) != release.file:
            raise StoreError("the database that arrived is not the one that the release says")
        with AdvisoryDatabase.open(draft) as opened:
            if (opened.digest, opened.built_at) != (release.digest, release.built_at):
                raise StoreError("the database that arrived has another digest or moment")
        put_in_place(draft, target)
    return Pulled(release=release, unchanged=False)


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".exchange.", dir=parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise StoreError(f"{parent}: {error}") from error


def _standing(target: Path) -> _Standing | None:
    """What stands; None where nothing does that can be opened."""
    try:
        with AdvisoryDatabase.open(target) as opened:
            return _Standing(digest=opened.digest, built_at=opened.built_at)
    except StoreError:
        return None


def _measured(path: Path) -> File:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return File(sha256=sha256, size=file.tell())


def _pack(source: Path, target: Path) -> File:
    """Compress a file; what the file is."""
    digest, size = hashlib.sha256(), 0
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, threads=0)
    with source.open("rb") as file, target.open("wb") as out, compressor.stream_writer(out) as into:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            into.write(piece)
    return File(sha256=digest.hexdigest(), size=size)


def _unpack(source: Path, target: Path, limit: int) -> File:
    """Decompress at most `limit` bytes; what came out."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as file, target.open("wb") as out:
        try:
            for piece in zstandard.ZstdDecompressor(max_window_size=1 << 27).read_to_iter(
                file, write_size=_PIECE
            ):
                size += len(piece)
                if size > limit:
                    raise StoreError("the database that arrived is larger than its release says")
                digest.update(piece)
                out.write(piece)
        except zstandard.ZstdError as error:
            raise StoreError(f"what arrived cannot be unpacked: {error}") from error
    return File(sha256=digest.hexdigest(), size=size)
