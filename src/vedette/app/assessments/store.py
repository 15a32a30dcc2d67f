"""Assessments as records, and runs as they stand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from vedette.app.assessments.model import (
    AssessmentRun,
    Group,
    RulesPackage,
    RunState,
    Target,
    Template,
    is_instance,
)
from vedette.app.documents import Key, documents, keep, read, remove
from vedette.app.ports import EstateStore, RecordStore, Store
from vedette.findings.query import Sort, SortField
from vedette.model.coverage import ScanType
from vedette.model.filter import All, Any, Filter, Not, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, Reachable
from vedette.model.resource import ResourceRef, ResourceType

_KINDS: dict[type[msgspec.Struct], str] = {
    Group: "classic-group",
    Target: "classic-target",
    Template: "classic-template",
    AssessmentRun: "classic-run",
}
_Kept = TypeVar("_Kept", Group, Target, Template, AssessmentRun)
_IN_TIME = Sort(field=SortField.FIRST_OBSERVED_AT, descending=False)
_PAGE = 500
MOST_INSTANCES = 10_000

Place = tuple[str, str]
"""An account and a Region."""


def save(store: RecordStore, place: Place, thing: _Kept, *, now: datetime) -> None:
    """Keep something, new or changed.

    Raises:
        StoreError: where the store fails.
    """
    keep(store, _key(place, type(thing), thing.arn), thing, now=now)


def find(store: RecordStore, place: Place, of: type[_Kept], arn: str) -> _Kept | None:
    """Something by its ARN.

    Raises:
        StoreError: where the store fails.
    """
    return read(store, _key(place, of, arn), of)


def every(store: RecordStore, place: Place, of: type[_Kept]) -> Iterator[_Kept]:
    """All of a kind, by ARN.

    Raises:
        StoreError: where the store fails.
    """
    account, region = place
    return (one for _, one in documents(store, _KINDS[of], of, account=account, region=region))


def forget(store: RecordStore, place: Place, of: type[_Kept], arn: str) -> None:
    """Remove something.

    Raises:
        StoreError: where the store fails.
    """
    remove(store, _key(place, of, arn))


def instances_of(
    store: Store, place: Place, target: Target, *, everywhere: bool
) -> tuple[ResourceRef, ...]:
    """The instances of a target now, in the account or (`everywhere`) in all; at most 10,000.

    Raises:
        StoreError: where the store fails.
    """
    account, region = place
    group = None if target.group is None else find(store, place, Group, target.group)
    found: list[ResourceRef] = []
    for resource in store.resources():
        ref = resource.ref
        if not is_instance(resource) or ref.region != region:
            continue
        if not everywhere and ref.account != account:
            continue
        if target.group is None or (group is not None and group.has(resource)):
            found.append(ref)
        if len(found) == MOST_INSTANCES:
            break
    return tuple(found)


def run_as_of(store: Store, place: Place, run: AssessmentRun, *, now: datetime) -> AssessmentRun:
    """A run as it stands now; kept so, once it is over.

    Raises:
        StoreError: where the store fails.
    """
    if run.state is not RunState.COLLECTING:
        return run
    after = _judged(run, _looked(store, run), now)
    if after != run:
        save(store, place, after, now=now)
    return after


def findings_of(store: Store, run: AssessmentRun) -> Iterator[Finding]:
    """What was open on the run's instances when it ended (or, while it goes on, is open now), of its rules packages.

    Raises:
        StoreError: where the store fails.
    """
    if run.state is RunState.CANCELED or not run.instances:
        return
    wanted = frozenset(run.instances)
    after: str | None = None
    while True:
        page = store.list(_condition(run), sort=_IN_TIME, limit=_PAGE, after=after)
        for finding in page.findings:
            if finding.key.resource in wanted and was_open(finding, run):
                yield finding
        after = page.next
        if after is None:
            return


def was_open(finding: Finding, run: AssessmentRun) -> bool:
    """Whether a finding was open at the end of a run."""
    if run.ended_at is None:
        return finding.closed_at is None
    if finding.first_observed_at > run.ended_at:
        return False
    return finding.closed_at is None or finding.closed_at > run.ended_at


def package_of(finding: Finding) -> RulesPackage:
    """The rules package that a finding belongs to."""
    reachable = isinstance(finding.evidence, Reachable)
    return RulesPackage.NETWORK if reachable else RulesPackage.VULNERABILITIES


def _looked(store: EstateStore, run: AssessmentRun) -> datetime | None:
    """When all instances had been looked at by a pass that began after the run did."""
    waiting = set(run.instances)
    latest = run.started_at
    for row in store.coverage():
        at = row.last_scanned_at
        if row.scan_type is not ScanType.NETWORK or row.resource not in waiting:
            continue
        if at is not None and at >= run.started_at:
            waiting.discard(row.resource)
            latest = max(latest, at)
    return None if waiting else latest


def _judged(run: AssessmentRun, looked: datetime | None, now: datetime) -> AssessmentRun:
    end = run.started_at + timedelta(seconds=run.template.seconds)
    if looked is not None and looked <= end:
        return msgspec.structs.replace(run, state=RunState.COMPLETED, ended_at=looked)
    if now >= end:
        return msgspec.structs.replace(run, state=RunState.WITH_ERRORS, ended_at=end)
    return run


def _condition(run: AssessmentRun) -> Filter:
    types = {
        RulesPackage.NETWORK: "NETWORK_REACHABILITY",
        RulesPackage.VULNERABILITIES: "PACKAGE_VULNERABILITY",
    }
    return All(
        parts=(
            _text(TextField.REGION, str(run.instances[0].region)),
            _text(TextField.RESOURCE_TYPE, ResourceType.EC2_INSTANCE),
            Not(part=_text(TextField.STATUS, "SUPPRESSED")),
            Any(parts=tuple(_text(TextField.TYPE, types[one]) for one in run.template.packages)),
        )
    )


def _text(field: TextField, value: str) -> Text:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))


def _key(place: Place, of: type[msgspec.Struct], arn: str) -> Key:
    account, region = place
    return Key(kind=_KINDS[of], account=account, region=region, id=arn)
