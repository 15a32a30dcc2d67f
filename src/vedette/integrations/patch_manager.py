"""AWS Systems Manager Patch Manager: install what is missing on instances, and wait for the outcome.

The document is AWS-RunPatchBaseline (Systems Manager User Guide, "About the AWS-RunPatchBaseline SSM document");
a command takes at most 50 instances by id (`SendCommand`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from vedette.errors import ServiceError
from vedette.integrations._base import Caller

DOCUMENT = "AWS-RunPatchBaseline"
_AT_ONCE = 50
_RUNNING = frozenset({"Pending", "InProgress", "Delayed", "Cancelling"})
_NOT_SENT = "NotSent"
_UNKNOWN = "Unknown"


class PatchOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How patching one instance ended.

    `status` is SSM's (still `InProgress` or the like where nobody waited longer), `NotSent` where SSM or the account refused, or
    `Unknown` where SSM does not say; `output` is the end of what the command printed, or the refusal.
    """

    instance: str
    command: str
    status: str
    output: str

    @property
    def succeeded(self) -> bool:
        """Whether SSM calls it a success."""
        return self.status == "Success"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait: `pause` is called between looks, at most `looks` of them at the instances of one command."""

    pause: Callable[[], None]
    looks: int = 360


def patch_instances(
    caller: Caller, region: str, instances: Sequence[str], waiting: Waiting
) -> tuple[PatchOutcome, ...]:
    """Run the patch baseline with `Install` and wait until every instance has ended.

    Args:
        caller: the account that the instances are in.
        region: theirs.
        instances: their ids.
        waiting: how long.

    Returns:
        The outcome of each, by id. A refusal is an outcome: what was sent before is not forgotten.
    """
    outcomes: list[PatchOutcome] = []
    for start in range(0, len(instances), _AT_ONCE):
        outcomes.extend(_patch(caller, region, instances[start : start + _AT_ONCE], waiting))
    return tuple(sorted(outcomes, key=lambda outcome: outcome.instance))


def unsent(instance: str, error: ServiceError) -> PatchOutcome:
    """The outcome where no command was sent."""
    return PatchOutcome(instance=instance, command="", status=_NOT_SENT, output=str(error))


def _patch(
    caller: Caller, region: str, instances: Sequence[str], waiting: Waiting
) -> Iterator[PatchOutcome]:
    try:
        command = _send(caller, region, instances)
    except ServiceError as error:
        if error.code != "InvalidInstanceId" or len(instances) == 1:
            yield from (unsent(instance, error) for instance in instances)
            return
        # one of them is not managed, and SSM does not say which
        for instance in instances:
            yield from _patch(caller, region, [instance], waiting)
        return
    yield from _outcomes(caller, region, command, instances, waiting)


def _send(caller: Caller, region: str, instances: Sequence[str]) -> str:
    answer = caller.call(
        "ssm",
        "send_command",
        region,
        DocumentName=DOCUMENT,
        InstanceIds=list(instances),
        Parameters={"Operation": ["Install"]},
        Comment="vedette: install what findings ask for",
    )
    identity = answer.get("Command", {}).get("CommandId")
    if not identity:
        raise ServiceError(
            "an answer without CommandId", service="ssm", operation="send_command", code="Malformed"
        )
    return str(identity)


def _outcomes(
    caller: Caller, region: str, command: str, instances: Sequence[str], waiting: Waiting
) -> Iterator[PatchOutcome]:
    """Look at all that still run, pause, and look again: a slow one keeps no other waiting."""
    last = {
        instance: PatchOutcome(instance=instance, command=command, status=_UNKNOWN, output="")
        for instance in instances
    }
    running = list(instances)
    for look in range(waiting.looks):
        if look:
            waiting.pause()
        last.update((one, _look(caller, region, last[one])) for one in running)
        running = [one for one in running if last[one].status in {*_RUNNING, _UNKNOWN}]
        if not running:
            break
    yield from last.values()


def _look(caller: Caller, region: str, before: PatchOutcome) -> PatchOutcome:
    try:
        answer: Mapping[str, Any] = caller.call(
            "ssm",
            "get_command_invocation",
            region,
            CommandId=before.command,
            InstanceId=before.instance,
        )
    except ServiceError as error:
        # SSM does not know of the invocation for a moment after the command was sent; and what cannot be seen now may be later
        return msgspec.structs.replace(before, output=str(error))
    return msgspec.structs.replace(
        before,
        status=str(answer.get("Status", _UNKNOWN)),
        output=str(answer.get("StandardOutputContent", "")),
    )
