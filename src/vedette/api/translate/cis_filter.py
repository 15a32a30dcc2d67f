"""Inspector's filters of CIS configurations and results: criteria are joined by and, the entries of one by or; NOT_EQUALS must all hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from vedette.app.cis.configurations import TargetTag

_Entries = Iterable[Mapping[str, Any]]


def texts_pass(entries: _Entries | None, *values: str | None) -> bool:
    """Whether a field's values pass; one without a value passes only what is not EQUALS or PREFIX."""
    known = [value for value in values if value]
    wanted: list[bool] = []
    for entry in entries or ():
        value = entry["value"]
        match entry["comparison"]:
            case "NOT_EQUALS":
                if value in known:
                    return False
            case "PREFIX":
                wanted.append(any(one.startswith(value) for one in known))
            case _:
                wanted.append(value in known)
    return not wanted or any(wanted)


def numbers_pass(entries: _Entries | None, value: int) -> bool:
    """Whether a number lies between bounds, both included."""
    return entries is None or any(
        entry.get("lowerInclusive", value) <= value <= entry.get("upperInclusive", value)
        for entry in entries
    )


def times_pass(entries: _Entries | None, value: Any) -> bool:
    """Whether a scan began between times, both included."""
    return entries is None or any(
        entry.get("earliestScanStartTime", value)
        <= value
        <= entry.get("latestScanStartTime", value)
        for entry in entries
    )


def tags_pass(entries: _Entries | None, tags: Iterable[TargetTag]) -> bool:
    """Whether targets are asked for by one of these tags."""
    has = {(tag.key, value) for tag in tags for value in tag.values}
    return entries is None or any((entry["key"], entry["value"]) in has for entry in entries)
