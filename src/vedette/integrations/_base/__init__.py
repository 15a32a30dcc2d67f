"""What a report and a sink are, and what several of them share."""

from vedette.integrations._base.contract import (
    LATER,
    Caller,
    Outlet,
    Parcel,
    Refusal,
    Report,
    Sink,
)
from vedette.integrations._base.inspector import inspector_finding
from vedette.integrations._base.words import (
    VersionParts,
    cut,
    fixed_in,
    iso,
    pruned,
    version_parts,
)

__all__ = [
    "LATER",
    "Caller",
    "Outlet",
    "Parcel",
    "Refusal",
    "Report",
    "Sink",
    "VersionParts",
    "cut",
    "fixed_in",
    "inspector_finding",
    "iso",
    "pruned",
    "version_parts",
]
