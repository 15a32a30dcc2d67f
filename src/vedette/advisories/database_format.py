"""The advisory database as a file: its tables, and how values lie in them.

One SQLite file. Everything is inserted in key order in one transaction, so that equal records make equal files;
numbers stand for names and advisories, values are MessagePack arrays. `docs/adr/0050-advisory-database.md` tells why.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

import msgspec
import zstandard

from vedette.advisories.state import FeedState
from vedette.errors import StoreError
from vedette.model.advisory import (
    Advisory,
    AdvisoryId,
    Affected,
    AffectedStatus,
    Exploit,
    FixState,
    Range,
    Rating,
)
from vedette.model.candidate import Candidate, KeyedRange
from vedette.model.cvss import CvssVector
from vedette.model.package import SchemeName

APPLICATION_ID = 0x56454454
"""`VEDT` in the file's header (SQLite file format, section 1.3.14)."""

FORMAT = 3
"""The file's `user_version`; another number means another layout."""

PAGE_SIZE = 4096

TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE feed(name TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE failure(number INTEGER PRIMARY KEY, feed TEXT NOT NULL, document TEXT NOT NULL,
  place TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE advisory(number INTEGER PRIMARY KEY, feed TEXT NOT NULL, id TEXT NOT NULL,
  digest BLOB NOT NULL, brief BLOB NOT NULL);
CREATE TABLE text(number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE alias(id TEXT, kind INTEGER, advisory INTEGER, PRIMARY KEY(id, kind, advisory)) WITHOUT ROWID;
CREATE TABLE ecosystem(name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE name(number INTEGER PRIMARY KEY, ecosystem TEXT NOT NULL, name TEXT NOT NULL, scheme TEXT);
CREATE TABLE entry(number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE affected(name INTEGER, low BLOB, high BLOB, advisory INTEGER, ordinal INTEGER, entry INTEGER NOT NULL,
  PRIMARY KEY(name, low, advisory, ordinal)) WITHOUT ROWID;
CREATE TABLE epss(cve TEXT PRIMARY KEY, probability REAL NOT NULL, percentile REAL, scored_on TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE kev(cve TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE exploit(cve TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE end_of_life(product TEXT, cycle TEXT, body BLOB NOT NULL, PRIMARY KEY(product, cycle)) WITHOUT ROWID;
CREATE TABLE cve(cve TEXT, feed TEXT, digest BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY(cve, feed))
  WITHOUT ROWID;
"""

INDICES = (
    "CREATE UNIQUE INDEX name_by_name ON name(ecosystem, name, scheme)",
    "CREATE INDEX affected_by_advisory ON affected(advisory)",
)

OWN, ALIAS, RELATED = 0, 1, 2
"""Kinds of rows in `alias`."""

MOST_EXPLOITS = 200
"""Pieces of evidence that are kept of one flaw."""

_PLAIN, _PACKED = b"\0", b"\1"
_WORTH_PACKING = 200
_LARGEST_BODY = 16 << 20
_LEVEL = 6


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """The one row of `meta`: what can be known of the file without reading it.

    Args:
        content: hex SHA-256 over the rows (`database_content`).
        built_at: the moment that the records speak of; no clock is read.
        starter: whether this is the starter set.
        code: which versions of the readers built it, as the builder's caller says.
        feeds: the states of the feeds, by name.
    """

    content: str
    built_at: datetime
    starter: bool
    code: str
    feeds: tuple[FeedState, ...]

    @property
    def digest(self) -> str:
        """The database's digest: `sha256:` and 64 hex digits."""
        return "sha256:" + sha256(msgspec.msgpack.encode((FORMAT, self))).hexdigest()


class Brief(msgspec.Struct, frozen=True, array_like=True):
    """What matching asks of an advisory besides its id and feed; stored plainly, since it is read for every candidate."""

    modified: datetime | None
    published: datetime | None
    aliases: tuple[str, ...]
    related: tuple[str, ...]


class Text(msgspec.Struct, frozen=True, array_like=True):
    """All else that an advisory says, packages left out: read of those alone that apply."""

    summary: str
    details: str
    vendor_severity: str | None
    ratings: tuple[tuple[str, str], ...]
    cwes: tuple[str, ...]
    references: tuple[str, ...]


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """All that shows how a flaw is, or can be, exploited."""

    exploits: tuple[Exploit, ...]


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """An `affected` entry without its ecosystem and name.

    `keys` belong to `ranges` one by one, None where an end does not parse; a single range whose key is in the
    row's own columns has none here.
    """

    scheme: SchemeName
    status: AffectedStatus
    fix: FixState
    by_source: bool
    note: str | None
    module: str | None
    arches: tuple[str, ...]
    ranges: tuple[tuple[str, str | None, str | None], ...]
    versions: tuple[str, ...]
    keys: tuple[tuple[bytes, bytes | None] | None, ...]
    version_keys: tuple[bytes, ...]
    unparsed: tuple[str, ...]


class Name(msgspec.Struct, frozen=True, order=True):
    """A package of an ecosystem, as advisories name it."""

    ecosystem: str
    name: str


Row = tuple[str, str, bytes, bytes | None, bytes]
"""An `affected` entry on its way: ecosystem, name, low, high, and the packed `Entry`."""


@contextmanager
def reading() -> Iterator[None]:
    """What goes wrong while stored values are read means that the file is damaged.

    Raises:
        StoreError: something went wrong.
    """
    try:
        yield
    except (
        sqlite3.Error,
        msgspec.MsgspecError,
        zstandard.ZstdError,
        ValueError,
        TypeError,
    ) as error:
        raise StoreError(f"the advisory database is damaged: {error}") from error


@contextmanager
def writing() -> Iterator[None]:
    """What goes wrong while the database or a part of it is written.

    Raises:
        StoreError: something went wrong: the disk is full, a folder may not be written.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"the advisory database cannot be built: {error}") from error


def pack_plain(value: object) -> bytes:
    """A value as MessagePack.

    Raises:
        ValueError: text that is not Unicode, or too much of it.
    """
    plain = _encoder.encode(value)
    if len(plain) > _LARGEST_BODY:
        raise ValueError(f"a record of {len(plain)} bytes")
    return plain


def pack(value: msgspec.Struct) -> tuple[bytes, bytes]:
    """A value as it is stored, and the SHA-256 of its plain form.

    Raises:
        ValueError: as `pack_plain`.
    """
    plain = pack_plain(value)
    digest = sha256(plain).digest()
    if len(plain) >= _WORTH_PACKING:
        packed = _zstandard.packer.compress(plain)
        if len(packed) < len(plain):
            return _PACKED + packed, digest
    return _PLAIN + plain, digest


def unpack(stored: bytes) -> bytes:
    """The plain form of a stored value; call it within `reading`."""
    if stored[:1] == _PLAIN:
        return stored[1:]
    return _zstandard.unpacker.decompress(stored[1:], max_output_size=_LARGEST_BODY)


def brief_of(advisory: Advisory) -> Brief:
    """What is stored of an advisory to match by."""
    return Brief(advisory.modified, advisory.published, advisory.aliases, advisory.related)


def text_of(advisory: Advisory) -> Text:
    """What is stored of an advisory to tell."""
    return Text(
        advisory.summary,
        advisory.details,
        advisory.vendor_severity,
        tuple((rating.source, rating.vector) for rating in advisory.ratings),
        advisory.cwes,
        advisory.references,
    )


def brief_from(stored: bytes) -> Brief:
    """A stored brief; call it within `reading`."""
    return _briefs.decode(stored)


def text_from(stored: bytes) -> Text:
    """A stored text; call it within `reading`."""
    return _texts.decode(unpack(stored))


def advisory_of(feed: str, identifier: str, stored: bytes) -> Advisory:
    """The advisory of a stored brief, without its text and packages; call it within `reading`."""
    brief = _briefs.decode(stored)
    return Advisory(
        id=AdvisoryId(identifier),
        feed=feed,
        modified=brief.modified,
        published=brief.published,
        aliases=brief.aliases,
        related=brief.related,
    )


def told(
    advisory: Advisory, stored: bytes, affected: tuple[Affected, ...] | None = None
) -> Advisory:
    """The advisory with its stored text, and with its packages where they are given; call it within `reading`."""
    text = text_from(stored)
    return Advisory(
        id=advisory.id,
        feed=advisory.feed,
        modified=advisory.modified,
        published=advisory.published,
        aliases=advisory.aliases,
        related=advisory.related,
        summary=text.summary,
        details=text.details,
        vendor_severity=text.vendor_severity,
        ratings=tuple(Rating(source=s, vector=CvssVector(v)) for s, v in text.ratings),
        cwes=text.cwes,
        references=text.references,
        affected=advisory.affected if affected is None else affected,
    )


def affected_of(name: Name, entry: Entry) -> Affected:
    """The `affected` entry as it was published."""
    return Affected(
        ecosystem=name.ecosystem,
        name=name.name,
        scheme=entry.scheme,
        ranges=tuple(
            [
                Range(introduced=introduced, fixed=fixed, last_affected=last)
                for introduced, fixed, last in entry.ranges
            ]
        ),
        versions=entry.versions,
        arches=entry.arches,
        module=entry.module,
        status=entry.status,
        fix=entry.fix,
        by_source=entry.by_source,
        note=entry.note,
    )


def entry_of(stored: bytes) -> Entry:
    """The stored entry; call it within `reading`."""
    return _entries.decode(stored)


class Stated(msgspec.Struct, frozen=True):
    """What a row of `affected` says with its entry, whichever advisories say it."""

    affected: Affected
    ranges: tuple[KeyedRange, ...]
    version_keys: tuple[bytes, ...]
    unparsed: tuple[str, ...]

    def by(self, advisory: Advisory) -> Candidate:
        """The same as one advisory's word."""
        return Candidate(
            advisory=advisory,
            affected=self.affected,
            ranges=self.ranges,
            version_keys=self.version_keys,
            unparsed=self.unparsed,
        )


def stated_of(name: Name, low: bytes, high: bytes | None, entry: Entry) -> Stated:
    """A row of `affected` with its entry."""
    affected = affected_of(name, entry)
    keys = entry.keys or ((low, high),) * len(affected.ranges)
    return Stated(
        affected=affected,
        ranges=tuple(
            [
                KeyedRange(range=published, low=key[0], high=key[1])
                for published, key in zip(affected.ranges, keys, strict=False)
                if key is not None
            ]
        ),
        version_keys=entry.version_keys,
        unparsed=entry.unparsed,
    )


class _Zstandard(threading.local):
    """A compressor and a decompressor for each thread: one must not serve two at once, and making one costs."""

    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor(
            level=_LEVEL, write_checksum=True, write_content_size=True
        )
        self.unpacker = zstandard.ZstdDecompressor()


_zstandard = _Zstandard()
_encoder = msgspec.msgpack.Encoder()
_briefs = msgspec.msgpack.Decoder(Brief)
_texts = msgspec.msgpack.Decoder(Text)
_entries = msgspec.msgpack.Decoder(Entry)
