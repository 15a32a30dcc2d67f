"""What Inspector would have charged for what was covered, as far as that is known."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import msgspec

from vedette.app.covered import Covered, covered
from vedette.app.ports import Store
from vedette.model.coverage import ScanType
from vedette.model.resource import ContainerImage, Ec2Instance, LambdaFunction, LocalTarget

_WINDOW = timedelta(days=30)
_HOUR = timedelta(hours=1)


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A published price in US dollars of so many units, who says so, and the day on which it was read there."""

    dollars: float
    units: float
    source: str
    read_on: date


PRICES: Mapping[str, Price] = {
    "EC2_INSTANCE_HOURS": Price(
        dollars=1.2528,
        units=720,
        source="docs-b6y.pages.dev, HLD009: eu-west-1, an instance and month",
        read_on=date(2024, 7, 23),
    ),
    "ECR_INITIAL_SCAN": Price(
        dollars=0.09,
        units=1,
        source="docs-b6y.pages.dev, HLD009: eu-west-1, an image",
        read_on=date(2024, 7, 23),
    ),
}
"""Only prices that were read somewhere: those of other types of usage are not known."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """One type of usage of the last 30 days; `dollars` is None where the price is not known."""

    type: str
    total: float
    dollars: float | None


def usage_of(store: Store, region: str, *, now: datetime) -> Mapping[str, tuple[Usage, ...]]:
    """The usage of every account in a Region, by account and type.

    Hours are counted from the time since which a resource is known to be as it is: an instance from its launch, a function from its
    last change. Scans of images are those that were pushed; how often Inspector would have scanned them again is not known.

    Raises:
        StoreError: where the store fails.
    """
    totals: dict[str, defaultdict[str, float]] = {}
    for row in covered(store):
        ref = row.coverage.resource
        if ref.account is None or ref.region != region:
            continue
        for kind, amount in _usage(row, now):
            totals.setdefault(ref.account, defaultdict(float))[kind] += amount
    return {
        account: tuple(_priced(kind, total) for kind, total in sorted(kinds.items()))
        for account, kinds in sorted(totals.items())
    }


def _usage(row: Covered, now: datetime) -> Iterator[tuple[str, float]]:
    if row.resource is None or not row.coverage.active:
        return
    if row.coverage.scan_type is not ScanType.PACKAGE:
        return
    match row.resource.facts:
        case Ec2Instance() as facts:
            kind = "EC2_INSTANCE_HOURS" if facts.managed_by_ssm else "EC2_AGENTLESS_INSTANCE_HOURS"
            yield kind, _hours(facts.launched_at, now)
        case LambdaFunction() as facts:
            yield "LAMBDA_FUNCTION_HOURS", _hours(facts.last_modified_at, now)
        case ContainerImage() as facts:
            if facts.pushed_at is not None and now - facts.pushed_at <= _WINDOW:
                yield "ECR_INITIAL_SCAN", 1
        case LocalTarget():
            return


def _hours(since: datetime | None, now: datetime) -> float:
    if since is None:
        return 0.0
    return round(max(timedelta(), min(now - since, _WINDOW)) / _HOUR, 2)


def _priced(kind: str, total: float) -> Usage:
    price = PRICES.get(kind)
    dollars = None if price is None else round(total / price.units * price.dollars, 4)
    return Usage(type=kind, total=round(total, 2), dollars=dollars)
