"""The store's port, by the smallest store that keeps it: a scan's way through reconcile, log and cursors."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import pytest

from tests.findings.make import INSTANCE, NOW, finding, vulnerability
from vedette.errors import ConfigError, StoreError
from vedette.findings.counting import Counted, Counting
from vedette.findings.history import as_of
from vedette.findings.lifecycle import Change, reconcile
from vedette.findings.ports import FindingPage, FindingStore, LoggedChange
from vedette.findings.query import Sort, ordered, passes
from vedette.model.filter import All, Filter
from vedette.model.finding import Finding, FindingId, FindingStatus
from vedette.model.resource import ResourceRef


class MemoryStore:
    """`FindingStore` in dictionaries."""

    def __init__(self) -> None:
        self._findings: dict[FindingId, Finding] = {}
        self._log: list[Change] = []
        self._cursors: dict[str, int] = {}

    def known(self, resource: ResourceRef) -> tuple[Finding, ...]:
        mine = (one for one in self._findings.values() if one.key.resource == resource)
        return tuple(sorted(mine, key=lambda one: one.id))

    def apply(self, changes: Iterable[Change]) -> int:
        several = list(changes)
        if any(self._findings.get(one.after.id) != one.before for one in several):
            raise StoreError("somebody else was faster")
        self._findings.update((one.after.id, one.after) for one in several)
        self._log.extend(several)
        return len(several)

    def get(self, identifier: FindingId) -> Finding | None:
        return self._findings.get(identifier)

    def several(self, identifiers: Iterable[FindingId]) -> Mapping[FindingId, Finding]:
        return {one: self._findings[one] for one in identifiers if one in self._findings}

    def list(
        self,
        condition: Filter | None = None,
        *,
        sort: Sort = Sort(),  # noqa: B008 - frozen
        limit: int = 100,
        after: str | None = None,
    ) -> FindingPage:
        if after is not None and not after.isdecimal():
            raise ConfigError("not a token of this list")
        start = int(after or 0)
        wanted = condition or All(parts=())
        found = ordered((one for one in self._findings.values() if passes(wanted, one)), sort)
        end = start + limit
        return FindingPage(
            findings=tuple(found[start:end]), next=str(end) if end < len(found) else None
        )

    def count_by(self, asked: Counting, *, limit: int, offset: int = 0) -> tuple[Counted, ...]:
        raise NotImplementedError

    def as_of(self, moment: datetime) -> Iterator[Finding]:
        return as_of(self._findings.values(), self._log, moment)

    def changes_since(self, cursor: str, limit: int) -> tuple[LoggedChange, ...]:
        start = self._cursors.get(cursor, 0)
        return tuple(
            LoggedChange(number=start + offset, change=change)
            for offset, change in enumerate(self._log[start : start + limit], start=1)
        )

    def advance(self, cursor: str, number: int) -> None:
        self._cursors[cursor] = max(number, self._cursors.get(cursor, 0))


def _scan(store: FindingStore, seen: Iterable[Finding], hours: int) -> int:
    known = store.known(INSTANCE.ref)
    now = NOW + timedelta(hours=hours)
    return store.apply(reconcile(known, seen, now=now, complete=True))


def test_a_scan_twice_changes_nothing_and_every_reader_gets_every_change_once() -> None:
    store = MemoryStore()
    seen = [finding(vulnerability(id=f"CVE-2024-{number:04}")) for number in range(1, 4)]
    assert [_scan(store, seen, 0), _scan(store, seen, 1), _scan(store, seen[:2], 2)] == [3, 0, 1]
    first = store.changes_since("hub", 2)
    store.advance("hub", first[-1].number)
    store.advance("hub", 1)
    rest = store.changes_since("hub", 10)
    assert [one.number for one in (*first, *rest)] == [1, 2, 3, 4]
    assert rest[-1].change.after.status is FindingStatus.CLOSED
    assert len(store.changes_since("other", 10)) == 4


def test_pages() -> None:
    store = MemoryStore()
    _scan(store, [finding(vulnerability(id=f"CVE-2024-{number:04}")) for number in range(5)], 0)
    page = store.list(limit=3)
    rest = store.list(limit=3, after=page.next)
    assert (len(page.findings), len(rest.findings), rest.next) == (3, 2, None)
    assert store.get(rest.findings[0].id) == rest.findings[0]
    with pytest.raises(ConfigError, match="not a token"):
        store.list(after="x")


def test_somebody_else_was_faster() -> None:
    store = MemoryStore()
    changes = list(reconcile([], [finding()], now=NOW, complete=True))
    store.apply(changes)
    with pytest.raises(StoreError, match="faster"):
        store.apply(changes)
