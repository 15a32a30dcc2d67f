"""Patch Manager by its answers: outcomes, refusals, waiting. (With a service behind it: tests/app/test_patch.py.)"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from vedette.errors import ServiceError
from vedette.integrations.patch_manager import (
    DOCUMENT,
    PatchOutcome,
    Waiting,
    patch_instances,
    unsent,
)

REGION = "eu-west-1"


def _refused(code: str, operation: str = "send_command") -> ServiceError:
    return ServiceError("no", service="ssm", operation=operation, code=code)


class Ssm:
    """Commands with their statuses by instance, one a look; the last one stays."""

    def __init__(
        self,
        looks: Mapping[str, Sequence[str | ServiceError]],
        *,
        unmanaged: frozenset[str] = frozenset(),
        refuses: ServiceError | None = None,
    ) -> None:
        self._looks = {name: list(found) for name, found in looks.items()}
        self._unmanaged = unmanaged
        self._refuses = refuses
        self.sent: list[list[str]] = []
        self.asked: defaultdict[str, int] = defaultdict(int)

    def call(
        self, service: str, operation: str, region: str | None = None, **arguments: Any
    ) -> Mapping[str, Any]:
        assert (service, region) == ("ssm", REGION)
        if operation == "send_command":
            return self._send(arguments)
        assert operation == "get_command_invocation"
        return self._look(arguments["InstanceId"], arguments["CommandId"])

    def _send(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        assert arguments["DocumentName"] == DOCUMENT
        assert arguments["Parameters"] == {"Operation": ["Install"]}
        if self._refuses:
            raise self._refuses
        if self._unmanaged.intersection(arguments["InstanceIds"]):
            raise _refused("InvalidInstanceId")
        self.sent.append(arguments["InstanceIds"])
        return {"Command": {"CommandId": f"c{len(self.sent)}"}}

    def _look(self, instance: str, command: str) -> Mapping[str, Any]:
        self.asked[instance] += 1
        left = self._looks[instance]
        status = left[0] if len(left) == 1 else left.pop(0)
        if isinstance(status, ServiceError):
            raise status
        return {"Status": status, "StandardOutputContent": f"{command} on {instance}"}


class Clock:
    def __init__(self, looks: int = 360) -> None:
        self.pauses = 0
        self.waiting = Waiting(pause=self._pause, looks=looks)

    def _pause(self) -> None:
        self.pauses += 1


def _statuses(outcomes: Sequence[PatchOutcome]) -> dict[str, str]:
    return {outcome.instance: outcome.status for outcome in outcomes}


def test_an_instance_that_succeeds() -> None:
    clock = Clock()
    (outcome,) = patch_instances(Ssm({"i-1": ["Success"]}), REGION, ["i-1"], clock.waiting)
    assert outcome == PatchOutcome(
        instance="i-1", command="c1", status="Success", output="c1 on i-1"
    )
    assert outcome.succeeded
    assert clock.pauses == 0  # what has ended is not waited for


@pytest.mark.parametrize("status", ["Failed", "TimedOut", "Cancelled", "Undeliverable", "new word"])
def test_one_that_ends_otherwise(status: str) -> None:
    ssm = Ssm({"i-1": ["Pending", "InProgress", "Delayed", status]})
    clock = Clock()
    (outcome,) = patch_instances(ssm, REGION, ["i-1"], clock.waiting)
    assert (outcome.status, outcome.succeeded, clock.pauses) == (status, False, 3)


def test_a_slow_one_keeps_no_other_waiting() -> None:
    ssm = Ssm({"i-1": ["InProgress"], "i-2": ["InProgress", "Success"], "i-3": ["Success"]})
    clock = Clock(looks=5)
    outcomes = patch_instances(ssm, REGION, ["i-1", "i-2", "i-3"], clock.waiting)
    assert _statuses(outcomes) == {"i-1": "InProgress", "i-2": "Success", "i-3": "Success"}
    assert dict(ssm.asked) == {"i-1": 5, "i-2": 2, "i-3": 1}
    assert clock.pauses == 4


def test_ssm_does_not_know_the_command_for_a_moment() -> None:
    unknown = _refused("InvocationDoesNotExist", "get_command_invocation")
    clock = Clock()
    (outcome,) = patch_instances(
        Ssm({"i-1": [unknown, unknown, "Success"]}), REGION, ["i-1"], clock.waiting
    )
    assert outcome.status == "Success"


def test_where_ssm_does_not_say_how_it_ended_nobody_claims_to_know() -> None:
    denied = _refused("AccessDeniedException", "get_command_invocation")
    (outcome,) = patch_instances(Ssm({"i-1": [denied]}), REGION, ["i-1"], Clock(looks=2).waiting)
    assert outcome.status == "Unknown"
    assert "AccessDeniedException" in outcome.output
    assert not outcome.succeeded


def test_one_that_is_not_managed_keeps_no_other_back() -> None:
    ssm = Ssm({"i-1": ["Success"], "i-3": ["Success"]}, unmanaged=frozenset({"i-2"}))
    outcomes = patch_instances(ssm, REGION, ["i-1", "i-2", "i-3"], Clock().waiting)
    assert _statuses(outcomes) == {"i-1": "Success", "i-2": "NotSent", "i-3": "Success"}
    assert ssm.sent == [["i-1"], ["i-3"]]


def test_a_refused_command_is_the_outcome_of_all_its_instances() -> None:
    ssm = Ssm({}, refuses=_refused("AccessDeniedException"))
    outcomes = patch_instances(ssm, REGION, ["i-1", "i-2"], Clock().waiting)
    assert _statuses(outcomes) == {"i-1": "NotSent", "i-2": "NotSent"}
    assert outcomes[0] == unsent("i-1", _refused("AccessDeniedException"))


def test_an_answer_without_a_command_is_a_refusal() -> None:
    class Empty:
        def call(self, *_: object, **__: object) -> Mapping[str, Any]:
            return {}

    (outcome,) = patch_instances(Empty(), REGION, ["i-1"], Clock().waiting)
    assert (outcome.status, "Malformed" in outcome.output) == ("NotSent", True)


def test_fifty_at_once() -> None:
    names = [f"i-{number:03}" for number in range(120)]
    ssm = Ssm({name: ["Success"] for name in names})
    outcomes = patch_instances(ssm, REGION, names, Clock().waiting)
    assert [len(some) for some in ssm.sent] == [50, 50, 20]
    assert [outcome.instance for outcome in outcomes] == names


def test_no_instances_are_no_command() -> None:
    ssm = Ssm({})
    assert patch_instances(ssm, REGION, [], Clock().waiting) == ()
    assert ssm.sent == []


def test_no_looks_are_no_knowledge() -> None:
    ssm = Ssm({"i-1": ["Success"]})
    (outcome,) = patch_instances(ssm, REGION, ["i-1"], Clock(looks=0).waiting)
    assert (outcome.status, outcome.command) == ("Unknown", "c1")
