"""The command itself: help, version, verbs, errors."""

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import vedette
from tests.advisories.records import built
from tests.cli.conftest import Run
from tests.cli.targets import oci_layout
from vedette.cli.commands.write_sbom import plain_sbom
from vedette.cli.verbs import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
_SHARED_PARTS = {
    "vex_documents",
    "vex_files",
    "write_sbom",
    "write_scan",
    "__init__",
    "asked_scan",
    "db_exchange",
    "db_status",
    "inventories",
    "judging",
    "options",
    "plain_words",
    "plan",
    "purl_query",
    "suppress",
    "undecided",
    "why_not",
    "targets",
}


def _all_commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for name in sorted(COMMANDS):
        found.extend(_with_inner((name,), importlib.import_module(COMMANDS[name][0]).COMMAND))
    return found


def _with_inner(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _with_inner((*words, name), command.commands[name])


def test_every_verb_has_its_file_and_every_file_its_verb() -> None:
    folder = ROOT / "src" / "vedette" / "cli" / "commands"
    files = {path.stem for path in folder.glob("*.py")} - _SHARED_PARTS
    assert files == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_line_in_the_help_is_the_command_own(name: str) -> None:
    module, line = COMMANDS[name]
    assert importlib.import_module(module).COMMAND.name == name
    assert line.endswith(".")


@pytest.mark.parametrize("command", _all_commands(), ids=" ".join)
def test_help_is_the_golden_one(command: tuple[str, ...], run: Run) -> None:
    golden = Path(__file__).parent / "help" / f"{'-'.join(('vedette', *command))}.txt"
    result = run(*command, "--help")
    shown = re.sub(r"^Usage: cli", "Usage: vedette", result.stdout)
    assert result.exit_code == 0
    assert shown == golden.read_text(), f"write it anew: {golden}"


def test_version(run: Run) -> None:
    assert re.fullmatch(r"vedette \d+\.\d+\.\d+\n", run("--version").stdout)


def test_an_unknown_verb_is_a_usage_error(run: Run) -> None:
    result = run("conquer")
    assert result.exit_code == 2
    assert "No such command 'conquer'" in result.stderr


def test_our_errors_are_one_line_and_exit_status_2(run_main: Run, tmp_path: Path) -> None:
    result = run_main("reach", "--snapshot", tmp_path / "none")
    assert result.exit_code == 2
    assert re.fullmatch(r"vedette: .*none is not a directory\n", result.stderr)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert vedette.__version__ == project["version"]


_LOADED = """
import sys
from vedette.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit:
    pass
sys.stdout.write("\\n" + " ".join(sorted(sys.modules)))
"""


def _loaded(*words: str | Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-S", "-c", _LOADED, *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), "HOME": "/nowhere"},
    )
    return set(done.stdout.splitlines()[-1].split())


_HEAVY = {"boto3", "botocore", "httpx", "rich", "sqlalchemy", "sqlite3", "concurrent.futures"}
_FOR_SBOM = _HEAVY | {
    "asyncio",
    "click",
    "hashlib",
    "importlib.metadata",
    "inspect",
    "packageurl",
    "packaging",
    "typing_extensions",
    "vedette.findings",
    "vedette.integrations",
    "vedette.matching",
}


def test_help_loads_no_verb() -> None:
    assert not (_HEAVY | {"vedette.cli.commands", "vedette.model"}) & _loaded("--help")


def test_the_version_loads_nothing() -> None:
    assert not {"click", "msgspec", "re", "typing", "importlib.metadata"} & _loaded("--version")


def test_a_directory_s_inventory_loads_what_its_files_need(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=debian\nVERSION_ID=12\n")
    loaded = _loaded("sbom", "--no-cache", "rootfs", tmp_path)
    extractors = {name for name in loaded if name.startswith("vedette.inventory.extractors.")}
    assert extractors == {
        "vedette.inventory.extractors._base",
        "vedette.inventory.extractors.os_release",
    }
    assert not (_FOR_SBOM | {"vedette.sources.tar", "vedette.sources.zip"}) & loaded


def test_a_lock_file_s_inventory_loads_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "Cargo.lock").write_text(
        'version = 3\n\n[[package]]\nname = "a"\nversion = "1.0.0"\n'
        'source = "registry+https://github.com/rust-lang/crates.io-index"\n'
    )
    loaded = _loaded("sbom", "repo", tmp_path, "--no-cache")
    assert "vedette.inventory.extractors.cargo_lock" in loaded
    assert "vedette.inventory.extractors.npm_lock" not in loaded
    absent = {"vedette.inventory.formats.executable", "vedette.inventory.sbom.spdx", "tomllib"}
    assert not (_FOR_SBOM | absent) & loaded


def test_a_kept_answer_loads_nothing_that_judges(tmp_path: Path) -> None:
    image = oci_layout(tmp_path / "layout", [{"etc/os-release": "ID=debian\nVERSION_ID=12\n"}])
    database = tmp_path / "advisories.db"
    built(database)
    words = ("scan", "image", image, "--db", database, "--cache-dir", tmp_path / "cache")
    assert "vedette.matching" in _loaded(*words)
    assert not (_FOR_SBOM - {"hashlib"}) & _loaded(*words)


def test_python_m_vedette_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vedette", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("vedette ")


def test_cli_is_the_group() -> None:
    assert cli.list_commands(click.Context(cli)) == sorted(COMMANDS)


def _both(words: list[str], run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Click and what answers before it give the same."""
    clicked = run("sbom", *words)
    capsys.readouterr()
    assert plain_sbom(words) == clicked.exit_code
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (clicked.stdout, clicked.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ["repo", "."],
        ["--no-cache", "repo", "."],
        ["repo", "--format", "spdx", "."],
        ["repo", ".", "--cache-dir", "kept"],
        ["repo", ".", "--no-cache", "--no-cache", "--format", "cyclonedx-1.4"],
    ],
    ids=" ".join,
)
def test_plain_words_mean_what_click_says(
    words: list[str],
    run: Run,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "go.mod").write_text("module m\n\nrequire example.org/a v1.0.0\n")
    (tmp_path / "package-lock.json").write_text("{")
    _both(words, run, capsys)


def test_a_plain_word_may_name_where_to_write(tmp_path: Path, run: Run) -> None:
    del run
    out = tmp_path / "out.json"
    assert plain_sbom(["repo", str(tmp_path), "-o", str(out)]) == 0
    assert out.read_bytes().startswith(b"{")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["repo"],
        ["repo", ".", "more"],
        ["nope", "."],
        ["repo", ".", "--format", "nope"],
        ["repo", ".", "--format"],
        ["repo", ".", "--format", "--no-cache"],
        ["repo", ".", "--format=spdx"],
        ["repo", ".", "--format", "spdx", "--format", "spdx"],
        ["repo", ".", "--output", "."],
        ["repo", "--", "."],
        ["repo", ".", "--help"],
        ["repo", ".", "-ofile"],
    ],
    ids=" ".join,
)
def test_words_that_are_not_plain_are_click_s(words: list[str]) -> None:
    assert plain_sbom(words) is None


def test_who_stops_reading_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m vedette sbom repo {tmp_path} --no-cache | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout in {"0\n", "1\n"}
