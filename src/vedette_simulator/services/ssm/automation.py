"""`StartAutomationExecution` and `GetAutomationExecution` for AWS's runbook that patches one instance."""

import uuid
from datetime import datetime

import msgspec

from vedette_simulator.errors import AwsError
from vedette_simulator.wire import Fields
from vedette_simulator.world import Call, Handlers, required

_DOCUMENT = "AWS-PatchInstanceWithRollback"
_STEP = "installPatches"


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """A running or ended automation: it is one command on one instance."""

    id: str
    instance_id: str
    command_id: str
    parameters: dict[str, list[str]]
    started_at: datetime
    executed_by: str


class Automations:
    """The executions of an account and region."""

    def __init__(self) -> None:
        self.by_id: dict[str, Execution] = {}


def start_automation_execution(call: Call) -> Fields:
    """Patch the instance of parameter `InstanceId`; the effect is that of AWS-RunPatchBaseline, Install."""
    name = required(call.params, "DocumentName")
    if name != _DOCUMENT:
        raise AwsError("AutomationDefinitionNotFoundException", f"Document {name} does not exist.")
    parameters = call.params.get("Parameters", {})
    instances = parameters.get("InstanceId", [])
    if len(instances) != 1:
        raise AwsError(
            "InvalidAutomationExecutionParametersException", "InstanceId must have one value."
        )
    command = call.invoke(
        "ssm",
        "SendCommand",
        {
            "InstanceIds": instances,
            "DocumentName": "AWS-RunPatchBaseline",
            "Parameters": {"Operation": ["Install"], "RebootOption": ["NoReboot"]},
        },
    )["Command"]
    execution = Execution(
        id=str(uuid.uuid4()),
        instance_id=instances[0],
        command_id=command["CommandId"],
        parameters=parameters,
        started_at=call.now,
        executed_by=call.caller.arn,
    )
    call.state(Automations).by_id[execution.id] = execution
    return {"AutomationExecutionId": execution.id}


def get_automation_execution(call: Call) -> Fields:
    """The execution with its one step, whose status is that of its command."""
    execution = call.state(Automations).by_id.get(required(call.params, "AutomationExecutionId"))
    if execution is None:
        raise AwsError("AutomationExecutionNotFoundException", "No such execution.")
    invocation = call.invoke(
        "ssm",
        "GetCommandInvocation",
        {"CommandId": execution.command_id, "InstanceId": execution.instance_id},
    )
    status = invocation["Status"]
    done = status in {"Success", "Failed"}
    ended = {"ExecutionEndTime": invocation["ExecutionEndDateTime"]} if done else {}
    step = ended | {
        "StepName": _STEP,
        "Action": "aws:runCommand",
        "StepStatus": status,
        "ExecutionStartTime": execution.started_at,
        "Inputs": {"InstanceIds": f'["{execution.instance_id}"]'},
        "Outputs": {
            "CommandId": [execution.command_id],
            "Output": [invocation["StandardOutputContent"]],
        },
        "StepExecutionId": str(uuid.uuid5(uuid.NAMESPACE_URL, execution.id)),
    }
    return {
        "AutomationExecution": ended
        | {
            "AutomationExecutionId": execution.id,
            "DocumentName": _DOCUMENT,
            "DocumentVersion": "1",
            "ExecutionStartTime": execution.started_at,
            "AutomationExecutionStatus": status,
            "StepExecutions": [step],
            "StepExecutionsTruncated": False,
            "Parameters": execution.parameters,
            "Outputs": {f"{_STEP}.Output": [invocation["StandardOutputContent"]]},
            "Mode": "Auto",
            "ExecutedBy": execution.executed_by,
            "CurrentStepName": "" if done else _STEP,
        }
    }


HANDLERS: Handlers = {
    ("ssm", "StartAutomationExecution"): start_automation_execution,
    ("ssm", "GetAutomationExecution"): get_automation_execution,
}
