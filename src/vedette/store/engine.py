"""Opening a store: the engine, its settings, and the schema at this program's version."""

import sqlite3
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from vedette.errors import StoreError
from vedette.store.database import WRITES, Database, reason_of

HEAD = "0006"
"""The newest migration; a test compares it with Alembic's."""

_ENGINES = frozenset({"sqlite", "postgresql"})
_BUSY_SECONDS = 30
_SWITCHES = 20
"""How often others may be in the way of the switch to WAL."""
_CACHE_KIB = 65_536
"""Of SQLite, a connection: new findings go to twenty indexes, at random places of each."""
_CONNECT_SECONDS = 10
_MIGRATION_LOCK = 0x7665_6D69  # any number that nobody else in the database uses


def open_database(url: str) -> Database:
    """A database with the schema in place.

    Args:
        url: SQLAlchemy's, for example `sqlite:////var/lib/vedette/store.db` or `postgresql+psycopg://…`.

    Raises:
        StoreError: where the store cannot be reached, or was written by a newer version. Its text has no password.
    """
    engine = _engine(_parsed(url))
    try:
        _bring_up_to_date(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(f"the store cannot be opened: {reason_of(error, engine.url)}") from None
    except StoreError:
        engine.dispose()
        raise
    return Database(engine)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # what the parser says may quote a part of the password
        raise StoreError(
            "the store's URL is not one; write e.g. sqlite:////path/to/store.db"
        ) from None
    if parsed.get_backend_name() not in _ENGINES:
        raise StoreError("the store must be sqlite or postgresql")
    if "@" in (parsed.host or ""):
        raise StoreError(
            "in the store's URL, write special characters of the password as %40 and so on"
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("the store must be a file: several threads and processes work with it")
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    try:
        if sqlite:
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            url,
            pool_pre_ping=not sqlite,
            hide_parameters=True,
            connect_args={"timeout": _BUSY_SECONDS}
            if sqlite
            else {"connect_timeout": _CONNECT_SECONDS},
        )
    except ImportError as error:
        raise StoreError(f"the store's driver is missing: {error}") from error
    except OSError as error:
        raise StoreError(f"there is no place for the store: {error.strerror}") from error
    except (SQLAlchemyError, TypeError) as error:
        raise StoreError("the store's URL names a driver or an option that there is not") from error
    if sqlite:
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_settings(connection: Any, _record: object) -> None:
    # transactions begin where SQLAlchemy says, not where Python's sqlite3 guesses
    connection.isolation_level = None
    _write_ahead(connection)
    for pragma in (
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        f"cache_size=-{_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL, which it keeps. SQLite does not wait for others who do so at the same time, but for the lock to write it does."""
    for left in range(_SWITCHES, -1, -1):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            # the lowest byte is the error, the others are its circumstances
            if not left or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN IMMEDIATE").close()
            connection.execute("ROLLBACK").close()
        else:
            return


def _sqlite_begin(connection: Connection) -> None:
    # a reader that turns into a writer may find that it is too late
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision


def _bring_up_to_date(engine: Engine) -> None:
    with engine.connect() as connection:
        if _is_current(connection):
            return
    # others may be opening it too: only one migrates, and the rest find it done
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        if not _is_current(connection):
            _migrate(connection)


def _is_current(connection: Connection) -> bool:
    revision = _revision(connection)
    if revision is not None and revision > HEAD:
        raise StoreError(f"the store is of schema {revision[:40]}; this version knows {HEAD}")
    return revision == HEAD


def _migrate(connection: Connection) -> None:
    # imported here: a store that is up to date does not need Alembic
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    with as_file(files("vedette.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(f"the store's schema cannot be brought up to date: {error}") from error
