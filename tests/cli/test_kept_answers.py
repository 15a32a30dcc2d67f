"""A scan's answer is given again where nothing that decides it has changed, and only there."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.advisories.records import advisory, affected, built
from tests.cli.conftest import Run
from tests.cli.targets import DJANGO, DPKG, OS_RELEASE, oci_layout, rootfs
from vedette.advisories.database import AdvisoryDatabase
from vedette.app.scan import judge_local
from vedette.cli.commands.asked_scan import KEPT_FORMATS, TABLE
from vedette.cli.commands.inventories import inventory_of
from vedette.cli.commands.judging import FORMATS
from vedette.cli.commands.write_scan import plain_scan
from vedette.cli.render.scan_table import scan_table
from vedette.model.advisory import Range
from vedette.model.package import SchemeName
from vedette.model.severity import Severity

_LAYERS = [
    {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": DPKG},
    {"app/site-packages/Django-3.2.0.dist-info/METADATA": DJANGO},
]


def _database(path: Path, *flaws: str) -> Path:
    django = msgspec.structs.replace(
        affected("django", Range(fixed="3.2.1"), ecosystem="PyPI", scheme=SchemeName.PEP440),
        by_source=False,
    )
    built(path, *(advisory(flaw, django, vendor_severity="high") for flaw in flaws))
    return path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return oci_layout(tmp_path / "layout", _LAYERS)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return _database(tmp_path / "advisories.db", "CVE-2024-0001")


def _spoil(database: Path) -> None:
    """Other content under the same place, size and times: whoever reads it fails."""
    status = database.stat()
    with database.open("r+b") as file:
        file.write(b"\0" * 4096)
    os.utime(database, ns=(status.st_atime_ns, status.st_mtime_ns))


def _flaws(stdout: str) -> list[str]:
    document: dict[str, Any] = json.loads(stdout)
    return [finding["vulnerability"] for finding in document["findings"]]


@pytest.mark.parametrize("form", sorted(KEPT_FORMATS))
def test_the_same_bytes_without_a_look_at_the_database(
    form: str, run: Run, image: Path, database: Path
) -> None:
    words = ("scan", "image", image, "--db", database, "--format", form)
    first = run(*words)
    _spoil(database)
    again = run(*words)
    assert first.exit_code == again.exit_code == 0
    assert first.stdout == again.stdout
    assert "CVE-2024-0001" in first.stdout
    assert run(*words, "--no-cache").exit_code != 0


@pytest.mark.parametrize(
    "more",
    [("--fail-on", "low"), ("--ignore-unfixed",), ("--format", "table")],
    ids=" ".join,
)
def test_other_options_are_other_answers(
    more: tuple[str, ...], run: Run, image: Path, database: Path
) -> None:
    words = ("scan", "image", image, "--db", database, "--format", "json")
    run(*words)
    _spoil(database)
    assert isinstance(run(*words, *more).exception, Exception)


def test_the_exit_status_is_kept_too(run: Run, image: Path, database: Path) -> None:
    words = ("scan", "image", image, "--db", database, "--fail-on", "low")
    assert run(*words).exit_code == 1
    _spoil(database)
    assert run(*words).exit_code == 1


def test_a_database_in_the_place_of_another_is_asked(
    run: Run, image: Path, database: Path, tmp_path: Path
) -> None:
    words = ("scan", "image", image, "--db", database, "--format", "json")
    assert _flaws(run(*words).stdout) == ["CVE-2024-0001"]
    _database(tmp_path / "new.db", "CVE-2024-0001", "CVE-2024-0002").replace(database)
    assert _flaws(run(*words).stdout) == ["CVE-2024-0001", "CVE-2024-0002"]


def test_a_changed_image_is_read(run: Run, image: Path, database: Path) -> None:
    words = ("scan", "image", image, "--db", database, "--format", "json")
    assert _flaws(run(*words).stdout) == ["CVE-2024-0001"]
    shutil.rmtree(image)
    oci_layout(image, _LAYERS[:1])
    assert _flaws(run(*words).stdout) == []


@pytest.mark.parametrize("more", [("--format", "ocsf"), ("--no-cache",)], ids=" ".join)
def test_what_is_dated_or_not_cached_is_not_kept(
    more: tuple[str, ...], run: Run, image: Path, database: Path
) -> None:
    words = ("scan", "image", image, "--db", database, *more)
    assert run(*words).exit_code == 0
    _spoil(database)
    assert run(*words).exit_code != 0


def test_a_live_directory_is_not_kept(run: Run, database: Path, tmp_path: Path) -> None:
    words = ("scan", "rootfs", rootfs(tmp_path / "root"), "--db", database)
    assert run(*words).exit_code == 0
    _spoil(database)
    assert run(*words).exit_code != 0


def test_statements_are_read_each_time(
    run: Run, image: Path, database: Path, tmp_path: Path
) -> None:
    vex = tmp_path / "vex.json"
    vex.write_text(
        json.dumps(
            {
                "@context": "https://openvex.dev/ns/v0.2.0",
                "@id": "https://example.org/vex/1",
                "author": "us",
                "timestamp": "2024-01-01T00:00:00Z",
                "version": 1,
                "statements": [
                    {
                        "vulnerability": {"name": "CVE-2024-0001"},
                        "products": [{"@id": "pkg:pypi/django@3.2.0"}],
                        "status": "not_affected",
                        "justification": "component_not_present",
                    }
                ],
            }
        )
    )
    words = ("scan", "image", image, "--db", database, "--fail-on", "low")
    assert run(*words).exit_code == 1
    assert run(*words, "--vex", vex).exit_code == 0
    assert run(*words).exit_code == 1


def test_the_starter_set_is_named_each_time(run: Run, image: Path) -> None:
    for _ in range(2):
        assert "judged with the starter set" in run("scan", "image", image).stderr


def test_what_failed_is_tried_again(run: Run, database: Path, tmp_path: Path) -> None:
    damaged = oci_layout(tmp_path / "damaged", [{**_LAYERS[0], "var/lib/dpkg/status": "\0"}])
    words = ("scan", "image", damaged, "--db", database)
    assert run(*words).exit_code == 3
    _spoil(database)
    assert run(*words).exit_code not in {0, 3}


def test_a_kept_answer_that_is_none_is_given_anew(
    run: Run, image: Path, database: Path, tmp_path: Path
) -> None:
    words = ("scan", "image", image, "--db", database)
    first = run(*words)
    for entry in (tmp_path / "cache" / "layers").iterdir():
        entry.write_bytes(b"rubbish")
    assert run(*words).stdout == first.stdout


@pytest.mark.parametrize("form", sorted(KEPT_FORMATS))
def test_kept_formats_do_not_tell_the_time(form: str, image: Path, database: Path) -> None:
    inventory = inventory_of("image", str(image), None)
    with AdvisoryDatabase.open(database) as index:
        early, late = (
            judge_local(inventory, index, kind="image", now=datetime(year, 1, 1, tzinfo=UTC))
            for year in (2024, 2031)
        )
    render = (
        FORMATS[form].render if form != TABLE else lambda report, _: scan_table(report).encode()
    )
    assert render(early, Severity.UNTRIAGED) == render(late, Severity.UNTRIAGED)


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--format", "json"],
        ["--fail-on", "low", "--no-cache"],
        ["--ignore-unfixed", "--format", "sarif"],
        ["--cache-dir", "kept"],
    ],
    ids=" ".join,
)
def test_plain_words_mean_what_click_says(
    more: list[str],
    run: Run,
    image: Path,
    database: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(image.parent)
    words = ["image", str(image), "--db", str(database), *more]
    clicked = run("scan", *words)
    capsys.readouterr()
    assert plain_scan(words) == clicked.exit_code
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (clicked.stdout, clicked.stderr)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["image"],
        ["nope", "."],
        ["sbom", "."],
        ["image", ".", "--format", "nope"],
        ["image", ".", "--format", "ocsf"],
        ["image", ".", "--fail-on", "awful"],
        ["image", ".", "--fail-on", "HIGH"],
        ["image", ".", "--vex", "file"],
        ["image", ".", "--db", "."],
        ["image", ".", "--output", "."],
        ["image", ".", "--help"],
    ],
    ids=" ".join,
)
def test_words_that_are_not_plain_are_click_s(words: list[str]) -> None:
    assert plain_scan(words) is None
