"""Runtimes in both spellings, and what to do about one that has ended."""

from datetime import date

import pytest

from tests.findings.make import FUNCTION, NOW
from tests.matching.memory import MemoryIndex
from vedette.findings.build import build_vulnerabilities
from vedette.findings.runtimes import runtime_names
from vedette.matching.match import MatchResult
from vedette.matching.runtimes import with_runtime


@pytest.mark.parametrize(
    ("runtime", "names"),
    [
        ("python3.11", ("python3.11", "PYTHON_3_11")),
        ("java8.al2", ("java8.al2", "JAVA_8_AL2")),
        ("provided.al2023", ("provided.al2023",)),
        (None, ()),
    ],
)
def test_names(runtime: str | None, names: tuple[str, ...]) -> None:
    assert runtime_names(runtime) == names


@pytest.mark.parametrize(
    ("runtime", "told"),
    [
        (
            "python3.8",
            "Change the function's runtime from python3.8 to version 3.11 or later, and try the function with it first.",
        ),
        (
            "go1.x",
            "go1.x: end of life: the publisher mends it no more; move to a release that is maintained.",
        ),
    ],
)
def test_what_to_do_about_one_that_has_ended(runtime: str, told: str) -> None:
    index = MemoryIndex()
    result = with_runtime(MatchResult(), runtime, index, today=date(2026, 11, 24))
    (one,) = build_vulnerabilities(FUNCTION, result, index, None, now=NOW)
    assert one.remediation == told
