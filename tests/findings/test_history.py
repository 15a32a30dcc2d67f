"""The past, from what is known now and the log."""

from datetime import timedelta

import msgspec

from tests.findings.make import NOW, finding, vulnerability
from vedette.findings.history import as_of
from vedette.findings.lifecycle import Change
from vedette.model.finding import Finding, FindingStatus

DAY = timedelta(days=1)
OLD = finding(vulnerability(id="CVE-1"))
NEW = finding(vulnerability(id="CVE-2"), updated_at=NOW + 2 * DAY)
CLOSED = msgspec.structs.replace(OLD, status=FindingStatus.CLOSED, updated_at=NOW + DAY)
LOG = [
    Change(before=None, after=OLD),
    Change(before=OLD, after=CLOSED),
    Change(before=None, after=NEW),
]


def _then(days: float, known: list[Finding], log: list[Change] = LOG) -> list[Finding]:
    return list(as_of(known, log, NOW + days * DAY))


def test_before_the_first_change_there_was_nothing() -> None:
    assert _then(-1, [CLOSED, NEW]) == []


def test_what_changed_later_was_what_it_was() -> None:
    assert _then(0.5, [CLOSED, NEW]) == [OLD]
    assert _then(1, [CLOSED, NEW]) == [CLOSED]
    assert _then(3, [CLOSED, NEW]) == sorted([CLOSED, NEW], key=lambda one: one.id)


def test_what_has_been_removed_since_was_there() -> None:
    assert _then(0.5, [NEW]) == [OLD]
    assert _then(1.5, [NEW]) == [CLOSED]


def test_what_the_log_does_not_tell_of_was_as_it_is() -> None:
    assert _then(0, [OLD], []) == [OLD]


def test_only_the_first_later_change_counts() -> None:
    again = msgspec.structs.replace(OLD, title="again", updated_at=NOW + 3 * DAY)
    log = [*LOG, Change(before=CLOSED, after=again)]
    assert _then(0.5, [again, NEW], log) == [OLD]
