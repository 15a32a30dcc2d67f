"""AWS Config: the answer to a custom rule's invocation, by `PutEvaluations`.

Config asks and is answered: an evaluation needs the token of an invocation, so that this is no sink of changes. A rule that is
written as a Lambda function hands its event on (Config Developer Guide, "Example Events for AWS Config Rules"); what comes back is whether each
instance, function and repository has an active finding of the severity that the rule asks for. Config takes 100 evaluations at once,
and knows images only by their repository.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from vedette.errors import ConfigError, ParseError
from vedette.integrations._base import Caller, Refusal, batches, cut
from vedette.model.arn import split_arn
from vedette.model.severity import Severity

_AT_ONCE = 100
_ANNOTATION = 256


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """What Config asks: about which account and Region, from which severity on, and as of when."""

    token: str
    account: str
    region: str
    at: datetime
    least: Severity = Severity.HIGH


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The answer for one resource, in Config's words for its type and id; `annotation` says why."""

    type: str
    id: str
    compliant: bool
    annotation: str


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    result_token: str
    account_id: str
    config_rule_arn: str
    invoking_event: str
    rule_parameters: str = "{}"


class _Invoking(msgspec.Struct, frozen=True, rename="camel"):
    notification_creation_time: datetime


class _Parameters(msgspec.Struct, frozen=True):
    severity: str = Severity.HIGH.value


def parse_invocation(event: bytes) -> Invocation:
    """Read the event of a rule's Lambda function. The rule's parameter `severity` is a severity, `HIGH` where it is not given.

    Raises:
        ConfigError: where it is none.
    """
    try:
        told = msgspec.json.decode(event, type=_Event)
        invoking = msgspec.json.decode(told.invoking_event, type=_Invoking)
        parameters = msgspec.json.decode(told.rule_parameters or "{}", type=_Parameters)
        region = split_arn(told.config_rule_arn).region
        least = Severity(parameters.severity.upper())
    except (msgspec.DecodeError, ParseError, ValueError) as error:
        raise ConfigError(f"not an event of AWS Config: {error}") from error
    if invoking.notification_creation_time.tzinfo is None:
        raise ConfigError("not an event of AWS Config: its time has no zone")
    return Invocation(
        token=told.result_token,
        account=told.account_id,
        region=region,
        at=invoking.notification_creation_time,
        least=least,
    )


def put_evaluations(
    caller: Caller, invocation: Invocation, evaluations: Iterable[Evaluation], *, test: bool = False
) -> tuple[Refusal, ...]:
    """Answer an invocation.

    Args:
        caller: the account that was asked about.
        invocation: what was asked.
        evaluations: the answers.
        test: Config checks what it is told, and keeps nothing of it.

    Returns:
        What Config did not take, by the resource's id.

    Raises:
        ServiceError: where Config refuses.
    """
    refused: list[Refusal] = []
    for batch in batches(evaluations, lambda _one: 1, count=_AT_ONCE, total=_AT_ONCE):
        answer = caller.call(
            "config",
            "put_evaluations",
            invocation.region,
            ResultToken=invocation.token,
            Evaluations=[_wire(one, invocation.at) for one in batch],
            TestMode=test,
        )
        refused.extend(_failed(answer.get("FailedEvaluations", ())))
    return tuple(refused)


def _wire(one: Evaluation, at: datetime) -> dict[str, Any]:
    return {
        "ComplianceResourceType": one.type,
        "ComplianceResourceId": one.id,
        "ComplianceType": "COMPLIANT" if one.compliant else "NON_COMPLIANT",
        "Annotation": cut(one.annotation, _ANNOTATION),
        "OrderingTimestamp": at,
    }


def _failed(failures: Iterable[dict[str, Any]]) -> Iterator[Refusal]:
    for one in failures:
        yield Refusal(finding=str(one.get("ComplianceResourceId")), reason="AWS Config refused it")
