"""A Terraform plan as JSON (`terraform show -json PLAN`), format 1.

Source: Terraform, "JSON Output Format": `resource_changes` with `change.actions`, `before`, `after` and
`after_unknown`. A value that is only known once the plan is applied is looked for in `configuration`: where it is
nothing but a reference to another planned resource, that resource's id stands for it; where nothing was written, AWS
chooses it. Anything else stays unknown, and is said to be.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.errors import ParseError
from vedette.network.snapshot import Snapshot
from vedette.network.whatif.configuration import Configuration, Target
from vedette.network.whatif.draft import Draft
from vedette.network.whatif.identities import stand_in
from vedette.network.whatif.planned import Ledger, Planned
from vedette.network.whatif.resource import View
from vedette.network.whatif.resources.catalogue import OTHER_NAMES, Resource, apply_resources

FORM = "terraform-plan"
_MOST = 100_000
_NOTHING = frozenset({"no-op", "read", "forget"})
_ACTIONS = frozenset({"create", "update", "delete", *_NOTHING})


class Change(msgspec.Struct, frozen=True):
    """`change` of a resource."""

    actions: tuple[str, ...]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    after_unknown: dict[str, Any] | bool = False


class ResourceChange(msgspec.Struct, frozen=True):
    """An entry of `resource_changes`."""

    address: str
    type: str
    change: Change
    mode: str = "managed"
    module_address: str = ""


class Plan(msgspec.Struct, frozen=True):
    """The members of a plan that are read."""

    format_version: str
    resource_changes: tuple[ResourceChange, ...] = ()
    deferred_changes: tuple[dict[str, Any], ...] = ()
    configuration: dict[str, Any] | None = None
    errored: bool = False
    complete: bool = True


def is_plan(document: object) -> bool:
    """Whether a document is a Terraform plan by its members."""
    return (
        isinstance(document, Mapping)
        and "format_version" in document
        and ("resource_changes" in document or "planned_values" in document)
    )


def apply_plan(snapshot: Snapshot, document: object) -> Planned:
    """Apply a plan. ParseError if it is malformed or of another format."""
    plan = _plan(document)
    ledger = Ledger(Draft(snapshot))
    if plan.errored:
        ledger.unclear(
            "plan", "errored", "planning failed: the plan holds only a part of the changes"
        )
    if not plan.complete:
        ledger.unclear("plan", "complete", "the plan is not complete: another round will follow")
    for _ in plan.deferred_changes:
        ledger.unclear("plan", "deferred_changes", "changes that are put off are not known")
    apply_resources(ledger, _resources(plan, ledger))
    return ledger.planned(FORM)


def _plan(document: object) -> Plan:
    try:
        plan = msgspec.convert(document, Plan)
    except msgspec.ValidationError as error:
        raise ParseError(f"not a Terraform plan: {error}") from error
    if plan.format_version.partition(".")[0] != "1":
        raise ParseError(f"plans of format {plan.format_version} are not understood")
    if len(plan.resource_changes) > _MOST:
        raise ParseError(f"more than {_MOST} changes")
    for one in plan.resource_changes:
        strange = frozenset(one.change.actions) - _ACTIONS
        if strange:
            raise ParseError(f"there is no action {min(strange)!r}", one.address)
    return plan


def _resources(plan: Plan, ledger: Ledger) -> Iterator[Resource]:
    managed = [one for one in plan.resource_changes if one.mode == "managed"]
    targets = {one.address: _target(one) for one in managed}
    configuration = Configuration(plan.configuration, targets)
    for one in managed:
        if frozenset(one.change.actions) <= _NOTHING:
            continue
        yield Resource(
            type=one.type,
            address=one.address,
            old=_old(one, ledger),
            new=_new(one, targets[one.address], configuration, ledger),
        )


def _target(one: ResourceChange) -> Target:
    values = one.change.after or one.change.before or {}
    unknown = one.change.after_unknown
    known = values.get("id") if one.change.after is not None else None
    identity = known if isinstance(known, str) else _stand_in(one, values)
    return Target(
        identity=identity, values=values, unknown=unknown if isinstance(unknown, dict) else {}
    )


def _stand_in(one: ResourceChange, values: Mapping[str, object]) -> str:
    return stand_in(OTHER_NAMES.get(one.type, one.type), one.address, values)


def _old(one: ResourceChange, ledger: Ledger) -> View | None:
    if one.change.before is None:
        return None
    identity = one.change.before.get("id")
    if not isinstance(identity, str):
        identity = _stand_in(one, one.change.before)
    return View(one.address, identity, one.change.before, {}, ledger)


def _new(
    one: ResourceChange, target: Target, configuration: Configuration, ledger: Ledger
) -> View | None:
    if one.change.after is None:
        return None
    values, unknown, guesses = configuration.resolved(one.address, one.module_address, target)
    for name in guesses:
        ledger.unclear(
            one.address, name, "it is in part known only once the change is made; the rest is taken"
        )
    return View(one.address, target.identity, values, unknown, ledger)
