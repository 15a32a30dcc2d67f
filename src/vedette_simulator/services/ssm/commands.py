"""`SendCommand` and what becomes of it: Pending, then InProgress, then the document's result.

There is no thread: a command has its times from the start, and whoever asks about it (or about inventory) after its end
finds it done. `settle` is called before every answer that a command could change.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from vedette_simulator.errors import AwsError
from vedette_simulator.paging import page
from vedette_simulator.services.ssm.documents import Document, Parameters, Result, Times, check
from vedette_simulator.services.ssm.fleet import Managed, online, states
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_PLUGINS = {"AWS-RunPatchBaseline": "PatchLinux", "AWS-RunShellScript": "aws:runShellScript"}
_MAX_OUTPUT = 24_000
"""Run Command keeps the first 24,000 characters of an output (API reference, StandardOutputContent)."""
_MAX_TARGETS = 50
_DEFAULT_TIMEOUT = 3600


class Settings:
    """How long commands take, in seconds; the estate says so."""

    def __init__(self) -> None:
        self.seconds = 0.6


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command on one instance."""

    id: str
    document: str
    parameters: Parameters
    instance_id: str
    comment: str
    sent_at: datetime
    started_at: datetime
    ended_at: datetime
    timeout: int

    def status(self, now: datetime, result: Result | None) -> str:
        """Its status at a time; `result` once it has ended."""
        if now < self.started_at:
            return "Pending"
        if result is None:
            return "InProgress"
        return "Success" if result.code == 0 else "Failed"


class Commands:
    """The commands of an account and region, by command and instance, and the results of those that ended."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], Command] = {}
        self.due: list[tuple[Command, Managed, Document]] = []
        self.results: dict[tuple[str, str], Result] = {}


def settle(call: Call) -> None:
    """Carry out the commands that have ended by now, the earliest first."""
    commands = call.state(Commands)
    ended = [item for item in commands.due if item[0].ended_at <= call.now]
    commands.due = [item for item in commands.due if item[0].ended_at > call.now]
    for command, instance, document in sorted(ended, key=lambda item: item[0].ended_at):
        times = Times(
            started_at=command.started_at,
            ended_at=command.ended_at,
            snapshot_id=str(uuid.uuid5(uuid.NAMESPACE_URL, command.id)),
        )
        result = document(instance, command.parameters, times)
        commands.results[command.id, command.instance_id] = result


def send_command(call: Call) -> Fields:
    """Send a document to instances, named or by tag; each must be managed and running."""
    name = required(call.params, "DocumentName")
    parameters: Parameters = call.params.get("Parameters", {})
    document = check(name, parameters)
    chosen = [online(call, instance_id) for instance_id in _targets(call)]
    if not chosen:
        raise AwsError("InvalidInstanceId", "No instances match the targets.")
    command_id = str(uuid.uuid4())
    seconds = call.world.state(Settings).seconds
    commands = call.state(Commands)
    for instance in chosen:
        command = Command(
            id=command_id,
            document=name,
            parameters=parameters,
            instance_id=instance.instance_id,
            comment=call.params.get("Comment", ""),
            sent_at=call.now,
            started_at=call.now + timedelta(seconds=seconds / 4),
            ended_at=call.now + timedelta(seconds=seconds),
            timeout=int(call.params.get("TimeoutSeconds", _DEFAULT_TIMEOUT)),
        )
        commands.sent[command_id, instance.instance_id] = command
        commands.due.append((command, instance, document))
    return {"Command": _summary(call, command_id)}


def list_commands(call: Call) -> Fields:
    """Commands, the newest first, of one id or instance where given."""
    wanted, instance = call.params.get("CommandId"), call.params.get("InstanceId")
    ids = dict.fromkeys(
        command.id
        for command in reversed(call.state(Commands).sent.values())
        if wanted in (None, command.id) and instance in (None, command.instance_id)
    )
    found, token = page(
        list(ids), call.params.get("NextToken"), int(call.params.get("MaxResults", 50))
    )
    return {"Commands": [_summary(call, command_id) for command_id in found], "NextToken": token}


def get_command_invocation(call: Call) -> Fields:
    """One command on one instance with its output."""
    key = required(call.params, "CommandId"), required(call.params, "InstanceId")
    commands = call.state(Commands)
    command = commands.sent.get(key)
    if command is None:
        raise AwsError("InvocationDoesNotExist", "")
    result = commands.results.get(key)
    status = command.status(call.now, result)
    began = call.now >= command.started_at
    return {
        "CommandId": command.id,
        "InstanceId": command.instance_id,
        "Comment": command.comment,
        "DocumentName": command.document,
        "DocumentVersion": "$DEFAULT",
        "PluginName": _PLUGINS[command.document],
        "ResponseCode": -1 if result is None else result.code,
        "ExecutionStartDateTime": _iso(command.started_at) if began else "",
        "ExecutionElapsedTime": _elapsed(command) if result else "",
        "ExecutionEndDateTime": _iso(command.ended_at) if result else "",
        "Status": status,
        "StatusDetails": status,
        "StandardOutputContent": result.output[:_MAX_OUTPUT] if result else "",
        "StandardOutputUrl": "",
        "StandardErrorContent": result.errors[:_MAX_OUTPUT] if result else "",
        "StandardErrorUrl": "",
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": False},
    }


def list_command_invocations(call: Call) -> Fields:
    """Commands by instance; with `Details` also their plug-ins' output."""
    wanted, instance = call.params.get("CommandId"), call.params.get("InstanceId")
    commands = call.state(Commands)
    items = [
        _invocation(call, command, commands.results.get(key))
        for key, command in commands.sent.items()
        if wanted in (None, command.id) and instance in (None, command.instance_id)
    ]
    found, token = page(items, call.params.get("NextToken"), int(call.params.get("MaxResults", 50)))
    return {"CommandInvocations": found, "NextToken": token}


HANDLERS: Handlers = {
    ("ssm", "SendCommand"): send_command,
    ("ssm", "ListCommands"): list_commands,
    ("ssm", "GetCommandInvocation"): get_command_invocation,
    ("ssm", "ListCommandInvocations"): list_command_invocations,
}


def _targets(call: Call) -> list[str]:
    named: list[str] = call.params.get("InstanceIds", [])
    if len(set(named)) != len(named):
        raise AwsError("DuplicateInstanceId", "")
    targets = call.params.get("Targets", [])
    if bool(named) == bool(targets):
        raise AwsError("InvalidParameters", "Exactly one of InstanceIds and Targets must be given.")
    if len(named) > _MAX_TARGETS:
        raise AwsError("InvalidParameters", f"At most {_MAX_TARGETS} instance ids.")
    return named or [
        instance_id
        for instance_id, ec2 in sorted(states(call).items())
        if ec2["State"]["Name"] == "running" and all(_targeted(ec2, target) for target in targets)
    ]


def _targeted(ec2: Fields, target: Fields) -> bool:
    key, values = target["Key"], target["Values"]
    if key == "InstanceIds":
        return ec2["InstanceId"] in values
    if not key.startswith("tag:"):
        raise AwsError("InvalidParameters", f"The simulator does not target by {key}.")
    return any(tag["Key"] == key[4:] and tag["Value"] in values for tag in ec2.get("Tags", []))


def _summary(call: Call, command_id: str) -> Fields:
    commands = call.state(Commands)
    sent = [command for command in commands.sent.values() if command.id == command_id]
    results = [commands.results.get((command_id, command.instance_id)) for command in sent]
    statuses = {
        command.status(call.now, result) for command, result in zip(sent, results, strict=True)
    }
    order: Callable[[str], int] = ["Pending", "InProgress", "Failed", "Success"].index
    status = min(statuses, key=order)
    first = sent[0]
    return {
        "CommandId": command_id,
        "DocumentName": first.document,
        "DocumentVersion": "$DEFAULT",
        "Comment": first.comment,
        "ExpiresAfter": first.sent_at + timedelta(seconds=first.timeout),
        "Parameters": first.parameters,
        "InstanceIds": [command.instance_id for command in sent],
        "Targets": [],
        "RequestedDateTime": first.sent_at,
        "Status": status,
        "StatusDetails": status,
        "MaxConcurrency": "50",
        "MaxErrors": "0",
        "TargetCount": len(sent),
        "CompletedCount": sum(result is not None for result in results),
        "ErrorCount": sum(result is not None and result.code != 0 for result in results),
        "DeliveryTimedOutCount": 0,
        "TimeoutSeconds": first.timeout,
    }


def _invocation(call: Call, command: Command, result: Result | None) -> Fields:
    status = command.status(call.now, result)
    plugins = []
    if call.params.get("Details"):
        plugins.append(
            {
                "Name": _PLUGINS[command.document],
                "Status": status,
                "StatusDetails": status,
                "ResponseCode": -1 if result is None else result.code,
                "ResponseStartDateTime": command.started_at,
                "ResponseFinishDateTime": command.ended_at,
                "Output": (result.output + result.errors)[:2500] if result else "",
            }
        )
    return {
        "CommandId": command.id,
        "InstanceId": command.instance_id,
        "InstanceName": "",
        "Comment": command.comment,
        "DocumentName": command.document,
        "DocumentVersion": "$DEFAULT",
        "RequestedDateTime": command.sent_at,
        "Status": status,
        "StatusDetails": status,
        "CommandPlugins": plugins,
    }


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def _elapsed(command: Command) -> str:
    return f"PT{(command.ended_at - command.started_at).total_seconds():.3f}S"
