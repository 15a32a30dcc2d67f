"""Tags of things of the API's that keep none themselves, by ARN."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from vedette.app.documents import Key, keep, read, remove
from vedette.app.ports import RecordStore

_KIND = "tags"
MOST_TAGS = 50


class _Tags(msgspec.Struct, frozen=True, kw_only=True):
    """Keys and values, in order."""

    tags: tuple[tuple[str, str], ...]


def tags_of(store: RecordStore, arn: str) -> dict[str, str]:
    """The tags; none where there are none.

    Raises:
        StoreError: where the store fails.
    """
    found = read(store, Key(kind=_KIND, id=arn), _Tags)
    return {} if found is None else dict(found.tags)


def set_tags(store: RecordStore, arn: str, tags: Mapping[str, str], *, now: datetime) -> None:
    """Replace the tags.

    Raises:
        StoreError: where the store fails.
    """
    key = Key(kind=_KIND, id=arn)
    if tags:
        keep(store, key, _Tags(tags=tuple(sorted(tags.items()))), now=now)
    else:
        remove(store, key)


def without(tags: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """The tags but for those with these keys."""
    gone = frozenset(keys)
    return {key: value for key, value in tags.items() if key not in gone}
