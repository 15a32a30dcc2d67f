"""What became of each feed in the last refresh that asked for it, kept beside the documents: the database itself says only what it is made of."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from vedette.errors import StoreError

_FILE = "outcomes.json"


class FeedStatus(StrEnum):
    """What became of a feed."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ABSENT = "absent"
    HELD_BACK = "held-back"
    FAILED = "failed"


class FeedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a feed, and what stands of it.

    Args:
        name: the feed's.
        status: `absent` where the mirror has no documents of it, `held-back` where it shrank and waits to be accepted.
        detail: why, for people; empty where there is nothing to say.
        documents: how many stand.
        records: how many records they have.
        failures: how many of these could not be read.
        dated: of when its newest record is.
        fingerprint: of the documents that stand.
    """

    name: str
    status: FeedStatus
    detail: str = ""
    documents: int = 0
    records: int = 0
    failures: int = 0
    dated: datetime | None = None
    fingerprint: str = ""


class NotedOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a feed, and when."""

    at: datetime
    outcome: FeedOutcome


def note_outcomes(state_dir: Path, outcomes: Iterable[FeedOutcome], now: datetime) -> None:
    """Remember outcomes; those of other feeds stay as they were.

    Raises:
        StoreError: the state directory cannot be written.
    """
    noted = noted_outcomes(state_dir)
    noted |= {one.name: NotedOutcome(at=now, outcome=one) for one in outcomes}
    draft = state_dir / f"{_FILE}.new"
    try:
        draft.write_bytes(msgspec.json.encode(dict(sorted(noted.items()))))
        draft.replace(state_dir / _FILE)
    except OSError as error:
        raise StoreError(f"{state_dir}: {error.strerror}") from error


def noted_outcomes(state_dir: Path) -> dict[str, NotedOutcome]:
    """By feed; nothing where there was no refresh, or where what was noted cannot be read."""
    try:
        data = (state_dir / _FILE).read_bytes()
        return msgspec.json.decode(data, type=dict[str, NotedOutcome])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}
