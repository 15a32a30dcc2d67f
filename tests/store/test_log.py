"""The log of changes: its order, and the cursors of its readers, by place and whole."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy import text

from tests.findings.make import IMAGE, INSTANCE, LOCAL, finding, vulnerability
from vedette.errors import StoreError
from vedette.findings.lifecycle import Change
from vedette.findings.ports import LoggedChange
from vedette.model.arn import AccountId
from vedette.model.finding import Finding
from vedette.model.resource import Resource
from vedette.store.store import SqlStore

HERE = ("111122223333", "eu-west-1")
THERE = ("999999999999", "us-east-1")
ELSEWHERE = msgspec.structs.replace(
    INSTANCE,
    ref=msgspec.structs.replace(INSTANCE.ref, account=AccountId(THERE[0]), region=THERE[1]),
)


def _opened(number: int, resource: Resource = INSTANCE) -> Change:
    return Change(
        before=None, after=finding(vulnerability(id=f"CVE-2024-{number:04}"), resource=resource)
    )


def _subjects(entries: Iterable[LoggedChange]) -> list[str]:
    return [entry.change.after.key.subject[-1] for entry in entries]


def test_changes_come_in_the_order_in_which_they_were_made(store: SqlStore) -> None:
    changes = [_opened(3), _opened(1), _opened(2)]
    store.apply(changes[:2])
    store.apply(changes[2:])
    entries = store.changes_since("hub", 10)
    assert [entry.change for entry in entries] == changes
    numbers = [entry.number for entry in entries]
    assert numbers == sorted(set(numbers))
    assert store.changes_since("hub", 2) == entries[:2]


def test_a_change_keeps_what_was_before(store: SqlStore) -> None:
    opened = _opened(1)
    changed = Change(
        before=opened.after, after=msgspec.structs.replace(opened.after, title="other")
    )
    store.apply([opened])
    store.apply([changed])
    assert [entry.change for entry in store.changes_since("hub", 10)] == [opened, changed]


def test_each_reader_has_a_cursor_that_never_goes_back(store: SqlStore) -> None:
    store.apply([_opened(number) for number in range(4)])
    numbers = [entry.number for entry in store.changes_since("hub", 10)]
    store.advance("hub", numbers[1])
    store.advance("hub", numbers[0])
    assert _subjects(store.changes_since("hub", 10)) == ["2", "3"]
    assert len(store.changes_since("bus", 10)) == 4
    store.advance("hub", numbers[3])
    assert store.changes_since("hub", 10) == ()
    store.apply([_opened(5)])
    assert _subjects(store.changes_since("hub", 10)) == ["5"]


def test_places_are_read_apart(store: SqlStore) -> None:
    store.apply([_opened(1), _opened(2, ELSEWHERE), _opened(3, IMAGE), _opened(4, LOCAL)])
    assert store.places_behind("hub") == (HERE, THERE)  # a local target is in no place
    entries = store.changes_at("hub", HERE, 10)
    assert _subjects(entries) == ["1", "3"]
    assert _subjects(store.changes_at("hub", HERE, 1)) == ["1"]
    assert _subjects(store.changes_at("hub", THERE, 10)) == ["2"]
    assert store.changes_at("hub", ("111122223333", "us-east-1"), 10) == ()
    store.advance_at("hub", HERE, entries[0].number)
    assert store.places_behind("hub") == (HERE, THERE)
    store.advance_at("hub", HERE, entries[1].number)
    store.advance_at("hub", HERE, entries[0].number)  # never back
    assert store.places_behind("hub") == (THERE,)
    assert store.places_behind("bus") == (HERE, THERE)
    assert len(store.changes_since("hub", 10)) == 4  # the cursor of the whole log is another


def test_nothing_has_happened(store: SqlStore) -> None:
    assert store.places_behind("hub") == ()
    assert store.changes_since("hub", 10) == ()
    assert store.changes_at("hub", HERE, 10) == ()


def test_numbers_are_not_used_twice(store: SqlStore) -> None:
    store.apply([_opened(1)])
    (entry,) = store.changes_since("hub", 10)
    store.advance("hub", entry.number)
    with store._database.writing() as connection:
        connection.execute(text("DELETE FROM changes"))
    store.apply([_opened(2)])
    assert _subjects(store.changes_since("hub", 10)) == ["2"]


def test_a_damaged_entry_is_an_error_of_the_store(store: SqlStore) -> None:
    store.apply([_opened(1)])
    for column in ("before", "after"):
        with store._database.writing() as connection:
            connection.execute(text(f"UPDATE changes SET {column} = :bad"), {"bad": b"\xc1"})  # noqa: S608
        with pytest.raises(
            StoreError, match=r"the store holds a .* that cannot be (read|expanded)"
        ):
            store.changes_since("hub", 10)


def test_two_writers_and_a_reader_at_once_lose_and_repeat_nothing(store: SqlStore) -> None:
    """A reader that follows the log never misses a change that appears later with a smaller number."""
    done = threading.Event()
    read: list[int] = []
    subjects: list[str] = []

    def write(start: int) -> None:
        for number in range(start, start + 40):
            store.apply([_opened(number), _opened(number + 1000)])

    def follow() -> None:
        while True:
            last = done.is_set()
            page = store.changes_at("hub", HERE, 7)
            if page:
                read.extend(entry.number for entry in page)
                subjects.extend(entry.change.after.key.subject for entry in page)
                store.advance_at("hub", HERE, page[-1].number)
            elif last:
                return

    with ThreadPoolExecutor(3) as pool:
        reader = pool.submit(follow)
        writers = [pool.submit(write, start) for start in (0, 100)]
        try:
            for writer in writers:
                writer.result()
        finally:
            done.set()
        reader.result()
    assert read == sorted(set(read))
    assert len(subjects) == len(set(subjects)) == 160


def test_of_two_who_change_the_same_finding_one_is_told(store: SqlStore) -> None:
    start = _opened(1)
    store.apply([start])
    barrier = threading.Barrier(2)

    def change(title: str) -> str:
        before: Finding = start.after
        after = msgspec.structs.replace(before, title=title)
        barrier.wait()
        try:
            store.apply([Change(before=before, after=after)])
        except StoreError as error:
            return "told" if "somebody else" in str(error) else str(error)
        return title

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(change, ("first", "second")))
    assert outcomes in (["first", "told"], ["second", "told"])
    stored = store.get(start.after.id)
    assert stored is not None
    assert stored.title in outcomes
    assert len(store.changes_since("hub", 10)) == 2


def test_two_processes_write_to_one_store(url: str) -> None:

    code = """
import sys
from tests.store.test_log import _opened
from vedette.store.store import SqlStore
with SqlStore.open(sys.argv[1]) as store:
    for number in range(int(sys.argv[2]), int(sys.argv[2]) + 30):
        store.apply([_opened(number)])
"""
    with SqlStore.open(url) as store:
        running = [
            subprocess.Popen([sys.executable, "-c", code, url, start]) for start in ("0", "100")
        ]
        assert [process.wait(60) for process in running] == [0, 0]
        subjects = [one.change.after.key.subject for one in store.changes_since("hub", 100)]
    assert sorted(subjects) == sorted(
        f"CVE-2024-{number:04}" for start in (0, 100) for number in range(start, start + 30)
    )


def test_many_threads_use_one_store(store: SqlStore) -> None:
    several: list[Callable[[], object]] = [
        lambda: store.save_resources([INSTANCE, IMAGE], looked_in=(), now=finding().updated_at),
        lambda: store.save_resources([IMAGE, INSTANCE], looked_in=(), now=finding().updated_at),
        lambda: list(store.resources()),
        lambda: store.list(limit=3),
        lambda: store.save_scope_failures([]),
    ]
    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work) for work in several * 15]:
            future.result()
    assert list(store.resources()) == [INSTANCE, IMAGE]
