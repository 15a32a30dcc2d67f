"""The documents of one feed on disk: those that stand, and those that are on their way.

`FEED/current.json` names the folder that stands, so that one rename changes from the old documents to the new ones.
What was fetched stays in `FEED/incoming` until then, so that an interrupted refresh goes on where it was.
"""

import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath

import msgspec

from vedette.advisories.feeds._base import LocalDocument
from vedette.clients.http import Validators
from vedette.errors import FeedError, StoreError

_CURRENT = "current.json"
_INCOMING = "incoming"
_LONGEST_NAME = 400


class StoredDocument(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A document on disk: hex SHA-256, size in bytes, where it is from and what that server gave to recognise it."""

    name: str
    sha256: str
    size: int
    url: str = ""
    validators: Validators = Validators()


class StoredFeed(msgspec.Struct, frozen=True, kw_only=True):
    """Documents that belong together.

    Args:
        documents: by name.
        dated: of when the newest is.
        problems: documents that could not be found; those among `documents` are the ones that stood before.
    """

    documents: tuple[StoredDocument, ...]
    dated: datetime | None = None
    problems: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 over names and checksums."""
        lines = sorted(f"{document.sha256} {document.name}\n" for document in self.documents)
        return sha256("".join(lines).encode()).hexdigest()


class FeedFolder:
    """One feed's documents below the state directory.

    Args:
        root: the folder for this feed; made where it is not there.

    Raises:
        StoreError: it cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            (root / _INCOMING).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{root}: {error.strerror}") from error

    def standing(self) -> StoredFeed | None:
        """The documents that stand; None where there are none or some are missing."""
        try:
            feed = msgspec.json.decode((self._root / _CURRENT).read_bytes(), type=StoredFeed)
            folder = self._root / feed.fingerprint
            sizes = all(
                (folder / document.name).stat().st_size == document.size
                for document in feed.documents
            )
        except (OSError, msgspec.MsgspecError):
            return None
        return feed if sizes else None

    def standing_documents(self, feed: StoredFeed) -> tuple[LocalDocument, ...]:
        """The standing documents to be read."""
        return _located(self._root / feed.fingerprint, feed)

    def incoming_documents(self, feed: StoredFeed) -> tuple[LocalDocument, ...]:
        """The incoming documents to be read."""
        return _located(self._root / _INCOMING, feed)

    def folder_of(self, feed: StoredFeed | None) -> Path | None:
        """Where documents stand; None for none."""
        return None if feed is None else self._root / feed.fingerprint

    def target(self, name: str, standing: Path | None) -> Path:
        """Where an incoming document goes; what stands of it is put there first, to be compared.

        Args:
            name: the document's.
            standing: the folder of the documents that stand, see `folder_of`.

        Raises:
            FeedError: the name leads elsewhere.
            OSError: the folder cannot be written.
        """
        target = self._root / _INCOMING / _safe(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if standing is not None and not target.exists():
            _same_file(standing / name, target)
        return target

    def noted(self) -> dict[str, StoredDocument]:
        """What was noted of the incoming documents before."""
        try:
            data = (self._root / f"{_INCOMING}.json").read_bytes()
            return msgspec.json.decode(data, type=dict[str, StoredDocument])
        except (OSError, msgspec.MsgspecError):
            return {}

    def note(self, documents: dict[str, StoredDocument]) -> None:
        """Note where the incoming documents are from.

        Raises:
            OSError: the folder cannot be written.
        """
        _write(self._root / f"{_INCOMING}.json", msgspec.json.encode(documents))

    def keep(self, feed: StoredFeed) -> None:
        """Let the incoming documents stand instead of the old ones.

        Raises:
            OSError: the folder cannot be written.
        """
        folder = self._root / feed.fingerprint
        standing = self.standing()
        if standing is None or standing.fingerprint != feed.fingerprint:
            shutil.rmtree(folder, ignore_errors=True)
            (self._root / _INCOMING).rename(folder)
        self._remove_others(folder, {document.name for document in feed.documents})
        _write(self._root / _CURRENT, msgspec.json.encode(feed))
        for entry in self._root.iterdir():
            if entry.is_dir() and entry != folder:
                shutil.rmtree(entry)
        (self._root / f"{_INCOMING}.json").unlink(missing_ok=True)

    def _remove_others(self, folder: Path, names: Iterable[str]) -> None:
        """Leave only these documents: no part of another, none that is no longer published."""
        wanted = {folder / name for name in names}
        for path in folder.rglob("*"):
            if path.is_file() and path not in wanted:
                path.unlink()


def stored(path: Path, name: str) -> StoredDocument:
    """A document that is on disk.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        return StoredDocument(name=name, sha256=digest, size=file.tell())


def _located(folder: Path, feed: StoredFeed) -> tuple[LocalDocument, ...]:
    return tuple(
        LocalDocument(name=document.name, path=folder / document.name)
        for document in feed.documents
    )


def _safe(name: str) -> str:
    """A name that stays below its folder; publishers' indexes give names."""
    parts = name.split("/")
    path = PurePosixPath(name)
    bad = {"", ".", ".."} & set(parts) or path.is_absolute() or not name.isprintable()
    if bad or len(name) > _LONGEST_NAME or name.endswith((".part", ".part.json")):
        raise FeedError(f"a document cannot be called {name[:80]!r}")
    return name


def _same_file(standing: Path, target: Path) -> None:
    """Both names for one file, or a copy: the incoming name is only ever given to another file as a whole."""
    try:
        os.link(standing, target)
    except FileNotFoundError:
        return
    except OSError:
        shutil.copyfile(standing, target)


def _write(path: Path, data: bytes) -> None:
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
