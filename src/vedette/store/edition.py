"""Which edition of the store readers see: as long as it is the same, so is the answer to every query.

SQLite tells each connection whether another one has committed since (`PRAGMA data_version`), so that one connection is kept
which only asks for it. PostgreSQL's snapshots name every transaction that is seen or not: two with the same text see the same.
"""

import secrets
import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine, text

from vedette.errors import StoreError

_SNAPSHOT = text("SELECT pg_current_snapshot()::text")


class Editions:
    """Asks for the edition; safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._name = ""

    def now(self) -> str:
        """The edition that a query begun now sees; it means nothing to another process.

        Raises:
            StoreError: where SQLite does not tell.
            sqlalchemy.exc.SQLAlchemyError: where there is no connection to be had.
        """
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect() as connection:
                return str(connection.execute(_SNAPSHOT).scalar_one())
        with self._lock:
            if self._connection is None:
                self._connection = self._opened()
                # numbers of one connection say nothing about those of another
                self._name = secrets.token_hex(8)
            try:
                row = self._connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error as error:
                self._forget()
                raise StoreError(f"the store failed: {error}") from error
            return f"{self._name} {row[0]}"

    def close(self) -> None:
        """Let go of the connection; the next question opens another."""
        with self._lock:
            self._forget()

    def _opened(self) -> Any:
        pooled = self._engine.raw_connection()
        connection = pooled.driver_connection
        pooled.detach()
        return connection

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
