"""Feeds: one file per publisher, listed here."""

from vedette.advisories.feeds import amazon, epss, kev, osv
from vedette.advisories.feeds._base import (
    Document,
    Feed,
    FetchSmall,
    LocalDocument,
    Record,
    RecordFailure,
)

FEEDS: tuple[Feed, ...] = (amazon.FEED, epss.FEED, kev.FEED, osv.FEED)
"""Every feed, by name."""

__all__ = [
    "FEEDS",
    "Document",
    "Feed",
    "FetchSmall",
    "LocalDocument",
    "Record",
    "RecordFailure",
]
