from datetime import UTC, date, datetime

import pytest

from tests.findings.make import NOW
from tests.matching.memory import MemoryIndex, advisory, affected, package
from vedette.findings.build import build_vulnerabilities
from vedette.matching.lambda_runtimes import DEPRECATED_ON
from vedette.matching.match import MatchResult, match_inventory
from vedette.matching.runtimes import (
    RuntimeEnded,
    RuntimeMaintained,
    RuntimeUnknown,
    judge_runtime,
    with_runtime,
)
from vedette.model.advisory import EndOfLife, FixState, Range
from vedette.model.inventory import Inventory
from vedette.model.resource import LocalTarget, Resource, ResourceRef, ResourceType

_NOTHING = MemoryIndex()
_RESOURCE = ResourceRef(type=ResourceType.LOCAL, id="function")


def _ended(runtime: str, index: MemoryIndex, today: date) -> RuntimeEnded:
    verdict = judge_runtime(runtime, index, today=today)
    assert isinstance(verdict, RuntimeEnded)
    return verdict


def test_a_runtime_past_its_end_is_a_match() -> None:
    found = _ended("python3.8", _NOTHING, date(2026, 11, 24)).match
    assert found.advisory.id == "EOL-aws-lambda-python3.8"
    assert found.advisory.summary.endswith("no security fixes to it since 2024-10-14")
    assert found.advisory.references == (
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    )
    assert (found.package.name, found.package.version) == ("python3.8", "3.8")
    assert found.range == Range(fixed="3.11")
    assert found.affected.fix is FixState.FIXED


@pytest.mark.parametrize(
    ("day", "ended"),
    [(date(2024, 10, 13), False), (date(2024, 10, 14), True), (date(2024, 10, 15), True)],
)
def test_the_day_itself_is_past_the_end(day: date, *, ended: bool) -> None:
    verdict = judge_runtime("python3.8", _NOTHING, today=day)
    assert isinstance(verdict, RuntimeEnded) is ended
    if not ended:
        assert verdict == RuntimeMaintained(until=date(2024, 10, 14))


@pytest.mark.parametrize(
    ("runtime", "successor"),
    [
        ("nodejs16.x", "22"),
        ("nodejs", None),
        ("dotnetcore3.1", "10"),
        ("java8", "11"),
        ("go1.x", None),
        ("provided", None),
        ("ruby2.7", "3.3"),
    ],
)
def test_the_next_maintained_runtime_of_the_language_is_named(
    runtime: str, successor: str | None
) -> None:
    found = _ended(runtime, _NOTHING, date(2026, 11, 24)).match
    assert found.range == Range(fixed=successor)


def test_the_database_counts_more_than_what_comes_with_the_program() -> None:
    later = EndOfLife(
        product="aws-lambda",
        cycle="python3.8",
        source="endoflife.date",
        support_ends_on=date(2030, 1, 1),
    )
    gone = EndOfLife(product="aws-lambda", cycle="cobol1.x", source="endoflife.date", ended=True)
    kept = EndOfLife(product="aws-lambda", cycle="cobol2.x", source="endoflife.date", ended=False)
    silent = EndOfLife(product="aws-lambda", cycle="python3.7", source="endoflife.date")
    index = MemoryIndex(ends=(later, gone, kept, silent))
    today = date(2026, 11, 24)
    assert judge_runtime("python3.8", index, today=today) == RuntimeMaintained(
        until=date(2030, 1, 1)
    )
    found = _ended("cobol1.x", index, today).match
    assert found.advisory.references == ("https://endoflife.date/aws-lambda",)
    assert found.advisory.summary.endswith("no security fixes to it")
    assert judge_runtime("cobol2.x", index, today=today) == RuntimeMaintained(until=None)
    assert _ended("python3.7", index, today).match.range == Range(fixed="3.8")


def test_unknown_runtimes_are_told() -> None:
    reason = "no end of life is known of the Lambda runtime cobol1.x"
    today = date(2026, 11, 24)
    assert judge_runtime("cobol1.x", _NOTHING, today=today) == RuntimeUnknown(reason=reason)
    assert with_runtime(MatchResult(), "cobol1.x", _NOTHING, today=today) == MatchResult(
        unjudged=(reason,)
    )
    assert with_runtime(MatchResult(), "python3.14", _NOTHING, today=today) == MatchResult()


def test_it_becomes_a_finding_as_any_other_match() -> None:
    index = MemoryIndex([advisory("GHSA-1", affected("PyPI", "flask", "[0,2)"))])
    inventory = Inventory(
        resource=_RESOURCE, distro=None, packages=(package("PyPI", "flask", "1.0"),)
    )
    result = with_runtime(
        match_inventory(inventory, index), "python3.8", index, today=date(2026, 11, 24)
    )
    assert [one.package.name for one in result.matches] == ["python3.8", "flask"]
    resource = Resource(ref=_RESOURCE, facts=LocalTarget(kind="lambda"))
    findings = build_vulnerabilities(resource, result, index, None, now=NOW)
    assert [(one.key.subject, one.severity.value) for one in findings] == [
        ("EOL-aws-lambda-python3.8", "HIGH"),
        ("GHSA-1", "UNTRIAGED"),
    ]


def test_every_runtime_has_a_verdict_on_every_day() -> None:
    for runtime in DEPRECATED_ON:
        for year in (2015, 2020, 2025, 2035):
            today = datetime(year, 1, 1, tzinfo=UTC).date()
            assert not isinstance(judge_runtime(runtime, _NOTHING, today=today), RuntimeUnknown)
