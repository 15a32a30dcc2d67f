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


class PatchOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How patching one instance ended: SSM's status and the end of what the command printed."""

    instance: str
    command: str
    status: str
    output: str

    @property
    def succeeded(self) -> bool:
        """Whether SSM calls it a success."""
        return self.status == "Success"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait: `pause` is called between looks, at most `looks` times."""

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

    Raises:
        ServiceError: where SSM refuses the command.
    """
    outcomes: list[PatchOutcome] = []
    for start in range(0, len(instances), _AT_ONCE):
        some = instances[start : start + _AT_ONCE]
        command = _send(caller, region, some)
        outcomes.extend(_outcome(caller, region, command, one, waiting) for one in some)
    return tuple(sorted(outcomes, key=lambda outcome: outcome.instance))


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
    return str(answer["Command"]["CommandId"])


def _outcome(
    caller: Caller, region: str, command: str, instance: str, waiting: Waiting
) -> PatchOutcome:
    last: Mapping[str, Any] = {}
    for last in _looks(caller, region, command, instance, waiting):
        if last.get("Status") not in _RUNNING:
            break
    return PatchOutcome(
        instance=instance,
        command=command,
        status=str(last.get("Status", "Unknown")),
        output=str(last.get("StandardOutputContent", "")),
    )


def _looks(
    caller: Caller, region: str, command: str, instance: str, waiting: Waiting
) -> Iterator[Mapping[str, Any]]:
    for _ in range(waiting.looks):
        try:
            yield caller.call(
                "ssm", "get_command_invocation", region, CommandId=command, InstanceId=instance
            )
        except ServiceError as error:
            # SSM says so for a moment after the command was sent
            if error.code != "InvocationDoesNotExist":
                raise
        waiting.pause()
