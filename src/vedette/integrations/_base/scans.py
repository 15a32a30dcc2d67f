"""A report on findings as a format for scans."""

from collections.abc import Iterator
from datetime import UTC, datetime

from vedette.integrations._base.contract import Entry, Occasion, Report, ScanFormat
from vedette.model.finding import Finding
from vedette.model.scan import ScanReport
from vedette.model.severity import Severity

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def scan_format(report: Report) -> ScanFormat:
    """The report on the findings of one scan. The target is the resource, under the name that was typed."""

    def render(scan: ScanReport, least: Severity) -> bytes:
        findings = sorted(scan.findings, key=_risk) if report.for_people else scan.findings
        entries = (Entry(finding=finding) for finding in findings)
        occasion = Occasion(
            at=moment_of(scan), subject=scan.target, least=least, gaps=tuple(_gaps(scan))
        )
        return b"".join(report.write(entries, occasion))

    return ScanFormat(
        name=report.name, title=report.title, media_type=report.media_type, render=render
    )


def _risk(finding: Finding) -> tuple[int, float, str]:
    """The worst first."""
    return -finding.severity.rank, -finding.score.risk, finding.key.subject


def moment_of(scan: ScanReport) -> datetime:
    """When the scan was: the time that is on its findings, else the database's."""
    times = [finding.last_observed_at for finding in scan.findings]
    if scan.database is not None:
        times.append(scan.database.built_at)
    return max(times, default=_BEGINNING)


def _gaps(scan: ScanReport) -> Iterator[str]:
    for failure in scan.inventory.failures:
        yield f"{failure.path} was not read ({failure.extractor}): {failure.reason}"
    for one in scan.undecided:
        yield f"{one.package.purl} and {one.advisory.id}: undecided, {one.reason}"
    yield from scan.unjudged
    if scan.database is not None and scan.database.starter:
        yield "Judged with the starter set, a few hundred well-known CVEs."
