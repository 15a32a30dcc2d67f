"""The command itself: help, version, verbs, errors."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.cli.conftest import Run
from vedette.cli.main import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
_SHARED_PARTS = {"vex_files", "__init__", "inventories", "options", "purl_query", "targets"}


def _all_commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for name in sorted(COMMANDS):
        command = importlib.import_module(COMMANDS[name][0]).COMMAND
        found.append((name,))
        if isinstance(command, click.Group):
            found.extend((name, inner) for inner in sorted(command.commands))
    return found


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


def test_starting_imports_neither_aws_nor_the_store() -> None:
    code = "import sys; import vedette.cli.main; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"boto3", "sqlalchemy", "httpx", "rich", "msgspec"} & set(done.stdout.split())


def test_python_m_vedette_is_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vedette", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("vedette ")


def test_cli_is_the_group() -> None:
    assert cli.list_commands(click.Context(cli)) == sorted(COMMANDS)
