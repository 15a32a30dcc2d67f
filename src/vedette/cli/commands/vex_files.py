"""`--vex FILE`: statements that set findings aside."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from vedette.advisories.formats.vex_documents import MOST_BYTES, read_vex
from vedette.cli.render.terminal import note
from vedette.errors import ConfigError
from vedette.findings.vex import scope_of, waive
from vedette.model.scan import ScanReport
from vedette.model.vex import VexStatement


def with_vex(report: ScanReport, files: Iterable[Path]) -> ScanReport:
    """The report with what the statements clear set aside, not dropped.

    Raises:
        ConfigError: where a file cannot be read.
        ParseError: where it is no VEX document.
    """
    statements = [statement for file in files for statement in statements_in(file)]
    waived = waive(report.findings, statements, scope_of(report.inventory))
    return msgspec.structs.replace(report, findings=waived)


def statements_in(file: Path) -> tuple[VexStatement, ...]:
    """What a VEX document says; what is not understood of it is told to the user.

    Raises:
        ConfigError: where the file cannot be read.
        ParseError: where it is no VEX document.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    document = read_vex(data, str(file))
    for problem in document.problems:
        note(f"vedette: not understood: {file}: {problem}")
    return document.statements
