"""Saved filters and suppression rules (Inspector2 API: CreateFilter, UpdateFilter, DeleteFilter, ListFilters).

A rule is applied to what is stored before the answer is given, up to a number of findings; what is left is for a pass that is
asked for at once.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import conflict, denied, invalid, not_found, over_quota
from vedette.api.listing import page
from vedette.api.scope import NO_ACCESS, is_member
from vedette.api.settling import settle_rule
from vedette.api.translate.filters import filter_of
from vedette.api.translate.saved_filters import (
    checked_tags,
    filter_arn,
    filter_told,
    kept_criteria,
    parts_of,
)
from vedette.app.saved_filters import (
    MOST_RULES,
    Action,
    SavedFilter,
    drop,
    keep,
    new_id,
    saved_filter,
    saved_filters,
)
from vedette.errors import ConfigError, ConflictError

_A_PAGE = 100


def _create(call: Call, asked: Input) -> Output:
    caller = call.caller
    accounts = None if caller.accounts is None else tuple(sorted(caller.accounts))
    saved = SavedFilter(
        id=new_id(caller.account, call.region, asked["name"], call.now),
        account=caller.account,
        region=call.region,
        name=asked["name"],
        action=Action(asked["action"]),
        criteria=kept_criteria(asked["filterCriteria"]),
        condition=filter_of(asked["filterCriteria"]),
        created_at=call.now,
        updated_at=call.now,
        accounts=accounts,
        description=asked.get("description"),
        reason=asked.get("reason"),
        tags=checked_tags(asked.get("tags")),
    )
    _check(call, saved, None)
    return _put(call, saved, None)


def _update(call: Call, asked: Input) -> Output:
    before = _named(call, asked["filterArn"])
    criteria = asked.get("filterCriteria")
    changed: dict[str, Any] = {
        name: asked[name] for name in ("name", "description", "reason") if name in asked
    }
    if "action" in asked:
        changed["action"] = Action(asked["action"])
    if criteria is not None:
        changed |= {"criteria": kept_criteria(criteria), "condition": filter_of(criteria)}
    saved = msgspec.structs.replace(before, updated_at=call.now, **changed)
    _check(call, saved, before)
    return _put(call, saved, before)


def _delete(call: Call, asked: Input) -> Output:
    before = _named(call, asked["arn"])
    if before.action is Action.SUPPRESS:
        _may_suppress(call)
    drop(call.services.store, before)
    settle_rule(call, before, None)
    return {"arn": asked["arn"]}


def _list(call: Call, asked: Input) -> Output:
    wanted = asked.get("arns")
    action = asked.get("action")
    found = (
        saved
        for saved in _visible(call)
        if (not wanted or filter_arn(call, saved) in wanted)
        and (action is None or saved.action == action)
    )
    several = sorted(found, key=lambda saved: saved.id)
    shown, token = page(call, asked, several, lambda saved: saved.id, _A_PAGE)
    return {"filters": [filter_told(call, saved) for saved in shown], **token}


HANDLERS: Mapping[str, Handler] = {
    "CreateFilter": _create,
    "DeleteFilter": _delete,
    "ListFilters": _list,
    "UpdateFilter": _update,
}

_AT_ONCE_NOTE = "a rule takes effect at once; the tag `vedette:expires-at` ends it by itself"
NOTES: Mapping[str, Note] = {
    "CreateFilter": Note(support=Support.WORKS, why=_AT_ONCE_NOTE),
    "UpdateFilter": Note(support=Support.WORKS, why=_AT_ONCE_NOTE),
}


def _visible(call: Call) -> Iterator[SavedFilter]:
    store = call.services.store
    yield from saved_filters(store, call.caller.account, call.region)
    if call.caller.accounts is None:
        yield from saved_filters(store, "", "")


def _named(call: Call, arn: str) -> SavedFilter:
    """The filter of an ARN.

    Raises:
        ApiError: where it is another account's or Region's, or there is none.
    """
    parts = parts_of(arn)
    if parts is None:
        raise invalid("Not the ARN of a filter", ("filterArn", "not the ARN of a filter"))
    region, account, identifier = parts
    if account != call.caller.account:
        raise denied(NO_ACCESS)
    store = call.services.store
    found = saved_filter(store, account, region, identifier) if region == call.region else None
    if found is None and call.caller.accounts is None:
        found = saved_filter(store, "", "", identifier)
    if found is None:
        raise not_found("There is no such filter")
    return found


def _check(call: Call, saved: SavedFilter, before: SavedFilter | None) -> None:
    """What others there are: no name twice, and no more rules than may be."""
    others = [
        one
        for one in saved_filters(call.services.store, saved.account, saved.region)
        if before is None or one.id != before.id
    ]
    if any(one.name == saved.name for one in others):
        raise invalid("There is a filter of this name", ("name", "there is a filter of this name"))
    if before is not None and before.action is Action.SUPPRESS:
        _may_suppress(call)
    if saved.action is not Action.SUPPRESS:
        return
    _may_suppress(call)
    if sum(one.action is Action.SUPPRESS for one in others) >= MOST_RULES:
        raise over_quota(f"At most {MOST_RULES} suppression rules", resource_id=saved.account)


def _may_suppress(call: Call) -> None:
    if is_member(call, call.caller.account):
        raise denied("only the delegated administrator and standalone accounts have rules")


def _put(call: Call, saved: SavedFilter, before: SavedFilter | None) -> Output:
    arn = filter_arn(call, saved)
    try:
        keep(call.services.store, saved)
    except ConflictError:
        raise conflict(
            "The filter was changed meanwhile", resource_id=arn, resource_type="FILTER"
        ) from None
    except ConfigError as error:
        raise invalid(str(error)) from None
    settle_rule(call, before, saved)
    return {"arn": arn}
