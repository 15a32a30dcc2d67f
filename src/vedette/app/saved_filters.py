"""Saved filters and suppression rules: records of kind `filter`, with what Inspector has no member for in reserved tags.

`vedette:owner` names who answers for a rule, `vedette:expires-at` (ISO 8601, with an offset) when it ends by itself, and
`vedette:importance` of a filter that is no rule what the findings matter that pass it
(docs/adr/0106-owner-and-expiry-are-tags.md).
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from vedette.app.ports import Store
from vedette.errors import ConfigError, StoreError
from vedette.findings.suppress import SuppressionRule
from vedette.findings.weigh import IMPORTANCE_TAG, ImportanceRule, importance
from vedette.model.filter import All, Any as AnyOf, Filter, Text, TextField, TextOperator, TextTest
from vedette.model.record import Record

KIND = "filter"
MOST_RULES = 500
"""Suppression rules of an account in a Region (Inspector User Guide, "Quotas")."""
OWNER_TAG = "vedette:owner"
EXPIRES_TAG = "vedette:expires-at"
_ID_DIGITS = 16


class Action(StrEnum):
    """Inspector's `FilterAction`."""

    NONE = "NONE"
    SUPPRESS = "SUPPRESS"


class SavedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with a name, of an account in a Region; both are empty for one of everything.

    `criteria` are Inspector's, as JSON; `condition` is the same in our words. `accounts` are those whose findings it is about,
    None for all.
    """

    id: str
    account: str
    region: str
    name: str
    action: Action
    criteria: Mapping[str, Any]
    condition: Filter
    created_at: datetime
    updated_at: datetime
    accounts: tuple[str, ...] | None = None
    description: str | None = None
    reason: str | None = None
    tags: Mapping[str, str] = {}
    version: int = 0


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a filter beside the record's own members."""

    name: str
    action: Action
    criteria: dict[str, Any]
    condition: Filter
    created_at: datetime
    accounts: tuple[str, ...] | None
    description: str | None
    reason: str | None
    tags: dict[str, str]


def new_id(account: str, region: str, name: str, now: datetime) -> str:
    """An id for a new filter: 16 hex digits, as Inspector's."""
    content = f"{account}\0{region}\0{name}\0{now.isoformat()}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def saved_filters(store: Store, account: str, region: str) -> Iterator[SavedFilter]:
    """The filters of an account in a Region, by id.

    Raises:
        StoreError: where the store fails.
    """
    yield from map(_filter, store.records(KIND, account=account, region=region))


def saved_filter(store: Store, account: str, region: str, identifier: str) -> SavedFilter | None:
    """One filter.

    Raises:
        StoreError: where the store fails.
    """
    record = store.record(KIND, account, region, identifier)
    return None if record is None else _filter(record)


def keep(store: Store, saved: SavedFilter) -> SavedFilter:
    """Keep a filter, new where its version is 0.

    Raises:
        ConfigError: where its expiry is no time.
        ConflictError: where somebody else has changed it meanwhile.
        StoreError: where the store fails.
    """
    expiry(saved.tags)
    content = _Content(
        name=saved.name,
        action=saved.action,
        criteria=dict(saved.criteria),
        condition=saved.condition,
        created_at=saved.created_at,
        accounts=saved.accounts,
        description=saved.description,
        reason=saved.reason,
        tags=dict(saved.tags),
    )
    try:
        value = msgspec.json.encode(content, order="deterministic")
    except UnicodeEncodeError:
        raise ConfigError("a filter holds text that is none: half a surrogate pair") from None
    record = Record(
        kind=KIND,
        account=saved.account,
        region=saved.region,
        id=saved.id,
        value=value,
        version=0,
        updated_at=saved.updated_at,
    )
    return _filter(store.put_record(record, expected=saved.version))


def drop(store: Store, saved: SavedFilter) -> None:
    """Forget a filter.

    Raises:
        StoreError: where the store fails.
    """
    store.remove_record(KIND, saved.account, saved.region, saved.id)


def expiry(tags: Mapping[str, str]) -> datetime | None:
    """When a filter with these tags ends.

    Raises:
        ConfigError: where that is no time with an offset.
    """
    text = tags.get(EXPIRES_TAG)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{EXPIRES_TAG}: not a time: {text[:40]!r}") from None
    if moment.tzinfo is None:
        raise ConfigError(f"{EXPIRES_TAG}: without an offset: {text[:40]!r}")
    return moment


def rule_of(saved: SavedFilter) -> SuppressionRule:
    """The filter as a rule, about no more than it may be about."""
    parts: list[Filter] = [saved.condition]
    if saved.region:
        parts.append(_is(TextField.REGION, saved.region))
    if saved.accounts is not None:
        of_accounts = (_is(TextField.ACCOUNT_ID, account) for account in sorted(saved.accounts))
        parts.append(AnyOf(parts=tuple(of_accounts)))
    return SuppressionRule(
        name=saved.name,
        condition=All(parts=tuple(parts)),
        reason=saved.reason or "",
        owner=saved.tags.get(OWNER_TAG, ""),
        expires_at=expiry(saved.tags),
    )


def suppression_rules(store: Store) -> tuple[SuppressionRule, ...]:
    """All rules, expired ones too, by name.

    Raises:
        StoreError: where the store fails.
    """
    filters = map(_filter, store.records(KIND))
    rules = (rule_of(one) for one in filters if one.action is Action.SUPPRESS)
    return tuple(sorted(rules, key=lambda rule: rule.name))


def importance_rules(store: Store) -> tuple[ImportanceRule, ...]:
    """What findings matter by saved filters with the tag `vedette:importance`, by name.

    Raises:
        StoreError: where the store fails.
    """
    found = []
    for saved in map(_filter, store.records(KIND)):
        level = importance(saved.tags.get(IMPORTANCE_TAG, ""))
        if level is not None and saved.action is Action.NONE:
            condition = rule_of(saved).condition
            found.append(ImportanceRule(name=saved.name, condition=condition, importance=level))
    return tuple(sorted(found, key=lambda rule: rule.name))


def _is(field: TextField, value: str) -> Filter:
    return Text(field=field, test=TextTest(operator=TextOperator.EQUALS, value=value))


def _filter(record: Record) -> SavedFilter:
    try:
        content = msgspec.json.decode(record.value, type=_Content)
    except msgspec.DecodeError as error:
        raise StoreError(f"the filter {record.id} cannot be read: {error}") from error
    return SavedFilter(
        id=record.id,
        account=record.account,
        region=record.region,
        name=content.name,
        action=content.action,
        criteria=content.criteria,
        condition=content.condition,
        created_at=content.created_at,
        updated_at=record.updated_at,
        accounts=content.accounts,
        description=content.description,
        reason=content.reason,
        tags=content.tags,
        version=record.version,
    )
