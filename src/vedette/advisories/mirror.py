"""A mirror of feeds: a directory, or the same served over HTTP; `MANIFEST.json` lists its files.

The manifest is required over HTTP, where nothing else tells what there is; a directory may do without. Where it is
there, its checksums are verified.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from vedette.advisories.feeds._base import Document, Feed
from vedette.errors import FeedError

MANIFEST = "MANIFEST.json"
LARGEST_MANIFEST = 64 << 20


class Listed(msgspec.Struct, frozen=True):
    """A file of a mirror: hex SHA-256, and of when its content is where that is said."""

    sha256: str
    dated: datetime | None


Listing = Mapping[str, Listed]
"""Files by their path below the mirror's root."""

NOTHING_LISTED: Listing = MappingProxyType({})


class _File(msgspec.Struct, frozen=True):
    path: str
    sha256: str


class _Obtained(msgspec.Struct, frozen=True):
    date: str | None = None


class _Source(msgspec.Struct, frozen=True):
    files: tuple[_File, ...]
    obtained_from: tuple[_Obtained, ...] = ()


class _Manifest(msgspec.Struct, frozen=True):
    sources: tuple[_Source, ...]


def read_manifest(data: bytes) -> Listing:
    """The files that a manifest lists.

    Raises:
        FeedError: it is none.
    """
    try:
        manifest = msgspec.json.decode(data, type=_Manifest)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FeedError(f"the mirror's {MANIFEST} cannot be read: {error}") from error
    return {
        file.path: Listed(file.sha256.lower(), _newest(source))
        for source in manifest.sources
        for file in source.files
    }


def directory_listing(root: Path) -> Listing:
    """What a directory's manifest lists; nothing where there is none.

    Raises:
        FeedError: the directory or its manifest cannot be read.
    """
    if not root.is_dir():
        raise FeedError(f"{root}: no such directory")
    try:
        with (root / MANIFEST).open("rb") as file:
            data = file.read(LARGEST_MANIFEST + 1)
    except FileNotFoundError:
        return NOTHING_LISTED
    except OSError as error:
        raise FeedError(f"{root / MANIFEST}: {error.strerror}") from error
    if len(data) > LARGEST_MANIFEST:
        raise FeedError(f"{root / MANIFEST}: over {LARGEST_MANIFEST} bytes")
    return read_manifest(data)


def found_in_directory(root: Path, feed: Feed) -> tuple[str, ...]:
    """The names of the feed's documents below a directory, in order."""
    names = {
        path.relative_to(root).as_posix()
        for pattern in feed.mirrored
        for path in root.glob(pattern)
        if path.is_file()
    }
    return tuple(sorted(names - {MANIFEST}))


def listed_documents(base: str, listing: Listing, feed: Feed) -> tuple[Document, ...]:
    """The feed's documents in a mirror served at `base`, by name."""
    patterns = [_pattern(glob) for glob in feed.mirrored]
    return tuple(
        Document(name=name, url=f"{base.rstrip('/')}/{quote(name)}", sha256=listed.sha256)
        for name, listed in sorted(listing.items())
        if any(pattern.fullmatch(name) for pattern in patterns)
    )


def _newest(source: _Source) -> datetime | None:
    dates = [moment for obtained in source.obtained_from if (moment := _moment(obtained.date))]
    return max(dates, default=None)


def _moment(text: str | None) -> datetime | None:
    """A date of the manifest; one that is no date says nothing."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """A glob as `Path.glob` means it: `**` is any number of folders, `*` and `?` stay within one name."""
    parts: list[str] = []
    for part in glob.split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
        else:
            text = "".join({"*": "[^/]*", "?": "[^/]"}.get(c, re.escape(c)) for c in part)
            parts.append(text + "/")
    return re.compile("".join(parts).removesuffix("/"))
