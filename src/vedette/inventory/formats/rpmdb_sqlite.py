"""rpm's SQLite database (rpm's lib/backend/sqlite.c): the headers are the blobs of the table Packages.

The file is hostile: it is opened from memory, may neither name functions, other tables nor a virtual table, and what it
can make SQLite do is bounded ("Defense Against The Dark Arts", https://www.sqlite.org/security.html).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from vedette.errors import LimitError, ParseError

_MAGIC = b"SQLite format 3\0"
_JOURNAL = slice(
    18, 20
)  # file format's write and read versions; 2 is a write-ahead log, which memory cannot have
_ROLLBACK = b"\x01\x01"
_LARGEST_BLOB = 64 << 20
_MOST_BYTES = 1 << 30  # of all blobs: a crafted tree may give the same page again and again
_MOST_STEPS = 2_000  # each of 10,000 instructions of SQLite's virtual machine
_STEP = 10_000
_HIDDEN = 6  # of table_xinfo's columns: not 0 for one that an expression makes


def headers(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Each row's header blob with its place.

    Raises:
        ParseError: where the file is not such a database, or is damaged.
        LimitError: where it asks for too much.
    """
    if not data.startswith(_MAGIC):
        raise ParseError("not a SQLite database")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            yield from _rows(connection, data)
        except sqlite3.Error as error:
            raise ParseError(f"SQLite: {error}") from error
        except UnicodeDecodeError as error:
            # SQLite quotes what is damaged, and Python cannot read its sentence
            raise ParseError(f"SQLite: text that is not UTF-8: {error.reason}") from error


def _rows(connection: sqlite3.Connection, data: bytes) -> Iterator[tuple[str, bytes]]:
    _open(connection, data)
    table = connection.execute(
        "SELECT type, rootpage FROM sqlite_master WHERE name = 'Packages'"
    ).fetchall()
    if len(table) != 1 or table[0][0] != "table" or not table[0][1]:
        raise ParseError("no table Packages")
    if any(column[_HIDDEN] for column in connection.execute("PRAGMA table_xinfo(Packages)")):
        raise ParseError("a column of Packages is computed")
    total = 0
    for number, blob in connection.execute("SELECT hnum, blob FROM Packages"):
        if not isinstance(blob, bytes):
            raise ParseError("not a blob", f"row {number!r}")
        total += len(blob)
        if total > _MOST_BYTES:
            raise LimitError(f"more than {_MOST_BYTES} bytes of headers")
        yield f"row {number}", blob


def _open(connection: sqlite3.Connection, data: bytes) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_BLOB)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    rolled_back = b"".join((data[: _JOURNAL.start], _ROLLBACK, memoryview(data)[_JOURNAL.stop :]))
    connection.deserialize(rolled_back)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.set_authorizer(_authorize)
    steps = iter(range(_MOST_STEPS))
    connection.set_progress_handler(lambda: int(next(steps, None) is None), _STEP)


def _authorize(
    action: int, first: str | None, _second: str | None, _base: str | None, _inner: str | None
) -> int:
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first == "table_xinfo":
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and first in {"Packages", "sqlite_master"}:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
