"""Options and exit statuses that several verbs share; what has no options to declare uses them without click."""

# ruff: noqa: PLC0415 - see above

import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar

from vedette.errors import ConfigError

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Exit(IntEnum):
    """Exit statuses: a contract."""

    DONE = 0
    FOUND = 1
    UNUSABLE = 2
    PARTIAL = 3


def database_option(command: _Command) -> _Command:
    """`--db FILE`."""
    import click

    return click.option(
        "--db",
        "database",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Advisory database to judge with. Default: the one that `vedette db update` keeps.",
    )(command)


def output_option(command: _Command) -> _Command:
    """`--output FILE`."""
    import click

    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write to this file instead of standard output.",
    )(command)


def platform_option(command: _Command) -> _Command:
    """`--platform OS/ARCHITECTURE`."""
    import click

    return click.option(
        "--platform",
        metavar="OS/ARCH[/VARIANT]",
        help="Which image of several, for example linux/arm64. Default: this machine's.",
    )(command)


def emit(data: bytes, output: Path | None) -> None:
    """Write a document where it was asked for.

    Raises:
        ConfigError: where the file cannot be written.
    """
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise ConfigError(f"{output}: cannot be written: {error.strerror}") from error
