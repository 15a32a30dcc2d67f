"""What is asked of `vedette scan`, and what it answers."""

from pathlib import Path

import msgspec

from vedette.cli.commands.options import Exit

TABLE = "table"
KEPT_FORMATS = frozenset({TABLE, "cyclonedx", "json", "sarif", "spdx"})
"""Those that do not say when the scan was made, so that an answer may be given again."""


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """The command's arguments."""

    kind: str
    target: str
    form: str = TABLE
    output: Path | None = None
    database: Path | None = None
    platform: str | None = None
    fail_on: str | None = None
    vex: tuple[Path, ...] = ()
    ignore_unfixed: bool = False
    cache_dir: Path | None = None
    no_cache: bool = False


class Answer(msgspec.Struct, frozen=True):
    """A document and the exit status; `is_lasting` says that the same would be said again."""

    document: bytes
    status: Exit
    is_lasting: bool
