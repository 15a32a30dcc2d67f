"""OVAL definitions: how criteria nest, and what is refused."""

import io

import pytest

from vedette.advisories.formats import oval
from vedette.advisories.formats.oval import Definition, Term, definitions
from vedette.errors import ParseError

_HEAD = '<d xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"><definitions>'


def _all(text: str) -> list[Definition | ParseError]:
    return list(definitions(io.BytesIO(text.encode())))


def _terms(criteria: str) -> tuple[Term, ...]:
    (found,) = _all(f"{_HEAD}<definition id='a'><metadata/>{criteria}</definition></definitions>")
    assert isinstance(found, Definition)
    return found.terms


def test_what_holds_together_and_what_alone() -> None:
    terms = _terms(
        "<criteria operator='AND'><criterion comment='x'/>"
        "<criteria operator='OR'><criterion comment='y'/>"
        "<criteria><criterion comment='z'/><criterion comment='w'/></criteria></criteria></criteria>"
    )
    assert terms == (
        Term(comment="x", beside=("x",)),
        Term(comment="y", beside=("x",)),
        Term(comment="z", beside=("x", "z", "w")),
        Term(comment="w", beside=("x", "z", "w")),
    )


def test_a_nest_of_criteria_costs_its_definition() -> None:
    nest = "<criteria>" * 40 + "</criteria>" * 40
    text = f"{_HEAD}<definition id='a'><metadata/>{nest}</definition><definition id='b'><metadata/></definition></definitions>"
    first, second = _all(text)
    assert str(first) == "a: criteria more than 30 deep"
    assert isinstance(second, Definition)


def test_too_many_criteria(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oval, "_TERMS_LIMIT", 2)
    many = "<criteria>" + "<criterion comment='x'/>" * 3 + "</criteria>"
    (found,) = _all(f"{_HEAD}<definition id='a'><metadata/>{many}</definition></definitions>")
    assert str(found) == "a: more than 2 criteria"


def test_what_follows_the_definitions_is_not_read() -> None:
    assert _all(f"{_HEAD}</definitions><tests><broken") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a/>", "no OVAL definitions"),
        (f"{_HEAD}<definition id='a'>", "not readable XML"),
        ('<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>', "not readable XML"),
    ],
)
def test_documents_that_are_none(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        _all(text)
