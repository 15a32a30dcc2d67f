"""Whose state a caller may see and change: their own, and the delegated administrator everybody's."""

from collections.abc import Iterable

import msgspec

from vedette.api.call import Call
from vedette.api.errors import denied
from vedette.app.organization import administrator_of, known_accounts, members

NO_ACCESS = "Invoking account does not have access to this account"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts that a request names, in order: those that the caller may ask for, and the others."""

    allowed: tuple[str, ...]
    refused: tuple[str, ...]


def only_administrator(call: Call, what: str) -> None:
    """Refuse callers that do not see every account.

    Raises:
        ApiError: an AccessDeniedException.
    """
    if call.caller.accounts is not None:
        raise denied(f"only the delegated administrator may {what}")


def asked_accounts(call: Call, named: Iterable[str] | None) -> Asked:
    """The accounts of a request; the caller's own where it names none."""
    wanted = sorted(set(named or ())) or [call.caller.account]
    known = _within_reach(call)
    return Asked(
        allowed=tuple(account for account in wanted if account in known),
        refused=tuple(account for account in wanted if account not in known),
    )


def one_account(call: Call, named: str | None) -> str:
    """The account that a request is about; the caller's own where it names none.

    Raises:
        ApiError: an AccessDeniedException, where it is out of the caller's reach.
    """
    asked = asked_accounts(call, (named,) if named else None)
    if asked.refused:
        raise denied(NO_ACCESS)
    return asked.allowed[0]


def is_member(call: Call, account: str) -> bool:
    """Whether an account has an administrator above it.

    Where none was named, whoever sees every account is it.
    """
    named = administrator_of(call.services.store, call.region)
    above = named or (call.caller.account if call.caller.accounts is None else None)
    if above in {None, account}:
        return False
    known = members(call.services.store, call.region, str(above)).get(account)
    return known is not None and known.associated


def _within_reach(call: Call) -> frozenset[str]:
    caller = call.caller
    if caller.accounts is not None:
        return caller.accounts | {caller.account}
    known = members(call.services.store, call.region, caller.account)
    gone = {account for account, one in known.items() if not one.associated}
    return (known_accounts(call.services.store) | known.keys() | {caller.account}) - gone
