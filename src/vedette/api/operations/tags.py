"""Tags of filters and CIS scan configurations (Inspector2 API: TagResource, UntagResource, ListTagsForResource)."""

from collections.abc import Callable, Mapping

import msgspec

from vedette.api.call import Call, Handler, Input, Note, Output, Support
from vedette.api.errors import ApiError, Code, invalid, not_found
from vedette.api.settling import settle_rule
from vedette.api.translate.saved_filters import checked_tags, parts_of
from vedette.app.cis.configurations import configuration
from vedette.app.saved_filters import SavedFilter, keep, saved_filter
from vedette.app.tags import set_tags, tags_of, without
from vedette.errors import ConflictError
from vedette.findings.weigh import IMPORTANCE_TAG

_CIS = "/cis-configuration/"


class _Tagged(msgspec.Struct, frozen=True, kw_only=True):
    """Something with tags, and how they are replaced."""

    tags: Mapping[str, str]
    replace: Callable[[Mapping[str, str]], None]


def _tag(call: Call, asked: Input) -> Output:
    tagged = _tagged(call, asked["resourceArn"])
    tagged.replace(checked_tags({**tagged.tags, **asked["tags"]}))
    return {}


def _untag(call: Call, asked: Input) -> Output:
    tagged = _tagged(call, asked["resourceArn"])
    tagged.replace(without(tagged.tags, asked["tagKeys"]))
    return {}


def _list(call: Call, asked: Input) -> Output:
    return {"tags": dict(_tagged(call, asked["resourceArn"]).tags)}


HANDLERS: Mapping[str, Handler] = {
    "ListTagsForResource": _list,
    "TagResource": _tag,
    "UntagResource": _untag,
}

NOTES: Mapping[str, Note] = {
    "TagResource": Note(
        support=Support.WORKS,
        why="filters and CIS scan configurations, which are all that there is with tags; "
        "the tag `vedette:expires-at` of a suppression rule ends it",
    ),
}


def _tagged(call: Call, arn: str) -> _Tagged:
    """What an ARN names, of the caller's account.

    Raises:
        ApiError: where there is no such thing.
    """
    if _CIS in arn:
        return _configuration(call, arn)
    parts = parts_of(arn)
    if parts is None:
        raise invalid("Nothing with tags has such an ARN", ("resourceArn", "it names nothing"))
    region, account, identity = parts
    if account != call.caller.account or region != call.region:
        raise not_found(f"{arn} does not exist")
    saved = saved_filter(call.services.store, account, region, identity)
    if saved is None:
        raise not_found(f"{arn} does not exist")
    return _Tagged(tags=saved.tags, replace=lambda tags: _save(call, saved, tags))


def _save(call: Call, saved: SavedFilter, tags: Mapping[str, str]) -> None:
    changed = msgspec.structs.replace(saved, tags=dict(tags), updated_at=call.now)
    try:
        kept = keep(call.services.store, changed)
    except ConflictError as error:
        raise ApiError(Code.THROTTLED, str(error), retry_after=1) from error
    settle_rule(call, saved, kept)  # the tags may say when a rule ends
    if saved.tags.get(IMPORTANCE_TAG) != kept.tags.get(IMPORTANCE_TAG):
        call.services.look_now(())


def _configuration(call: Call, arn: str) -> _Tagged:
    store = call.services.store
    account, identity = call.caller.account, arn.rpartition("/")[2]
    known = configuration(store, account, call.region, identity)
    if known is None or known.arn != arn:
        raise not_found(f"{arn} does not exist")
    return _Tagged(
        tags=tags_of(store, arn),
        replace=lambda tags: set_tags(store, arn, tags, now=call.now),
    )
