"""Brings one feed's documents to the state directory: from its publisher, or from a mirror."""

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import msgspec

from vedette.advisories.documents import FeedFolder, StoredDocument, StoredFeed, stored
from vedette.advisories.feeds._base import Document, Feed, Kept, Unlocated
from vedette.advisories.mirror import (
    LARGEST_MANIFEST,
    MANIFEST,
    Listing,
    directory_listing,
    found_in_directory,
    listed_documents,
    read_manifest,
)
from vedette.clients.http import HttpClient, Validators
from vedette.errors import FeedError, ServiceError

Progress = Callable[[str, int, int | None], None]
"""The document's name, bytes received, bytes expected where that is known."""

_LARGEST_INDEX = 16 << 20
_LARGEST_DOCUMENT = 2 << 30
_MOST_DOCUMENTS = 100_000
_NOTE_SIZE = 64 << 10
_NOTED_AT_LAST = 64 << 20
"""What was fetched is noted after so many bytes, each document counted as somewhat larger: a note is of all of them."""
_NOTHING = StoredFeed(documents=())
_Key = tuple[str, str, str]
"""Name, SHA-256, URL."""


class Publishers(msgspec.Struct, frozen=True):
    """Every feed from its own publisher."""


class DirectoryMirror(msgspec.Struct, frozen=True):
    """All feeds below a directory."""

    root: Path
    listing: Listing


class HttpMirror(msgspec.Struct, frozen=True):
    """All feeds below a URL."""

    base: str
    listing: Listing


Origin = Publishers | DirectoryMirror | HttpMirror


def origin_of(mirror: Path | str | None, client: HttpClient) -> Origin:
    """Where the feeds come from.

    Raises:
        FeedError: the mirror is not there.
    """
    if mirror is None:
        return Publishers()
    if isinstance(mirror, Path):
        return DirectoryMirror(mirror, directory_listing(mirror))
    try:
        data = client.get_bytes(f"{mirror.rstrip('/')}/{MANIFEST}", limit=LARGEST_MANIFEST)
    except ServiceError as error:
        raise FeedError(f"the mirror cannot be reached: {error}") from error
    return HttpMirror(mirror, read_manifest(data))


def gather(
    feed: Feed, origin: Origin, folder: FeedFolder, *, client: HttpClient, progress: Progress
) -> StoredFeed:
    """Fetch what differs; all documents are then in the folder as incoming ones. None at all where a mirror has none.

    Raises:
        FeedError: a document could not be fetched or verified; what was fetched is kept for the next time.
    """
    match origin:
        case DirectoryMirror():
            return _from_directory(feed, origin, folder, progress)
        case HttpMirror():
            listed = listed_documents(origin.base, origin.listing, feed)
            fetched = _download(listed, folder, client, progress)
            return StoredFeed(documents=fetched, dated=_dated(origin.listing, fetched))
        case Publishers():
            return _from_publisher(feed, folder, client, progress)


class _Located(msgspec.Struct, frozen=True):
    """What is to be fetched, what could not be found, and the names of what stands and stays as it is."""

    documents: tuple[Document, ...]
    lost: tuple[Unlocated, ...]
    kept: tuple[str, ...]


def _from_publisher(
    feed: Feed, folder: FeedFolder, client: HttpClient, progress: Progress
) -> StoredFeed:
    standing = folder.standing()
    located = _located(feed, standing, client)
    kept = _kept({*located.kept, *(one.name for one in located.lost)}, standing, folder)
    fetched = _download(located.documents, folder, client, progress)
    documents = tuple(sorted((*fetched, *kept)))
    problems = tuple(one.reason for one in located.lost)
    return StoredFeed(documents=documents, dated=_last_modified(documents), problems=problems)


def _located(feed: Feed, standing: StoredFeed | None, client: HttpClient) -> _Located:
    def fetch(document: Document) -> bytes:
        try:
            return client.get_bytes(document.url, limit=_LARGEST_INDEX)
        except ServiceError as error:
            raise FeedError(f"{document.name}: {error}") from error

    dates = _dates(standing)
    found = set(feed.catch_up(fetch, dates) if feed.catch_up and dates else feed.locate(fetch))
    located = _Located(
        documents=tuple(sorted(one for one in found if isinstance(one, Document))),
        lost=tuple(sorted(one for one in found if isinstance(one, Unlocated))),
        kept=tuple(sorted(one.name for one in found if isinstance(one, Kept))),
    )
    if located.lost and not (located.documents or located.kept):
        raise FeedError("; ".join(one.reason for one in located.lost[:3]))
    return located


def _dates(standing: StoredFeed | None) -> dict[str, datetime]:
    """Of when the standing documents are, where their server said so."""
    found = ((one.name, _http_date(one.validators)) for one in (standing or _NOTHING).documents)
    return {name: moment for name, moment in found if moment is not None}


def _kept(
    names: set[str], standing: StoredFeed | None, folder: FeedFolder
) -> tuple[StoredDocument, ...]:
    """What stands under these names."""
    kept = tuple(one for one in (standing or _NOTHING).documents if one.name in names)
    here = folder.folder_of(standing)
    for one in kept:
        try:
            folder.target(one.name, here).unlink(missing_ok=True)  # it may be a later one
            folder.target(one.name, here)
        except OSError as error:
            raise FeedError(f"{one.name}: {error}") from error
    return kept


def _download(
    documents: tuple[Document, ...], folder: FeedFolder, client: HttpClient, progress: Progress
) -> tuple[StoredDocument, ...]:
    if len(documents) > _MOST_DOCUMENTS:
        raise FeedError(f"{len(documents)} documents; at most {_MOST_DOCUMENTS} are fetched")
    standing = folder.standing()
    noted = folder.noted()
    stores = ((standing or _NOTHING).documents, noted.values())
    known = {(one.name, one.sha256, one.url): one for store in stores for one in store}
    here = folder.folder_of(standing)
    fetched: list[StoredDocument] = []
    unnoted = 0
    try:
        for document in documents:
            done = _fetched(document, folder, here, known, client, progress)
            fetched.append(done)
            noted[done.name] = done
            unnoted += done.size + _NOTE_SIZE
            if unnoted > _NOTED_AT_LAST:
                folder.note(noted)
                unnoted = 0
    finally:
        folder.note(noted)
    return tuple(fetched)


def _fetched(
    document: Document,
    folder: FeedFolder,
    standing: Path | None,
    known: Mapping[_Key, StoredDocument],
    client: HttpClient,
    progress: Progress,
) -> StoredDocument:
    name = document.name
    try:
        target = folder.target(name, standing)
        done = client.download(
            document.url,
            target,
            state=_recognised(document, target, known),
            sha256=document.sha256,
            limit=_LARGEST_DOCUMENT,
            progress=partial(progress, name),
        )
    except (ServiceError, OSError) as error:
        raise FeedError(f"{name}: {error}") from error
    return StoredDocument(
        name=name,
        sha256=done.sha256,
        size=done.size,
        url=document.url,
        validators=done.validators,
    )


def _recognised(
    document: Document, target: Path, known: Mapping[_Key, StoredDocument]
) -> Validators | None:
    """What this server gave for the very bytes that are at the target."""
    if not target.exists():
        return None
    found = known.get((document.name, stored(target, document.name).sha256, document.url))
    return found.validators if found else None


def _from_directory(
    feed: Feed, origin: DirectoryMirror, folder: FeedFolder, progress: Progress
) -> StoredFeed:
    here = folder.folder_of(folder.standing())
    copied: list[StoredDocument] = []
    for name in found_in_directory(origin.root, feed):
        try:
            copied.append(_copied(origin, name, folder, here))
        except OSError as error:
            raise FeedError(f"{name}: {error.strerror or error}") from error
        progress(name, copied[-1].size, copied[-1].size)
    return StoredFeed(documents=tuple(copied), dated=_dated(origin.listing, tuple(copied)))


def _copied(
    origin: DirectoryMirror, name: str, folder: FeedFolder, here: Path | None
) -> StoredDocument:
    source = stored(origin.root / name, name)
    if source.size > _LARGEST_DOCUMENT:
        raise FeedError(f"{name}: over {_LARGEST_DOCUMENT} bytes")
    listed = origin.listing.get(name)
    if listed is not None and listed.sha256 != source.sha256:
        raise FeedError(f"{name}: sha256 is {source.sha256}, not {listed.sha256}")
    target = folder.target(name, here)
    if not target.exists() or stored(target, name) != source:
        draft = target.with_name(target.name + ".part")
        shutil.copyfile(origin.root / name, draft)
        if stored(draft, name) != source:
            raise FeedError(f"{name}: it changed while it was copied")
        draft.replace(target)
    return source


def _dated(listing: Listing, documents: tuple[StoredDocument, ...]) -> datetime | None:
    dates = (listing[document.name].dated for document in documents if document.name in listing)
    return max((moment for moment in dates if moment is not None), default=None)


def _last_modified(documents: tuple[StoredDocument, ...]) -> datetime | None:
    dates = (_http_date(document.validators) for document in documents)
    return max((moment for moment in dates if moment is not None), default=None)


def _http_date(validators: Validators) -> datetime | None:
    try:
        return parsedate_to_datetime(validators.last_modified or "").astimezone(UTC)
    except (TypeError, ValueError):
        return None
