"""What the advisory database says of the feeds that it is made of."""

from datetime import datetime

import msgspec


class FeedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A feed before its documents are read.

    Args:
        name: the mirror's folder, for example `debian`.
        title: who publishes it.
        licence: SPDX id, or what the publisher says.
        fingerprint: hex SHA-256 over the names and checksums of its documents; empty where there are none.
        dated: of when the newest of its documents is, as their server or mirror says.
        note: for example `starter set of 2026-08-15`.
    """

    name: str
    title: str = ""
    licence: str = ""
    fingerprint: str = ""
    dated: datetime | None = None
    note: str = ""


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as it is in the database.

    Args:
        source: the feed and its documents' fingerprint.
        documents: how many were read.
        records: how many records they gave, withdrawn ones and repetitions included.
        failures: how many records could not be read.
        dropped: how many flaws are left out because they are withdrawn or rejected.
        newest: the latest moment that any of the records gives for itself.
    """

    source: FeedSource
    documents: int = 0
    records: int = 0
    failures: int = 0
    dropped: int = 0
    newest: datetime | None = None

    @property
    def name(self) -> str:
        """The feed's name."""
        return self.source.name

    @property
    def dated(self) -> datetime | None:
        """Of when the feed is; see `age_of`."""
        return age_of(self.source.dated, self.newest)


def age_of(dated: datetime | None, newest: datetime | None) -> datetime | None:
    """Of when a feed is: what its newest record says, but never later than its documents."""
    return min((moment for moment in (dated, newest) if moment is not None), default=None)
