"""Findings out: one file per sink or report format."""

from vedette.integrations import (
    cloudwatch,
    csv_report,
    cyclonedx,
    eventbridge,
    html_report,
    inspector_finding,
    junit,
    ocsf,
    openvex,
    sarif,
    scan_json,
    security_hub,
    sns,
    spdx,
)
from vedette.integrations._base import Report, ScanFormat, Sink, scan_format

REPORTS: tuple[Report, ...] = (
    security_hub.REPORT,
    csv_report.REPORT,
    html_report.REPORT,
    inspector_finding.REPORT,
    junit.REPORT,
    ocsf.REPORT,
    sarif.REPORT,
)
"""The formats that findings can be written in."""

SCAN_FORMATS: tuple[ScanFormat, ...] = (
    cyclonedx.SCAN_FORMAT,
    openvex.SCAN_FORMAT,
    scan_json.SCAN_FORMAT,
    spdx.SCAN_FORMAT,
    *(scan_format(report) for report in REPORTS if report.name != scan_json.SCAN_FORMAT.name),
)
"""The formats that a scan can be written in: SBOMs and VEX besides the reports. A scan has a JSON of its own."""

SINKS: tuple[Sink, ...] = (
    cloudwatch.SINK,
    eventbridge.SINK,
    security_hub.SINK,
    sns.SINK,
)
"""The places that findings can be sent to."""
