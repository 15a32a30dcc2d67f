"""Opening a store: the engine, its settings, and the schema at this program's version."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from vedette.errors import StoreError

HEAD = "0001"
"""The newest migration; a test compares it with Alembic's."""

_BUSY_MS = 30_000


def _sqlite_settings(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.close()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, ImportError, OSError) as error:
        raise StoreError(f"not a usable store: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_settings)
    return engine


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar()
        return revision


def _migrate(engine: Engine) -> None:
    # imported here: a store that is up to date does not need Alembic
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    with as_file(files("vedette.store") / "migrations") as folder, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _bring_up_to_date(engine: Engine) -> None:
    revision = _revision(engine)
    if revision is not None and revision > HEAD:
        raise StoreError(f"the store is of schema {revision}; this version knows {HEAD}")
    if revision != HEAD:
        _migrate(engine)


def open_engine(url: str) -> Engine:
    """An engine with the schema in place.

    Args:
        url: SQLAlchemy's, for example `sqlite:////var/lib/vedette/store.db` or `postgresql+psycopg://…`.

    Raises:
        StoreError: where the store cannot be reached, or was written by a newer version.
    """
    engine = _engine(url)
    try:
        _bring_up_to_date(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        reason = str(error).splitlines()[0]
        raise StoreError(f"the store cannot be opened: {reason}") from error
    except StoreError:
        engine.dispose()
        raise
    return engine
