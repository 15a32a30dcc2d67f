"""AWS Config: events as Config sends them, evaluations as its model has them, and what it does not take."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from tests.integrations.samples import ACCOUNT, REGION, Recorder
from tests.integrations.wire_model import problems
from vedette.clients.aws import AwsSettings, connect
from vedette.errors import ConfigError, ServiceError
from vedette.integrations._base import Refusal
from vedette.integrations.aws_config import (
    Evaluation,
    Invocation,
    parse_invocation,
    put_evaluations,
)
from vedette.model.severity import Severity

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
_GIVEN = "t"
INVOCATION = Invocation(token=_GIVEN, account=ACCOUNT, region=REGION, at=AT)


def event(**more: Any) -> bytes:
    invoking = {
        "awsAccountId": ACCOUNT,
        "notificationCreationTime": more.pop("time", "2026-01-02T03:04:05.678Z"),
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    parameters = {"severity": more.pop("severity")} if "severity" in more else {}
    return json.dumps(
        {
            "version": "1.0",
            "invokingEvent": json.dumps(invoking),
            "ruleParameters": json.dumps(parameters),
            "resultToken": "t",
            "eventLeftScope": False,
            "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/config",
            "configRuleArn": f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/config-rule-1",
            "configRuleName": "vedette",
            "configRuleId": "config-rule-1",
            "accountId": ACCOUNT,
            **more,
        }
    ).encode()


def test_an_event_is_read() -> None:
    assert parse_invocation(event()) == INVOCATION
    assert parse_invocation(event(ruleParameters="")) == INVOCATION
    assert parse_invocation(event(severity="critical")).least is Severity.CRITICAL


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        event(severity="awful"),
        event(severity=7),
        event(configRuleArn="x"),
        event(invokingEvent="{"),
        event(time="yesterday"),
        event(time="2026-01-02T03:04:05"),
        event(resultToken=None),
        b"\xff",
    ],
)
def test_what_is_no_event(data: bytes) -> None:
    with pytest.raises(ConfigError, match="not an event of AWS Config"):
        parse_invocation(data)


def _evaluations(count: int) -> list[Evaluation]:
    return [
        Evaluation(
            type="AWS::EC2::Instance",
            id=f"i-{number}",
            compliant=bool(number % 2),
            annotation="a" * 300,
        )
        for number in range(count)
    ]


def test_a_hundred_at_once_as_the_model_says() -> None:
    recorder = Recorder(*[{"FailedEvaluations": []}] * 3)
    assert put_evaluations(recorder, INVOCATION, _evaluations(205)) == ()
    assert [len(call[3]["Evaluations"]) for call in recorder.calls] == [100, 100, 5]
    for service, operation, region, arguments in recorder.calls:
        assert (service, operation, region) == ("config", "put_evaluations", REGION)
        assert problems(arguments, "config", "PutEvaluationsRequest") == []
    assert recorder.calls[0][3]["Evaluations"][:2] == [
        {
            "ComplianceResourceType": "AWS::EC2::Instance",
            "ComplianceResourceId": f"i-{number}",
            "ComplianceType": word,
            "Annotation": "a" * 255 + "…",
            "OrderingTimestamp": AT,
        }
        for number, word in enumerate(("NON_COMPLIANT", "COMPLIANT"))
    ]


def test_nothing_to_say_is_no_call() -> None:
    recorder = Recorder()
    assert put_evaluations(recorder, INVOCATION, []) == ()
    assert recorder.calls == []


def test_what_config_does_not_take_is_told() -> None:
    recorder = Recorder({"FailedEvaluations": [{"ComplianceResourceId": "i-1"}]})
    assert put_evaluations(recorder, INVOCATION, _evaluations(2)) == (
        Refusal(finding="i-1", reason="AWS Config refused it"),
    )


def test_config_checks_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with mock_aws():
        account = connect(AwsSettings(region=REGION))
        assert put_evaluations(account, INVOCATION, _evaluations(2), test=True) == ()
        without = Invocation(token="", account=ACCOUNT, region=REGION, at=AT)
        with pytest.raises(ServiceError, match="InvalidResultToken"):
            put_evaluations(account, without, _evaluations(2), test=True)
