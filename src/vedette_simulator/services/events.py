"""EventBridge: `PutEvents` that reaches SQS, SNS, Lambda and other buses, with the envelope complete.

moto delivers to SQS only (other targets answer 500), ignores InputPath, and accepts sources that only AWS may use.
Resource policies of the targets are not evaluated.
"""

import json
import re
import uuid
from datetime import datetime
from typing import Any

from vedette_simulator.errors import AwsError
from vedette_simulator.invocations import Invocation, Invocations
from vedette_simulator.moto_boundary import matches
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, Place, World, required

_MAX_ENTRIES = 10
_MAX_BYTES = 256 * 1024
_MAX_HOPS = 5
_ARN = re.compile(
    r"arn:aws:(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>\d{12}):(?P<resource>.+)"
)
_VARIABLE = re.compile(r"<([A-Za-z0-9_-]+)>")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_TARGETS = {"sqs", "sns", "lambda", "events"}


def put_events(call: Call) -> Fields:
    """Take events, each for itself; a refused one has an ErrorCode."""
    entries = required(call.params, "Entries")
    if not 1 <= len(entries) <= _MAX_ENTRIES:
        raise AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length "
            f"less than or equal to {_MAX_ENTRIES}",
        )
    if sum(_bytes(entry) for entry in entries) > _MAX_BYTES:
        raise AwsError(
            "ValidationException", "Total size of the entries in the request is over the limit."
        )
    results = [_put(call, entry) for entry in entries]
    failed = sum("ErrorCode" in result for result in results)
    return {"FailedEntryCount": failed, "Entries": results}


def put_targets(call: Call) -> Fields:
    """moto's, for targets that the simulator can deliver to; others fail by name instead of being lost later."""
    refused = [
        {
            "TargetId": target["Id"],
            "ErrorCode": "NotSupportedBySimulator",
            "ErrorMessage": f"The simulator does not deliver to {target['Arn']}.",
        }
        for target in required(call.params, "Targets")
        if (found := _ARN.fullmatch(target["Arn"])) is None or found["service"] not in _TARGETS
    ]
    names = {failure["TargetId"] for failure in refused}
    kept = [target for target in call.params["Targets"] if target["Id"] not in names]
    if kept:
        call.forward(call.params | {"Targets": kept})
    return {"FailedEntryCount": len(refused), "FailedEntries": refused}


HANDLERS: Handlers = {
    ("events", "PutEvents"): put_events,
    ("events", "PutTargets"): put_targets,
}


def envelope(place: Place, now: datetime, entry: Fields) -> dict[str, Any]:
    """An event as its targets see it (EventBridge user guide, "AWS service event metadata")."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": place.account,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": place.region,
        "resources": list(entry.get("Resources", [])),
        "detail": json.loads(entry["Detail"]),
    }


def deliver(world: World, place: Place, bus: str, event: dict[str, Any], hops: int = 0) -> None:
    """Give an event to the targets of every enabled rule of a bus that it matches."""
    rules = world.invoke("events", "ListRules", {"EventBusName": bus}, place).get("Rules", [])
    for rule in rules:
        pattern = rule.get("EventPattern")
        if rule.get("State") != "ENABLED" or not pattern or not matches(json.loads(pattern), event):
            continue
        asked = {"Rule": rule["Name"], "EventBusName": bus}
        for target in world.invoke("events", "ListTargetsByRule", asked, place).get("Targets", []):
            _send(world, target, event, hops)


def _put(call: Call, entry: Fields) -> Fields:
    for field in ("Source", "DetailType", "Detail"):
        if not entry.get(field):
            return _refused(
                "InvalidArgument",
                f"Parameter {field} is not valid. Reason: {field} is a required argument.",
            )
    if entry["Source"].startswith("aws."):
        return _refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return _refused("MalformedDetail", "Detail is malformed.")
    if not isinstance(detail, dict):
        return _refused("MalformedDetail", "Detail is malformed.")
    bus = str(entry.get("EventBusName", "default")).rpartition("/")[2]
    call.invoke("events", "DescribeEventBus", {"Name": bus})
    event = envelope(call.place, entry.get("Time") or call.now, entry)
    deliver(call.world, call.place, bus, event)
    return {"EventId": event["id"]}


def _refused(code: str, message: str) -> Fields:
    return {"ErrorCode": code, "ErrorMessage": message}


def _bytes(entry: Fields) -> int:
    """An entry's size as the service counts it (user guide, "Calculating event entry size")."""
    texts = [
        entry.get("Source", ""),
        entry.get("DetailType", ""),
        entry.get("Detail", ""),
        *entry.get("Resources", []),
    ]
    return sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)


def _send(world: World, target: Fields, event: dict[str, Any], hops: int) -> None:
    parts = _ARN.fullmatch(target["Arn"])
    if parts is None:
        return
    place = Place(account=parts["account"], region=parts["region"])
    text = json.dumps(_input(target, event))
    match parts["service"]:
        case "sqs":
            url = world.invoke("sqs", "GetQueueUrl", {"QueueName": parts["resource"]}, place)[
                "QueueUrl"
            ]
            group = target.get("SqsParameters", {})
            world.invoke(
                "sqs", "SendMessage", {"QueueUrl": url, "MessageBody": text, **group}, place
            )
        case "sns":
            world.invoke("sns", "Publish", {"TopicArn": target["Arn"], "Message": text}, place)
        case "lambda":
            _invoke(world, target["Arn"], place, text)
        case "events" if hops < _MAX_HOPS:
            deliver(world, place, parts["resource"].removeprefix("event-bus/"), event, hops + 1)
        case _:
            return


def _invoke(world: World, arn: str, place: Place, text: str) -> None:
    world.state(Invocations).received.append(
        Invocation(
            function=arn,
            account=place.account,
            region=place.region,
            received_at=world.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
            payload=json.loads(text),
        )
    )


def _input(target: Fields, event: dict[str, Any]) -> Any:
    if "Input" in target:
        return json.loads(target["Input"])
    if "InputPath" in target:
        return _at(event, target["InputPath"])
    transformer = target.get("InputTransformer")
    return _transformed(transformer, event) if transformer else event


def _at(event: Any, path: str) -> Any:
    """The value at a path `$.a.b` (the part of JSONPath that rules use most); None where there is none."""
    for name in path.removeprefix("$").strip(".").split("."):
        if not name:
            continue
        event = event.get(name) if isinstance(event, dict) else None
    return event


def _transformed(transformer: Fields, event: dict[str, Any]) -> Any:
    """An input transformer's result (user guide, "Input transformation").

    A variable alone between quotes or bare stands for its value, one inside a longer string for its text.
    """
    values = {name: _at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    template: str = transformer["InputTemplate"]

    def inside(found: re.Match[str]) -> str:
        return _VARIABLE.sub(lambda name: _text(values.get(name[1])), found[0])

    quoted = _STRING.sub(inside, template)
    text = _VARIABLE.sub(lambda name: json.dumps(values.get(name[1])), quoted)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str:
    """A value as it stands inside a JSON string."""
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]
