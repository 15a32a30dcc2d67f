"""Measure which resources a changed advisory touches: 10,000,000 (package version, resource) rows in the store's own tables.

    python -m benchmarks changed [ROWS] [URL …]

On a new SQLite file, or on every URL (an empty PostgreSQL database, `postgresql+psycopg://…`). Names are as unevenly spread as real ones: the first is on every resource, most are on a
few. Each question is what a changed advisory asks: its names, the versions that are installed of them, which of these lie in its ranges, and the numbers of the
resources that have one of those. Without the index by resource, which this question does not use.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, insert, select, text

from vedette.matching.ranges import Inside, keyed_range, membership, version_of
from vedette.model.advisory import Advisory, AdvisoryId, Affected, Range
from vedette.model.candidate import Candidate
from vedette.model.package import SchemeName
from vedette.store.codec import digest_key
from vedette.store.schema import metadata, package_resources, package_versions, resources

_RESOURCES = 20_000
_NAMES, _VERSIONS = 40_000, 4
_TIMES = 20
_CHUNK = 20_000
_ECOSYSTEM = "Debian:12"
_FIXED = "1.0-3"
"""Of the versions 1.0-1 to 1.0-4 the lower two are affected."""


def main() -> None:
    """Fill, then ask for names of three sorts."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory(prefix="vedette-changed-") as folder:
        for url in sys.argv[2:] or [f"sqlite:///{Path(folder) / 'store.db'}"]:
            _measure(url, wanted)


def _measure(url: str, wanted: int) -> None:
    engine = create_engine(url)
    print(engine.dialect.name)
    metadata.create_all(engine, tables=[resources, package_versions, package_resources])
    try:
        with engine.begin() as connection:
            connection.execute(text("DROP INDEX ix_package_resources_resource"))
            _fill(connection, wanted)
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                    text("VACUUM ANALYZE")
                )
            for label, names in (
                ("one name that every resource has", [0]),
                ("one name in the middle", [2_000]),
                ("30 names of an update", list(range(100, 3_100, 100))),
            ):
                _ask(connection, label, names)
    finally:
        engine.dispose()


def _fill(connection: Connection, wanted: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SET session_replication_role = replica")
        )  # resources are not filled
    versions = (
        {
            "id": _number(name, version),
            "name_key": digest_key(_ECOSYSTEM, f"lib{name}"),
            "version_key": digest_key(_version(version)),
            "ecosystem": _ECOSYSTEM,
            "name": f"lib{name}",
            "version": _version(version),
        }
        for name in range(_NAMES)
        for version in range(_VERSIONS)
    )
    _insert(connection, package_versions, versions)
    _insert(connection, package_resources, _links(wanted))
    count = connection.execute(text("SELECT count(*) FROM package_resources")).scalar()
    print(f"  {count:,} rows")


def _insert(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    if connection.dialect.name == "postgresql":
        names = [column.name for column in table.columns]
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
        return
    portion: list[dict[str, Any]] = []
    for row in rows:
        portion.append(row)
        if len(portion) == _CHUNK:
            connection.execute(insert(table), portion)
            portion = []
    if portion:
        connection.execute(insert(table), portion)


def _links(wanted: int) -> Iterator[dict[str, int]]:
    """The n-th name is on `scale / (n + 1) ** 0.5` resources, but at most on all."""
    chance = random.Random(3)  # noqa: S311 - the same estate every time
    scale = wanted / sum((n + 1) ** -0.5 for n in range(_NAMES))
    for name in range(_NAMES):
        count = min(_RESOURCES, max(1, int(scale * (name + 1) ** -0.5)))
        chosen = sorted(chance.sample(range(1, _RESOURCES + 1), count))
        for version in range(_VERSIONS):
            for resource in chosen[version::_VERSIONS]:
                yield {"package": _number(name, version), "resource": resource}


def _number(name: int, version: int) -> int:
    return name * _VERSIONS + version + 1


def _version(number: int) -> str:
    return f"1.0-{number + 1}"


def _ask(connection: Connection, label: str, names: list[int]) -> None:
    entry = _entry()
    keys = [digest_key(_ECOSYSTEM, f"lib{name}") for name in names]
    taken, found = [], 0
    for _ in range(_TIMES):
        start = time.perf_counter()
        found = len(_affected(connection, entry, keys))
        taken.append((time.perf_counter() - start) * 1000)
    print(
        f"  {statistics.median(taken):8.2f} ms ({min(taken):.2f} to {max(taken):.2f})"
        f"  {label}: {found:,} affected packages on resources"
    )


def _affected(connection: Connection, entry: Candidate, keys: Sequence[bytes]) -> list[Any]:
    versions = package_versions.c
    installed = connection.execute(
        select(versions.id, versions.version).where(versions.name_key.in_(keys))
    )
    hit = [
        number
        for number, version in installed
        if isinstance(membership(entry, version_of(version, SchemeName.DEB)), Inside)
    ]
    links = package_resources.c
    return list(
        connection.execute(select(links.package, links.resource).where(links.package.in_(hit)))
    )


def _entry() -> Candidate:
    run = Range(fixed=_FIXED)
    keyed = keyed_range(run, SchemeName.DEB)
    if keyed is None:
        raise SystemExit("no range")
    return Candidate(
        advisory=Advisory(id=AdvisoryId("A"), feed="feed", modified=None),
        affected=Affected(
            ecosystem=_ECOSYSTEM, name="lib", scheme=SchemeName.DEB, ranges=(run,), by_source=True
        ),
        ranges=(keyed,),
    )


if __name__ == "__main__":
    main()
