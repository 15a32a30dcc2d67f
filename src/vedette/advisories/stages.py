"""The stages of all feeds, kept from one refresh to the next: a feed that has not changed is not read again."""

import contextlib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from vedette.advisories.feeds._base import Feed, LocalDocument
from vedette.advisories.stage import Counts, Stage


class FeedReading(msgspec.Struct, frozen=True, kw_only=True):
    """What reading a feed gave: how much, and which documents could not be read to their end, with the reasons."""

    counts: Counts
    unreadable: tuple[tuple[str, str], ...] = ()


class Stages:
    """Finished stages in a folder, each under the digest of what it was made from.

    Args:
        folder: exists.
        code: the digest of the code that reads.
    """

    def __init__(self, folder: Path, code: str) -> None:
        self._folder = folder
        self.code = code

    def path(self, feed: Feed, fingerprint: str) -> Path:
        """Where the stage of a feed's documents is, or will be."""
        made_from = sha256(f"{self.code} {fingerprint}".encode()).hexdigest()[:32]
        return self._folder / f"{feed.name}-{made_from}"

    def reading(self, path: Path) -> FeedReading | None:
        """What is known of a finished stage; None where there is none."""
        try:
            data = path.with_suffix(".json").read_bytes()
            return msgspec.json.decode(data, type=FeedReading) if path.exists() else None
        except (OSError, msgspec.MsgspecError):
            return None

    def keep_only(self, paths: Iterable[Path]) -> None:
        """Remove all other stages."""
        kept = {name for path in paths for name in (path.name, path.with_suffix(".json").name)}
        for path in self._folder.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)


def read_feed(feed: Feed, documents: tuple[LocalDocument, ...], path: Path) -> FeedReading:
    """Read a feed's documents into a stage; runs in a process of its own where there is one.

    Raises:
        StoreError: the stage cannot be written.
    """
    draft = path.with_suffix(".part")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    unreadable: list[tuple[str, str]] = []
    with Stage(draft) as stage:
        for document in documents:
            reason = stage.read(document.name, feed.read(document))
            if reason is not None:
                unreadable.append((document.name, reason))
        reading = FeedReading(counts=stage.finish(), unreadable=tuple(unreadable))
    path.with_suffix(".json").write_bytes(msgspec.json.encode(reading))
    draft.replace(path)
    return reading
