"""Answers to AWS Config: a flaw is one, and only what was looked at can be clean."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.findings.make import FUNCTION, IMAGE, INSTANCE, LOCAL, NOW, finding, vulnerability
from tests.integrations.samples import ACCOUNT, REGION, Recorder
from vedette.app.config_rule import RuleAnswer, answer_rule
from vedette.findings.lifecycle import Change
from vedette.integrations.aws_config import Invocation
from vedette.model.arn import AccountId
from vedette.model.coverage import Coverage, ScanType
from vedette.model.finding import Finding, FindingStatus
from vedette.model.resource import Resource
from vedette.model.severity import Severity
from vedette.store.store import SqlStore

_GIVEN = "t"
INVOCATION = Invocation(token=_GIVEN, account=ACCOUNT, region=REGION, at=NOW)
SECOND = msgspec.structs.replace(
    IMAGE, ref=msgspec.structs.replace(IMAGE.ref, id=f"{IMAGE.ref.id}2")
)
ELSEWHERE = msgspec.structs.replace(
    INSTANCE, ref=msgspec.structs.replace(INSTANCE.ref, account=AccountId("9" * 12))
)
EVERYTHING = (INSTANCE, IMAGE, SECOND, FUNCTION, ELSEWHERE, LOCAL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        opened.save_resources(EVERYTHING, looked_in=(), now=NOW)
        yield opened


def _look_at(store: SqlStore, *resources: Resource) -> None:
    store.save_coverage(
        Coverage(
            resource=one.ref,
            scan_type=ScanType.PACKAGE,
            active=True,
            reason="SUCCESSFUL",
            last_scanned_at=NOW,
        )
        for one in resources
    )


def _find(store: SqlStore, *findings: Finding) -> None:
    store.apply(Change(before=None, after=one) for one in findings)


def _answer(store: SqlStore, **more: Any) -> tuple[RuleAnswer, dict[str, tuple[str, str]]]:
    recorder = Recorder({"FailedEvaluations": []})
    invocation = msgspec.structs.replace(INVOCATION, **more)
    answer = answer_rule(store, invocation, recorder)
    told = {
        one["ComplianceResourceId"]: (one["ComplianceType"], one["Annotation"])
        for call in recorder.calls
        for one in call[3]["Evaluations"]
    }
    assert recorder.entered == [ACCOUNT]
    return answer, told


def test_what_was_never_scanned_gets_no_answer(store: SqlStore) -> None:
    answer, told = _answer(store)
    assert answer == RuleAnswer(compliant=0, non_compliant=0, unknown=3)
    assert told == {}


def test_what_was_scanned_complies_or_not(store: SqlStore) -> None:
    _look_at(store, *EVERYTHING)
    _find(
        store,
        *(finding(vulnerability(id=f"CVE-2024-{n}")) for n in range(5)),
        finding(resource=FUNCTION, severity=Severity.MEDIUM),
        finding(resource=SECOND, severity=Severity.CRITICAL),
        finding(resource=IMAGE, status=FindingStatus.SUPPRESSED),
        finding(resource=ELSEWHERE, severity=Severity.CRITICAL),
    )
    answer, told = _answer(store)
    assert answer == RuleAnswer(compliant=1, non_compliant=2, unknown=0)
    assert told == {
        "i-0a1b2c3d4e5f60718": (
            "NON_COMPLIANT",
            "5 active findings of severity high or worse: CVE-2024-0, CVE-2024-1, CVE-2024-2 and 2 more",
        ),
        "hook": ("COMPLIANT", "No active finding of severity high or worse."),
        "app": ("NON_COMPLIANT", "1 active finding of severity high or worse: CVE-2024-0001"),
    }


def test_the_rule_says_how_severe(store: SqlStore) -> None:
    _look_at(store, *EVERYTHING)
    _find(store, finding(resource=FUNCTION, severity=Severity.MEDIUM))
    assert _answer(store, least=Severity.MEDIUM)[1]["hook"][0] == "NON_COMPLIANT"
    assert _answer(store, least=Severity.CRITICAL)[1]["hook"][0] == "COMPLIANT"


@pytest.mark.parametrize("scanned", [IMAGE, SECOND], ids=["first", "second"])
def test_an_image_that_was_not_scanned_keeps_its_repository_from_being_clean(
    store: SqlStore, scanned: Resource
) -> None:
    _look_at(store, scanned)
    assert "app" not in _answer(store)[1]
    _find(store, finding(resource=scanned))
    assert _answer(store)[1]["app"][0] == "NON_COMPLIANT"


def test_another_region_is_not_answered_for(store: SqlStore) -> None:
    _look_at(store, *EVERYTHING)
    recorder = Recorder()
    invocation = msgspec.structs.replace(INVOCATION, region="us-east-1")
    assert answer_rule(store, invocation, recorder) == RuleAnswer(
        compliant=0, non_compliant=0, unknown=0
    )
    assert recorder.calls == []
