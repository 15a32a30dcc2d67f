"""What is over is kept for Inspector's terms, and then removed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.findings.make import IMAGE, INSTANCE, NOW, finding, vulnerability
from tests.store.test_estate import SCOPES, _inventory
from vedette.findings.lifecycle import Change, reconcile
from vedette.model.coverage import Coverage, ScanType
from vedette.model.finding import Finding
from vedette.store import schema
from vedette.store.store import SqlStore

HERE = ("111122223333", "eu-west-1")


def _at(days: float) -> datetime:
    return NOW + timedelta(days=days)


def _open(store: SqlStore, *findings: Finding) -> None:
    store.apply([Change(before=None, after=one) for one in findings])


def _close(store: SqlStore, known: Iterable[Finding], days: float) -> None:
    store.apply(reconcile(known, [], now=_at(days), complete=True))


def _rows(store: SqlStore) -> dict[str, int]:
    with store._database.reading() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
        }
    return {name: count for name, count in counts.items() if count}


def _furnish(store: SqlStore) -> Finding:
    flaw = finding()
    store.save_resources([INSTANCE, IMAGE], looked_in=(), now=NOW)
    for one in (INSTANCE, IMAGE):
        store.save_inventory(
            "f", _inventory(one, ("PyPI", one.ref.type, "1"), ("PyPI", "both", "1")), now=NOW
        )
        store.save_evaluation(one.ref, "e", now=NOW)
        row = Coverage(
            resource=one.ref, scan_type=ScanType.PACKAGE, active=True, reason="SUCCESSFUL"
        )
        store.save_coverage([row])
    _open(store, flaw)
    return flaw


def test_a_resource_that_has_gone_takes_everything_along_after_three_days(store: SqlStore) -> None:
    flaw = _furnish(store)
    before = _rows(store)
    store.save_resources([IMAGE], looked_in=SCOPES, now=_at(1))
    _close(store, [flaw], 1)
    store.purge(_at(3.9))
    assert _rows(store) == {**before, "changes": 2, "evaluations": 1}
    store.purge(_at(4.1))
    assert _rows(store) == {
        "resources": 1,
        "inventories": 1,
        "evaluations": 1,
        "coverage": 1,
        "package_versions": 2,
        "package_resources": 2,
        "changes": 2,
        "resource_amounts": 3,
        "resource_texts": 4,
    }
    assert list(store.resources()) == [IMAGE]
    assert store.resources_with("PyPI", "both") == ((IMAGE.ref, "1"),)


def test_one_that_has_findings_to_close_stays(store: SqlStore) -> None:
    _furnish(store)
    store.save_resources([IMAGE], looked_in=SCOPES, now=_at(1))
    store.purge(_at(50))
    assert list(store.resources(gone=True)) == [INSTANCE]
    assert len(store.known(INSTANCE.ref)) == 1


def test_a_finding_goes_thirty_days_after_closing(store: SqlStore) -> None:
    flaw, other = finding(), finding(vulnerability(id="CVE-2024-0002"))
    _open(store, flaw, other)
    _close(store, [flaw], 1)
    store.purge(_at(30.9))
    assert len(store.known(INSTANCE.ref)) == 2
    store.purge(_at(31.1))
    assert store.known(INSTANCE.ref) == (other,)


@pytest.mark.parametrize(
    ("days", "kept"),
    [(29, 2), (31, 1), (89, 1), (91, 0)],
)
def test_the_log_keeps_what_a_reader_has_not_had_up_to_ninety_days(
    store: SqlStore, days: float, kept: int
) -> None:
    _open(store, finding(), finding(vulnerability(id="CVE-2024-0002")))
    entries = store.changes_at("hub", HERE, 10)
    store.advance_at("hub", HERE, entries[0].number)
    store.purge(_at(days))
    assert len(store.changes_since("new", 10)) == kept


def test_a_reader_of_the_whole_log_keeps_it_too(store: SqlStore) -> None:
    _open(store, finding(), finding(vulnerability(id="CVE-2024-0002")))
    entries = store.changes_since("api", 10)
    store.advance("api", entries[0].number)
    store.advance_at("hub", HERE, entries[1].number)
    store.purge(_at(31))
    assert store.changes_since("api", 10) == entries[1:]


def test_without_readers_the_log_keeps_thirty_days(store: SqlStore) -> None:
    _open(store, finding())
    store.purge(_at(31))
    assert store.changes_since("hub", 10) == ()
    _open(store, finding(vulnerability(id="CVE-2024-0003")))
    assert len(store.changes_since("hub", 10)) == 1


def test_purging_an_empty_store_is_nothing(store: SqlStore) -> None:
    store.purge(NOW)
    assert _rows(store) == {}
