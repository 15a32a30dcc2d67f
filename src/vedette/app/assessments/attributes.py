"""Attributes that people give to the findings of runs, by the finding's ARN."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from vedette.app.assessments.store import Place
from vedette.app.documents import Key, read, revise
from vedette.app.ports import RecordStore
from vedette.model.resource import Tag

_KIND = "classic-attributes"


class _Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """In order of keys."""

    attributes: tuple[Tag, ...] = ()


def attributes_of(store: RecordStore, place: Place, arn: str) -> tuple[Tag, ...]:
    """The attributes of a finding.

    Raises:
        StoreError: where the store fails.
    """
    found = read(store, _key(place, arn), _Attributes)
    return () if found is None else found.attributes


def change_attributes(
    store: RecordStore,
    place: Place,
    arn: str,
    *,
    put: Iterable[Tag] = (),
    drop: Iterable[str] = (),
    now: datetime,
) -> None:
    """Put attributes, those with the same keys replaced, and drop others.

    Raises:
        StoreError: where the store fails.
    """
    new, gone = {one.key: one for one in put}, frozenset(drop)

    def change(known: _Attributes) -> _Attributes:
        all_of = {one.key: one for one in known.attributes} | new
        return _Attributes(
            attributes=tuple(all_of[key] for key in sorted(all_of) if key not in gone)
        )

    revise(store, _key(place, arn), _Attributes(), change, now=now)


def _key(place: Place, arn: str) -> Key:
    account, region = place
    return Key(kind=_KIND, account=account, region=region, id=arn)
