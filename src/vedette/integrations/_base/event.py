"""A change as an event in the form of Inspector's own.

Detail-type and detail are those of "Inspector2 Finding" (Inspector User Guide, "EventBridge schema"), so that a rule for one is easily made a
rule for both. The source is `vedette`, since AWS refuses `aws.*` from anybody else.
"""

from datetime import UTC, datetime
from typing import Any

from vedette.integrations._base.inspector import inspector_finding
from vedette.model.finding import Finding
from vedette.model.resource import Resource

SOURCE = "vedette"
DETAIL_TYPE = "Inspector2 Finding"
EVENT_PACKAGES = (200, 40, 8)
"""How many packages are named: fewer where the event would be too large."""
_REFERENCES = 10
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_Json = dict[str, Any]


def finding_detail(
    finding: Finding, resource: Resource | None, *, packages: int = EVENT_PACKAGES[0]
) -> _Json:
    """The finding as Inspector's events have it.

    Args:
        finding: of a resource in AWS.
        resource: what is known of it.
        packages: how many of its packages are named.
    """
    return shortened(_dated(inspector_finding(finding, resource)), packages)


def shortened(detail: _Json, packages: int) -> _Json:
    """The detail with fewer packages."""
    flaw = detail.get("packageVulnerabilityDetails")
    if flaw is None:
        return detail
    shorter = {
        "referenceUrls": flaw["referenceUrls"][:_REFERENCES],
        "vulnerablePackages": flaw["vulnerablePackages"][:packages],
    }
    return detail | {"packageVulnerabilityDetails": flaw | shorter}


def _dated(value: Any) -> Any:
    """Times as texts, at any depth."""
    match value:
        case datetime():
            return _date(value)
        case dict():
            return {name: _dated(one) for name, one in value.items()}
        case list():
            return [_dated(one) for one in value]
        case _:
            return value


def _date(moment: datetime) -> str:
    """As Inspector writes times in events, in English whatever the locale: `Wed Sep 04 16:59:44.356 UTC 2024`."""
    utc = moment.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    clock = f"{utc:%H:%M:%S}.{utc.microsecond // 1000:03}"
    return f"{day} {month} {utc.day:02} {clock} UTC {utc.year}"
