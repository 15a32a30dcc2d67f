"""The formats that a scan can be written in."""

from vedette.integrations import cyclonedx, scan_json
from vedette.integrations._base import Report

REPORTS: tuple[Report, ...] = (cyclonedx.REPORT, scan_json.REPORT)
