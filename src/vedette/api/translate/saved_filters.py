"""Saved filters in the words of the service model (inspector2 API model, `Filter`)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from vedette.api.call import Call, Output
from vedette.api.errors import ApiError, Code
from vedette.app.saved_filters import SavedFilter, expiry
from vedette.errors import ConfigError

_TIMES = frozenset({"startInclusive", "endInclusive"})
_MOST_TAGS = 50
_LONGEST_KEY = 128
_LONGEST_VALUE = 256
_ARN = re.compile(r"arn:[\w-]+:inspector2:([\w-]+):(\d{12}):owner/(\d{12})/filter/([0-9a-f]{16})")


def filter_arn(call: Call, saved: SavedFilter) -> str:
    """The ARN; a filter of everything has the one that the caller would have given it."""
    account = saved.account or call.caller.account
    region = saved.region or call.region
    return f"arn:{call.partition}:inspector2:{region}:{account}:owner/{account}/filter/{saved.id}"


def parts_of(arn: str) -> tuple[str, str, str] | None:
    """Region, account and id; None where it is no filter's ARN."""
    found = _ARN.fullmatch(arn)
    if found is None or found[2] != found[3]:
        return None
    return found[1], found[2], found[4]


def filter_told(call: Call, saved: SavedFilter) -> Output:
    """A filter."""
    known = {"description": saved.description, "reason": saved.reason}
    return {
        "arn": filter_arn(call, saved),
        "ownerId": saved.account or call.caller.account,
        "name": saved.name,
        "action": str(saved.action),
        "criteria": _timed(saved.criteria),
        "createdAt": saved.created_at,
        "updatedAt": saved.updated_at,
        "tags": dict(saved.tags),
        **{name: value for name, value in known.items() if value is not None},
    }


def kept_criteria(criteria: Mapping[str, Any]) -> dict[str, Any]:
    """Criteria as JSON: times as text."""
    kept: dict[str, Any] = msgspec.to_builtins(dict(criteria))
    return kept


def checked_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Tags that may be kept (AWS General Reference, "Tagging AWS resources").

    Raises:
        ApiError: a BadRequestException.
    """
    given = dict(tags or {})
    if len(given) > _MOST_TAGS:
        raise _bad(f"at most {_MOST_TAGS} tags")
    for key, value in given.items():
        if not 0 < len(key) <= _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            raise _bad(
                f"a key has 1 to {_LONGEST_KEY} characters, a value at most {_LONGEST_VALUE}"
            )
        if key.lower().startswith("aws:"):
            raise _bad("keys that begin with aws: are AWS's own")
    try:
        expiry(given)
    except ConfigError as error:
        raise _bad(str(error)) from None
    return given


def _bad(reason: str) -> ApiError:
    return ApiError(Code.BAD_REQUEST, f"One or more tags submitted is not valid: {reason}")


def _timed(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: datetime.fromisoformat(one) if name in _TIMES else _timed(one)
                for name, one in value.items()
            }
        case list():
            return [_timed(one) for one in value]
        case _:
            return value
