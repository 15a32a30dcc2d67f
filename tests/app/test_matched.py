"""Inventories matched together: as each alone, asked once, and never all in memory."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.findings.make import INSTANCE, NOW
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.app import matched as module
from vedette.app.judge import Case, Matched
from vedette.app.matched import matched_cases
from vedette.matching.match import match_inventory
from vedette.model.candidate import Candidate
from vedette.model.inventory import Inventory, KnownInventory
from vedette.model.resource import Resource, ResourceRef
from vedette.store.store import SqlStore


class _Asked(MemoryIndex):
    asked = 0

    def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
        self.asked += 1
        return super().candidates(ecosystem, name)


def _index() -> _Asked:
    return _Asked(
        [
            advisory("GHSA-1", affected("PyPI", "a", "[0,2)"), aliases=("CVE-2024-0001",)),
            advisory("GHSA-2", affected("PyPI", "b", "[0,2)"), aliases=("CVE-2024-0002",)),
        ]
    )


def _instance(number: int) -> Resource:
    ref = msgspec.structs.replace(INSTANCE.ref, id=f"i-{number}")
    return msgspec.structs.replace(INSTANCE, ref=ref)


def _inventory(number: int) -> Inventory:
    versions = [("a", str(number % 3)), ("b", str(number % 2))]
    packages = tuple(package("PyPI", name, version) for name, version in versions)
    return Inventory(resource=_instance(number).ref, distro=None, packages=packages)


CASES = [Case(resource=_instance(n), read_as=f"{n % 6}", exposure=None) for n in range(12)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path}/store.db") as made:
        resources = [one.resource for one in CASES]
        made.save_resources(resources, looked_in=(), now=NOW)
        for number in range(len(CASES)):
            made.save_inventory("f", _inventory(number), now=NOW)
        yield made


@pytest.mark.parametrize(("packages", "cases"), [(20_000, 200), (1, 200), (5, 200), (20_000, 5)])
def test_the_result_is_that_of_each_alone(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, packages: int, cases: int
) -> None:
    monkeypatch.setattr(module, "_MOST_PACKAGES", packages)
    monkeypatch.setattr(module, "_MOST_CASES", cases)
    index = _index()
    assert list(matched_cases(store, index, CASES)) == [
        Matched(inventory=one, result=match_inventory(one, index))
        for one in map(_inventory, range(len(CASES)))
    ]


def test_what_hosts_have_in_common_is_asked_once(store: SqlStore) -> None:
    together, alone = _index(), _index()
    assert len(list(matched_cases(store, together, CASES))) == len(CASES)
    for number in range(len(CASES)):
        match_inventory(_inventory(number), alone)
    assert together.asked * 5 < alone.asked


def test_cases_without_an_inventory_keep_their_place(store: SqlStore) -> None:
    unread = msgspec.structs.replace(CASES[0], read_as=None)
    never = msgspec.structs.replace(CASES[0], resource=_instance(99))
    found = matched_cases(store, _index(), [unread, CASES[1], never, CASES[2]])
    assert [one and one.inventory.resource.id for one in found] == [None, "i-1", None, "i-2"]
    assert list(matched_cases(store, _index(), [])) == []


def test_no_more_is_held_than_is_matched_together(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_PACKAGES", 6)  # three inventories
    read: list[str] = []
    known = store.inventory

    def inventory(ref: ResourceRef) -> KnownInventory | None:
        read.append(ref.id)
        return known(ref)

    monkeypatch.setattr(store, "inventory", inventory)
    found = matched_cases(store, _index(), CASES)
    ahead = []
    for number, _ in enumerate(found, 1):
        ahead.append(len(read) - number)
    assert max(ahead) == 2
    assert len(read) == len(CASES)
