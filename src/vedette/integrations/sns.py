"""Amazon SNS: a message for each change, to the topic `vedette-findings` of vedette's own account, in the finding's Region.

The message is the event that EventBridge would hand to a topic, so that what reads one reads the other. What a subscriber is to get it says
itself, by a filter policy on the attributes: severity, status, type, accountId, resourceType, fixAvailable, exploitAvailable and risk (a number).
A sink with another topic, or that sends only what passes a filter, is made with `sns_sink`.

`PublishBatch` takes ten messages, and 256 KiB in all with their attributes (SNS API reference).
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from vedette.errors import ServiceError
from vedette.findings.query import passes
from vedette.integrations._base import (
    DETAIL_TYPE,
    EVENT_PACKAGES,
    LATER,
    SOURCE,
    Caller,
    Outlet,
    Parcel,
    Refusal,
    Sink,
    batches,
    finding_detail,
    iso,
    json_bytes,
    shortened,
)
from vedette.model.filter import Filter
from vedette.model.finding import Finding
from vedette.model.resource import Resource

_TOPIC = "vedette-findings"
_AT_ONCE = 10
_LARGEST = 256 * 1024
_SUBJECT = 100
_EVENTS = uuid.UUID("6e0c6d64-6d0d-5d0c-8f2a-4f6d1b7a9c35")

_Json = dict[str, Any]


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    finding: Finding
    text: str
    attributes: _Json
    size: int


def sns_sink(*, topic: str = _TOPIC, condition: Filter | None = None) -> Sink:
    """A sink to a topic.

    Args:
        topic: its name; it is looked for in vedette's own account, in the Region of each finding.
        condition: only what passes is sent; None sends everything.
    """

    def send(parcel: Parcel, outlet: Outlet) -> tuple[Refusal, ...]:
        return _send(topic, condition, parcel, outlet)

    return Sink(name="sns", send=send)


def _send(
    topic: str, condition: Filter | None, parcel: Parcel, outlet: Outlet
) -> tuple[Refusal, ...]:
    refused: list[Refusal] = []
    fitting: list[_Message] = []
    for change in parcel.changes:
        finding = change.after
        resource = parcel.resources.get(finding.key.resource)
        if condition is not None and not passes(condition, finding, resource):
            continue
        message = _message(finding, resource)
        if message is None:
            refused.append(Refusal(finding=finding.id, reason="the message is larger than 256 KiB"))
        else:
            fitting.append(message)
    if fitting:
        caller = outlet(None)
        arn = _topic_arn(caller, topic, parcel)
        for batch in batches(fitting, lambda one: one.size, count=_AT_ONCE, total=_LARGEST):
            refused.extend(_publish(caller, parcel.region, arn, batch))
    return tuple(refused)


def _topic_arn(caller: Caller, topic: str, parcel: Parcel) -> str:
    account = caller.call("sts", "get_caller_identity")["Account"]
    partition = parcel.changes[0].after.key.resource.partition
    return f"arn:{partition}:sns:{parcel.region}:{account}:{topic}"


def _message(finding: Finding, resource: Resource | None) -> _Message | None:
    """The message with as many packages as fit; None where no form fits."""
    whole = finding_detail(finding, resource)
    attributes = _attributes(finding, whole)
    beside = sum(
        len(name) + len(value["DataType"]) + len(value["StringValue"].encode())
        for name, value in attributes.items()
    )
    for packages in EVENT_PACKAGES:
        text = json_bytes(_event(finding, shortened(whole, packages))).decode()
        size = len(text.encode()) + beside
        if size <= _LARGEST:
            return _Message(finding=finding, text=text, attributes=attributes, size=size)
    return None


def _event(finding: Finding, detail: _Json) -> _Json:
    """The envelope of an event; its id is that of the finding in this state."""
    moment = iso(finding.updated_at)
    return {
        "version": "0",
        "id": str(uuid.uuid5(_EVENTS, f"{finding.id} {finding.status} {moment}")),
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": finding.key.resource.account,
        "time": moment,
        "region": finding.key.resource.region,
        "resources": [finding.key.resource.id],
        "detail": detail,
    }


def _attributes(finding: Finding, detail: Mapping[str, Any]) -> _Json:
    """What subscribers can filter by; ten at most, or queues that take raw messages lose some."""
    words = {
        "severity": detail["severity"],
        "status": detail["status"],
        "type": detail["type"],
        "accountId": detail["awsAccountId"],
        "resourceType": detail["resources"][0]["type"],
        "fixAvailable": detail.get("fixAvailable"),
        "exploitAvailable": detail.get("exploitAvailable"),
    }
    told = {
        name: {"DataType": "String", "StringValue": word} for name, word in words.items() if word
    }
    told["risk"] = {"DataType": "Number", "StringValue": f"{finding.score.risk:g}"}
    return told


def _subject(finding: Finding) -> str:
    """For mail: printable ASCII, less than a hundred letters."""
    text = f"{finding.severity}: {finding.title}".encode("ascii", "replace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in text)[: _SUBJECT - 1]


def _publish(
    caller: Caller, region: str, topic: str, batch: Sequence[_Message]
) -> Iterator[Refusal]:
    entries = [
        {
            "Id": str(number),
            "Subject": _subject(one.finding),
            "Message": one.text,
            "MessageAttributes": one.attributes,
        }
        for number, one in enumerate(batch)
    ]
    answer = caller.call(
        "sns", "publish_batch", region, TopicArn=topic, PublishBatchRequestEntries=entries
    )
    failed = answer.get("Failed", ())
    if len(failed) + len(answer.get("Successful", ())) != len(batch):
        raise _failure("not every message has a result", "Malformed")
    for one in failed:
        code, reason = str(one.get("Code")), str(one.get("Message"))
        if code in LATER or not one.get("SenderFault", True):
            raise _failure(reason, code)
        yield Refusal(finding=batch[int(one["Id"])].finding.id, reason=f"{code}: {reason}")


def _failure(reason: str, code: str) -> ServiceError:
    return ServiceError(reason, service="sns", operation="publish_batch", code=code)


SINK = sns_sink()
