"""The store as one object: the estate, the findings, their log and small records in the same database."""

from types import TracebackType
from typing import Self

from vedette.store.counts import Counts
from vedette.store.database import Database
from vedette.store.engine import open_database
from vedette.store.estate import EstateTables
from vedette.store.findings import FindingTables
from vedette.store.history import History
from vedette.store.listing import Listings
from vedette.store.log import ChangeLog
from vedette.store.records import RecordTable
from vedette.store.retention import Retention


class SqlStore(EstateTables, FindingTables, Counts, History, ChangeLog, Retention, RecordTable):
    """Implements `vedette.app.ports.Store`; a context manager, safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listings = Listings(database)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a store and bring its schema up to date.

        Raises:
            StoreError: where it cannot be used.
        """
        return cls(open_database(url))

    def edition(self) -> str:
        """A text that is the same as long as every answer of the store is; it means nothing to another process."""
        return self._database.edition()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del kind, error, traceback
        self.close()
