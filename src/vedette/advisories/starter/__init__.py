"""The starter set: dated facts about well-known vulnerabilities, for where no feed can be reached.

It is no substitute for the feeds, and whoever uses it says so: its database's `starter` is True. `README.md` beside this
file lists what is in it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path

import msgspec

from vedette.advisories.build import Batch, BuildOptions, build_database
from vedette.advisories.code import code_digest
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.feeds._base import Record
from vedette.advisories.starter.facts import CveFacts, FeedFacts, cve_records, feed_records
from vedette.advisories.state import FeedSource
from vedette.errors import StoreError

_FEEDS = ("alpine", "amazon", "debian", "npm", "pypi", "ubuntu")
_TITLES = {
    "alpine": "Alpine Linux",
    "amazon": "Amazon Linux",
    "debian": "Debian",
    "epss": "FIRST EPSS",
    "kev": "CISA KEV",
    "osv": "OSV",
    "starter": "CVE facts",
    "ubuntu": "Ubuntu",
}


def starter_database(target: Path) -> None:
    """See that the starter set's database stands at the target, whose directory exists.

    Raises:
        StoreError: it cannot be written.
    """
    code = code_digest()
    if _is_current(target, code):
        return
    batches, sources = starter_batches()
    options = BuildOptions(built_at=_moment(starter_date()), starter=True, code=code)
    build_database(target, batches, options=options, feeds=sources)


def starter_date() -> date:
    """Of when the newest facts of the set are."""
    cves, feeds = _facts()
    return max(cves.taken, cves.scored, *(feed.taken for feed in feeds))


def starter_batches() -> tuple[tuple[Batch, ...], tuple[FeedSource, ...]]:
    """The set's records and the feeds that they are facts of."""
    cves, feeds = _facts()
    note = f"starter set of {starter_date().isoformat()}"
    summaries = {cve.id: cve.summary for cve in cves.cve}
    dated = {"epss": cves.scored, "kev": cves.taken, "starter": cves.taken}
    batches: list[Batch] = []
    for name, records in _by_feed(cves):
        batches.append((name, "starter/cves.toml", records))
    for document, facts in zip(_FEEDS, feeds, strict=True):
        batches.append((facts.feed, f"starter/{document}.toml", feed_records(facts, summaries)))
        dated[facts.feed] = facts.taken
    sources = tuple(
        FeedSource(name=name, title=_TITLES[name], dated=_moment(day), note=note)
        for name, day in sorted(dated.items())
    )
    return tuple(batches), sources


def _by_feed(cves: CveFacts) -> Iterator[tuple[str, tuple[Record, ...]]]:
    records = tuple(cve_records(cves))
    yield "starter", tuple(record.described for record in records)
    yield "epss", tuple(record.scored for record in records)
    yield "kev", tuple(record.exploited for record in records if record.exploited is not None)


def _is_current(target: Path, code: str) -> bool:
    try:
        with AdvisoryDatabase.open(target) as database:
            return database.starter and database.code == code
    except StoreError:
        return False


def _facts() -> tuple[CveFacts, tuple[FeedFacts, ...]]:
    folder = files(__name__)
    cves = msgspec.toml.decode((folder / "cves.toml").read_bytes(), type=CveFacts)
    return cves, tuple(
        msgspec.toml.decode((folder / f"{name}.toml").read_bytes(), type=FeedFacts)
        for name in _FEEDS
    )


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
