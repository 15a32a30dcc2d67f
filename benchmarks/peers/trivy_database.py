"""Trivy's database made of ours, so that both programs judge by the same advisories.

Everything that Trivy's format can hold: one row for each flaw of a package of a distribution, ranges for packages of languages
(https://github.com/aquasecurity/trivy-db, pkg/vulnsrc).
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.bolt import write_bolt
from vedette.advisories.database import AdvisoryDatabase
from vedette.matching.names import cves_of, is_update, other_ids
from vedette.model.advisory import AffectedStatus, FixState
from vedette.model.candidate import Candidate

_LANGUAGES = {
    "Go": "go",
    "Hex": "erlang",
    "Maven": "maven",
    "NuGet": "nuget",
    "Packagist": "composer",
    "Pub": "pub",
    "PyPI": "pip",
    "RubyGems": "rubygems",
    "crates.io": "cargo",
    "npm": "npm",
}
_WILL_NOT_FIX, _AFFECTED = 5, 2
_EVERYTHING = ">=0.0.0-0"
"""Pre-releases and pseudo-versions of 0.0.0 are below 0."""
_DATES = dict.fromkeys(("NextUpdate", "UpdatedAt", "DownloadedAt"), "2100-01-01T00:00:00Z")
"""On which Trivy asks for no newer one."""

_ASKED = ("data-source", "vulnerability")
"""Buckets that Trivy opens without looking whether they are there."""


class Record(NamedTuple):
    """What a source says of one flaw of one package, in Trivy's own document."""

    source: str
    package: str
    flaw: str
    document: dict[str, Any]


def write_database(folder: Path, records: Iterable[Record]) -> int:
    """Write `db/` of a cache folder of Trivy's; how many rows it has."""
    content: dict[str, dict[str, dict[str, bytes]]] = {name: {} for name in _ASKED}
    count = 0
    for record in records:
        rows = content.setdefault(record.source, {}).setdefault(record.package, {})
        rows[record.flaw] = json.dumps(record.document).encode()
        count += 1
    home = folder / "db"
    home.mkdir(parents=True, exist_ok=True)
    write_bolt(home / "trivy.db", content)
    (home / "metadata.json").write_text(json.dumps({"Version": 2, **_DATES}))
    return count


def write_jar_index(folder: Path) -> None:
    """Write `java-db/` of a cache folder: the tables that Trivy asks of jars without a name, with no row."""
    home = folder / "java-db"
    if (home / "metadata.json").exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(home / "trivy-java.db")
    connection.executescript("""
        CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
        CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);
        CREATE UNIQUE INDEX artifacts_idx ON artifacts(artifact_id, group_id);
        CREATE UNIQUE INDEX indices_sha1_idx ON indices(sha1);
    """)
    connection.close()
    (home / "metadata.json").write_text(json.dumps({"Version": 1, **_DATES}))


def records_of_database(database: Path) -> Iterator[Record]:
    """Everything in one of our databases that Trivy's can hold."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        names = connection.execute(
            "SELECT DISTINCT ecosystem, name FROM name ORDER BY 1, 2"
        ).fetchall()
    finally:
        connection.close()
    with AdvisoryDatabase.open(database) as index:
        for ecosystem, name in names:
            yield from records_of(ecosystem, name, index.candidates(ecosystem, name))


def records_of(ecosystem: str, name: str, found: Iterable[Candidate]) -> Iterator[Record]:
    """What is said of one package."""
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


def _language(bucket: str, name: str, found: Iterable[Candidate]) -> Iterator[Record]:
    """One source for each publisher, since a source has one advisory for each flaw of a package.

    Trivy asks in lower case for all but Go's.
    """
    known: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for one in found:
        affected = one.affected
        if affected.status is not AffectedStatus.AFFECTED:
            continue
        publisher = one.advisory.id.partition("-")[0]
        for flaw in _flaws(one):
            spans, fixes = known.setdefault((publisher, flaw), ([], []))
            spans.extend(
                [*map(_span, affected.ranges), *(f"={text}" for text in affected.versions)]
            )
            fixes.extend(run.fixed for run in affected.ranges if run.fixed)
    for (publisher, flaw), (spans, fixes) in known.items():
        yield Record(
            source=f"{bucket}::{publisher}",
            package=name if bucket == "go" else name.lower(),
            flaw=flaw,
            document={"VulnerableVersions": spans, "PatchedVersions": fixes},
        )


def _flaws(one: Candidate) -> tuple[str, ...]:
    """The CVEs, else GitHub's id, else another."""
    ids = other_ids(one.advisory)
    return cves_of(one.advisory) or (min(ids, key=lambda name: (name[:5] != "GHSA-", name)),)


def _span(run: Any) -> str:
    bounds = [] if run.introduced == "0" else [f">={run.introduced}"]
    if run.fixed:
        bounds.append(f"<{run.fixed}")
    if run.last_affected:
        bounds.append(f"<={run.last_affected}")
    return ", ".join(bounds) or _EVERYTHING


def _distribution(bucket: str, name: str, found: Iterable[Candidate]) -> Iterator[Record]:
    """One row for each flaw: the flaw's own record, else the update with the greatest fixed version."""
    by_flaw: dict[str, list[Candidate]] = defaultdict(list)
    for one in found:
        for flaw in _flaws(one):
            by_flaw[flaw].append(one)
    for flaw, rows in by_flaw.items():
        own = [row for row in rows if not is_update(row.advisory.id)]
        row = max(own or rows, key=lambda row: _fixed(row)[0])
        if row.affected.status is AffectedStatus.AFFECTED:
            yield Record(source=bucket, package=name, flaw=flaw, document=_state(row))


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
