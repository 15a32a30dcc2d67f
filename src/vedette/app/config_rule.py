"""Answer AWS Config: which resources of an account and Region comply, as far as they were looked at."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

import msgspec

from vedette.app.export import entries
from vedette.app.ports import Store
from vedette.integrations._base import Outlet, Refusal
from vedette.integrations.aws_config import Evaluation, Invocation, put_evaluations
from vedette.model.filter import All, Any, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.finding import FindingStatus
from vedette.model.resource import (
    ContainerImage,
    Ec2Instance,
    LambdaFunction,
    LocalTarget,
    Resource,
    ResourceRef,
)
from vedette.model.severity import Severity

_NAMED = 3


class RuleAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What Config was told: how many comply and do not, and of how many nothing is said, since nobody looked at them."""

    compliant: int
    non_compliant: int
    unknown: int
    refused: tuple[Refusal, ...] = ()


class _State(msgspec.Struct, frozen=True):
    """What is known of one of Config's resources, which may be many images."""

    flaws: tuple[str, ...] = ()
    seen: bool = True

    def with_one(self, flaws: Iterable[str], *, seen: bool) -> Self:
        return type(self)((*self.flaws, *flaws), self.seen and seen)


def answer_rule(
    store: Store, invocation: Invocation, outlet: Outlet, *, test: bool = False
) -> RuleAnswer:
    """Tell Config of every instance, function and repository that was looked at.

    Raises:
        ServiceError: where the account cannot be entered, or Config refuses.
        StoreError: where the store fails.
    """
    seen = {one.resource for one in store.coverage() if one.last_scanned_at is not None}
    flaws = _flaws(store, invocation)
    told: dict[tuple[str, str], _State] = defaultdict(_State)
    for resource in store.resources():
        ref = resource.ref
        place = _config_name(resource)
        if place is not None and (ref.account, ref.region) == (
            invocation.account,
            invocation.region,
        ):
            told[place] = told[place].with_one(flaws.get(ref, ()), seen=ref in seen)
    evaluations = list(_evaluations(told, invocation.least))
    refused = put_evaluations(outlet(invocation.account), invocation, evaluations, test=test)
    compliant = sum(one.compliant for one in evaluations)
    return RuleAnswer(
        compliant=compliant,
        non_compliant=len(evaluations) - compliant,
        unknown=len(told) - len(evaluations),
        refused=refused,
    )


def _flaws(store: Store, invocation: Invocation) -> Mapping[ResourceRef, list[str]]:
    """What is wrong with each resource: the subjects of its findings that count."""
    found: dict[ResourceRef, list[str]] = defaultdict(list)
    for entry in entries(store, _condition(invocation)):
        found[entry.finding.key.resource].append(entry.finding.key.subject)
    return found


def _condition(invocation: Invocation) -> Filter:
    severities = [one for one in Severity if one.rank >= invocation.least.rank]
    return All(
        parts=(
            _is(TextField.STATUS, FindingStatus.ACTIVE),
            _is(TextField.ACCOUNT_ID, invocation.account),
            _is(TextField.REGION, invocation.region),
            Any(parts=tuple(_is(TextField.SEVERITY, one) for one in severities)),
        )
    )


def _is(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=str(value)))


def _config_name(resource: Resource) -> tuple[str, str] | None:
    """Type and id as Config has them; None for what it does not know."""
    match resource.facts:
        case Ec2Instance():
            return "AWS::EC2::Instance", resource.ref.id
        case LambdaFunction(name=name):
            return "AWS::Lambda::Function", name
        case ContainerImage(repository=name):
            return "AWS::ECR::Repository", name
        case LocalTarget():  # pragma: no branch
            return None


def _evaluations(told: Mapping[tuple[str, str], _State], least: Severity) -> Iterator[Evaluation]:
    """A flaw is one whatever else was not looked at; that there is none can be said only of what was."""
    for (kind, name), state in sorted(told.items(), key=lambda pair: pair[0]):
        if state.flaws or state.seen:
            yield Evaluation(
                type=kind,
                id=name,
                compliant=not state.flaws,
                annotation=_annotation(state.flaws, least),
            )


def _annotation(flaws: tuple[str, ...], least: Severity) -> str:
    word = f"of severity {least.lower()} or worse"
    if not flaws:
        return f"No active finding {word}."
    names = sorted(set(flaws))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    one = "finding" if len(flaws) == 1 else "findings"
    return f"{len(flaws)} active {one} {word}: {', '.join(names[:_NAMED])}{more}"
