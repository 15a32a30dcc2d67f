"""How findings live: a table of every change, and the laws."""

from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from tests.findings.make import FUNCTION, INSTANCE, NOW, epss, exposure, finding, vulnerability
from vedette.findings.lifecycle import Change, Scope, reconcile, scope_of
from vedette.model.coverage import ScanType
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.severity import Severity

LATER = NOW + timedelta(hours=1)
_SEEN = finding()


def _changes(
    known: list[Finding],
    seen: list[Finding],
    *,
    now: datetime = LATER,
    complete: bool | frozenset[Scope] = True,
) -> list[Change]:
    return list(reconcile(known, seen, now=now, complete=complete))


def _closed(at: datetime) -> Finding:
    return msgspec.structs.replace(_SEEN, status=FindingStatus.CLOSED, closed_at=at, updated_at=at)


def test_a_new_finding() -> None:
    after = finding(first_observed_at=LATER, last_observed_at=LATER, updated_at=LATER)
    assert _changes([], [_SEEN]) == [Change(before=None, after=after)]


def test_an_unchanged_finding_gives_no_change() -> None:
    assert _changes([_SEEN], [_SEEN]) == []
    again = finding(
        first_observed_at=LATER, last_observed_at=LATER, updated_at=LATER, database="sha256:new"
    )
    assert _changes([_SEEN], [again]) == []


def test_a_changed_finding_keeps_when_it_was_first_seen() -> None:
    worse = finding(severity=Severity.CRITICAL)
    after = msgspec.structs.replace(worse, last_observed_at=LATER, updated_at=LATER)
    assert _changes([_SEEN], [worse]) == [Change(before=_SEEN, after=after)]


def test_a_finding_that_is_gone_closes() -> None:
    assert _changes([_SEEN], []) == [Change(before=_SEEN, after=_closed(LATER))]


def test_a_suppressed_finding_closes_too() -> None:
    suppressed = finding(status=FindingStatus.SUPPRESSED, suppressed_by="rule")
    (change,) = _changes([suppressed], [])
    assert change.after.status is FindingStatus.CLOSED
    assert change.after.suppressed_by == "rule"


def test_a_closed_finding_stays_closed() -> None:
    assert _changes([_closed(NOW)], []) == []


@pytest.mark.parametrize(
    "complete",
    [False, frozenset(), frozenset([Scope(resource=INSTANCE.ref, scan_type=ScanType.NETWORK)])],
)
def test_an_incomplete_scan_closes_nothing(complete: bool | frozenset[Scope]) -> None:  # noqa: FBT001
    assert _changes([_SEEN], [], complete=complete) == []


def test_only_the_complete_scopes_close() -> None:
    port = finding(Reachable(exposure=exposure()))
    other = finding(resource=FUNCTION)
    changes = _changes([_SEEN, port, other], [], complete=frozenset([scope_of(port)]))
    assert [change.before for change in changes] == [port]


@pytest.mark.parametrize(
    ("away", "first"),
    [(timedelta(days=7), NOW), (timedelta(days=7, seconds=1), NOW + timedelta(days=7, seconds=1))],
)
def test_a_finding_that_comes_back_within_seven_days_is_the_same(
    away: timedelta, first: datetime
) -> None:
    now = NOW + away
    after = msgspec.structs.replace(
        _SEEN, first_observed_at=first, last_observed_at=now, updated_at=now
    )
    assert _changes([_closed(NOW)], [_SEEN], now=now) == [Change(before=_closed(NOW), after=after)]


def test_suppression_is_a_change() -> None:
    suppressed = finding(status=FindingStatus.SUPPRESSED, suppressed_by="rule")
    (change,) = _changes([_SEEN], [suppressed])
    assert (change.after.status, change.after.first_observed_at) == (FindingStatus.SUPPRESSED, NOW)


@pytest.mark.parametrize(("probability", "changes"), [(0.504, 0), (0.496, 0), (0.52, 1)])
def test_epss_flutters(probability: float, changes: int) -> None:
    known = finding(vulnerability(epss=epss(0.5)))
    moved = msgspec.structs.replace(epss(probability), scored_on=date(2026, 1, 2), percentile=0.9)
    assert len(_changes([known], [finding(vulnerability(epss=moved))])) == changes


def test_changes_come_in_order_of_ids() -> None:
    several = [finding(vulnerability(id=f"CVE-2024-{n:04}")) for n in range(1, 9)]
    ids = [change.after.id for change in _changes(several[:4], several[4:])]
    assert ids == sorted(one.id for one in several)


_POOL = [finding(vulnerability(id=f"CVE-2024-{n:04}")) for n in range(1, 5)] + [
    finding(Reachable(exposure=exposure())),
    finding(resource=FUNCTION),
]
_STATES = st.sampled_from(FindingStatus)


@st.composite
def _stored(draw: st.DrawFn) -> list[Finding]:
    found = []
    for one in draw(st.lists(st.sampled_from(_POOL), unique_by=lambda one: one.id)):
        status = draw(_STATES)
        closed_at = NOW if status is FindingStatus.CLOSED else None
        found.append(
            msgspec.structs.replace(
                one,
                status=status,
                closed_at=closed_at,
                severity=draw(st.sampled_from([Severity.HIGH, Severity.LOW])),
            )
        )
    return found


_COMPLETE = st.one_of(
    st.booleans(), st.frozensets(st.sampled_from([scope_of(one) for one in _POOL]))
)


def _apply(known: list[Finding], changes: list[Change]) -> list[Finding]:
    after = {one.id: one for one in known} | {change.after.id: change.after for change in changes}
    return list(after.values())


@settings(max_examples=80, deadline=None)
@given(_stored(), st.lists(st.sampled_from(_POOL)), _COMPLETE, st.integers(0, 20))
def test_reconcile_is_idempotent(
    known: list[Finding],
    seen: list[Finding],
    complete: bool | frozenset[Scope],  # noqa: FBT001 - as `reconcile` has it
    days: int,
) -> None:
    now = NOW + timedelta(days=days)
    changes = _changes(known, seen, now=now, complete=complete)
    applied = _apply(known, changes)
    again = now + timedelta(days=1)
    assert _changes(applied, seen, now=again, complete=complete) == []
    seen_ids = {one.id for one in seen}
    for change in changes:
        assert change.before != change.after
        assert change.after.updated_at == now
        assert (change.after.status is FindingStatus.CLOSED) == (change.after.id not in seen_ids)
