"""Measure matching a fleet: every distinct package version against every range, as one join in SQLite.

`python benchmarks/matching.py [PACKAGES [RANGES]]` makes both (by default 1,000,000 and 2,000,000) in tables as the advisory database has them,
joins them, and compares a sample of the answers with the scanner's own comparison.
Ranges are spread over 200,000 names as unevenly as real ones (the first has some 6,000), packages are distinct versions.
"""

import argparse
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from vedette.advisories.database_format import INDICES, TABLES
from vedette.matching.ranges import Inside, keyed_range, membership, version_of
from vedette.model.advisory import Advisory, AdvisoryId, Affected, Range
from vedette.model.candidate import Candidate
from vedette.model.package import SchemeName

_SCHEME = SchemeName.NPM
_NAMES = 200_000
_UNEVEN, _EVEN = 0.6, 0.3
_VERSIONS = 2000
_LONGEST = 600
"""Versions in the longest range; every `_OPEN`-th has no end."""
_OPEN = 20
_SAMPLE = 500
_MIB = 1 << 20
_ENTRIES = 150_000

_PACKAGES = """
CREATE TABLE package(ecosystem TEXT, name TEXT, scheme TEXT, key BLOB, version TEXT NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(ecosystem, name, scheme, key)) WITHOUT ROWID;
CREATE TABLE match(package INTEGER NOT NULL, advisory INTEGER NOT NULL);
"""
_JOIN = """
SELECT package.number, affected.advisory FROM package
 CROSS JOIN name ON name.ecosystem = package.ecosystem AND name.name = package.name AND name.scheme IS package.scheme
 CROSS JOIN affected ON affected.name = name.number
   AND affected.low <= package.key AND (affected.high IS NULL OR package.key < affected.high)
"""


def main() -> None:
    """Fill, join, check."""
    parser = argparse.ArgumentParser(description="Measure matching a fleet.")
    parser.add_argument("packages", nargs="?", type=int, default=1_000_000)
    parser.add_argument("ranges", nargs="?", type=int, default=2_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "fleet.sqlite")
        try:
            _measure(connection, options.packages, options.ranges)
        finally:
            connection.close()


def _measure(connection: sqlite3.Connection, packages: int, ranges: int) -> None:
    chance = random.Random(1)  # noqa: S311 - made-up versions
    start = time.process_time()
    connection.executescript(TABLES + _PACKAGES)
    with connection:
        connection.executemany(
            "INSERT INTO name VALUES (?, 'npm', ?, 'npm')",
            ((n, f"package-{n}") for n in range(_NAMES)),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO affected VALUES (?, ?, ?, ?, 0, ?)", _ranges(chance, ranges)
        )
        connection.executemany(
            "INSERT OR IGNORE INTO package VALUES ('npm', ?, 'npm', ?, ?, ?)",
            _packages(chance, packages),
        )
        for index in INDICES:
            connection.execute(index)
    print(f"filled in {time.process_time() - start:.1f} CPU s")
    _join(connection)
    _check(connection)


def _join(connection: sqlite3.Connection) -> None:
    packages = connection.execute("SELECT count(*) FROM package").fetchone()[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, wall = time.process_time(), time.perf_counter()
    hits = connection.execute(f"INSERT INTO match {_JOIN}").rowcount
    connection.commit()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / _MIB
    pages, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
    )
    print(f"{packages:,} packages, {hits:,} matches in {cpu:.2f} CPU s, {wall:.2f} s wall")
    print(
        f"  {packages / cpu:,.0f} packages a CPU second, {grown:.0f} MiB more memory at the peak, "
        f"{pages * size / _MIB:.0f} MiB on disk"
    )


def _popular(chance: random.Random, count: int, evenness: float) -> list[int]:
    """Numbers of names by popularity: the n-th is taken `n ** -evenness` as often as the first."""
    weights = list(accumulate((n + 1) ** -evenness for n in range(_NAMES)))
    return chance.choices(range(_NAMES), cum_weights=weights, k=count)


def _key(text: str) -> bytes:
    version = version_of(text, _SCHEME)
    if not hasattr(version, "key"):
        raise SystemExit(f"not a version: {text}")
    return version.key


def _ranges(
    chance: random.Random, count: int
) -> Iterator[tuple[int, bytes, bytes | None, int, int]]:
    for number, name in enumerate(sorted(_popular(chance, count, _UNEVEN))):
        low = chance.randrange(_VERSIONS)
        end = None if number % _OPEN == 0 else _key(_text(low + 1 + chance.randrange(_LONGEST)))
        yield name, _key(_text(low)), end, number, number % _ENTRIES


def _packages(chance: random.Random, count: int) -> Iterator[tuple[str, bytes, str, int]]:
    for number, name in enumerate(_popular(chance, count, _EVEN)):
        text = _text(chance.randrange(_VERSIONS))
        yield f"package-{name}", _key(text), text, number


def _text(number: int) -> str:
    return f"{number // 100}.{number // 10 % 10}.{number % 10}"


def _check(connection: sqlite3.Connection) -> None:
    """The joins' answers for some packages are those of the scanner's own comparison."""
    wrong = 0
    for number, name, text in connection.execute(
        "SELECT number, name, version FROM package WHERE number % 997 = 0 LIMIT ?", (_SAMPLE,)
    ).fetchall():
        rows = connection.execute(
            "SELECT advisory, low, high FROM affected JOIN name ON name.number = affected.name"
            " WHERE name.ecosystem = 'npm' AND name.name = ?",
            (name,),
        )
        version = version_of(text, _SCHEME)
        own = {
            a for a, low, high in rows if isinstance(membership(_entry(low, high), version), Inside)
        }
        joined = connection.execute(
            f"{_JOIN} WHERE package.number = ? AND package.name = ?", (number, name)
        )
        wrong += own != {advisory for _, advisory in joined}
    print(f"{wrong} of the sampled answers differ from the scanner's own comparison")
    if wrong:
        raise SystemExit(1)


def _entry(low: bytes, high: bytes | None) -> Candidate:
    run = keyed_range(Range(), _SCHEME)
    if run is None:
        raise SystemExit("no range")
    affected = Affected(ecosystem="npm", name="name", scheme=_SCHEME, ranges=(run.range,))
    return Candidate(
        advisory=Advisory(id=AdvisoryId("A"), feed="feed", modified=None),
        affected=affected,
        ranges=(type(run)(range=run.range, low=low, high=high),),
    )


if __name__ == "__main__":
    main()
