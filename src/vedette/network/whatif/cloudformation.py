"""A CloudFormation change set (`aws cloudformation describe-change-set --include-property-values`).

Source: CloudFormation API 2010-05-15, DescribeChangeSet: `BeforeContext` and `AfterContext` of each resource hold its
properties as JSON text; what is not known before the change is made is `{{changeSet:KNOWN_AFTER_APPLY}}`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.errors import ParseError
from vedette.network.snapshot import Snapshot
from vedette.network.whatif.draft import Draft
from vedette.network.whatif.identities import stand_in
from vedette.network.whatif.planned import Ledger, Planned
from vedette.network.whatif.property_names import TYPES, has_no_part, renamed
from vedette.network.whatif.property_shapes import shaped
from vedette.network.whatif.resource import View
from vedette.network.whatif.resources.catalogue import Resource, apply_resources

FORM = "cloudformation-change-set"
_MOST = 100_000
_UNRESOLVED = ("{{changeSet:", "{{resolve:")
_RETAINED = frozenset({"Retain", "ReplaceAndRetain"})
_ACTIONS = frozenset({"Add", "Modify", "Remove"})


class ResourceChange(msgspec.Struct, frozen=True, rename="pascal"):
    """`ResourceChange`."""

    action: str
    logical_resource_id: str
    resource_type: str
    physical_resource_id: str | None = None
    replacement: str | None = None
    policy_action: str | None = None
    before_context: str | None = None
    after_context: str | None = None


class Change(msgspec.Struct, frozen=True, rename="pascal"):
    """`Change`."""

    type: str = "Resource"
    resource_change: ResourceChange | None = None


class ChangeSet(msgspec.Struct, frozen=True, rename="pascal"):
    """The members of a change set that are read."""

    changes: tuple[Change, ...]
    status: str = "CREATE_COMPLETE"
    status_reason: str | None = None
    next_token: str | None = None


def is_change_set(document: object) -> bool:
    """Whether a document is a change set by its members."""
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("Changes"), list)
        and any(name in document for name in ("ChangeSetName", "ChangeSetId", "StackName"))
    )


def apply_change_set(snapshot: Snapshot, document: object) -> Planned:
    """Apply a change set. ParseError if it is malformed."""
    try:
        change_set = msgspec.convert(document, ChangeSet)
    except msgspec.ValidationError as error:
        raise ParseError(f"not a change set: {error}") from error
    if len(change_set.changes) > _MOST:
        raise ParseError(f"more than {_MOST} changes")
    ledger = Ledger(Draft(snapshot))
    if change_set.next_token is not None:
        ledger.unclear("change set", "NextToken", "it is cut: there is a token for a next page")
    if change_set.status != "CREATE_COMPLETE":
        reason = change_set.status_reason or "no reason is given"
        ledger.unclear("change set", "Status", f"it is {change_set.status}: {reason}")
    apply_resources(ledger, _resources(change_set, ledger))
    return ledger.planned(FORM)


def _resources(change_set: ChangeSet, ledger: Ledger) -> Iterator[Resource]:
    for change in change_set.changes:
        one = change.resource_change
        if one is None:
            ledger.unclear("change set", change.type, "a change of this type is not understood")
        elif one.resource_type not in TYPES:
            if has_no_part(one.resource_type):
                ledger.ignore(one.resource_type)
            else:
                reason = f"{one.resource_type} is not modelled"
                ledger.unclear(one.logical_resource_id, "", reason)
        elif one.action not in _ACTIONS:
            reason = f"the action {one.action} is not understood"
            ledger.unclear(one.logical_resource_id, "Action", reason)
        else:
            yield from _changed(one, ledger)


def _changed(one: ResourceChange, ledger: Ledger) -> Iterator[Resource]:
    if one.replacement == "Conditional":
        reason = "whether it is replaced is not known: it is taken as changed in place"
        ledger.unclear(one.logical_resource_id, "Replacement", reason)
    physical = one.physical_resource_id
    kind = TYPES[one.resource_type].type
    before = _side(one, "before_context") if one.action != "Add" else None
    after = _side(one, "after_context") if one.action != "Remove" else None
    for name, side in (("BeforeContext", before), ("AfterContext", after)):
        if side == {}:
            reason = "it was not recorded: --include-property-values is needed"
            ledger.unclear(one.logical_resource_id, name, reason)
    old = _views(one, kind, before, physical, ledger)
    new = _views(one, kind, after, None if one.replacement == "True" else physical, ledger)
    if one.policy_action in _RETAINED:
        old = {}
    for key in dict.fromkeys((*old, *new)):
        first = old.get(key) or new[key]
        yield Resource(
            type=first[0],
            address=first[1].address,
            old=old[key][1] if key in old else None,
            new=new[key][1] if key in new else None,
        )


def _side(one: ResourceChange, name: str) -> dict[str, Any]:
    """The properties of one side, {} where they were not recorded. ParseError if they are malformed."""
    text = one.before_context if name == "before_context" else one.after_context
    if text is None:
        return {}
    try:
        context = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ParseError(f"its context is not JSON: {error}", one.logical_resource_id) from error
    found = context.get("Properties", {}) if isinstance(context, dict) else None
    if not isinstance(found, dict):
        raise ParseError("its context has no properties", one.logical_resource_id)
    return {"Properties": found}


def _views(
    one: ResourceChange,
    kind: str,
    side: dict[str, Any] | None,
    physical: str | None,
    ledger: Ledger,
) -> dict[str, tuple[str, View]]:
    """The sides of the resources that one of CloudFormation's is, by what tells them apart."""
    if not side:
        return {}
    values = renamed(side["Properties"], TYPES[one.resource_type].properties)
    out: dict[str, tuple[str, View]] = {}
    for shape in shaped(kind, values):
        known, unknown = _split(shape.values)
        address = one.logical_resource_id + shape.suffix
        identity = physical or stand_in(kind, one.logical_resource_id, known)
        if shape.own:
            known = {**known, shape.own: identity}
        if kind == "aws_lambda_permission" and physical:
            known = {**known, "statement_id": physical}
        out[shape.suffix] = (shape.type, View(address, identity, known, unknown, ledger))
    return out


def _split(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values that are known, and the places of those that are not."""
    known, unknown = {}, {}
    for name, inner in value.items():
        found, gap = _known(inner)
        known[name] = found
        if gap:
            unknown[name] = gap
    return known, unknown


def _known(value: Any) -> tuple[Any, Any]:
    if isinstance(value, str) and any(mark in value for mark in _UNRESOLVED):
        return None, True
    if isinstance(value, dict):
        return _split(value)
    if isinstance(value, list):
        pairs = [_known(one) for one in value]
        gaps = [gap for _, gap in pairs]
        return [found for found, _ in pairs], gaps if any(gaps) else False
    return value, False
