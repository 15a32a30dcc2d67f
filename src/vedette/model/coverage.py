"""Coverage: what is scanned, how, since when, and why not (Inspector's coverage)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vedette.model.resource import ResourceRef


class ScanType(StrEnum):
    """Inspector's scan types that vedette has."""

    PACKAGE = "PACKAGE"
    NETWORK = "NETWORK"


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one resource and scan type.

    `reason` is one of Inspector's `ScanStatusReason` values (`SUCCESSFUL`, `UNMANAGED_EC2_INSTANCE`…); `detail` is
    vedette's own sentence: what failed and where.
    """

    resource: ResourceRef
    scan_type: ScanType
    active: bool
    reason: str
    detail: str = ""
    last_scanned_at: datetime | None = None


class ScopeFailure(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A part of the estate that could not be looked at: an account, a region, one operation.

    `region` is empty for what is not regional. What lies in it is neither known nor closed.
    """

    account: str
    region: str
    operation: str
    code: str
    reason: str
