"""The gate on answers: precision and recall over labelled facts; a single wrong answer is shown with its reason.

The corpus is `labels.txt` over `advisories.txt`. A fact is right where the finding is there, is not there, or is `Undecided`, as
its label says. The gate is at the top: whoever must lower it says why, in the same change.
"""

import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.findings.make import NOW
from tests.matching.memory import MemoryIndex, advisory, affected, package, scheme_of
from vedette.matching.aliases import group
from vedette.matching.match import MatchResult, match_inventory
from vedette.matching.names import names_of
from vedette.model.advisory import Advisory
from vedette.model.inventory import Inventory
from vedette.model.resource import ResourceRef, ResourceType

_FOLDER = Path(__file__).parent
_PRECISION = 1.0
_RECALL = 1.0
_ROWS = 300
_GIVEN = ("arch", "module", "owner", "scheme", "vendor")
_RESOURCE = ResourceRef(type=ResourceType.LOCAL, id="corpus")
_EXTRAS = "Amazon Linux:2:extras/"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the labels."""

    line: int
    label: str
    ecosystem: str
    name: str
    version: str
    flaw: str
    words: tuple[str, ...]
    why: str


def _lines(name: str) -> list[tuple[int, str]]:
    lines = enumerate((_FOLDER / name).read_text().splitlines(), start=1)
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def _facts() -> list[Fact]:
    facts = []
    for number, line in _lines("labels.txt"):
        left, bar, why = line.partition(" | ")
        assert bar, f"line {number}: a fact needs its reason"
        label, ecosystem, name, version, flaw, *words = shlex.split(left)
        facts.append(
            Fact(
                line=number,
                label=label,
                ecosystem=ecosystem,
                name=name,
                version=version,
                flaw=flaw,
                words=tuple(words),
                why=why,
            )
        )
    return facts


def _values(words: list[str], key: str) -> tuple[str, ...]:
    return tuple(word.partition("=")[2] for word in words if word.startswith(f"{key}="))


def _split(words: list[str], key: str) -> tuple[str, ...]:
    return tuple(one for value in _values(words, key) for one in value.split(","))


def _index() -> MemoryIndex:
    records: dict[tuple[str, str], Advisory] = {}
    for _, line in _lines("advisories.txt"):
        identifier, ecosystem, name, *words = shlex.split(line)
        entry = affected(
            ecosystem,
            name,
            *(word for word in words if word.startswith("[")),
            by_source="source" in words,
            status="".join(_values(words, "status")) or "affected",
            versions=_values(words, "version"),
            arches=_split(words, "arch"),
            module="".join(_values(words, "module")) or None,
            note="".join(_values(words, "note")) or None,
            scheme="".join(_values(words, "scheme")) or scheme_of(ecosystem),
        )
        feed = "".join(_values(words, "feed")) or "feed"
        moment = "".join(_values(words, "on"))
        known = records.get((feed, identifier))
        records[feed, identifier] = advisory(
            identifier,
            *(known.affected if known else ()),
            entry,
            aliases=_values(words, "alias"),
            related=_split(words, "mends"),
            withdrawn=NOW if "withdrawn" in words else None,
            feed=feed,
            modified=datetime.fromisoformat(f"{moment}T00:00:00+00:00") if moment else None,
        )
    return MemoryIndex(records.values())


def _inventory(fact: Fact) -> Inventory:
    words = dict(word.split("=", 1) for word in fact.words)
    more: dict[str, Any] = {key: words[key] for key in _GIVEN if key in words}
    if "cpe" in words:
        more["cpes"] = (words["cpe"],)
    if "source" in words:
        more["source"] = words["source"].split("@")
    topics = words.get("repositories")
    enabled = () if topics in (None, "none") else tuple(map(_repository, topics.split(",")))
    return Inventory(
        resource=_RESOURCE,
        distro=None,
        packages=(package(fact.ecosystem, fact.name, fact.version, **more),),
        running_kernel=words.get("running"),
        repositories=None if topics is None else enabled,
    )


def _repository(text: str) -> str:
    """A topic of Amazon Linux 2, or an ecosystem."""
    return text if ":" in text else _EXTRAS + text


def _answer(fact: Fact, result: MatchResult) -> str:
    if any(flaw.id == fact.flaw for flaw in group(result.matches, result.denials)):
        return "+"
    doubts = (flaw for one in result.undecided for flaw in names_of(one.advisory))
    return "?" if fact.flaw in doubts else "-"


@pytest.fixture(scope="module")
def answers() -> list[tuple[Fact, str]]:
    index = _index()
    return [(fact, _answer(fact, match_inventory(_inventory(fact), index))) for fact in _facts()]


def _wrong(answers: list[tuple[Fact, str]]) -> list[str]:
    return [
        f"labels.txt:{fact.line}: {fact.name} {fact.version} {fact.flaw}: {answer}, not {fact.label}"
        for fact, answer in answers
        if answer != fact.label
    ]


def test_the_corpus_is_large_enough_and_names_what_is_known(
    answers: list[tuple[Fact, str]],
) -> None:
    assert len(answers) >= _ROWS
    assert {fact.label for fact, _ in answers} == {"+", "-", "?"}
    known = {name for record in _index().records for name in names_of(record)}
    known |= {record.id for record in _index().records}
    assert {fact.flaw for fact, _ in answers} <= known


def test_precision(answers: list[tuple[Fact, str]]) -> None:
    claimed = [fact for fact, answer in answers if answer == "+"]
    true = [fact for fact in claimed if fact.label == "+"]
    assert len(true) / len(claimed) >= _PRECISION, _wrong(answers)


def test_recall(answers: list[tuple[Fact, str]]) -> None:
    true = [answer for fact, answer in answers if fact.label == "+"]
    assert true.count("+") / len(true) >= _RECALL, _wrong(answers)


def test_doubt_is_neither_hidden_nor_made_up(answers: list[tuple[Fact, str]]) -> None:
    assert [line for line in _wrong(answers) if "?" in line] == []
