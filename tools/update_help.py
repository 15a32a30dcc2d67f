"""Write the golden help texts of all commands anew; the difference is to be reviewed."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner

from vedette.cli.verbs import COMMANDS, cli

_FOLDER = Path(__file__).resolve().parents[1] / "tests" / "cli" / "help"


def _commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for name in sorted(COMMANDS):
        found.extend(_with_inner((name,), importlib.import_module(COMMANDS[name][0]).COMMAND))
    return found


def _with_inner(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _with_inner((*words, name), command.commands[name])


def main() -> None:
    """Replace every text, once all of them are there."""
    texts = {}
    for command in _commands():
        text = CliRunner().invoke(cli, [*command, "--help"]).stdout
        name = "-".join(("vedette", *command))
        texts[f"{name}.txt"] = re.sub(r"^Usage: cli", "Usage: vedette", text)
    _FOLDER.mkdir(exist_ok=True)
    for old in _FOLDER.glob("*.txt"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (_FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
