"""Every file in `cases`: packages and advisories, all that matching must say of them, and why."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.matching.match import MatchResult, match_inventory
from vedette.model.inventory import Inventory
from vedette.model.match import Match
from vedette.model.resource import ResourceRef, ResourceType

_FOLDER = Path(__file__).parent / "cases"
_RESOURCE = ResourceRef(type=ResourceType.LOCAL, id="case")
_ANSWERS = ("matches", "undecided", "denials", "exempt", "unjudged", "upgrades")


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}:{case['title']}")
        for file in sorted(_FOLDER.glob("*.json"))
        for case in msgspec.json.decode(file.read_bytes())
    ]


def _index(case: dict[str, Any]) -> MemoryIndex:
    records = []
    for given in case["advisories"]:
        more = dict(given)
        entries = [
            affected(entry.pop("in"), entry.pop("name"), *entry.pop("ranges", ()), **entry)
            for entry in map(dict, more.pop("affected"))
        ]
        for field in ("aliases", "related"):
            more[field] = tuple(more.get(field, ()))
        for field in {"modified", "published", "withdrawn"} & more.keys():
            more[field] = datetime.fromisoformat(more[field])
        records.append(advisory(more.pop("id"), *entries, **more))
    return MemoryIndex(records)


def _inventory(case: dict[str, Any]) -> Inventory:
    given = [dict(one) for one in case["packages"]]
    host = case.get("host", {})
    repositories = host.get("repositories")
    return Inventory(
        resource=_RESOURCE,
        distro=None,
        packages=tuple(
            package(one.pop("in"), one.pop("name"), one.pop("version"), **one) for one in given
        ),
        running_kernel=host.get("running_kernel"),
        repositories=None if repositories is None else tuple(repositories),
    )


def _match(one: Match) -> list[str | None]:
    ranged = one.range
    end = None if ranged is None else ranged.fixed or ranged.last_affected
    return [one.package.name, one.advisory.id, one.kind.value, one.compared, end]


def _told(result: MatchResult) -> dict[str, list[Any]]:
    return {
        "matches": [_match(one) for one in result.matches],
        "undecided": [[one.package.name, one.advisory.id, one.reason] for one in result.undecided],
        "denials": [
            [one.package.name, one.advisory.id, one.compared, *filter(None, [one.reason])]
            for one in result.denials
        ],
        "exempt": [[one.package.name, one.reason] for one in result.exempt],
        "unjudged": list(result.unjudged),
        "upgrades": [
            [one.package.name, one.version, list(one.leaves), list(one.brings)]
            for one in result.upgrades
        ],
    }


@pytest.mark.parametrize("case", _cases())
def test_a_case_gives_exactly_its_answers(case: dict[str, Any]) -> None:
    expected = {answer: case.get(answer, []) for answer in _ANSWERS}
    told = _told(match_inventory(_inventory(case), _index(case)))
    if "upgrades" not in case:
        expected["upgrades"] = told["upgrades"]
    assert told == expected


@pytest.mark.parametrize("case", _cases())
def test_a_case_says_why(case: dict[str, Any]) -> None:
    assert case["why"].endswith(".")
