"""One feed's records on their way into the database, in a file of their own, so that memory stays small.

Writing is here, reading in `staged`; several processes may each write the stage of another feed.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Self

import msgspec

from vedette.advisories.database_format import Row, brief_of, pack, pack_plain, text_of, writing
from vedette.advisories.feeds._base import Record, RecordFailure
from vedette.advisories.keys import keyed
from vedette.errors import ParseError
from vedette.model.advisory import (
    Advisory,
    Affected,
    CveRecord,
    EndOfLife,
    Epss,
    Exploit,
    Kev,
)

_TABLES = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000;
CREATE TABLE advisory(id TEXT NOT NULL, modified INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
  digest BLOB NOT NULL, brief BLOB NOT NULL, text BLOB NOT NULL, affected BLOB NOT NULL);
CREATE TABLE cve(id TEXT NOT NULL, modified INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
  digest BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE epss(cve TEXT NOT NULL, scored_on TEXT NOT NULL, probability REAL NOT NULL, percentile REAL);
CREATE TABLE kev(cve TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE exploit(cve TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE end_of_life(product TEXT NOT NULL, cycle TEXT NOT NULL, source TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE failure(document TEXT NOT NULL, place TEXT NOT NULL, reason TEXT NOT NULL);
BEGIN;
"""
_LONGEST_TEXT = 64 * 1024
_LONGEST_ID = 512
_LONGEST_REASON = 500
_MOST_AFFECTED = 250_000
_LARGEST_ROWS = 64 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNDATED = -(1 << 62)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much was staged; failures count records as well as whole documents.

    `newest` is the latest moment at which any of the records was made or changed, as it says itself.
    """

    documents: int = 0
    records: int = 0
    failures: int = 0
    newest: datetime | None = None


class Stage:
    """The records of one feed; a context manager that leaves the file for `staged.StagedFeed`.

    Args:
        path: a file that does not exist.

    Raises:
        StoreError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._documents = 0
        self._records = 0
        self._failures = 0
        self._newest: datetime | None = None
        with writing(), ExitStack() as opened:
            self._connection = opened.enter_context(
                closing(sqlite3.connect(path, isolation_level=None))
            )
            self._connection.executescript(_TABLES)
            opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def counts(self) -> Counts:
        """What was taken so far."""
        return Counts(
            documents=self._documents,
            records=self._records,
            failures=self._failures,
            newest=self._newest,
        )

    def read(self, document: str, records: Iterable[Record | RecordFailure]) -> str | None:
        """Take one document's records; the reason where it could not be read to its end.

        Raises:
            StoreError: the disk is full or the like.
        """
        self._documents += 1
        with writing():
            try:
                for record in records:
                    self._take(document, record)
            except ParseError as error:
                self._fail(document, "", str(error))
                return str(error)
        return None

    def finish(self) -> Counts:
        """Make the file whole.

        Raises:
            StoreError: the disk is full or the like.
        """
        with writing():
            self._connection.execute("COMMIT")
        return self.counts

    def _take(self, document: str, record: Record | RecordFailure) -> None:
        if isinstance(record, RecordFailure):
            self._fail(record.document, record.place, record.reason)
            return
        self._records += 1
        try:
            self._connection.execute(*_insertion(record))
            self._newest = max(filter(None, (self._newest, _said_at(record))), default=None)
        except (ValueError, OverflowError, ParseError) as error:
            self._fail(document, _place(record), f"cannot be stored: {error}")

    def _fail(self, document: str, place: str, reason: str) -> None:
        self._failures += 1
        row = tuple(_printable(text) for text in (document, place, reason))
        self._connection.execute("INSERT INTO failure VALUES (?, ?, ?)", row)


def _insertion(record: Record) -> tuple[str, tuple[object, ...]]:
    match record:
        case Advisory():
            return "INSERT INTO advisory VALUES (?, ?, ?, ?, ?, ?, ?)", _advisory_row(record)
        case CveRecord():
            return "INSERT INTO cve VALUES (?, ?, ?, ?, ?)", _cve_row(record)
        case Epss():
            return "INSERT INTO epss VALUES (?, ?, ?, ?)", _epss_row(record)
        case Kev():
            return "INSERT INTO kev VALUES (?, ?)", (_short(record.cve), pack_plain(record))
        case Exploit():
            return "INSERT INTO exploit VALUES (?, ?)", (_short(record.cve), pack_plain(record))
        case EndOfLife():  # pragma: no branch
            return "INSERT INTO end_of_life VALUES (?, ?, ?, ?)", _end_row(record)


def _place(record: Record) -> str:
    match record:
        case Advisory() | CveRecord():
            return record.id
        case Epss() | Kev() | Exploit():
            return record.cve
        case EndOfLife():  # pragma: no branch
            return f"{record.product} {record.cycle}"


def _said_at(record: Record) -> datetime | None:
    match record:
        case Advisory() | CveRecord():
            return record.modified or record.published
        case Epss():
            return _midnight(record.scored_on)
        case Kev():
            return _midnight(record.added_on)
        case Exploit():
            return _midnight(record.published) if record.published else None
        case EndOfLife():  # pragma: no branch
            return None  # its days are those of releases, many of them to come


@lru_cache(maxsize=1024)
def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _advisory_row(record: Advisory) -> tuple[object, ...]:
    _moment(record.published)
    if len(record.affected) > _MOST_AFFECTED:
        raise ValueError(f"{len(record.affected)} packages")
    trimmed = msgspec.structs.replace(
        record, summary=_cut(record.summary), details=_cut(record.details)
    )
    brief = pack_plain(brief_of(record))
    text, digest = pack(text_of(trimmed))
    rows = pack_plain(tuple(sorted({_row(affected) for affected in record.affected}, key=_order)))
    if len(rows) > _LARGEST_ROWS:
        raise ValueError(f"packages of {len(rows)} bytes")
    withdrawn = record.withdrawn is not None
    return _short(record.id), _moment(record.modified), withdrawn, digest, brief, text, rows


def _row(affected: Affected) -> Row:
    with_keys = keyed(affected)
    names = _short(affected.ecosystem), _short(affected.name)
    return *names, with_keys.low, with_keys.high, pack_plain(with_keys.entry)


def _order(row: Row) -> tuple[str, str, bytes]:
    return row[0], row[1], row[4]


def _cve_row(record: CveRecord) -> tuple[object, ...]:
    _moment(record.published)
    body, digest = pack(msgspec.structs.replace(record, description=_cut(record.description)))
    return _short(record.id), _moment(record.modified), record.rejected, digest, body


def _epss_row(record: Epss) -> tuple[object, ...]:
    for share in (record.probability, record.percentile):
        if share is not None and not 0.0 <= share <= 1.0:
            raise ValueError(f"{share} is no probability")
    day = date.isoformat(record.scored_on)
    return _short(record.cve), day, record.probability, record.percentile


def _end_row(record: EndOfLife) -> tuple[object, ...]:
    names = _short(record.product), _short(record.cycle), _short(record.source)
    return *names, pack_plain(record)


def _moment(moment: datetime | None) -> int:
    """Microseconds since 1970, or less than any moment; ValueError where the zone is missing."""
    if moment is None:
        return _UNDATED
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    between = moment - _EPOCH
    return (between.days * 86_400 + between.seconds) * 1_000_000 + between.microseconds


def _short(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_ID:
        raise ValueError(f"a name of {len(text)} characters")
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " […]"


def _printable(text: str) -> str:
    return text[:_LONGEST_REASON].encode("utf-8", "backslashreplace").decode("utf-8")
