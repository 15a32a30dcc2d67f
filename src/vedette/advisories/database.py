"""Reads the advisory database: the answers that matching asks for."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Self
from urllib.parse import quote

import msgspec

from vedette.advisories.database_content import verify_content
from vedette.advisories.database_format import (
    ALIAS,
    OWN,
    RELATED,
    Entry,
    Evidence,
    Meta,
    Name,
    Stated,
    advisory_of,
    affected_of,
    entry_of,
    reading,
    stated_of,
    told,
    unpack,
)
from vedette.advisories.database_header import check_header, checked_meta
from vedette.advisories.feeds._base import RecordFailure
from vedette.advisories.state import FeedState
from vedette.errors import StoreError
from vedette.model.advisory import Advisory, Affected, CveRecord, EndOfLife, Epss, Exploit, Kev
from vedette.model.candidate import Candidate, Question

_REMEMBERED = 16_384
_AT_ONCE = 20_000
_ASKED = """
PRAGMA temp_store=MEMORY;
CREATE TEMP TABLE asked(number INTEGER PRIMARY KEY, ecosystem TEXT, name TEXT, scheme TEXT, key BLOB);
"""
_TELLING = """
SELECT asked.number FROM asked CROSS JOIN name ON name.ecosystem = asked.ecosystem AND name.name = asked.name
 WHERE name.scheme IS NOT asked.scheme OR EXISTS (
  SELECT 1 FROM affected WHERE affected.name = name.number AND low <= key AND (high IS NULL OR key < high))
"""


class AdvisoryDatabase:
    """One immutable file of advisories; a context manager, safe to share between threads.

    It goes on answering from the file that it opened when another is put in that file's place. Answers are sorted.
    """

    def __init__(self, connection: sqlite3.Connection, meta: Meta) -> None:
        self._connection = connection
        self._meta = meta
        self._advisories: dict[int, Advisory] = {}
        self._entries: dict[int, Entry] = {}
        self._asking = Lock()
        self._can_ask = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a database; costs a few pages of it.

        Raises:
            StoreError: there is none, it is not whole, or it has another format.
        """
        check_header(path)
        source = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        try:
            with reading(), ExitStack() as opened:
                connection = sqlite3.connect(
                    source, uri=True, isolation_level=None, check_same_thread=False
                )
                opened.enter_context(closing(connection))
                database = cls(connection, checked_meta(connection))
                opened.pop_all()
                return database
        except StoreError as error:
            raise StoreError(f"{path}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def digest(self) -> str:
        """`sha256:…` of the content: equal for equal records."""
        return self._meta.digest

    @property
    def built_at(self) -> datetime:
        """The moment that the records speak of."""
        return self._meta.built_at

    @property
    def code(self) -> str:
        """Which versions of the readers made it."""
        return self._meta.code

    @property
    def starter(self) -> bool:
        """Whether this is only the starter set."""
        return self._meta.starter

    @property
    def feeds(self) -> tuple[FeedState, ...]:
        """What it is made of, by feed name."""
        return self._meta.feeds

    @reading()
    def telling(self, questions: Collection[Question]) -> frozenset[Question]:
        """The questions whose version some entry may hold, or whose version no key decides; of most, nothing is to be said.

        What is compared is the hull of each entry's ranges: `candidates` has the ranges themselves.

        Raises:
            StoreError: the file is damaged.
        """
        asked = sorted(one for one in questions if _is_unicode(one[0]) and _is_unicode(one[1]))
        return frozenset(
            one
            for start in range(0, len(asked), _AT_ONCE)
            for one in self._telling(asked[start : start + _AT_ONCE])
        )

    @reading()
    def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
        """Every `affected` entry of exactly this name, by feed and advisory id.

        The advisories in the answer have neither packages nor texts, ratings and references: `whole` gives the latter,
        `advisories` all.

        Raises:
            StoreError: the file is damaged.
        """
        asked = Name(ecosystem, name)
        rows = self._rows(
            "SELECT low, high, entry, body, advisory.number, feed, id, brief FROM affected"
            " LEFT JOIN advisory ON advisory.number = advisory LEFT JOIN entry ON entry.number = entry"
            " WHERE name = (SELECT number FROM name WHERE ecosystem = ? AND name = ?)"
            " ORDER BY advisory, ordinal",
            (ecosystem, name),
        )
        # of one name many advisories say the same: a kernel's flaws are mended by the dozen
        said: dict[tuple[bytes, bytes | None, int], Stated] = {}
        found = []
        for low, high, entry, body, number, feed, identifier, brief in rows:
            key = low, high, entry
            stated = said.get(key)
            if stated is None:
                stated = stated_of(asked, low, high, self._entry(entry, body))
                said[key] = stated
            found.append(stated.by(self._advisory(number, feed, identifier, brief)))
        return tuple(found)

    @reading()
    def whole(self, advisory: Advisory) -> Advisory:
        """A candidate's advisory with all that it says, packages left out.

        Raises:
            StoreError: the file is damaged, or the advisory is another database's.
        """
        for (body,) in self._rows(
            "SELECT body FROM alias JOIN advisory ON advisory.number = advisory"
            " JOIN text ON text.number = advisory WHERE alias.id = ? AND kind = ? AND feed = ?",
            (advisory.id, OWN, advisory.feed),
        ):
            return told(advisory, body)
        raise ValueError(f"there is no {advisory.id} of {advisory.feed}")

    @reading()
    def ecosystems(self) -> frozenset[str]:
        """Every ecosystem that any advisory speaks of."""
        return frozenset(name for (name,) in self._rows("SELECT name FROM ecosystem"))

    @reading()
    def advisories(self, identifier: str, *, related: bool = True) -> tuple[Advisory, ...]:
        """The advisories with this id or alias, whole; with `related`, also the updates that mend this flaw.

        Raises:
            StoreError: the file is damaged.
        """
        rows = self._rows(
            "SELECT body, advisory.number, feed, id, brief FROM advisory"
            " LEFT JOIN text ON text.number = advisory.number WHERE advisory.number IN"
            " (SELECT advisory FROM alias WHERE id = ? AND kind <= ?) ORDER BY advisory.number",
            (identifier, RELATED if related else ALIAS),
        )
        return tuple(
            told(self._advisory(*described), body, self._affected(described[0]))
            for body, *described in rows
        )

    @reading()
    def names_of(self, identifier: str) -> tuple[Name, ...]:
        """The packages that the advisories with this id, alias or related id speak of."""
        rows = self._rows(
            "SELECT DISTINCT name.ecosystem, name.name FROM alias"
            " JOIN affected ON affected.advisory = alias.advisory"
            " JOIN name ON name.number = affected.name WHERE alias.id = ? ORDER BY 1, 2",
            (identifier,),
        )
        return tuple(Name(ecosystem, name) for ecosystem, name in rows)

    @reading()
    def cve(self, cve: str) -> tuple[CveRecord, ...]:
        """What is known of the CVE itself, a record from each feed.

        Raises:
            StoreError: the file is damaged.
        """
        rows = self._rows("SELECT body FROM cve WHERE cve = ? ORDER BY feed", (cve,))
        return tuple(_cves.decode(unpack(body)) for (body,) in rows)

    @reading()
    def epss(self, cve: str) -> Epss | None:
        """The CVE's latest score."""
        for probability, percentile, day in self._rows(
            "SELECT probability, percentile, scored_on FROM epss WHERE cve = ?", (cve,)
        ):
            return Epss(
                cve=cve,
                probability=probability,
                percentile=percentile,
                scored_on=date.fromisoformat(day),
            )
        return None

    @reading()
    def kev(self, cve: str) -> Kev | None:
        """The CVE's entry among those that are known to be exploited.

        Raises:
            StoreError: the file is damaged.
        """
        for (body,) in self._rows("SELECT body FROM kev WHERE cve = ?", (cve,)):
            return _kevs.decode(body)
        return None

    @reading()
    def exploits(self, cve: str) -> tuple[Exploit, ...]:
        """Evidence that the CVE is, or can be, exploited; sorted.

        Raises:
            StoreError: the file is damaged.
        """
        for (body,) in self._rows("SELECT body FROM exploit WHERE cve = ?", (cve,)):
            return _evidence.decode(unpack(body)).exploits
        return ()

    @reading()
    def end_of_life(self, product: str, cycle: str) -> EndOfLife | None:
        """Until when a product's release is maintained; the distribution's own word before others'.

        Raises:
            StoreError: the file is damaged.
        """
        for (body,) in self._rows(
            "SELECT body FROM end_of_life WHERE product = ? AND cycle = ?", (product, cycle)
        ):
            return _ends.decode(body)
        return None

    @reading()
    def failures(self, feed: str) -> tuple[RecordFailure, ...]:
        """The first thousand records of a feed that could not be read."""
        rows = self._rows(
            "SELECT document, place, reason FROM failure WHERE feed = ? ORDER BY number", (feed,)
        )
        return tuple(
            RecordFailure(document=document, place=place, reason=reason)
            for document, place, reason in rows
        )

    @reading()
    def counts(self) -> dict[str, int]:
        """How many rows there are of each kind."""
        tables = (
            "advisory",
            "affected",
            "alias",
            "cve",
            "end_of_life",
            "epss",
            "exploit",
            "kev",
            "name",
        )
        return {
            table: self._rows(f"SELECT count(*) FROM {table}", ())[0][0]  # noqa: S608 - the names above
            for table in tables
        }

    def verify(self) -> None:
        """Read everything and compare it with the digest.

        Raises:
            StoreError: the file is damaged.
        """
        verify_content(self._connection, self._meta.content)

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except UnicodeEncodeError:  # a name that is not Unicode is not in here
            return []

    def _telling(self, asked: Sequence[Question]) -> list[Question]:
        """Those that tell; in the order of names, so that each page of the file is read once."""
        rows = (
            (number, ecosystem, name, scheme.value, key)
            for number, (ecosystem, name, scheme, key) in enumerate(asked)
        )
        with self._asking:
            if not self._can_ask:
                self._connection.executescript(_ASKED)
                self._can_ask = True
            self._connection.execute("BEGIN")
            try:
                self._connection.executemany("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", rows)
                return [asked[number] for (number,) in self._connection.execute(_TELLING)]
            finally:
                self._connection.execute("ROLLBACK")

    def _advisory(self, number: int, feed: str, identifier: str, brief: bytes) -> Advisory:
        known = self._advisories.get(number)
        if known is None:
            known = advisory_of(feed, identifier, brief)
            if len(self._advisories) >= _REMEMBERED:
                self._advisories.clear()
            self._advisories[number] = known
        return known

    def _entry(self, number: int, body: bytes) -> Entry:
        known = self._entries.get(number)
        if known is None:
            known = entry_of(body)
            if len(self._entries) >= _REMEMBERED:
                self._entries.clear()
            self._entries[number] = known
        return known

    def _affected(self, number: int) -> tuple[Affected, ...]:
        rows = self._rows(
            "SELECT ecosystem, name.name, entry, body FROM affected"
            " JOIN name ON name.number = affected.name LEFT JOIN entry ON entry.number = entry"
            " WHERE advisory = ? ORDER BY name.number, ordinal",
            (number,),
        )
        return tuple(
            affected_of(Name(ecosystem, name), self._entry(entry, body))
            for ecosystem, name, entry, body in rows
        )


def _is_unicode(text: str) -> bool:
    """Whether SQLite can take it: file names that are not may be names of packages."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


_cves = msgspec.msgpack.Decoder(CveRecord)
_kevs = msgspec.msgpack.Decoder(Kev)
_evidence = msgspec.msgpack.Decoder(Evidence)
_ends = msgspec.msgpack.Decoder(EndOfLife)
