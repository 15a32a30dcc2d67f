"""Measure which resources a changed advisory touches: 10,000,000 (package version, resource) rows in the store's own tables.

`python benchmarks/changed.py [ROWS]`. Names are as unevenly spread as real ones: the first is on every resource, most are on a few. Without the index by
resource, which this question does not use.
"""

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine

from vedette.store.codec import digest_key
from vedette.store.schema import metadata, package_resources, package_versions, resources

_RESOURCES = 20_000
_NAMES, _VERSIONS = 40_000, 4
_TIMES = 20
_AFFECTED = """
SELECT count(*) FROM package_versions JOIN package_resources ON package = package_versions.id WHERE name_key = ?
"""


def main() -> None:
    """Fill, then ask for names of three sorts."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory(prefix="vedette-changed-") as folder:
        path = Path(folder) / "store.db"
        engine = create_engine(f"sqlite:///{path}")
        tables = [resources, package_versions, package_resources]
        metadata.create_all(engine, tables=tables)
        engine.dispose()
        connection = sqlite3.connect(path)
        try:
            connection.execute("DROP INDEX ix_package_resources_resource")
            _fill(connection, wanted)
            for label, names in (
                ("one name that every resource has", [0]),
                ("one name in the middle", [2_000]),
                ("30 names of an update", list(range(100, 3_100, 100))),
            ):
                _ask(connection, label, names)
        finally:
            connection.close()


def _fill(connection: sqlite3.Connection, wanted: int) -> None:
    with connection:
        connection.executemany(
            "INSERT INTO package_versions VALUES (?, ?, ?, 'Debian:12', ?, ?)",
            (
                (
                    name * _VERSIONS + version + 1,
                    digest_key("Debian:12", f"lib{name}"),
                    digest_key(str(version)),
                    f"lib{name}",
                    str(version),
                )
                for name in range(_NAMES)
                for version in range(_VERSIONS)
            ),
        )
        connection.executemany(
            "INSERT INTO package_resources(package, resource) VALUES (?, ?)", _links(wanted)
        )
    (count,) = connection.execute("SELECT count(*) FROM package_resources").fetchone()
    print(f"{count:,} rows")


def _links(wanted: int) -> Iterator[tuple[int, int]]:
    """The n-th name is on `scale / (n + 1) ** 0.5` resources, but at most on all."""
    chance = random.Random(3)  # noqa: S311 - the same estate every time
    scale = wanted / sum((n + 1) ** -0.5 for n in range(_NAMES))
    for name in range(_NAMES):
        count = min(_RESOURCES, max(1, int(scale * (name + 1) ** -0.5)))
        chosen = sorted(chance.sample(range(1, _RESOURCES + 1), count))
        for version in range(_VERSIONS):
            package = name * _VERSIONS + version + 1
            for resource in chosen[version::_VERSIONS]:
                yield package, resource


def _ask(connection: sqlite3.Connection, label: str, names: list[int]) -> None:
    keys = [digest_key("Debian:12", f"lib{name}") for name in names]
    taken, found = [], 0
    for _ in range(_TIMES):
        start = time.perf_counter()
        found = sum(connection.execute(_AFFECTED, (key,)).fetchone()[0] for key in keys)
        taken.append(time.perf_counter() - start)
    print(f"{statistics.median(taken) * 1000:8.2f} ms  {label}: {found:,} rows")


if __name__ == "__main__":
    main()
