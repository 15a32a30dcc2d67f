"""Writes staged feeds into the database's tables, in key order."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from vedette.advisories.database_content import content_digest
from vedette.advisories.database_format import (
    ALIAS,
    APPLICATION_ID,
    FORMAT,
    INDICES,
    MOST_EXPLOITS,
    OWN,
    PAGE_SIZE,
    RELATED,
    TABLES,
    Evidence,
    Meta,
    entry_of,
    pack,
    pack_plain,
)
from vedette.advisories.staged import StagedAdvisory, StagedFeed
from vedette.advisories.state import FeedState
from vedette.model.advisory import Exploit

_SETTINGS = f"""
PRAGMA page_size={PAGE_SIZE}; PRAGMA auto_vacuum=NONE; PRAGMA encoding='UTF-8'; PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-64000; PRAGMA temp_store=FILE;
PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={FORMAT};
"""
_SCRATCH = """
PRAGMA scratch.journal_mode=OFF; PRAGMA scratch.synchronous=OFF; PRAGMA scratch.cache_size=-32000;
CREATE TABLE scratch.affected(ecosystem TEXT, name TEXT, advisory INTEGER, low BLOB, high BLOB, body BLOB);
CREATE TABLE scratch.alias(id TEXT, kind INTEGER, advisory INTEGER);
CREATE TABLE scratch.epss(cve TEXT, probability REAL, percentile REAL, scored_on TEXT);
CREATE TABLE scratch.kev(cve TEXT, body BLOB);
CREATE TABLE scratch.exploit(cve TEXT, body BLOB);
CREATE TABLE scratch.end_of_life(product TEXT, cycle TEXT, source TEXT, body BLOB);
CREATE TABLE scratch.cve(cve TEXT, feed TEXT, digest BLOB, body BLOB);
"""
_AT_ONCE = 500
_ENTRIES_KNOWN = 500_000


class Assembly:
    """A database under construction.

    Args:
        connection: to the new file, in autocommit mode.
        scratch: a file for what must be sorted.
    """

    def __init__(self, connection: sqlite3.Connection, scratch: Path) -> None:
        self.advisories = 0
        self.packages = 0
        self._failures = 0
        self._entries = 0
        self._known: dict[bytes, tuple[int, str]] = {}
        self._connection = connection
        connection.executescript(_SETTINGS)
        connection.execute("ATTACH ? AS scratch", (str(scratch),))
        connection.executescript(_SCRATCH + "BEGIN;" + TABLES)

    def add(self, name: str, feed: StagedFeed) -> None:
        """Write a feed; feeds come in the order of their names."""
        run = self._connection.executemany
        for some in _portions(feed.advisories()):
            self._add_advisories(name, some)
        run(
            "INSERT INTO scratch.cve VALUES (?, ?, ?, ?)",
            ((cve, name, digest, body) for cve, digest, body in feed.cves()),
        )
        run("INSERT INTO scratch.epss VALUES (?, ?, ?, ?)", feed.scores())
        run("INSERT INTO scratch.kev VALUES (?, ?)", feed.exploited())
        run("INSERT INTO scratch.exploit VALUES (?, ?)", feed.exploits())
        run("INSERT INTO scratch.end_of_life VALUES (?, ?, ?, ?)", feed.ends_of_life())
        for failure in feed.failures():
            self._failures += 1
            row = (self._failures, name, failure.document, failure.place, failure.reason)
            self._connection.execute("INSERT INTO failure VALUES (?, ?, ?, ?, ?)", row)

    def finish(
        self, feeds: tuple[FeedState, ...], built_at: datetime, code: str, *, starter: bool
    ) -> str:
        """Sort what is left, and seal the file; its digest."""
        self._write_packages()
        self._write_ids()
        self._write_facts()
        for index in INDICES:
            self._connection.execute(index)
        content = content_digest(self._connection)
        meta = Meta(content=content, built_at=built_at, starter=starter, code=code, feeds=feeds)
        self._connection.execute("INSERT INTO meta VALUES ('digest', ?)", (meta.digest.encode(),))
        self._connection.execute("INSERT INTO meta VALUES ('meta', ?)", (pack_plain(meta),))
        self._connection.execute("COMMIT")
        self._connection.execute("DETACH scratch")
        return meta.digest

    def _add_advisories(self, feed: str, some: list[StagedAdvisory]) -> None:
        first = self.advisories + 1
        numbered = list(enumerate(some, first))
        self._connection.executemany(
            "INSERT INTO advisory VALUES (?, ?, ?, ?, ?)",
            ((number, feed, one.id, _digest_of(one), one.brief) for number, one in numbered),
        )
        self._connection.executemany(
            "INSERT INTO text VALUES (?, ?)", ((number, one.text) for number, one in numbered)
        )
        self._connection.executemany(
            "INSERT INTO scratch.alias VALUES (?, ?, ?)",
            ((id_, kind, number) for number, one in numbered for id_, kind in _ids(one)),
        )
        self._connection.executemany(
            "INSERT INTO scratch.affected VALUES (?, ?, ?, ?, ?, ?)",
            (
                (ecosystem, name, number, low, high, body)
                for number, one in numbered
                for ecosystem, name, low, high, body in one.rows
            ),
        )
        self.advisories += len(some)
        self.packages += sum(len(one.rows) for one in some)

    def _write_packages(self) -> None:
        rows = self._connection.execute(
            "SELECT ecosystem, name, advisory, low, high, body FROM scratch.affected"
            " ORDER BY ecosystem, name, low, advisory, body"
        )
        self._connection.executemany(
            "INSERT INTO affected VALUES (?, ?, ?, ?, ?, ?)", self._numbered(rows)
        )
        self._connection.execute(
            "INSERT INTO ecosystem SELECT DISTINCT ecosystem FROM name ORDER BY ecosystem"
        )

    def _numbered(
        self, rows: Iterable[tuple[str, str, int, bytes, bytes | None, bytes]]
    ) -> Iterator[tuple[Any, ...]]:
        named = enumerate(groupby(rows, key=itemgetter(0, 1)), 1)
        for number, ((ecosystem, name), group) in named:
            schemes: set[str] = set()
            ordinals: Counter[int] = Counter()
            for _, _, advisory, low, high, body in group:
                entry, scheme = self._entry(body)
                schemes.add(scheme)
                yield number, low, high, advisory, ordinals[advisory], entry
                ordinals[advisory] += 1
            row = (number, ecosystem, name, schemes.pop() if len(schemes) == 1 else None)
            self._connection.execute("INSERT INTO name VALUES (?, ?, ?, ?)", row)

    def _entry(self, body: bytes) -> tuple[int, str]:
        """The number of an entry, and its version scheme. Most packages share theirs with others: it is written where it first occurs.

        The memory of those that were written is bounded: one that is forgotten is written again.
        """
        known = self._known.get(body)
        if known is None:
            if len(self._known) >= _ENTRIES_KNOWN:
                self._known.clear()
            self._entries += 1
            known = self._known[body] = self._entries, entry_of(body).scheme.value
            self._connection.execute("INSERT INTO entry VALUES (?, ?)", (self._entries, body))
        return known

    def _write_ids(self) -> None:
        self._connection.execute(
            "INSERT INTO alias SELECT DISTINCT id, kind, advisory FROM scratch.alias ORDER BY 1, 2, 3"
        )

    def _write_facts(self) -> None:
        """CVE records, scores and exploited ones; where feeds give a CVE twice, the latest score counts."""
        run = self._connection.execute
        run("INSERT INTO cve SELECT cve, feed, digest, body FROM scratch.cve ORDER BY cve, feed")
        run(
            "INSERT OR IGNORE INTO epss SELECT cve, probability, percentile, scored_on"
            " FROM scratch.epss ORDER BY cve, scored_on DESC, probability DESC, percentile DESC"
        )
        run("INSERT OR IGNORE INTO kev SELECT cve, body FROM scratch.kev ORDER BY cve, body DESC")
        run(
            "INSERT OR IGNORE INTO end_of_life SELECT product, cycle, body FROM scratch.end_of_life"
            " ORDER BY product, cycle, source, body DESC"
        )
        rows = run("SELECT DISTINCT cve, body FROM scratch.exploit ORDER BY cve, body")
        self._connection.executemany("INSERT INTO exploit VALUES (?, ?)", _evidence(rows))


def _evidence(rows: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """All evidence on a flaw as one packed value."""
    for cve, group in groupby(rows, key=itemgetter(0)):
        found = sorted({_exploits.decode(body) for _, body in islice(group, MOST_EXPLOITS)})
        yield cve, pack(Evidence(tuple(found)))[0]


def _portions(items: Iterable[StagedAdvisory]) -> Iterator[list[StagedAdvisory]]:
    iterator = iter(items)
    while some := list(islice(iterator, _AT_ONCE)):
        yield some


def _digest_of(advisory: StagedAdvisory) -> bytes:
    """Of all that is said in it, packages included."""
    rows = sha256(pack_plain(advisory.rows)).digest()
    brief = sha256(advisory.brief).digest()
    return sha256(advisory.digest + brief + rows).digest()[:16]


def _ids(advisory: StagedAdvisory) -> Iterator[tuple[str, int]]:
    yield advisory.id, OWN
    for id_ in advisory.aliases:
        yield id_, ALIAS
    for id_ in advisory.related:
        yield id_, RELATED


_exploits = msgspec.msgpack.Decoder(Exploit)
