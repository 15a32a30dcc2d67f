"""Scans with matching beside Trivy's, both judging by the same advisories: time and memory, cold and with everything known.

`python -m benchmarks scan_peers --db FILE [--rounds N] [--only WORD]`. Trivy's database is written from FILE (as in `benchmarks.peers.trivy`), once.
"Judged anew" is a scan whose layers are known but whose database is another than the last time: its file gets a new time before each run.
Both write JSON with every finding. Ratios are ours divided by theirs; the bars are those of docs/explanation/speed.md.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.inventory_peers import vedette
from benchmarks.measure import Pair, Program, in_turns, run
from benchmarks.peers.installed import program
from benchmarks.peers.trivy_database import records_of_database, write_database, write_jar_index
from benchmarks.targets import Targets, bench_folder, build
from vedette.advisories.database import AdvisoryDatabase

_COLD, _WARM = 0.25, 0.14
_COPY = "advisories.db"
_QUIET = (
    "--quiet", "--timeout", "60m", "--offline-scan",
    "--skip-db-update", "--skip-java-db-update", "--skip-version-check",
)  # fmt: skip


class _Work(NamedTuple):
    name: str
    ours: Program
    theirs: Program
    bar: float


def main() -> None:
    """Build what is missing, measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scan_peers")
    parser.add_argument("--db", type=Path, required=True, help="the advisory database")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="only work with this word in its name")
    options = parser.parse_args()
    database = options.db.resolve()
    if not database.is_file():
        sys.exit(f"{database} is no file: make one with `vedette db update`")
    known, copy = _trivy_database(database)
    print(f"{'work':32} {'CPU s':>15} {'wall s':>15} {'MiB':>11}   ratios: CPU, wall, memory   bar")
    for work in _works(build(), copy, known):
        if options.only in work.name:
            _print(work, in_turns(work.ours, work.theirs, options.rounds))


def _trivy_database(database: Path) -> tuple[Path, Path]:
    """Trivy's cache folder with the same advisories, and a copy of the database whose time may be changed."""
    with AdvisoryDatabase.open(database) as opened:
        name = opened.digest.partition(":")[2][:16]
    folder = bench_folder() / "trivy-matching" / name
    if not folder.exists():
        # in a process of its own: whatever this one holds counts as the memory of what it starts
        with ProcessPoolExecutor(1) as pool:
            count = pool.submit(_write, database, folder).result()
        print(f"{count} advisories written for Trivy", file=sys.stderr)
    return folder, folder / _COPY


def _write(database: Path, folder: Path) -> int:
    half = folder.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    count = write_database(half, records_of_database(database))
    write_jar_index(half)
    shutil.copyfile(database, half / _COPY)
    half.rename(folder)
    return count


def _works(targets: Targets, database: Path, known: Path) -> Iterator[_Work]:
    def ours(kind: str, target: Path, *rest: str | Path) -> Program:
        words = ("scan", kind, target, "--db", database, "--format", "json")
        return vedette(*words, *(rest or ("--no-cache",)))

    image = ("image", "--input", targets.gzip_image)
    yield _Work(
        "image, gzip layers, cold",
        ours("image", targets.gzip_image),
        _trivy(known, *image),
        _COLD,
    )
    kept = bench_folder() / "vedette-scan-cache"
    warm_ours = ours("image", targets.gzip_image, "--cache-dir", kept)
    warm_theirs = _trivy(known, *image, warm=True)
    run(warm_ours)
    run(warm_theirs)
    yield _Work("image, known", warm_ours, warm_theirs, _WARM)
    anew = warm_ours._replace(before=partial(os.utime, database))
    yield _Work("image, layers known, judged anew", anew, warm_theirs, _WARM)
    yield _Work(
        "image, plain layers, cold",
        ours("image", targets.plain_image),
        _trivy(known, "image", "--input", targets.plain_image),
        _COLD,
    )
    yield _Work(
        "unpacked root", ours("rootfs", targets.root), _trivy(known, "rootfs", targets.root), _COLD
    )


def _trivy(known: Path, *what: str | Path, warm: bool = False) -> Program:
    """`trivy image|rootfs …` judging by the database in its cache folder, with nothing else known beforehand unless `warm`."""
    kept = ("--cache-dir", known, *(() if warm else ("--cache-backend", "memory")))
    command = (program("trivy"), *what, "--scanners", "vuln", "--format", "json", *_QUIET, *kept)
    return Program(tuple(map(str, command)), {"PATH": os.defpath, "HOME": str(bench_folder())})


def _print(work: _Work, pair: Pair) -> None:
    ours, theirs = pair.ours, pair.theirs
    cells = (
        f"{ours.cpu:.3f} / {theirs.cpu:.3f}",
        f"{ours.wall:.2f} / {theirs.wall:.2f}",
        f"{ours.peak:.0f} / {theirs.peak:.0f}",
    )
    verdict = "met" if max(pair.cpu, pair.wall) <= work.bar else "MISSED"
    print(
        f"{work.name:32} {cells[0]:>15} {cells[1]:>15} {cells[2]:>11}   "
        f"{pair.cpu:.3f} {pair.wall:.3f} {pair.peak:.2f}   {work.bar} {verdict}",
        flush=True,
    )


if __name__ == "__main__":
    main()
