"""Loads a whole mirror and writes docs/reference/mirror-load.md: records and failures of every feed, time, memory and size.

`--check` compares the counts of the feeds with the page; what was measured depends on the machine.
"""

import argparse
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from vedette.advisories.catalogue import FEEDS
from vedette.advisories.refresh import (
    FeedOutcome,
    FeedStatus,
    RefreshOptions,
    RefreshReport,
    refresh,
)
from vedette.clients.http import HttpClient

ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/reference/mirror-load.md"
_MIB = 1 << 20
_TITLE = """\
<!-- Written by tools/measure_mirror.py from a mirror: run it again, do not edit. -->

# What a full mirror loads

Every feed but your own, read from one mirror into one database. Failures are records, or parts of them, that could not be used, and one line a document
for what was left out by intention; each has its place and reason in the database.

"""


def load(mirror: Path, processes: int) -> tuple[RefreshReport, str]:
    """Build a database that is thrown away; the report and the measured figures in Markdown."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        options = RefreshOptions(
            state_dir=Path(folder),
            database=Path(folder) / "advisories.sqlite",
            now=datetime(2000, 1, 1, tzinfo=UTC),
            mirror=mirror,
        )
        with HttpClient() as client, ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            report = refresh(FEEDS, options, client=client, progress=lambda *_: None, executor=pool)
    return report, _measured(report, time.perf_counter() - start, processes)


def table(report: RefreshReport) -> str:
    """Feeds, their documents, records and failures."""
    head = "| Feed | Documents | Records | Failures | Of |\n| --- | ---: | ---: | ---: | --- |\n"
    return head + "".join(f"| {' | '.join(_row(feed))} |\n" for feed in report.feeds)


def _row(feed: FeedOutcome) -> tuple[str, ...]:
    return (
        f"`{feed.name}`",
        f"{feed.documents:,}",
        f"{feed.records:,}",
        f"{feed.failures:,}",
        f"{feed.dated:%Y-%m-%d}" if feed.dated else "",
    )


def counts(page: str) -> list[str]:
    """The table's rows without the day, which for some feeds is that of their files."""
    return [line.rpartition("| ")[0] for line in page.splitlines() if line.startswith("| `")]


def _measured(report: RefreshReport, seconds: float, processes: int) -> str:
    itself = resource.getrusage(resource.RUSAGE_SELF)
    readers = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = sum(one.ru_utime + one.ru_stime for one in (itself, readers))
    lines = [
        ("Wall time", f"{seconds:.0f} s with {processes} reading processes"),
        ("CPU time", f"{cpu:.0f} s"),
        ("Memory, the process that builds", f"{itself.ru_maxrss / 1024:.0f} MiB"),
        ("Memory, the largest reading process", f"{readers.ru_maxrss / 1024:.0f} MiB"),
    ]
    if report.build is not None:
        lines += [
            ("Advisories", f"{report.build.advisories:,}"),
            ("Package entries", f"{report.build.packages:,}"),
            ("Size of the database", f"{report.build.size / _MIB:.0f} MiB"),
        ]
    return "| | |\n| --- | --- |\n" + "".join(f"| {name} | {value} |\n" for name, value in lines)


def main() -> int:
    """Write or check the page; 1 where its table is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    report, measured = load(options.mirror, options.processes)
    troubled = [feed for feed in report.feeds if feed.status is not FeedStatus.UPDATED]
    for feed in troubled:
        sys.stderr.write(f"{feed.name}: {feed.status}: {feed.detail}\n")
    if troubled:
        return 1
    path = ROOT / PAGE
    if options.check:
        return (
            0 if path.is_file() and counts(path.read_text("utf-8")) == counts(table(report)) else 1
        )
    path.write_text(f"{_TITLE}{table(report)}\n{measured}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
