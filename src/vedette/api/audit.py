"""The audit log: one line of JSON for each request, who did what to what, and what came of it. Bodies are not in it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

Write = Callable[[str], None]
"""Takes a line without its end."""

_MOST_RESOURCES = 10
_LONGEST = 300
_TELLING = ("arn", "arns", "accountid", "accountids", "reportid", "scanid")


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request. `outcome` is `ok`, or the code of the refusal; what is not known of it is left out."""

    time: datetime
    request_id: str
    address: str = ""
    access_key: str = ""
    account: str = ""
    role: str = ""
    service: str = ""
    region: str = ""
    operation: str = ""
    resources: tuple[str, ...] = ()
    status: int
    outcome: str
    milliseconds: float


def line(entry: Entry) -> str:
    """The line of an entry."""
    return msgspec.json.encode(entry).decode()


def resources(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """What a request names: ARNs, accounts, reports; at most ten, each cut."""
    found = (text[:_LONGEST] for text in _named(asked))
    return tuple(text for text, _ in zip(found, range(_MOST_RESOURCES), strict=False))


def _named(asked: Mapping[str, Any]) -> Iterator[str]:
    for name, value in asked.items():
        if not name.lower().endswith(_TELLING):
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                yield item
