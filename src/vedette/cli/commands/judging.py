"""The judgement of one inventory as a document: everything of a scan that needs the database."""

from vedette.app.scan import judge_local
from vedette.bootstrap import clock, scanning
from vedette.cli.commands.asked_scan import KEPT_FORMATS, TABLE, Answer, Scan
from vedette.cli.commands.options import Exit
from vedette.cli.render.scan_table import scan_table
from vedette.cli.render.terminal import note
from vedette.config import Settings
from vedette.integrations import SCAN_FORMATS
from vedette.model.finding import FindingStatus
from vedette.model.inventory import Inventory
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity

FORMATS = {one.name: one for one in SCAN_FORMATS}


def judged(asked: Scan, settings: Settings, inventory: Inventory) -> Answer:
    """What is wrong with an inventory, as it was asked for.

    Raises:
        Error: the database or the statements cannot be read.
    """
    with scanning.advisory_database(asked.database, settings) as index:
        if index.starter:
            note(starter_note(index.built_at.date().isoformat()))
        report = judge_local(
            inventory,
            index,
            kind=asked.kind,
            now=clock.now(),
            ignore_unfixed=asked.ignore_unfixed,
        )
        is_starter = index.starter
    if asked.vex:
        from vedette.cli.commands.vex_files import with_vex  # noqa: PLC0415 - few scans have any

        report = with_vex(report, asked.vex)
    is_lasting = not (asked.vex or is_starter or inventory.failures) and asked.form in KEPT_FORMATS
    return Answer(
        _written(report, asked.form, asked.fail_on), _status(report, asked.fail_on), is_lasting
    )


def starter_note(dated: str) -> str:
    """What is said whenever the starter set is used."""
    return (
        f"vedette: judged with the starter set of {dated}, a few hundred well-known CVEs. "
        "Run `vedette db update` for all of them."
    )


def _written(report: ScanReport, form: str, fail_on: str | None) -> bytes:
    """The report in a format; a test of JUnit's fails where the scan would, or at any finding."""
    if form == TABLE:
        return scan_table(report).encode()
    least = Severity.UNTRIAGED if fail_on is None else Severity(fail_on.upper())
    return FORMATS[form].render(report, least)


def _status(report: ScanReport, fail_on: str | None) -> Exit:
    if fail_on is not None:
        least = Severity(fail_on.upper()).rank
        active = (one for one in report.findings if one.status is FindingStatus.ACTIVE)
        if any(finding.severity.rank >= least for finding in active):
            return Exit.FOUND
    return Exit.PARTIAL if report.inventory.failures else Exit.DONE
