"""The two entrances to matching."""

import pytest
from hypothesis import given, settings, strategies as st

from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.matching import rows
from vedette.matching.match import match, match_inventory
from vedette.model.candidate import Candidate
from vedette.model.inventory import Inventory
from vedette.model.package import Location
from vedette.model.resource import ResourceRef, ResourceType

_X = "Amazon Linux:2:extras/docker"
_INDEX = MemoryIndex(
    [
        advisory("GHSA-1", affected("PyPI", "lib", "[0,2.0)")),
        advisory("GHSA-2", affected("PyPI", "lib", "[0,two)")),
        advisory("ALASDOCKER-1", affected(_X, "docker", "[0,2-1)")),
    ]
)


def test_verdicts_are_matches_then_doubts() -> None:
    verdicts = match([package("PyPI", "lib", "1.0")], _INDEX)
    assert [(type(one).__name__, one.advisory.id) for one in verdicts] == [
        ("Match", "GHSA-1"),
        ("Undecided", "GHSA-2"),
    ]


def test_repositories_are_taken_from_either_entrance() -> None:
    docker = package("Amazon Linux:2", "docker", "1-1")
    inventory = Inventory(
        resource=ResourceRef(type=ResourceType.LOCAL, id="/"),
        distro=None,
        packages=(docker,),
        repositories=(_X,),
    )
    assert match([docker], _INDEX, repositories=frozenset([_X])) == (
        match_inventory(inventory, _INDEX).matches
    )
    assert match([docker], _INDEX, repositories=frozenset()) == ()


_PACKAGES = tuple(
    package("PyPI", "lib", version, locations=(Location(path=path),))
    for version in ("1.0", "3.0", "one")
    for path in ("a", "b")
)


@settings(max_examples=25, deadline=None)
@given(st.permutations(_PACKAGES))
def test_the_answer_does_not_depend_on_order(packages: list[object]) -> None:
    assert match(packages, _INDEX) == match(_PACKAGES, _INDEX)  # type: ignore[arg-type] # shuffled packages


def test_what_the_index_answers_is_remembered_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Counting(MemoryIndex):
        def candidates(self, ecosystem: str, name: str) -> tuple[Candidate, ...]:
            asked.append(name)
            return super().candidates(ecosystem, name)

    index = Counting([advisory("GHSA-1", affected("PyPI", "a"), affected("PyPI", "b"))])
    packages = [package("PyPI", name, "1") for name in ("a", "a", "b", "a")]
    match(packages, index)
    assert asked == ["a", "b"]
    monkeypatch.setattr(rows, "_REMEMBERED", 3)
    match(packages, index)
    assert asked == ["a", "b", "a", "b", "a"]
