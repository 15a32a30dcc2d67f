"""Where an account wants packages of languages looked for on its instances."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from vedette.app.documents import Key, read, revise
from vedette.app.ports import RecordStore

_KIND = "deep-inspection"
_OF_ALL = "deep-inspection-of-all"


class DeepInspection(msgspec.Struct, frozen=True, kw_only=True):
    """Whether, and in which paths besides the usual ones."""

    active: bool = True
    paths: tuple[str, ...] = ()


def deep_inspection_of(store: RecordStore, account: str, region: str) -> DeepInspection:
    """An account's own.

    Raises:
        StoreError: where the store fails.
    """
    return read(store, _key(account, region), DeepInspection) or DeepInspection()


def paths_of_all(store: RecordStore, region: str) -> tuple[str, ...]:
    """The paths for every account.

    Raises:
        StoreError: where the store fails.
    """
    found = read(store, Key(kind=_OF_ALL, region=region), DeepInspection)
    return () if found is None else found.paths


def change_deep_inspection(
    store: RecordStore,
    account: str,
    region: str,
    change: Callable[[DeepInspection], DeepInspection],
    *,
    now: datetime,
) -> DeepInspection:
    """Change an account's own, and say what it is then.

    Raises:
        StoreError: where the store fails.
    """
    return revise(store, _key(account, region), DeepInspection(), change, now=now)


def set_paths_of_all(
    store: RecordStore, region: str, paths: tuple[str, ...], *, now: datetime
) -> None:
    """Set the paths for every account.

    Raises:
        StoreError: where the store fails.
    """
    wanted = DeepInspection(paths=paths)
    revise(store, Key(kind=_OF_ALL, region=region), wanted, lambda _: wanted, now=now)


def _key(account: str, region: str) -> Key:
    return Key(kind=_KIND, account=account, region=region)
