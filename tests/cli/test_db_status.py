"""`vedette db update` and `db status` when a feed fails, shrinks, or has records that cannot be used."""

import json
import zipfile
from pathlib import Path
from typing import Any

from tests.cli.conftest import Run


def _mirror(folder: Path, records: int, bad: int = 0) -> Path:
    target = folder / "osv" / "PyPI"
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target / "all.zip", "w") as archive:
        for number in range(records):
            record = {
                "id": f"PYSEC-{number}",
                "modified": "2026-01-02T03:04:05Z",
                "affected": [
                    {
                        "package": {"ecosystem": "PyPI", "name": "pear"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
                    }
                ],
            }
            archive.writestr(f"PYSEC-{number}.json", json.dumps(record))
        for number in range(bad):
            archive.writestr(f"BAD-{number}.json", "{")
        withdrawn = {"id": "PYSEC-W", "modified": "2026-01-01T00:00:00Z"}
        withdrawn |= {"withdrawn": "2026-01-01T00:00:00Z"}
        archive.writestr("PYSEC-W.json", json.dumps(withdrawn))
    return folder


def _feed(run: Run, *more: str) -> dict[str, Any]:
    document = json.loads(run("db", "status", "--format", "json", *more).stdout)
    (feed,) = document["feeds"]
    return dict(feed)


def test_a_feed_that_shrinks_is_held_back_until_it_is_accepted(run: Run, tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror", 20)
    update = ("db", "update", "--mirror", mirror, "--feeds", "osv")
    assert run(*update).exit_code == 0
    _mirror(mirror, 18)
    assert run(*update).exit_code == 0  # a tenth less is not over a tenth
    _mirror(mirror, 10)
    held = run(*update)
    assert held.exit_code == 3
    assert "it shrank to 11 records instead of 19" in held.stdout
    assert "repeat with --accept-shrunk osv" in held.stderr
    assert _feed(run)["records"] == 19
    said = run("db", "status").stdout
    assert "osv: held-back on " in said
    assert "it shrank to 11 records instead of 19" in said

    accepted = run(*update, "--accept-shrunk", "osv")
    assert accepted.exit_code == 0
    assert "accept-shrunk" not in accepted.stderr
    assert _feed(run)["records"] == 11
    assert "held-back" not in run("db", "status").stdout


def test_a_feed_that_fails_keeps_its_last_good_state_and_says_so(run: Run, tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror", 3)
    update = ("db", "update", "--mirror", mirror, "--feeds", "osv")
    run(*update)
    before = _feed(run)
    (mirror / "osv/PyPI/all.zip").write_bytes(b"PK\x05\x06 broken")
    assert run(*update).exit_code == 3
    after = _feed(run)
    assert after["last_update"]["status"] == "failed"
    assert "osv/PyPI/all.zip: neither a zip nor" in after["last_update"]["detail"]
    assert {**after, "last_update": None} == {**before, "last_update": None}
    assert run("db", "search", "PYSEC-1").exit_code == 0
    assert "osv: failed on " in run("db", "status").stdout


def test_status_tells_fingerprint_age_counts_and_failures(run: Run, tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror", 3, bad=2)
    update = run("db", "update", "--mirror", mirror, "--feeds", "osv", "--format", "json")
    (outcome,) = json.loads(update.stdout)["feeds"]
    feed = _feed(run)
    assert (feed["documents"], feed["records"], feed["failures"], feed["dropped"]) == (1, 4, 2, 1)
    assert feed["dated"] == "2026-01-02T03:04:05Z"
    assert feed["source"]["fingerprint"] == outcome["fingerprint"]
    assert feed["last_update"]["status"] == "updated"

    header, row = run("db", "status").stdout.split("\n\n")[1].splitlines()[:2]
    assert header.split("  ")[0] == "FEED"
    cells = row.split()
    assert cells[:6] == ["osv", "1", "4", "2", "1", "2026-01-02"]
    assert outcome["fingerprint"][:12] in cells

    shown = run("db", "status", "--failures").stdout
    assert "BAD-0.json" in shown
    assert "not an OSV record" in shown
    document = json.loads(run("db", "status", "--failures", "--format", "json").stdout)
    assert [(one["feed"], one["document"], one["place"]) for one in document["failures"]] == [
        ("osv", "osv/PyPI/all.zip", "BAD-0.json"),
        ("osv", "osv/PyPI/all.zip", "BAD-1.json"),
    ]


def test_a_database_of_its_own_has_a_state_of_its_own(run: Run, tmp_path: Path) -> None:
    mirror = _mirror(tmp_path / "mirror", 3)
    own = tmp_path / "own.db"
    run("db", "update", "--mirror", mirror, "--feeds", "osv", "--db", own)
    assert _feed(run, "--db", str(own))["last_update"]["status"] == "updated"
    (tmp_path / "own.db.feeds" / "outcomes.json").write_text("{broken")
    assert _feed(run, "--db", str(own))["last_update"] is None


def test_search_tells_cisa_s_decision(run: Run, tmp_path: Path) -> None:
    options = [{"Exploitation": "active"}, {"Automatable": "yes"}]
    content = {"options": options, "timestamp": "2026-01-02T00:00:00Z"}
    record = {
        "cveMetadata": {"cveId": "CVE-2026-0001", "state": "PUBLISHED"},
        "containers": {
            "adp": [
                {
                    "providerMetadata": {"shortName": "CISA-ADP"},
                    "metrics": [{"other": {"type": "ssvc", "content": content}}],
                }
            ]
        },
    }
    folder = tmp_path / "mirror" / "cve5"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "records.zip", "w") as archive:
        archive.writestr("CVE-2026-0001.json", json.dumps(record))
    run("db", "update", "--mirror", tmp_path / "mirror", "--feeds", "cve5")
    assert (
        "SSVC by CISA-ADP on 2026-01-02: exploitation active, automatable yes, technical impact not said"
        in run("db", "search", "CVE-2026-0001").stdout
    )
    found = json.loads(run("db", "search", "CVE-2026-0001", "--format", "json").stdout)
    assert found["records"][0]["ssvc"]["exploitation"] == "active"
