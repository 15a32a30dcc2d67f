"""`vedette db` on a mirror made here."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.cli.conftest import Run
from tests.simulators.registry import BASIC, simulated_registry
from vedette.errors import ConfigError, ParseError, StoreError

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


def test_a_database_is_given_away_and_taken(run: Run, tmp_path: Path) -> None:
    secret, public, other = (tmp_path / name for name in ("secret.pem", "public.pem", "other.pem"))
    _write_keys(secret, public)
    _write_keys(tmp_path / "unused.pem", other)
    old, mine = tmp_path / "old.db", tmp_path / "mine.db"
    run("db", "update", "--mirror", _mirror(tmp_path / "a"), "--feeds", "osv", "--db", old)
    shared = tmp_path / "shared"
    pushed = run("db", "push", shared, "--sign-with", secret, "--db", old)
    assert pushed.exit_code == 0
    assert pushed.stdout.startswith(f"pushed latest at {shared}: sha256:")
    pulled = run("db", "pull", shared, "--trust", public, "--db", mine)
    assert (pulled.exit_code, pulled.stdout.partition(" ")[0]) == (0, "pulled")
    assert mine.read_bytes() == old.read_bytes()
    again = run("db", "pull", shared, "--db", mine)
    assert again.stdout.partition(" ")[0] == "unchanged"
    assert run("db", "status", "--verify", "--db", mine).exit_code == 0
    refused = run("db", "pull", shared, "--trust", other, "--db", tmp_path / "none.db")
    assert isinstance(refused.exception, StoreError)
    assert "not signed by the key" in str(refused.exception)
    assert not (tmp_path / "none.db").exists()


def test_a_damaged_database_does_not_verify(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "db"
    run("db", "update", "--mirror", _mirror(tmp_path / "a"), "--feeds", "osv", "--db", path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM alias")
    assert run("db", "status", "--db", path).exit_code == 0
    result = run("db", "status", "--verify", "--db", path)
    assert isinstance(result.exception, StoreError)
    assert "damaged" in str(result.exception)


def test_options_of_places_go_together(run: Run, tmp_path: Path) -> None:
    password = tmp_path / "password"
    for arguments in (
        (tmp_path, "--user", "AWS", "--password-file", password),
        ("oci://127.0.0.1:1/a/b", "--user", "AWS"),
        ("oci://127.0.0.1:1/a/b", "--bucket-region", "eu-west-1"),
    ):
        assert run("db", "pull", *arguments).exit_code == 2
    access = ("--user", "AWS", "--password-file", password)
    assert isinstance(run("db", "pull", "oci://127.0.0.1:1/a/b", *access).exception, ConfigError)
    assert isinstance(run("db", "pull", "oci://NO NAME").exception, ParseError)


def test_a_database_is_pulled_from_a_registry(run: Run, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("token\n")
    path, shared = tmp_path / "db", tmp_path / "shared"
    run("db", "update", "--mirror", _mirror(tmp_path / "a"), "--feeds", "osv", "--db", path)
    run("db", "push", shared, "--db", path)
    document = (shared / "latest.json").read_bytes()
    (blob,) = (shared / "blobs" / "sha256").iterdir()
    with simulated_registry() as registry:
        registry.challenge, registry.good = 'Basic realm="here"', {BASIC}
        config = registry.put_blob("a/b", document)
        layer = registry.put_blob("a/b", blob.read_bytes())
        kind = "application/vnd.vedette.database"
        manifest = {
            "config": {"mediaType": f"{kind}.release.v1+json", "digest": config, "size": 1},
            "layers": [{"mediaType": f"{kind}.v1+zstd", "digest": layer, "size": 1}],
        }
        registry.put_manifest("a/b", json.dumps(manifest).encode(), "latest")
        place = f"oci://{registry.host}/a/b"
        access = ("--user", "AWS", "--password-file", password)
        result = run("db", "pull", place, *access, "--db", tmp_path / "mine")
    assert result.exit_code == 0
    assert (tmp_path / "mine").read_bytes() == path.read_bytes()


def _write_keys(secret: Path, public: Path) -> None:
    key = Ed25519PrivateKey.generate()
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public.write_bytes(key.public_key().public_bytes(*pem))
