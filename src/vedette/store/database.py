"""One engine, and the only way to it: transactions whose failures are in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from vedette.errors import StoreError
from vedette.store.edition import Editions

WRITES = "vedette_writes"
"""The execution option of connections that write; SQLite then takes the lock at once."""

_LONGEST_REASON = 300


class Database:
    """A pool of connections; safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._editions = Editions(engine)

    def edition(self) -> str:
        """A text that is the same as long as everything that can be read is.

        Raises:
            StoreError: for whatever the engine or its driver raises.
        """
        with self._translated():
            return self._editions.now()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries.

        Raises:
            StoreError: for whatever the engine or its driver raises.
        """
        with self._translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all that happens in it, or nothing.

        Raises:
            StoreError: for whatever the engine or its driver raises.
        """
        with (
            self._translated(),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            # not `from error`: it quotes the statement
            raise StoreError(f"the store failed: {reason_of(error, self._engine.url)}") from None
        except (OverflowError, UnicodeEncodeError) as error:
            raise StoreError(f"the store cannot hold a value: {error}") from error

    def close(self) -> None:
        """Close all connections."""
        self._editions.close()
        self._engine.dispose()


def reason_of(error: SQLAlchemyError, url: URL) -> str:
    """What the driver says, on one line, without the statement and without the password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).splitlines() or [type(cause).__name__]
    reason = lines[0]
    secrets = {str(url.password)} if url.password else set()
    secrets |= {str(value) for key, value in url.query.items() if "password" in key}
    for secret in secrets:
        for spelling in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
            reason = reason.replace(spelling, "***")
    return reason[:_LONGEST_REASON]
