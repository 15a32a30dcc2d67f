"""SNS: messages as the model and the limits have them, filters, refusals one by one, and a real (simulated) topic."""

import json
from typing import Any

import boto3
import msgspec
import pytest
from moto import mock_aws

from tests.findings.make import IMAGE, INSTANCE, finding, vulnerability, vulnerable
from tests.integrations.samples import ACCOUNT, FINDINGS, REGION, Recorder, parcel, sent
from tests.integrations.wire_model import problems
from tests.matching.memory import package
from vedette.clients.aws import AwsSettings, connect
from vedette.errors import ServiceError
from vedette.findings.lifecycle import Change
from vedette.integrations._base import LATER, Parcel, Refusal
from vedette.integrations.eventbridge import SINK as BUS
from vedette.integrations.sns import SINK, sns_sink
from vedette.model.filter import Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingStatus
from vedette.model.package import Location
from vedette.model.severity import Severity


def _batches(recorder: Recorder) -> list[dict[str, Any]]:
    return [call[3] for call in recorder.calls if call[1] == "publish_batch"]


@pytest.mark.parametrize("case", FINDINGS)
def test_a_call_is_what_the_service_model_says(case: str) -> None:
    one, resource = FINDINGS[case]
    recorder = Recorder()
    SINK.send(parcel(one, resources={resource.ref: resource} if resource else {}), recorder)
    (arguments,) = _batches(recorder)
    assert problems(arguments, "sns", "PublishBatchInput") == []
    partition = one.key.resource.partition
    assert arguments["TopicArn"] == f"arn:{partition}:sns:{REGION}:999999999999:vedette-findings"
    assert recorder.entered == [None]


def test_a_message_is_the_event_that_eventbridge_gets() -> None:
    (message,) = sent(SINK, "instance")
    (event,) = sent(BUS, "instance")
    assert message["Message"]["detail"] == event["Detail"]
    assert message["Message"]["detail-type"] == event["DetailType"]
    assert message["Message"]["source"] == event["Source"]
    assert message["Message"]["resources"] == event["Resources"]


def test_the_attributes_are_what_subscribers_filter_by() -> None:
    (message,) = sent(SINK, "instance")
    told = {
        name: (value["DataType"], value["StringValue"])
        for name, value in message["MessageAttributes"].items()
    }
    assert told == {
        "severity": ("String", "HIGH"),
        "status": ("String", "ACTIVE"),
        "type": ("String", "PACKAGE_VULNERABILITY"),
        "accountId": ("String", ACCOUNT),
        "resourceType": ("String", "AWS_EC2_INSTANCE"),
        "fixAvailable": ("String", "YES"),
        "exploitAvailable": ("String", "YES"),
        "risk": ("Number", "61.25"),
    }


def test_the_same_state_is_the_same_event_and_another_is_another() -> None:
    one = finding()
    closed = msgspec.structs.replace(one, status=FindingStatus.CLOSED)

    def identity(one: Finding) -> str:
        recorder = Recorder()
        SINK.send(parcel(one), recorder)
        message = _batches(recorder)[0]["PublishBatchRequestEntries"][0]["Message"]
        return str(json.loads(message)["id"])

    assert identity(one) == identity(one)
    assert identity(one) != identity(closed)


def test_subjects_are_printable_and_short() -> None:
    recorder = Recorder()
    one = msgspec.structs.replace(finding(), title="é\r\nBcc: x\0" + "t" * 200)
    SINK.send(parcel(one), recorder)
    subject = _batches(recorder)[0]["PublishBatchRequestEntries"][0]["Subject"]
    assert subject.startswith("HIGH: ?  Bcc: x ttt")
    assert len(subject) == 99


def _many(count: int) -> list[Finding]:
    return [finding(vulnerability(id=f"CVE-2024-{number:04}")) for number in range(count)]


def test_ten_at_once() -> None:
    recorder = Recorder()
    SINK.send(parcel(*_many(23)), recorder)
    assert [len(one["PublishBatchRequestEntries"]) for one in _batches(recorder)] == [10, 10, 3]


def _size(arguments: dict[str, Any]) -> int:
    return sum(
        len(entry["Message"].encode())
        + sum(
            len(name) + len(one["DataType"]) + len(one["StringValue"].encode())
            for name, one in entry["MessageAttributes"].items()
        )
        for entry in arguments["PublishBatchRequestEntries"]
    )


def test_a_call_is_at_most_256_kib_and_packages_are_left_out_for_it() -> None:
    entries = tuple(
        vulnerable(
            package("PyPI", f"{'é' * 700}{number}", "1", locations=(Location(path="p" * 1000),))
        )
        for number in range(150)
    )
    wide = finding(vulnerability(packages=entries))
    others = [msgspec.structs.replace(wide, id=one.id, key=one.key) for one in _many(3)]
    recorder = Recorder()
    assert SINK.send(parcel(*others), recorder) == ()
    batches = _batches(recorder)
    assert [len(one["PublishBatchRequestEntries"]) for one in batches] == [2, 1]
    assert all(_size(one) <= 256 * 1024 for one in batches)
    told = json.loads(batches[0]["PublishBatchRequestEntries"][0]["Message"])["detail"]
    assert len(told["packageVulnerabilityDetails"]["vulnerablePackages"]) == 40


def test_one_that_is_too_large_is_refused_alone() -> None:
    huge = finding(vulnerability(references=("https://example.org/" + "x" * 30_000,) * 10))
    recorder = Recorder()
    other = _many(3)[2]
    assert SINK.send(parcel(huge, other), recorder) == (
        Refusal(finding=huge.id, reason="the message is larger than 256 KiB"),
    )
    assert len(_batches(recorder)) == 1


def test_a_filter_decides_what_is_sent() -> None:
    condition = Text(
        field=TextField.EC2_IMAGE_ID, test=TextTest(operator=TextOperator.EQUALS, value="ami-1")
    )
    recorder = Recorder()
    mail = sns_sink(topic="mail", condition=condition)
    findings = (finding(), finding(resource=IMAGE))
    resources = {one.ref: one for one in (INSTANCE, IMAGE)}
    assert mail.send(parcel(*findings, resources=resources), recorder) == ()
    (arguments,) = _batches(recorder)
    assert arguments["TopicArn"].endswith(":mail")
    assert [
        json.loads(one["Message"])["resources"] for one in arguments["PublishBatchRequestEntries"]
    ] == [[INSTANCE.ref.id]]


def test_nothing_to_send_is_no_call() -> None:
    recorder = Recorder()
    never = Text(field=TextField.SEVERITY, test=TextTest(operator=TextOperator.EQUALS, value="LOW"))
    assert sns_sink(condition=never).send(parcel(finding()), recorder) == ()
    assert SINK.send(Parcel(account=ACCOUNT, region=REGION, changes=()), recorder) == ()
    assert (recorder.calls, recorder.entered) == ([], [])


_ME = {"Account": "999999999999"}


def test_refusals_one_by_one() -> None:
    first, second = _many(2)
    failed = {"Id": "1", "Code": "InvalidParameter", "Message": "no", "SenderFault": True}
    recorder = Recorder(_ME, {"Successful": [{"Id": "0"}], "Failed": [failed]})
    assert SINK.send(parcel(first, second), recorder) == (
        Refusal(finding=second.id, reason="InvalidParameter: no"),
    )


@pytest.mark.parametrize(
    ("code", "ours"), [*((code, True) for code in sorted(LATER)), ("KMSThrottled", False)]
)
def test_what_may_be_taken_later_is_no_refusal(code: str, *, ours: bool) -> None:
    failed = {"Id": "0", "Code": code, "Message": "busy", "SenderFault": ours}
    with pytest.raises(ServiceError, match=f"publish_batch: {code}: busy"):
        SINK.send(parcel(finding()), Recorder(_ME, {"Successful": [], "Failed": [failed]}))


def test_an_answer_that_says_nothing_is_a_failure() -> None:
    with pytest.raises(ServiceError, match="Malformed"):
        SINK.send(parcel(finding()), Recorder(_ME, {}))


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")


@pytest.mark.usefixtures("_credentials")
def test_a_queue_behind_a_topic_hears_what_its_filter_lets_through() -> None:
    with mock_aws():
        sns = boto3.client("sns", region_name=REGION)
        sqs = boto3.client("sqs", region_name=REGION)
        topic = sns.create_topic(Name="vedette-findings")["TopicArn"]
        url = sqs.create_queue(QueueName="worst")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn["QueueArn"],
            Attributes={
                "RawMessageDelivery": "true",
                "FilterPolicy": json.dumps({"severity": ["CRITICAL"]}),
            },
        )
        home = connect(AwsSettings(region=REGION))
        low, critical = _many(2)
        critical = msgspec.structs.replace(critical, severity=Severity.CRITICAL)
        changes = tuple(Change(before=None, after=one) for one in (low, critical))
        refused = SINK.send(
            Parcel(account=ACCOUNT, region=REGION, changes=changes), lambda _account: home
        )
        heard = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert refused == ()
    assert [json.loads(one["Body"])["detail"]["severity"] for one in heard] == ["CRITICAL"]


@pytest.mark.usefixtures("_credentials")
def test_a_topic_that_is_not_there_is_a_failure() -> None:
    with mock_aws():
        home = connect(AwsSettings(region=REGION))
        with pytest.raises(ServiceError, match="NotFound"):
            SINK.send(parcel(finding()), lambda _account: home)
