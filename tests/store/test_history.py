"""The past from the tables is that of Python, as far as the log reaches."""

from datetime import timedelta

import msgspec
import pytest

from tests.findings.make import INSTANCE, NOW, finding, vulnerability
from vedette.errors import ConfigError
from vedette.findings.history import as_of
from vedette.findings.lifecycle import Change
from vedette.model.finding import Finding, FindingStatus
from vedette.store.store import SqlStore

DAY = timedelta(days=1)


def _changes() -> list[Change]:
    changes = []
    for number in range(6):
        state: Finding | None = None
        for step in range(number):
            status = FindingStatus.CLOSED if step % 2 else FindingStatus.ACTIVE
            moment = NOW + (number + step) * DAY
            after = finding(
                vulnerability(id=f"CVE-{number}"),
                status=status,
                updated_at=moment,
                closed_at=moment if step % 2 else None,
            )
            changes.append(Change(before=state, after=after))
            state = after
    return sorted(changes, key=lambda change: change.after.updated_at)


def test_the_past_in_sql_is_that_in_python(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.store.history._PIECE", 2)
    changes = _changes()
    for change in changes:
        store.apply([change])
    known = list(store.list().findings)
    for half_days in range(24):
        moment = NOW + half_days * DAY / 2
        found = sorted(store.as_of(moment), key=lambda one: one.id)
        assert found == list(as_of(known, changes, moment))


def test_what_was_removed_is_still_in_the_past(store: SqlStore) -> None:
    first = finding()
    closed = msgspec.structs.replace(
        first, status=FindingStatus.CLOSED, closed_at=NOW + DAY, updated_at=NOW + DAY
    )
    ref = first.key.resource
    store.save_resources([INSTANCE], looked_in=(), now=NOW)
    store.apply([Change(before=None, after=first)])
    gone = [(str(ref.account), str(ref.region), ref.type.value)]
    store.save_resources([], looked_in=gone, now=NOW + DAY)
    store.apply([Change(before=first, after=closed)])
    store.purge(NOW + 5 * DAY)
    assert store.list().findings == ()
    assert list(store.as_of(NOW + 2 * DAY)) == [closed]
    assert list(store.as_of(NOW + 0.5 * DAY)) == [first]


def test_the_past_ends_where_the_log_was_removed(store: SqlStore) -> None:
    first = finding()
    store.apply([Change(before=None, after=first)])
    store.purge(NOW + 91 * DAY)
    assert list(store.as_of(NOW + DAY)) == [first]
    with pytest.raises(ConfigError, match="the history reaches back to 2026-01-02 03:04:00 UTC"):
        list(store.as_of(NOW - DAY))
