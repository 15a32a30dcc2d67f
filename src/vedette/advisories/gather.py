"""Brings one feed's documents to the state directory: from its publisher, or from a mirror."""

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import msgspec

from vedette.advisories.documents import FeedFolder, StoredDocument, StoredFeed, stored
from vedette.advisories.feeds._base import Document, Feed, Unlocated
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
_MOST_DOCUMENTS = 20_000


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
            documents = listed_documents(origin.base, origin.listing, feed)
            fetched = _download(documents, folder, client, progress)
            return StoredFeed(documents=fetched, dated=_dated(origin.listing, fetched))
        case Publishers():
            documents, lost = _located(feed, client)
            kept = _kept(lost, folder)
            fetched = tuple(sorted((*_download(documents, folder, client, progress), *kept)))
            problems = tuple(one.reason for one in lost)
            return StoredFeed(documents=fetched, dated=_last_modified(fetched), problems=problems)


def _located(feed: Feed, client: HttpClient) -> tuple[tuple[Document, ...], tuple[Unlocated, ...]]:
    def fetch(document: Document) -> bytes:
        try:
            return client.get_bytes(document.url, limit=_LARGEST_INDEX)
        except ServiceError as error:
            raise FeedError(f"{document.name}: {error}") from error

    found = set(feed.locate(fetch))
    documents = tuple(sorted(one for one in found if isinstance(one, Document)))
    lost = tuple(sorted(one for one in found if isinstance(one, Unlocated)))
    if lost and not documents:
        raise FeedError("; ".join(one.reason for one in lost[:3]))
    return documents, lost


def _kept(lost: tuple[Unlocated, ...], folder: FeedFolder) -> tuple[StoredDocument, ...]:
    """What stands of the documents that could not be found."""
    standing = folder.standing()
    names = {one.name for one in lost}
    kept = tuple(one for one in standing.documents if one.name in names) if standing else ()
    for one in kept:
        try:
            folder.target(one.name, standing).unlink(missing_ok=True)  # it may be a later one
            folder.target(one.name, standing)
        except OSError as error:
            raise FeedError(f"{one.name}: {error}") from error
    return kept


def _download(
    documents: tuple[Document, ...], folder: FeedFolder, client: HttpClient, progress: Progress
) -> tuple[StoredDocument, ...]:
    if len(documents) > _MOST_DOCUMENTS:
        raise FeedError(f"{len(documents)} documents; at most {_MOST_DOCUMENTS} are fetched")
    standing = folder.standing()
    known = folder.noted()
    fetched: list[StoredDocument] = []
    for document in documents:
        name = document.name
        try:
            target = folder.target(name, standing)
            done = client.download(
                document.url,
                target,
                state=_recognised(document, target, known, standing),
                sha256=document.sha256,
                limit=_LARGEST_DOCUMENT,
                progress=partial(progress, name),
            )
            known[name] = StoredDocument(
                name=name,
                sha256=done.sha256,
                size=done.size,
                url=document.url,
                validators=done.validators,
            )
            folder.note(known)
        except (ServiceError, OSError) as error:
            raise FeedError(f"{name}: {error}") from error
        fetched.append(known[name])
    return tuple(fetched)


def _recognised(
    document: Document,
    target: Path,
    noted: Mapping[str, StoredDocument],
    standing: StoredFeed | None,
) -> Validators | None:
    """What this server gave for the very bytes that are at the target."""
    if not target.exists():
        return None
    here = stored(target, document.name)
    for known in (*noted.values(), *(standing.documents if standing else ())):
        if (known.name, known.sha256, known.url) == (here.name, here.sha256, document.url):
            return known.validators
    return None


def _from_directory(
    feed: Feed, origin: DirectoryMirror, folder: FeedFolder, progress: Progress
) -> StoredFeed:
    copied: list[StoredDocument] = []
    for name in found_in_directory(origin.root, feed):
        try:
            copied.append(_copied(origin, name, folder))
        except OSError as error:
            raise FeedError(f"{name}: {error.strerror or error}") from error
        progress(name, copied[-1].size, copied[-1].size)
    return StoredFeed(documents=tuple(copied), dated=_dated(origin.listing, tuple(copied)))


def _copied(origin: DirectoryMirror, name: str, folder: FeedFolder) -> StoredDocument:
    source = stored(origin.root / name, name)
    if source.size > _LARGEST_DOCUMENT:
        raise FeedError(f"{name}: over {_LARGEST_DOCUMENT} bytes")
    listed = origin.listing.get(name)
    if listed is not None and listed.sha256 != source.sha256:
        raise FeedError(f"{name}: sha256 is {source.sha256}, not {listed.sha256}")
    target = folder.target(name, folder.standing())
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
