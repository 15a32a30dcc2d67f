"""Writes rpm databases for tests: header blobs (rpm's format_header.md) in a SQLite file as rpm's backend makes it."""

import sqlite3
import struct
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

Value = str | int | list[str] | list[int]

TAGS = {
    "name": 1000,
    "version": 1001,
    "release": 1002,
    "epoch": 1003,
    "summary": 1004,
    "vendor": 1011,
    "license": 1014,
    "arch": 1022,
    "oldfilenames": 1027,
    "sourcerpm": 1044,
    "dirindexes": 1116,
    "basenames": 1117,
    "dirnames": 1118,
    "modularitylabel": 5096,
}


def header(**values: Value) -> bytes:
    """A header blob of the named tags."""
    return raw_header({TAGS[name]: value for name, value in values.items()})


def raw_header(values: Mapping[int, Value]) -> bytes:
    index = b""
    data = b""
    for tag, value in values.items():
        kind, count, encoded, alignment = _encode(value)
        data += bytes(-len(data) % alignment)
        index += struct.pack(">IIII", tag, kind, len(data), count)
        data += encoded
    return struct.pack(">II", len(values), len(data)) + index + data


def _encode(value: Value) -> tuple[int, int, bytes, int]:
    if isinstance(value, str):
        return 6, 1, value.encode() + b"\0", 1
    if isinstance(value, int):
        return 4, 1, struct.pack(">I", value), 4
    texts = [item for item in value if isinstance(item, str)]
    if texts:
        return 8, len(texts), b"".join(text.encode() + b"\0" for text in texts), 1
    return 4, len(value), struct.pack(f">{len(value)}I", *value), 4


def database(path: Path, blobs: Iterable[bytes], *, wal: bool = False) -> bytes:
    """The bytes of a database of these headers, made at a path; `wal` leaves it as rpm does."""
    with closing(sqlite3.connect(path)) as connection:
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
        )
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", ((b,) for b in blobs))
        connection.commit()
    return path.read_bytes()
