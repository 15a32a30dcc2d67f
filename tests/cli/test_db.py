"""`vedette db` on a mirror made here."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ADVISORY = {
    "id": "GHSA-xxxx-yyyy-zzzz",
    "modified": "2026-01-02T03:04:05Z",
    "aliases": ["CVE-2026-0001"],
    "summary": "A made-up flaw",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "sample-package"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"fixed": "1.4"}]}],
        }
    ],
}


def _mirror(folder: Path, *, fixed: str = "1.4") -> Path:
    advisory = json.loads(json.dumps(ADVISORY).replace("1.4", fixed))
    target = folder / "osv" / "PyPI"
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target / "all.zip", "w") as archive:
        archive.writestr(f"{advisory['id']}.json", json.dumps(advisory))
    return folder


def test_update_builds_what_search_and_status_answer_from(run: Run, tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror")
    result = run("db", "update", "--mirror", mirror, "--feeds", "osv", "--format", "json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    assert document["rebuilt"] is True
    assert document["digest"].startswith("sha256:")
    assert [(feed["name"], feed["status"]) for feed in document["feeds"]] == [("osv", "updated")]

    status = json.loads(run("db", "status", "--format", "json").stdout)
    assert status["digest"] == document["digest"]
    assert status["starter"] is False
    assert "osv" in run("db", "status").stdout

    for wanted in ("CVE-2026-0001", "GHSA-xxxx-yyyy-zzzz", "pkg:pypi/Sample_Package"):
        found = json.loads(run("db", "search", wanted, "--format", "json").stdout)
        assert [one["id"] for one in found["advisories"]] == ["GHSA-xxxx-yyyy-zzzz"], wanted
    for wanted in ("CVE-2026-0001", "pkg:pypi/Sample_Package"):
        assert ">= 1.0 < 1.4" in run("db", "search", wanted).stdout


def test_a_second_update_changes_nothing(run: Run, tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror")
    run("db", "update", "--mirror", mirror, "--feeds", "osv")
    result = run("db", "update", "--mirror", mirror, "--feeds", "osv")
    assert result.exit_code == 0
    assert "unchanged, sha256:" in result.stdout


def test_what_is_not_known_is_exit_status_1(run: Run, tmp_path: Path) -> None:
    run("db", "update", "--mirror", _mirror(tmp_path / "mirror"), "--feeds", "osv")
    assert run("db", "search", "CVE-1999-0001").exit_code == 1


def test_the_starter_set_answers_without_an_update(run: Run) -> None:
    status = json.loads(run("db", "status", "--format", "json").stdout)
    assert status["starter"] is True
    found = run("db", "search", "CVE-2023-44487")
    assert found.exit_code == 0
    assert "KEV since 2023-10-10" in found.stdout
    assert "EPSS 0." in found.stdout or "EPSS 1." in found.stdout


def test_diff_names_advisory_package_and_range(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    run("db", "update", "--mirror", _mirror(tmp_path / "a"), "--feeds", "osv", "--db", old)
    run(
        "db",
        "update",
        "--mirror",
        _mirror(tmp_path / "b", fixed="1.5"),
        "--feeds",
        "osv",
        "--db",
        new,
    )
    result = run("db", "diff", old, new)
    assert result.exit_code == 1
    assert ">= 1.0 < 1.4" in result.stdout
    assert ">= 1.0 < 1.5" in result.stdout
    document = json.loads(run("db", "diff", old, new, "--format", "json").stdout)
    assert [change["id"] for change in document["advisories"]] == ["GHSA-xxxx-yyyy-zzzz"]
    assert run("db", "diff", old, old).exit_code == 0


def test_a_users_own_advisories(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "deep"
    folder.mkdir(parents=True)
    (folder / "flaw.json").write_text(json.dumps(ADVISORY | {"id": "ACME-1"}))
    result = run("db", "update", "--feeds", "local", "--mirror", tmp_path / "own")
    assert result.exit_code == 0, result.output
    found = json.loads(run("db", "search", "ACME-1", "--format", "json").stdout)
    assert found["advisories"][0]["feed"] == "local"


def test_a_broken_feed_is_said_and_the_rest_goes_on(run: Run, tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror")
    (mirror / "kev").mkdir()
    (mirror / "kev" / "known_exploited_vulnerabilities.json").write_text("{broken")
    result = run("db", "update", "--mirror", mirror, "--feeds", "osv,kev", "--format", "json")
    statuses = {feed["name"]: feed["status"] for feed in json.loads(result.stdout)["feeds"]}
    assert result.exit_code == 3
    assert statuses == {"kev": "failed", "osv": "updated"}
    assert run("db", "search", "CVE-2026-0001").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("update", "--feeds", "astrology"), "no such feed: astrology"),
        (("update", "--mirror", "no-such-folder"), "no-such-folder"),
        (("search", "pkg:"), "not a package URL"),
        (("search", "pkg:docker/alpine"), "no advisories are kept"),
    ],
)
def test_what_makes_no_sense(arguments: tuple[str, ...], told: str, run_main: Run) -> None:
    result = run_main("db", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_nothing_to_build_from_is_exit_status_2(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run("db", "update", "--mirror", empty, "--feeds", "kev")
    assert result.exit_code == 2
    assert "there is no database" in result.stderr
