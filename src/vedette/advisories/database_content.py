"""The digest of everything in the advisory database, whatever wrote the file's pages or compressed its bodies."""

import sqlite3
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from vedette.advisories.database_format import reading, unpack
from vedette.errors import StoreError

_PACKAGES = (
    "SELECT name, advisory, ordinal, low, high, body FROM affected JOIN entry ON number = entry"
    " ORDER BY name, advisory, ordinal"
)
_PLAIN = (
    "SELECT feed, document, place, reason FROM failure ORDER BY number",
    "SELECT id, kind, advisory FROM alias ORDER BY id, kind, advisory",
    "SELECT name FROM ecosystem ORDER BY name",
    "SELECT number, ecosystem, name, scheme FROM name ORDER BY number",
    "SELECT number, feed, id, digest, brief FROM advisory ORDER BY number",
    _PACKAGES,
    "SELECT cve, probability, percentile, scored_on FROM epss ORDER BY cve",
    "SELECT cve, body FROM kev ORDER BY cve",
    "SELECT product, cycle, body FROM end_of_life ORDER BY product, cycle",
)
_PACKED = (
    "SELECT number, body FROM text ORDER BY number",
    "SELECT cve, feed, digest, body FROM cve ORDER BY cve, feed",
    "SELECT cve, body FROM exploit ORDER BY cve",
)
_AT_ONCE = 1000


def content_digest(connection: sqlite3.Connection) -> str:
    """Hex SHA-256 over all rows in order, with their bodies unpacked; call it within `reading`."""
    digest = sha256()
    for query in _PLAIN:
        rows = connection.execute(query)
        while some := rows.fetchmany(_AT_ONCE):
            digest.update(_encoder.encode(some))
        digest.update(b"\n")
    for query in _PACKED:
        rows = connection.execute(query)
        while some := rows.fetchmany(_AT_ONCE):
            digest.update(_encoder.encode(_unpacked(some)))
        digest.update(b"\n")
    return digest.hexdigest()


def verify_content(connection: sqlite3.Connection, content: str) -> None:
    """Read the whole file.

    Args:
        connection: to the database.
        content: the digest that it should have.

    Raises:
        StoreError: it is damaged.
    """
    with reading():
        (problem,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        found = content_digest(connection) if problem == "ok" else ""
    if problem != "ok":
        raise StoreError(f"the advisory database is damaged: {problem}")
    if found != content:
        raise StoreError("the advisory database is damaged: its rows do not have its digest")


def _unpacked(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(*row[:-1], unpack(row[-1])) for row in rows]


_encoder = msgspec.msgpack.Encoder()
