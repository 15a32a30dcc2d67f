"""The organization as vedette knows it: accounts that passes saw, who administers them, who is a member."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from vedette.app.documents import Key, documents, keep, read, remove
from vedette.app.ports import EstateStore, RecordStore, Store

_SEEN = "account"
_MEMBER = "member"
_ADMINISTRATOR = "delegated-administrator"


class SeenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that a pass has seen, and when it did so first."""

    first_seen_at: datetime


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an account is a member, and since when; None where it always was."""

    associated: bool
    updated_at: datetime | None = None


class Administrator(msgspec.Struct, frozen=True, kw_only=True):
    """The delegated administrator of a Region."""

    account: str


def note_accounts(store: RecordStore, accounts: Iterable[str], *, now: datetime) -> None:
    """Remember which accounts there are; a pass says so after discovery.

    Raises:
        StoreError: where the store fails.
    """
    known = {record.id for record in store.records(_SEEN)}
    for account in sorted(set(accounts) - known):
        keep(store, Key(kind=_SEEN, id=account), SeenAccount(first_seen_at=now), now=now)


def known_accounts(store: Store) -> frozenset[str]:
    """The accounts that passes have seen.

    Raises:
        StoreError: where the store fails.
    """
    seen = frozenset(record.id for record in store.records(_SEEN))
    return seen or _accounts_of_resources(store)


def _accounts_of_resources(store: EstateStore) -> frozenset[str]:
    """Where no pass has said which accounts there are."""
    accounts = (resource.ref.account for resource in store.resources())
    return frozenset(account for account in accounts if account is not None)


def members(store: Store, region: str, administrator: str) -> Mapping[str, Membership]:
    """Every account of the organization but its administrator's, by id.

    Who is known and was never associated is a member from the beginning: the organization's accounts are looked at.

    Raises:
        StoreError: where the store fails.
    """
    found = {account: Membership(associated=True) for account in known_accounts(store)}
    found |= {key.account: one for key, one in documents(store, _MEMBER, Membership, region=region)}
    found.pop(administrator, None)
    return dict(sorted(found.items()))


def set_member(
    store: RecordStore, account: str, region: str, *, associated: bool, now: datetime
) -> None:
    """Associate an account, or end that.

    Raises:
        StoreError: where the store fails.
    """
    key = Key(kind=_MEMBER, account=account, region=region)
    keep(store, key, Membership(associated=associated, updated_at=now), now=now)


def administrator_of(store: RecordStore, region: str) -> str | None:
    """The account that was named as the delegated administrator.

    Raises:
        StoreError: where the store fails.
    """
    named = read(store, Key(kind=_ADMINISTRATOR, region=region), Administrator)
    return None if named is None else named.account


def name_administrator(store: RecordStore, region: str, account: str, *, now: datetime) -> None:
    """Name the delegated administrator.

    Raises:
        ConflictError: where one is named already.
        StoreError: where the store fails.
    """
    key = Key(kind=_ADMINISTRATOR, region=region)
    keep(store, key, Administrator(account=account), now=now, expected=0)


def forget_administrator(store: RecordStore, region: str) -> None:
    """No account is the delegated administrator any more.

    Raises:
        StoreError: where the store fails.
    """
    remove(store, Key(kind=_ADMINISTRATOR, region=region))
