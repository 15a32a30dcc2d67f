"""Measure the advisory database: building it from a mirror, its size, opening it and looking names up.

`python benchmarks/database.py MIRROR [FEED,…]` builds in a folder of its own and prints one line a figure.
"""

import argparse
import random
import resource
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.database import AdvisoryDatabase
from vedette.advisories.refresh import RefreshOptions, RefreshReport, refresh
from vedette.bootstrap.workers import worker_processes
from vedette.clients.http import HttpClient
from vedette.model.candidate import Question
from vedette.model.package import SchemeName

_MIB = 1 << 20
_LOOK_UPS = 500


def main() -> None:
    """Build, then look up."""
    parser = argparse.ArgumentParser(description="Measure the advisory database.")
    parser.add_argument("mirror", type=Path)
    parser.add_argument("feeds", nargs="?", default="")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="keep the state and the database here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state = options.keep or Path(folder)
        only = frozenset(name for name in options.feeds.split(",") if name)
        _build(options.mirror, state, only, options.processes)
        _build(options.mirror, state, only, options.processes)
        _look_up(state / "advisories.sqlite")


def _build(mirror: Path, state: Path, only: frozenset[str], processes: int) -> None:
    start = time.perf_counter()

    def told(feed: str, what: str, done: int, _total: int | None) -> None:
        if not what.startswith("fetch") and done:
            print(f"  {time.perf_counter() - start:7.1f} s  {feed} {what}", flush=True)

    request = RefreshOptions(
        state_dir=state,
        database=state / "advisories.sqlite",
        now=datetime(2000, 1, 1, tzinfo=UTC),
        mirror=mirror,
        only=only,
    )
    with HttpClient() as client, worker_processes(processes) as pool:
        report = refresh(FEEDS, request, client=client, progress=told, executor=pool)
    _print(report, time.perf_counter() - start)


def _print(report: RefreshReport, seconds: float) -> None:
    for feed in report.feeds:
        counted = f"{feed.records} records, {feed.failures} failures"
        print(f"{feed.name:8} {feed.status:10} {counted:36} {feed.detail[:100]}")
    print(f"time      {seconds:.1f} s")
    for who, kind in (
        ("itself", resource.RUSAGE_SELF),
        ("largest reader", resource.RUSAGE_CHILDREN),
    ):
        print(f"memory    {resource.getrusage(kind).ru_maxrss / 1024:.0f} MiB ({who})")
    if report.build is not None:
        build = report.build
        print(f"size      {build.size / _MIB:.1f} MiB")
        print(f"content   {build.advisories} advisories, {build.packages} package entries")


def _look_up(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        largest = connection.execute(
            "SELECT ecosystem, scheme FROM name WHERE scheme IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 6"
        ).fetchall()
        for ecosystem, scheme in largest:
            rows = connection.execute(
                "SELECT name.name, max(high) FROM name JOIN affected ON affected.name = number"
                " WHERE ecosystem = ? GROUP BY number",
                (ecosystem,),
            ).fetchall()
            chosen = random.Random(1).sample(rows, min(_LOOK_UPS, len(rows)))  # noqa: S311 - a sample
            _matched(database, ecosystem, scheme, chosen)
            _fetched(database, ecosystem, [name for name, _ in chosen])
    start = time.perf_counter()
    with AdvisoryDatabase.open(database) as opened:
        opened.verify()
    print(f"verify    {time.perf_counter() - start:.1f} s")


def _matched(
    database: Path, ecosystem: str, scheme: str, chosen: list[tuple[str, bytes | None]]
) -> None:
    """As a scan asks: of each name one version, every fourth of them the newest that is affected, the others above."""
    questions: list[Question] = [
        (ecosystem, name, SchemeName(scheme), high[:-1] if number % 4 == 0 else high + b"\0")
        for number, (name, high) in enumerate(chosen)
        if high
    ]
    cpu, wall = time.process_time(), time.perf_counter()
    with AdvisoryDatabase.open(database) as opened:
        telling = opened.telling(questions)
        found = sum(len(opened.candidates(one[0], one[1])) for one in telling)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"look-ups  {cpu * 1000:.1f} CPU ms, {wall * 1000:.1f} ms: open and {len(questions)} versions of {ecosystem},"
        f" {len(telling)} to be judged by {found} candidates"
    )


def _fetched(database: Path, ecosystem: str, names: list[str]) -> None:
    """Everything that is known of each name."""
    cpu = time.process_time()
    with AdvisoryDatabase.open(database) as opened:
        found = sum(len(opened.candidates(ecosystem, name)) for name in names)
    cpu = (time.process_time() - cpu) * 1000
    print(f"          {cpu:.1f} CPU ms: open and all {found} candidates of {len(names)} names")


if __name__ == "__main__":
    main()
