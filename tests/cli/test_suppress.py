"""`vedette findings suppress`, `plan`, and `list --as-of`."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.conftest import Run
from tests.findings.make import INSTANCE, NOW, finding, vulnerability
from vedette.findings.lifecycle import Change
from vedette.model.severity import Severity
from vedette.store.store import SqlStore


@pytest.fixture
def stocked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("VEDETTE_STORE", url)
    old = finding(vulnerability(id="CVE-1"), title="CVE-1 - lib", severity=Severity.LOW)
    new = finding(
        vulnerability(id="CVE-2"), title="CVE-2 - lib", updated_at=NOW + timedelta(days=2)
    )
    with SqlStore.open(url) as store:
        store.save_resources([INSTANCE], looked_in=(), now=NOW)
        store.apply([Change(before=None, after=one) for one in (old, new)])
    return run


def _titles(run: Run, *options: str) -> list[str]:
    result = run("findings", "list", "--format", "json", *options)
    assert result.exit_code == 0, result.output
    return [one["title"] for one in json.loads(result.stdout)["findings"]]


def test_a_rule_and_its_end(stocked: Run) -> None:
    made = stocked(
        *("findings", "suppress", "old", "--filter", "vulnerabilityId=CVE-1"),
        *("--reason", "never loaded", "--owner", "web", "--expires", "2999-01-01T00:00:00+00:00"),
    )
    assert (made.exit_code, made.stdout) == (0, "1 findings changed\n")
    assert _titles(stocked) == ["CVE-2 - lib"]
    assert _titles(stocked, "--status", "suppressed") == ["CVE-1 - lib"]
    again = stocked(
        *("findings", "suppress", "old", "--filter", "title^=CVE-", "--reason", "all of them"),
        *("--filter", "severity!=LOW"),
    )
    assert again.stdout == "2 findings changed\n"
    assert _titles(stocked) == ["CVE-1 - lib"]
    gone = stocked("findings", "suppress", "old", "--remove")
    assert gone.stdout == "1 findings changed\n"
    assert len(_titles(stocked)) == 2


def test_a_rule_from_a_file(stocked: Run, tmp_path: Path) -> None:
    file = tmp_path / "criteria.json"
    criteria: Any = {"updatedAt": [{"startInclusive": (NOW + timedelta(days=1)).isoformat()}]}
    file.write_bytes(msgspec.json.encode(criteria))
    made = stocked("findings", "suppress", "new", "--criteria", file, "--reason", "r")
    assert made.stdout == "1 findings changed\n"
    assert _titles(stocked) == ["CVE-1 - lib"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--reason", "r"), "say which findings"),
        (("--filter", "severity=LOW"), "say why"),
        (("--filter", "severity", "--reason", "r"), "not a criterion of text"),
        (("--filter", "colour=LOW", "--reason", "r"), "not a criterion of text"),
        (("--remove",), "there is no rule x"),
        (("--filter", "severity=LOW", "--reason", "r", "--expires", "soon"), "not a time"),
        (("--criteria", "missing.json", "--reason", "r"), "No such file"),
        (("--criteria", "{", "--reason", "r"), "not criteria"),
        (("--criteria", '{"colour": []}', "--reason", "r"), "not a criterion: 'colour'"),
        (("--criteria", '{"severity": [{}]}', "--reason", "r"), "not criteria"),
        (("--criteria", '{"updatedAt": [{"endInclusive": 1}]}', "--reason", "r"), "not a time"),
        (
            ("--criteria", '{"updatedAt": [{"endInclusive": "2020-01-01"}]}', "--reason", "r"),
            "without an offset",
        ),
    ],
)
def test_what_is_refused(
    stocked: Run, run_main: Run, options: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    del stocked
    given = list(options)
    if given[0] == "--criteria" and given[1].startswith("{"):
        file = tmp_path / "criteria.json"
        file.write_text(given[1])
        given[1] = str(file)
    result = run_main("findings", "suppress", "x", *given)
    assert result.exit_code == 2
    assert told in result.stderr


def test_the_past(stocked: Run) -> None:
    assert _titles(stocked, "--as-of", "2026-01-02") == ["CVE-1 - lib"]
    assert _titles(stocked, "--as-of", "2026-01-02T03:00:00") == []
    assert len(_titles(stocked, "--as-of", "2026-01-04")) == 2
    assert len(_titles(stocked, "--as-of", "2026-01-04", "--limit", "1")) == 1
    failed = stocked("findings", "list", "--as-of", "2026-01-04", "--after", "x")
    assert failed.exit_code == 2


def test_the_plan(stocked: Run) -> None:
    shown = stocked("findings", "plan")
    assert shown.exit_code == 0
    assert "upgrade lib to 2.0 in ami-1" in shown.stdout
    assert "60 of 60 risk; of 2 findings 0 have no whole fix" in shown.stdout
    document = json.loads(stocked("findings", "plan", "--format", "json").stdout)
    assert document["schema"] == "vedette-plan/1"
    assert document["fixes"][0]["fix"]["kind"] == "package"
    assert (
        json.loads(stocked("findings", "plan", "--format", "json", "--account", "1").stdout)[
            "fixes"
        ]
        == []
    )
