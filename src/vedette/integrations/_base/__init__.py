"""What a report and a sink are, and what several of them share."""

from vedette.integrations._base.asff import ASFF_PACKAGES, asff
from vedette.integrations._base.batches import batches
from vedette.integrations._base.contract import (
    LATER,
    Caller,
    Entry,
    Occasion,
    Outlet,
    Parcel,
    Refusal,
    Report,
    ScanFormat,
    Sink,
)
from vedette.integrations._base.event import (
    DETAIL_TYPE,
    EVENT_PACKAGES,
    SOURCE,
    finding_detail,
    shortened,
)
from vedette.integrations._base.inspector import inspector_finding, inspector_findings
from vedette.integrations._base.markup import marked
from vedette.integrations._base.pieces import Spool, json_bytes, json_list, spool
from vedette.integrations._base.scans import moment_of, scan_format
from vedette.integrations._base.sources import source_url
from vedette.integrations._base.words import (
    VersionParts,
    cut,
    fixed_in,
    iso,
    pruned,
    version_parts,
)

__all__ = [
    "ASFF_PACKAGES",
    "DETAIL_TYPE",
    "EVENT_PACKAGES",
    "LATER",
    "SOURCE",
    "Caller",
    "Entry",
    "Occasion",
    "Outlet",
    "Parcel",
    "Refusal",
    "Report",
    "ScanFormat",
    "Sink",
    "Spool",
    "VersionParts",
    "asff",
    "batches",
    "cut",
    "finding_detail",
    "fixed_in",
    "inspector_finding",
    "inspector_findings",
    "iso",
    "json_bytes",
    "json_list",
    "marked",
    "moment_of",
    "pruned",
    "scan_format",
    "shortened",
    "source_url",
    "spool",
    "version_parts",
]
