"""Side by side with Trivy: to the same advisories it gives the same answers, but where a reason is written down."""

import re
import shlex
from pathlib import Path

import pytest

from tests.quality.corpus import Fact, facts, lines_of
from tests.quality.trivy import answers, is_known, program

_DOCUMENT = (
    Path(__file__).resolve().parents[2] / "docs" / "explanation" / "differences-from-trivy.md"
)
_ASKED = 330


def _spelt(fact: Fact) -> str:
    words = (word for word in fact.words if not word.startswith("class="))
    return shlex.join((fact.label, fact.ecosystem, fact.name, fact.version, fact.flaw, *words))


def _reasons() -> list[tuple[str, str]]:
    rows = (line.partition(" | ") for _, line in lines_of("trivy.txt"))
    return [(reason, fact) for reason, _, fact in rows]


def test_trivy_answers_the_same_but_for_what_is_explained(tmp_path: Path) -> None:
    program()
    asked = [fact for fact in facts() if is_known(fact)]
    assert len(asked) >= _ASKED
    different = [
        _spelt(fact)
        for fact, reported in zip(asked, answers(asked, tmp_path), strict=True)
        if (fact.label == "+") is not reported
    ]
    assert sorted(different) == sorted(fact for _, fact in _reasons())


@pytest.mark.parametrize("reason", sorted({reason for reason, _ in _reasons()}))
def test_every_reason_is_explained(reason: str) -> None:
    title = reason.replace("-", " ").capitalize().replace("pro", "Pro")
    assert re.search(rf"^\*\*{title}\.?\*\*", _DOCUMENT.read_text(), re.MULTILINE)
