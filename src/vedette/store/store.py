"""The store as one object: the estate and the findings on the same engine."""

from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from vedette.store.engine import open_engine
from vedette.store.estate import EstateTables
from vedette.store.findings import FindingTables


class SqlStore(EstateTables, FindingTables):
    """Implements `vedette.app.ports.Store`; a context manager, safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        EstateTables.__init__(self, engine)
        FindingTables.__init__(self, engine)
        self._opened = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Open a store and bring its schema up to date.

        Raises:
            StoreError: where it cannot be used.
        """
        return cls(open_engine(url))

    def close(self) -> None:
        """Close all connections."""
        self._opened.dispose()

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
