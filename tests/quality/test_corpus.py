"""The gate on answers: precision and recall over labelled facts; a single wrong answer is shown with its reason.

The corpus is `labels.txt` over `advisories.txt`. A fact is right where the finding is there, is not there, or is `Undecided`, as
its label says. The gate is at the top: whoever must lower it says why, in the same change.
"""

import pytest

from tests.quality.corpus import Fact, answer, facts, index, inventory_of
from vedette.matching.match import match_inventory
from vedette.matching.names import names_of

_PRECISION = 1.0
_RECALL = 1.0
_ROWS = 455


@pytest.fixture(scope="module")
def answers() -> list[tuple[Fact, str]]:
    advisories = index()
    return [
        (fact, answer(fact, match_inventory(inventory_of(fact), advisories))) for fact in facts()
    ]


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
    known = {name for record in index().records for name in names_of(record)}
    known |= {record.id for record in index().records}
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
