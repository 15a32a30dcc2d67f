"""EventBridge: what is put reaches every target whose rule matches, in a complete envelope."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, strategies as st

from tests.vedette_simulator.conftest import MANAGEMENT, Aws, refusal
from vedette_simulator.process import Simulator
from vedette_simulator.services.events import _input

pytestmark = pytest.mark.loopback


def _drain(sqs: Any, name: str) -> list[dict[str, Any]]:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    messages: list[dict[str, Any]] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            messages.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def _invocations(simulator: Simulator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{simulator.endpoint}/simulator/invocations").json()
    return found


def _entry(**given: Any) -> dict[str, Any]:
    return {
        "Source": "vedette",
        "DetailType": "Vedette Finding",
        "Detail": '{"severity": "HIGH"}',
    } | given


def test_an_event_reaches_the_topics_queue_and_the_function(aws: Aws, simulator: Simulator) -> None:
    _drain(aws("sqs"), "security-team")
    before = len(_invocations(simulator))
    answer = aws("events").put_events(
        Entries=[_entry(Resources=["i-1"]), _entry(Source="somebody.else")]
    )
    assert answer["FailedEntryCount"] == 0
    notification = _drain(aws("sqs"), "security-team")
    assert [item["TopicArn"] for item in notification] == [
        f"arn:aws:sns:eu-central-1:{MANAGEMENT}:vedette-findings"
    ]
    event = json.loads(notification[0]["Message"])
    time = event.pop("time")
    assert time.endswith("Z")
    assert event == {
        "version": "0",
        "id": answer["Entries"][0]["EventId"],
        "detail-type": "Vedette Finding",
        "source": "vedette",
        "account": MANAGEMENT,
        "region": "eu-central-1",
        "resources": ["i-1"],
        "detail": {"severity": "HIGH"},
    }
    received = _invocations(simulator)[before:]
    assert [(item["function"], item["payload"]["id"]) for item in received] == [
        (f"arn:aws:lambda:eu-central-1:{MANAGEMENT}:function:on-finding", event["id"])
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Source": "aws.inspector2"}, "NotAuthorizedForSourceException"),
        ({"Source": ""}, "InvalidArgument"),
        ({"Detail": "not json"}, "MalformedDetail"),
        ({"Detail": "[]"}, "MalformedDetail"),
    ],
)
def test_a_bad_entry_fails_alone(aws: Aws, given: dict[str, str], code: str) -> None:
    answer = aws("events", "data").put_events(Entries=[_entry(**given), _entry()])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    assert "EventId" in answer["Entries"][1]


def test_too_many_or_too_large_is_refused(aws: Aws) -> None:
    for entries in ([_entry()] * 11, [_entry(Detail=json.dumps({"a": "x" * 300_000}))]):
        with pytest.raises(ClientError) as error:
            aws("events", "data").put_events(Entries=entries)
        assert refusal(error)[0] == "ValidationException"


def test_an_unknown_bus_is_refused(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws("events", "data").put_events(Entries=[_entry(EventBusName="nowhere")])
    assert refusal(error)[0] == "ResourceNotFoundException"


@pytest.fixture(scope="module")
def data_rules(aws: Aws) -> Iterator[None]:
    """In the account `data`: rules to a queue with each kind of input, a disabled one, and one to another account's bus."""
    events, sqs = aws("events", "data"), aws("sqs", "data")
    sqs.create_queue(QueueName="inbox")
    arn = "arn:aws:sqs:eu-central-1:333333333333:inbox"
    inputs: dict[str, dict[str, Any]] = {
        "constant": {"Input": '{"kind": "constant"}'},
        "path": {"InputPath": "$.detail"},
        "transformed": {
            "InputTransformer": {
                "InputPathsMap": {"severity": "$.detail.severity", "who": "$.account"},
                "InputTemplate": '{"text": "<severity> in <who>", "severity": <severity>}',
            }
        },
    }
    for name, shape in inputs.items():
        events.put_rule(Name=name, EventPattern=json.dumps({"detail-type": [name]}))
        events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn, **shape}])
    events.put_rule(Name="off", EventPattern='{"detail-type": ["off"]}', State="DISABLED")
    events.put_targets(Rule="off", Targets=[{"Id": "q", "Arn": arn}])
    events.put_rule(Name="onwards", EventPattern='{"detail-type": ["onwards"]}')
    bus = f"arn:aws:events:eu-central-1:{MANAGEMENT}:event-bus/default"
    events.put_targets(Rule="onwards", Targets=[{"Id": "bus", "Arn": bus}])
    yield
    for name in (*inputs, "off", "onwards"):
        events.remove_targets(Rule=name, Ids=["q", "bus"])
        events.delete_rule(Name=name)


@pytest.mark.usefixtures("data_rules")
def test_each_kind_of_input(aws: Aws) -> None:
    aws("events", "data").put_events(
        Entries=[_entry(DetailType=name) for name in ("constant", "path", "transformed", "off")]
    )
    assert _drain(aws("sqs", "data"), "inbox") == [
        {"kind": "constant"},
        {"severity": "HIGH"},
        {"text": "HIGH in 333333333333", "severity": "HIGH"},
    ]


@pytest.mark.usefixtures("data_rules")
def test_another_accounts_bus_is_a_target(aws: Aws) -> None:
    _drain(aws("sqs"), "security-team")
    aws("events", "data").put_events(Entries=[_entry(DetailType="onwards")])
    received = [json.loads(item["Message"]) for item in _drain(aws("sqs"), "security-team")]
    assert [event["account"] for event in received] == ["333333333333"]


@pytest.mark.usefixtures("data_rules")
def test_a_target_that_cannot_be_reached_is_refused_at_once(aws: Aws) -> None:
    stream = "arn:aws:kinesis:eu-central-1:333333333333:stream/s"
    answer = aws("events", "data").put_targets(Rule="off", Targets=[{"Id": "k", "Arn": stream}])
    assert [failure["ErrorCode"] for failure in answer["FailedEntries"]] == [
        "NotSupportedBySimulator"
    ]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('"<name> has <count>"', 'a"b has 3'),
        ('{"n": <name>, "c": <count>}', {"n": 'a"b', "c": 3}),
        ('{"n": "<name>", "o": <object>}', {"n": 'a"b', "o": {"k": 1}}),
        ('{"gone": <missing>}', {"gone": None}),
        ("<name> in plain text", '"a\\"b" in plain text'),
    ],
)
def test_an_input_template_is_filled(template: str, expected: object) -> None:
    event = {"detail": {"name": 'a"b', "count": 3, "object": {"k": 1}}}
    paths = {name: f"$.detail.{name}" for name in ("name", "count", "object", "missing")}
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    assert _input(target, event) == expected


@given(st.text())
def test_any_text_survives_an_input_template(text: str) -> None:
    target = {
        "InputTransformer": {
            "InputPathsMap": {"t": "$.t"},
            "InputTemplate": '{"bare": <t>, "inside": "> <t> <"}',
        }
    }
    assert _input(target, {"t": text}) == {"bare": text, "inside": f"> {text} <"}
