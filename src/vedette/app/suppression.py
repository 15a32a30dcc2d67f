"""Rules and statements that set findings aside, applied to what is stored: at once when they change, else by the next pass.

Findings are looked at piece by piece, and what changes is applied in transactions of one piece each. What is stored says of
which rules all has been seen to, so that a change that was broken off is made good by the next pass.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from vedette.app.judge import Standing
from vedette.app.ports import Store
from vedette.app.saved_filters import importance_rules, suppression_rules
from vedette.errors import StoreError
from vedette.findings.lifecycle import Change
from vedette.findings.query import Sort, SortField
from vedette.findings.suppress import SuppressionRule, in_force, suppress
from vedette.model.filter import All, Any as AnyOf, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.finding import Finding, FindingId, FindingStatus
from vedette.model.record import Record
from vedette.model.vex import VexStatement

VEX_KIND = "vex"
_STATE_KIND = "suppression"
_STATE_ID = "rules-in-force"
_PIECE = 500
_TRIES = 3
_BY_ID = Sort(field=SortField.FINDING_ID, descending=False)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How many findings changed, and whether that was all."""

    changed: int
    complete: bool


def standing_of(store: Store) -> Standing:
    """What sets findings aside now.

    Raises:
        StoreError: where the store fails, or holds a rule or statement that cannot be read: nothing may be set free for that.
    """
    records = store.records(VEX_KIND)
    importance = importance_rules(store)
    parts = [record.value for record in records]
    if importance:
        parts.append(msgspec.json.encode(importance, order="sorted"))
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
    return Standing(
        rules=suppression_rules(store),
        statements=tuple(one for record in records for one in statements_of(record)),
        importance=importance,
        fingerprint=digest.hexdigest() if parts else "",
    )


def settle_all(store: Store, rules: Sequence[SuppressionRule], *, now: datetime) -> Settled:
    """Apply the rules to every stored finding, where other rules are in force than were when that was done last.

    Raises:
        StoreError: where the store fails.
    """
    mark = _mark(rules, now)
    if mark == _last(store):
        return Settled(changed=0, complete=True)
    touched = [rule.condition for rule in in_force(rules, now)]
    settled = settle(store, rules, _affected(touched, None), now=now)
    _remember(store, mark, now)
    return settled


def settle_change(
    store: Store,
    before: SuppressionRule | None,
    after: SuppressionRule | None,
    *,
    now: datetime,
    most: int,
) -> Settled:
    """Apply the rules to what a rule that is new, changed or gone is about.

    Args:
        store: in which the rule is as it is.
        before: the rule as it was; None for a new one.
        after: as it is; None for one that is gone.
        now: the time of the change.
        most: findings that may change now; what is left is for the next pass.

    Raises:
        StoreError: where the store fails.
    """
    touched = [rule for rule in (before, after) if rule is not None]
    rules = suppression_rules(store)
    names = sorted({rule.name for rule in touched})
    affected = _affected([rule.condition for rule in touched], names)
    settled = settle(store, rules, affected, now=now, most=most)
    others = [rule for rule in rules if rule != after]
    were = [*others, *touched[:1]] if before is not None else others
    # where something else waits for the pass, it must not be forgotten
    if settled.complete and _mark(were, now) == _last(store):
        _remember(store, _mark(rules, now), now)
    return settled


def settle(
    store: Store,
    rules: Sequence[SuppressionRule],
    affected: Filter,
    *,
    now: datetime,
    most: int | None = None,
) -> Settled:
    """Apply the rules to the findings that pass a filter.

    Raises:
        StoreError: where the store fails.
    """
    changed, after = 0, None
    while most is None or changed < most:
        page = store.list(affected, sort=_BY_ID, limit=_PIECE, after=after)
        changed += _apply(store, page.findings, rules, now)
        if page.next is None:
            return Settled(changed=changed, complete=True)
        after = page.next
    return Settled(changed=changed, complete=False)


def _apply(
    store: Store, findings: Sequence[Finding], rules: Sequence[SuppressionRule], now: datetime
) -> int:
    for tries in range(_TRIES, 0, -1):
        changes = tuple(_changes(store, findings, rules, now))
        try:
            return store.apply(changes)
        except StoreError:
            if tries == 1:
                raise
            # somebody was faster: look again
            findings = tuple(store.several(FindingId(one.id) for one in findings).values())
    return 0


def _changes(
    store: Store, findings: Sequence[Finding], rules: Sequence[SuppressionRule], now: datetime
) -> Iterable[Change]:
    resources = store.resources_of({one.key.resource for one in findings})
    for before in findings:
        resource = resources.get(before.key.resource)
        (after,) = suppress([before], rules, now=now, resource=resource)
        if after != before:
            yield Change(before=before, after=msgspec.structs.replace(after, updated_at=now))


def _affected(conditions: Iterable[Filter], names: Iterable[str] | None) -> Filter:
    """What is suppressed (by the rules of these names), and what is active and passes one of the conditions."""
    suppressed = _is(TextField.STATUS, FindingStatus.SUPPRESSED)
    if names is not None:
        by = AnyOf(parts=tuple(_is(TextField.SUPPRESSED_BY, name) for name in names))
        suppressed = All(parts=(suppressed, by))
    covered = AnyOf(parts=tuple(conditions))
    active = All(parts=(_is(TextField.STATUS, FindingStatus.ACTIVE), covered))
    return AnyOf(parts=(suppressed, active))


def _mark(rules: Iterable[SuppressionRule], now: datetime) -> bytes:
    """The fingerprint of the rules in force; empty where there are none."""
    live = [(rule.name, rule.condition) for rule in in_force(rules, now)]
    if not live:
        return b""
    return hashlib.sha256(msgspec.json.encode(live, order="sorted")).hexdigest().encode()


def _last(store: Store) -> bytes:
    record = store.record(_STATE_KIND, "", "", _STATE_ID)
    return b"" if record is None else record.value


def _remember(store: Store, mark: bytes, now: datetime) -> None:
    record = Record(
        kind=_STATE_KIND,
        account="",
        region="",
        id=_STATE_ID,
        value=mark,
        version=0,
        updated_at=now,
    )
    store.put_record(record)


def _is(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))


def statements_of(record: Record) -> tuple[VexStatement, ...]:
    """The statements of a VEX document that is kept.

    Raises:
        StoreError: where they cannot be read.
    """
    try:
        return msgspec.json.decode(record.value, type=tuple[VexStatement, ...])
    except msgspec.DecodeError as error:
        raise StoreError(f"the VEX document {record.id} cannot be read: {error}") from error
