"""`vedette findings vex add|list|remove`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def kept(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("VEDETTE_STORE", f"sqlite:///{tmp_path / 'store.db'}")
    return run


def _openvex(folder: Path, identifier: str, *flaws: str) -> Path:
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": identifier,
        "author": "The \x1b[31m team",
        "timestamp": "2026-01-02T03:04:05Z",
        "statements": [
            {
                "vulnerability": {"name": flaw},
                "products": [{"@id": "pkg:pypi/a"}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_present",
            }
            for flaw in flaws
        ],
    }
    return _written(folder / "one.openvex.json", document)


def _cyclonedx(folder: Path) -> Path:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "components": [{"type": "library", "name": "b", "bom-ref": "b", "purl": "pkg:pypi/b@1"}],
        "vulnerabilities": [
            {"id": "CVE-2", "analysis": {"state": "not_affected"}, "affects": [{"ref": "b"}]}
        ],
    }
    return _written(folder / "two.cdx.json", document)


def _written(file: Path, document: Any) -> Path:
    file.write_text(json.dumps(document))
    return file


def _listed(run: Run) -> list[tuple[str, int]]:
    result = run("findings", "vex", "list", "--format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["schema"]) == (0, "vedette-vex/1")
    return [(one["id"], one["statements"]) for one in document["documents"]]


def test_documents_come_and_go(kept: Run, tmp_path: Path) -> None:
    assert _listed(kept) == []
    first, second = _openvex(tmp_path, "vex-1", "CVE-1", "CVE-3"), _cyclonedx(tmp_path)
    added = kept("findings", "vex", "add", first, second)
    assert added.exit_code == 0
    assert added.stdout.splitlines()[0] == "kept vex-1: 2 statements, applied by the next pass"
    assert added.stdout.splitlines()[1].endswith(": 1 statement, applied by the next pass")
    (_, serial), *_ = sorted((one != "vex-1", one) for one, _ in _listed(kept))[::-1]
    assert _listed(kept) == sorted([("vex-1", 2), (serial, 1)])
    kept("findings", "vex", "add", _openvex(tmp_path, "vex-1", "CVE-1"))
    assert ("vex-1", 1) in _listed(kept)
    shown = kept("findings", "vex", "list").stdout
    assert "vex-1" in shown
    assert "\x1b" not in shown
    removed = kept("findings", "vex", "remove", "vex-1")
    assert removed.stdout == "removed vex-1, applied by the next pass\n"
    assert _listed(kept) == [(serial, 1)]


def test_one_bad_file_and_none_is_kept(kept: Run, run_main: Run, tmp_path: Path) -> None:
    good = _openvex(tmp_path, "vex-1", "CVE-1")
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    result = run_main("findings", "vex", "add", good, bad)
    assert result.exit_code == 2
    assert "not a VEX document" in result.stderr
    assert _listed(kept) == []


@pytest.mark.parametrize(
    ("identifier", "flaws", "told"),
    [
        ("vex-1", (), "nothing is said of any product"),
        ("v" * 1001, ("CVE-1",), "its id has more than 1000 characters"),
    ],
)
def test_what_cannot_be_kept(
    kept: Run,
    run_main: Run,
    tmp_path: Path,
    identifier: str,
    flaws: tuple[str, ...],
    told: str,
) -> None:
    result = run_main("findings", "vex", "add", _openvex(tmp_path, identifier, *flaws))
    assert (result.exit_code, told in result.stderr) == (2, True)
    assert _listed(kept) == []


def test_what_is_not_there(kept: Run, run_main: Run, tmp_path: Path) -> None:
    del kept
    missing = run_main("findings", "vex", "add", tmp_path / "none.json")
    assert (missing.exit_code, "No such file" in missing.stderr) == (2, True)
    unknown = run_main("findings", "vex", "remove", "vex-9\x1b")
    assert (unknown.exit_code, "no document vex-9\N{REPLACEMENT CHARACTER} is kept" in unknown.stderr) == (2, True)  # fmt: skip
