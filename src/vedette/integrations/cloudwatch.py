"""Amazon CloudWatch: how many findings were opened, reopened, closed and suppressed, by severity and type.

The metrics `FindingsOpened`, `FindingsClosed` and `FindingsSuppressed` are in the namespace `Vedette` of the finding's account and Region,
each with the dimensions `Severity` and `Type`, at the minute of the change. A change is delivered at least once: after a
crash between delivery and cursor it is counted twice.

`PutMetricData` takes 1,000 metrics of the last two weeks (CloudWatch API reference); changes that are older are refused.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from vedette.errors import ServiceError
from vedette.findings.derived import finding_type
from vedette.findings.lifecycle import Change
from vedette.integrations._base import Outlet, Parcel, Refusal, Sink, batches
from vedette.model.finding import FindingStatus

_NAMESPACE = "Vedette"
_AT_ONCE = 1000
_FOR_GOOD = frozenset({"InvalidParameterCombination", "InvalidParameterValue"})
"""CloudWatch's words for a time that is too long ago, among others."""
_METRICS = {
    FindingStatus.ACTIVE: "FindingsOpened",
    FindingStatus.CLOSED: "FindingsClosed",
    FindingStatus.SUPPRESSED: "FindingsSuppressed",
}

_Place = tuple[datetime, str, str, str]


def _counted(change: Change) -> _Place | None:
    """Minute, metric, severity and type; None where the status is what it was."""
    after = change.after
    if change.before is not None and change.before.status is after.status:
        return None
    minute = after.updated_at.replace(second=0, microsecond=0)
    return minute, _METRICS[after.status], after.severity.value, finding_type(after).value


def _metric(place: _Place, count: int) -> dict[str, Any]:
    minute, name, severity, kind = place
    return {
        "MetricName": name,
        "Dimensions": [
            {"Name": "Severity", "Value": severity},
            {"Name": "Type", "Value": kind},
        ],
        "Timestamp": minute,
        "Value": float(count),
        "Unit": "Count",
    }


def _send(parcel: Parcel, outlet: Outlet) -> tuple[Refusal, ...]:
    """One call for each day, so that a day that is too long ago refuses no other."""
    refused: list[Refusal] = []
    days: dict[date, list[Change]] = {}
    for change in parcel.changes:
        days.setdefault(change.after.updated_at.date(), []).append(change)
    for day in sorted(days):
        try:
            _put(days[day], parcel, outlet)
        except ServiceError as error:
            if error.code not in _FOR_GOOD:
                raise
            refused += [Refusal(finding=one.after.id, reason=str(error)) for one in days[day]]
    return tuple(refused)


def _put(changes: Sequence[Change], parcel: Parcel, outlet: Outlet) -> None:
    counted = Counter(place for one in changes if (place := _counted(one)) is not None)
    metrics = [_metric(place, counted[place]) for place in sorted(counted)]
    for batch in batches(metrics, lambda _one: 1, count=_AT_ONCE, total=_AT_ONCE):
        outlet(parcel.account).call(
            "cloudwatch",
            "put_metric_data",
            parcel.region,
            Namespace=_NAMESPACE,
            MetricData=batch,
        )


SINK = Sink(name="cloudwatch", send=_send)
