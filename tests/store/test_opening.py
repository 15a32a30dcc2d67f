"""Opening: migrations make the schema, on a new store and by many at once; what cannot be used is said without secrets."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, insert, inspect, text

from tests.findings.make import (
    FUNCTION,
    IMAGE,
    INSTANCE,
    NOW,
    exposure,
    finding,
    vulnerability,
    vulnerable,
)
from tests.matching.memory import package
from vedette.errors import StoreError
from vedette.findings.derived import finding_type
from vedette.findings.lifecycle import Change
from vedette.model.digest import digest_of
from vedette.model.filter import (
    Filter,
    PackageMatch,
    Ports,
    Tagged,
    TextOperator,
    TextTest,
    Time,
    TimeField,
)
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.package import Location
from vedette.store import migrations, schema
from vedette.store.codec import ref_key
from vedette.store.engine import HEAD, _sqlite_settings
from vedette.store.store import SqlStore

_FOLDER = Path(migrations.__file__).parent


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine: Engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == HEAD
    assert max(script.revision for script in scripts.walk_revisions()) == HEAD


# nobody reads back what an index on an expression is; the next test does
@pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of expression-based index",
    "ignore:autogenerate skipping metadata-specified expression-based index",
)
def test_migrations_make_the_schema(new_url: Callable[..., str]) -> None:
    url = new_url(empty=True)
    SqlStore.open(url).close()
    with _connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        assert {
            name for name in inspect(connection).get_table_names() if name != "alembic_version"
        } == (set(schema.metadata.tables))


def test_migrations_make_the_indexes(new_url: Callable[..., str], engine: str) -> None:
    if engine == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        query = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    migrated, made = new_url(empty=True), new_url(empty=True)
    SqlStore.open(migrated).close()
    found = []
    for url in (migrated, made):
        with _connected(url) as connection:
            if url == made:
                schema.metadata.create_all(connection)
            rows = connection.execute(text(query)).all()
        found.append({name: " ".join(sql.split()) for name, sql in rows})
    found[0].pop("alembic_version_pkc", None)
    assert found[0] == found[1]


def test_text_compares_as_python_does_in_what_migrations_make(postgres: str) -> None:
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    """
    with _connected(postgres.format(database="ready")) as connection:
        assert connection.execute(text(query)).all() == []


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _stored_as_in_0001(connection: Connection, several: list[Finding]) -> None:
    """Write what every older version has of findings."""
    table, values = (
        Table(name, MetaData(), autoload_with=connection) for name in ("findings", "finding_values")
    )
    for one in several:
        ref = one.key.resource
        row = {
            "id": one.id,
            "ref": ref_key(ref),
            "type": finding_type(one),
            "account": ref.account,
            "resource_id": ref.id,
            "resource_type": ref.type,
            "status": one.status,
            "severity": one.severity,
            "severity_rank": one.severity.rank,
            "title": one.title,
            "risk": one.score.risk,
            "first_observed_at": 0,
            "last_observed_at": 0,
            "updated_at": 0,
        }
        connection.execute(
            insert(table).values(
                {
                    key: None
                    if value is None
                    else value
                    if isinstance(value, int | float)
                    else str(value)
                    for key, value in row.items()
                }
            )
        )
        connection.execute(insert(values).values(id=str(one.id), value=msgspec.msgpack.encode(one)))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.parametrize("version", ["0001", "0002", "0003", "0004"])
def test_an_older_store_is_brought_up_to_date(new_url: Callable[..., str], version: str) -> None:
    from alembic import command  # noqa: PLC0415

    url = new_url(empty=True)
    several = [finding(vulnerability(id=f"CVE-2024-{number:04}")) for number in range(501)]
    port = finding(Reachable(exposure=exposure()), resource=IMAGE)
    closed = finding(vulnerability(id="CVE-2023-0001"), status=FindingStatus.CLOSED, closed_at=NOW)
    resources = [INSTANCE, IMAGE]
    with _connected(url) as connection:
        command.upgrade(_config(connection), version)
        table = Table("resources", MetaData(), autoload_with=connection)
        for one in resources:
            row = {
                "ref": ref_key(one.ref),
                "type": str(one.ref.type),
                "account": "1",
                "region": "1",
            }
            connection.execute(
                insert(table).values(
                    **row, first_seen_at=0, last_seen_at=0, value=msgspec.msgpack.encode(one)
                )
            )
        _stored_as_in_0001(connection, [*several, port, closed])
    wanted: dict[Filter, int] = {
        PackageMatch(name=TextTest(operator=TextOperator.EQUALS, value="lib")): 502,
        Tagged(key="env", value="prod"): 502,
        Ports(begin=22, end=22): 1,
        Time(field=TimeField.ECR_PUSHED_AT, start=NOW): 1,
    }
    with SqlStore.open(url) as store:
        found = {one: len(store.list(one, limit=1000).findings) for one in wanted}
        assert found == wanted
        assert store.count_active() == 502
        assert sorted(store.known(INSTANCE.ref), key=lambda one: one.id) == sorted(
            [*several, closed], key=lambda one: one.id
        )
        store.apply([Change(before=port, after=msgspec.structs.replace(port, title="new"))])
        assert [one.title for one in store.known(IMAGE.ref)] == ["new"]


def test_there_is_no_way_back(url: str) -> None:
    from alembic import command  # noqa: PLC0415

    with _connected(url) as connection, pytest.raises(CommandError, match="no way back to 0004"):
        command.downgrade(_config(connection), "0004")


def test_opening_again_changes_nothing(url: str) -> None:
    for _ in range(2):
        with SqlStore.open(url) as store:
            assert store.count_active() == 0


def test_a_store_of_a_newer_version_is_refused(url: str) -> None:
    with _connected(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=f"the store is of schema 9999; this version knows {HEAD}"):
        SqlStore.open(url)


def test_a_store_of_an_unknown_older_version_is_refused(url: str) -> None:
    with _connected(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(StoreError, match="cannot be brought up to date: Can't locate revision"):
        SqlStore.open(url)


def test_a_database_of_somebody_else_is_left_alone(new_url: Callable[..., str]) -> None:
    url = new_url(empty=True)
    with _connected(url) as connection:
        connection.execute(text("CREATE TABLE coverage (mine INTEGER)"))
    with pytest.raises(
        StoreError, match=r"the store cannot be opened: .*coverage.* already exists"
    ):
        SqlStore.open(url)
    with _connected(url) as connection:
        assert inspect(connection).get_table_names() == ["coverage"]  # all or nothing


def test_many_connections_turn_a_new_file_to_write_ahead_at_once(tmp_path: Path) -> None:
    """SQLite refuses all but one of them at once, however long they would wait."""

    def opened(path: Path, together: Barrier) -> str:
        together.wait()
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            _sqlite_settings(connection, None)
            return str(connection.execute("PRAGMA journal_mode").fetchone()[0])

    with ThreadPoolExecutor(6) as pool:
        for number in range(60):
            path, together = tmp_path / f"{number}.db", Barrier(6)
            modes = [pool.submit(opened, path, together) for _ in range(6)]
            assert {mode.result() for mode in modes} == {"wal"}


def test_a_file_that_somebody_keeps_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.store.engine._SWITCHES", 0)
    with (
        closing(sqlite3.connect(tmp_path / "kept.db", isolation_level=None)) as keeper,
        closing(sqlite3.connect(tmp_path / "kept.db", timeout=0)) as other,
    ):
        keeper.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            _sqlite_settings(other, None)


def test_many_threads_open_a_new_store_at_once(new_url: Callable[..., str]) -> None:
    url = new_url(empty=True)

    def once(_: int) -> int:
        with SqlStore.open(url) as store:
            return store.count_active()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(once, range(6))) == [0] * 6


def test_two_processes_open_a_new_store_at_once(new_url: Callable[..., str]) -> None:
    url = new_url(empty=True)
    code = (
        "import sys; from vedette.store.store import SqlStore; SqlStore.open(sys.argv[1]).close()"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, b"")


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    SqlStore.open(f"sqlite:///{tmp_path / 'a' / 'b' / 'store.db'}").close()
    assert (tmp_path / "a" / "b" / "store.db").exists()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="cannot be opened: file is not a database"):
        SqlStore.open(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"not a database")


def test_where_no_folder_can_be_made_there_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="there is no place for the store: "):
        SqlStore.open(f"sqlite:///{tmp_path / 'file' / 'store.db'}")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "URL is not one"),
        ("nonsense", "URL is not one"),
        ("postgresql://u:pw@host:port/db", "URL is not one"),
        ("mysql://u:pw@host/db", "must be sqlite or postgresql"),
        ("postgresql://u:p@w@host/db", "write special characters of the password"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite+nothing:////x.db", "a driver or an option that there is not"),
        ("postgresql+pg8000://u:pw@host/db", "driver is missing|a driver or an option"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason):
        SqlStore.open(url)


_PASSWORDS = ["hunter2-secret", "a/b#c?d", "p@ss:w", "100%sure", "lö ß", "secret'quote", "a b"]


@pytest.mark.parametrize("password", _PASSWORDS)
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("place", ["127.0.0.1:1", ""])
def test_no_error_shows_the_password(password: str, place: str, *, quoted: bool) -> None:
    from urllib.parse import quote  # noqa: PLC0415

    pytest.importorskip("psycopg")
    spelt = quote(password, safe="") if quoted else password
    for url in (
        f"postgresql://vedette:{spelt}@{place}/db?connect_timeout=1",
        f"postgresql+psycopg://vedette@{place}/db?connect_timeout=1&password={spelt}",
        f"postgresql://vedette:{spelt}@{place}/db?nonsense=1",
    ):
        with pytest.raises(StoreError) as caught:
            SqlStore.open(url)
        error: BaseException | None = caught.value
        while error is not None:  # what a traceback would print
            for part in {password, spelt, *(word for word in password.split("@") if len(word) > 3)}:
                assert part not in str(error), url
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_file_that_is_locked_for_good_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.store.engine._BUSY_SECONDS", 0.05)
    path = tmp_path / "store.db"
    with SqlStore.open(f"sqlite:///{path}") as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="the store failed: database is locked"):
            store.save_scope_failures([])
        other.close()
        store.save_scope_failures([])


def test_the_layers_of_functions_are_filled_in(new_url: Callable[..., str]) -> None:
    """A store of schema 0005 knows functions, and not what tells their layers."""
    url = new_url(empty=True)
    places = (Location(path="opt/lib", layer=digest_of(b"layer")),)
    entry = vulnerable(package("PyPI", "lib", "1", locations=places))
    one = finding(vulnerability(packages=(entry,)), resource=FUNCTION)
    with SqlStore.open(url) as store:
        store.save_resources([FUNCTION], looked_in=(), now=NOW)
        store.apply([Change(before=None, after=one)])
    with _connected(url) as connection:
        connection.execute(
            text("DELETE FROM resource_texts WHERE field IN ('layer_of_digest', 'layer_of_rest')")
        )
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    wanted = PackageMatch(layer_arn=TextTest(operator=TextOperator.PREFIX, value="arn:"))
    with SqlStore.open(url) as store:
        assert store.list(wanted).findings == (one,)
