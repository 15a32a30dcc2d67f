"""Findings out: one file per sink or report format."""

from vedette.integrations import cyclonedx, eventbridge, openvex, scan_json, security_hub
from vedette.integrations._base import Report, Sink

REPORTS: tuple[Report, ...] = (cyclonedx.REPORT, openvex.REPORT, scan_json.REPORT)
"""The formats that a scan can be written in."""

SINKS: tuple[Sink, ...] = (eventbridge.SINK, security_hub.SINK)
"""The places that findings can be sent to."""
