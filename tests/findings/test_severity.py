"""Which rating counts, and what it is called."""

import pytest

from tests.findings.make import CRITICAL, LOW, rating
from tests.matching.memory import package
from vedette.findings.severity import (
    choose_rating,
    severity_of,
    severity_of_score,
    severity_of_word,
    vendors_of,
    worst_word,
)
from vedette.model.severity import Severity

V2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"
V30 = CRITICAL.replace("3.1", "3.0")
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.0, Severity.INFORMATIONAL),
        (0.1, Severity.LOW),
        (3.9, Severity.LOW),
        (4.0, Severity.MEDIUM),
        (6.9, Severity.MEDIUM),
        (7.0, Severity.HIGH),
        (8.9, Severity.HIGH),
        (9.0, Severity.CRITICAL),
        (10.0, Severity.CRITICAL),
    ],
)
def test_thresholds(score: float, expected: Severity) -> None:
    assert severity_of_score(score) is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Important", Severity.HIGH),
        (" MODERATE ", Severity.MEDIUM),
        ("negligible", Severity.INFORMATIONAL),
        ("not yet assigned", Severity.UNTRIAGED),
        ("", Severity.UNTRIAGED),
        (None, Severity.UNTRIAGED),
    ],
)
def test_words(word: str | None, expected: Severity) -> None:
    assert severity_of_word(word) is expected


def test_a_vector_counts_before_a_word() -> None:
    assert severity_of(rating(LOW), "Critical") is Severity.LOW
    assert severity_of(None, "Critical") is Severity.CRITICAL
    assert severity_of(None, None) is Severity.UNTRIAGED


def test_the_worst_word() -> None:
    assert worst_word(["Low", None, "Important", "Medium"]) == "Important"
    assert worst_word(["later", "Low"]) == "Low"
    assert worst_word([None, ""]) is None


def test_vendors_of_packages() -> None:
    packages = [package("Debian:12", "a", "1"), package("PyPI", "b", "1")]
    assert vendors_of(packages) == {"debian"}


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([rating(source="NVD"), rating(LOW, "Amazon")], "Amazon"),
        ([rating(source="NVD"), rating(LOW, "GitHub")], "NVD"),
        ([rating(source="CISA-ADP"), rating(LOW, "GitHub")], "CISA-ADP"),
        ([rating(V2, "NVD"), rating(LOW, "GitHub")], "GitHub"),
        ([rating(V2, "Amazon"), rating(V4, "GitHub")], "GitHub"),
        ([rating(V4, "Amazon"), rating(LOW, "NVD")], "NVD"),
        ([rating(V2, "Amazon")], "Amazon"),
    ],
)
def test_the_rating_that_counts(ratings: list[object], expected: str) -> None:
    chosen = choose_rating(ratings, frozenset(["amazon"]))  # type: ignore[arg-type] # a list of Rating
    assert chosen is not None
    assert chosen.source == expected


def test_of_one_source_the_newer_version_counts() -> None:
    assert choose_rating([rating(V30), rating(CRITICAL)], frozenset()) == rating(CRITICAL)


def test_no_rating() -> None:
    assert choose_rating([], frozenset()) is None
