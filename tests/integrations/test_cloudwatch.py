"""CloudWatch: what is counted, and what is refused without holding up the rest."""

from datetime import timedelta
from typing import Any

import boto3
import msgspec
import pytest
from moto import mock_aws

from tests.findings.make import NOW, exposure, finding, vulnerability
from tests.integrations.samples import ACCOUNT, FINDINGS, REGION, Recorder, parcel
from tests.integrations.wire_model import problems
from vedette.clients.aws import AwsSettings, connect
from vedette.errors import ServiceError
from vedette.findings.lifecycle import Change
from vedette.integrations._base import Parcel, Refusal
from vedette.integrations.cloudwatch import SINK
from vedette.model.finding import Finding, FindingStatus, Reachable
from vedette.model.severity import Severity


def _parcel(*changes: tuple[Finding | None, Finding]) -> Parcel:
    return Parcel(
        account=ACCOUNT,
        region=REGION,
        changes=tuple(Change(before=before, after=after) for before, after in changes),
    )


def _told(recorder: Recorder) -> list[tuple[str, str, str, float]]:
    return [
        (
            one["MetricName"],
            one["Dimensions"][0]["Value"],
            one["Dimensions"][1]["Value"],
            one["Value"],
        )
        for call in recorder.calls
        for one in call[3]["MetricData"]
    ]


_A, _B = (finding(vulnerability(id=f"CVE-{number}")) for number in "ab")
_PORT = finding(Reachable(exposure=exposure()), severity=Severity.LOW)


def _with(one: Finding, status: FindingStatus) -> Finding:
    return msgspec.structs.replace(one, status=status, updated_at=NOW + timedelta(seconds=9))


@pytest.mark.parametrize("case", FINDINGS)
def test_a_call_is_what_the_service_model_says(case: str) -> None:
    recorder = Recorder()
    SINK.send(parcel(FINDINGS[case][0]), recorder)
    ((service, operation, region, arguments),) = recorder.calls
    assert (service, operation, region) == ("cloudwatch", "put_metric_data", REGION)
    assert problems(arguments, "cloudwatch", "PutMetricDataInput") == []
    assert recorder.entered == [ACCOUNT]


def test_changes_of_status_are_counted_and_others_are_not() -> None:
    recorder = Recorder()
    closed = _with(_A, FindingStatus.CLOSED)
    refused = SINK.send(
        _parcel(
            (None, _A),
            (None, _B),
            (_A, msgspec.structs.replace(_A, title="other")),
            (_A, closed),
            (closed, _A),
            (_B, _with(_B, FindingStatus.SUPPRESSED)),
            (None, _PORT),
        ),
        recorder,
    )
    assert refused == ()
    assert _told(recorder) == [
        ("FindingsClosed", "HIGH", "PACKAGE_VULNERABILITY", 1.0),
        ("FindingsOpened", "HIGH", "PACKAGE_VULNERABILITY", 3.0),
        ("FindingsOpened", "LOW", "NETWORK_REACHABILITY", 1.0),
        ("FindingsSuppressed", "HIGH", "PACKAGE_VULNERABILITY", 1.0),
    ]


def test_only_changes_that_count_make_a_call() -> None:
    recorder = Recorder()
    same = msgspec.structs.replace(_A, title="other")
    assert SINK.send(_parcel((_A, same)), recorder) == ()
    assert SINK.send(_parcel(), recorder) == ()
    assert recorder.calls == []


class _Strict(Recorder):
    """Refuses what is older than a day."""

    def call(self, service: str, operation: str, region: str | None = None, **more: Any) -> Any:
        if any(one["Timestamp"] < NOW - timedelta(days=1) for one in more["MetricData"]):
            raise ServiceError(
                "too old", service=service, operation=operation, code="InvalidParameterValue"
            )
        return super().call(service, operation, region, **more)


def test_what_is_too_old_is_refused_and_holds_up_nothing() -> None:
    old = msgspec.structs.replace(_A, updated_at=NOW - timedelta(days=20))
    recorder = _Strict()
    assert SINK.send(_parcel((None, old), (None, _B)), recorder) == (
        Refusal(
            finding=old.id,
            reason="cloudwatch:put_metric_data: InvalidParameterValue: too old",
        ),
    )
    assert _told(recorder) == [("FindingsOpened", "HIGH", "PACKAGE_VULNERABILITY", 1.0)]


def test_another_failure_is_one() -> None:
    busy = ServiceError("busy", service="cloudwatch", operation="x", code="Throttling")
    with pytest.raises(ServiceError, match="busy"):
        SINK.send(_parcel((None, _A)), Recorder(busy))


def test_the_service_keeps_the_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    with mock_aws():
        account = connect(AwsSettings(region=REGION))
        assert SINK.send(_parcel((None, _A), (None, _B)), lambda _account: account) == ()
        client = boto3.client("cloudwatch", region_name=REGION)
        answer = client.get_metric_statistics(
            Namespace="Vedette",
            MetricName="FindingsOpened",
            Dimensions=[
                {"Name": "Severity", "Value": "HIGH"},
                {"Name": "Type", "Value": "PACKAGE_VULNERABILITY"},
            ],
            StartTime=NOW - timedelta(hours=1),
            EndTime=NOW + timedelta(hours=1),
            Period=3600,
            Statistics=["Sum"],
        )
    assert [one["Sum"] for one in answer["Datapoints"]] == [2.0]
