"""What is checked when an advisory database is opened: a few pages tell whether it is whole and of our format."""

import sqlite3
from pathlib import Path

import msgspec

from vedette.advisories.database_format import APPLICATION_ID, FORMAT, PAGE_SIZE, Meta
from vedette.errors import StoreError

_HEADER = 100
_MAGIC = b"SQLite format 3\0"


def check_header(path: Path) -> None:
    """See that the file is whole and of our format (SQLite file format, section 1.3).

    Raises:
        StoreError: it is not, or there is none.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
            size = file.seek(0, 2)
    except FileNotFoundError as error:
        raise StoreError(f"{path}: there is no advisory database") from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise StoreError(f"{path}: not an advisory database")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StoreError(f"{path}: not an advisory database of vedette")
    found = int.from_bytes(header[60:64], "big")
    if found != FORMAT:
        raise StoreError(
            f"{path}: format {found}; this version reads {FORMAT}: update the database"
        )
    pages = int.from_bytes(header[28:32], "big")
    if int.from_bytes(header[16:18], "big") != PAGE_SIZE or size != pages * PAGE_SIZE:
        raise StoreError(f"{path}: damaged: {size} bytes instead of {pages * PAGE_SIZE}")


def checked_meta(connection: sqlite3.Connection) -> Meta:
    """What the database says of itself, with its digest compared; call it within `reading`."""
    rows = dict(connection.execute("SELECT key, value FROM meta"))
    meta = msgspec.msgpack.decode(rows.get("meta", b""), type=Meta)
    if rows.get("digest") != meta.digest.encode():
        raise ValueError("what it says of itself does not have its digest")
    return meta
