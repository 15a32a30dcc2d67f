"""Which accounts there are, and credentials for each."""

from vedette.app.discovery.scope import Scope
from vedette.clients.aws import Account
from vedette.errors import ServiceError
from vedette.model.arn import AccountId, parse_account_id
from vedette.model.coverage import ScopeFailure

_NO_ORGANIZATION = frozenset({"AWSOrganizationsNotInUseException"})


def failure_of(error: ServiceError, account: str, region: str = "") -> ScopeFailure:
    """A refused call as a part of the estate that was not seen."""
    return ScopeFailure(
        account=account,
        region=region,
        operation=f"{error.service}:{error.operation}",
        code=error.code,
        reason=error.reason,
    )


def _members(
    home: Account, own: AccountId
) -> tuple[tuple[AccountId, ...], tuple[ScopeFailure, ...]]:
    try:
        listed = home.listing("organizations", "list_accounts", "Accounts")
    except ServiceError as error:
        if error.code in _NO_ORGANIZATION:
            return (own,), ()
        return (own,), (failure_of(error, own),)
    active = {
        parse_account_id(account["Id"]) for account in listed if account.get("Status") == "ACTIVE"
    }
    return tuple(sorted(active)), ()


def open_accounts(
    home: Account, scope: Scope
) -> tuple[dict[AccountId, Account], tuple[ScopeFailure, ...]]:
    """Every account of the scope that can be entered, and a failure for each that cannot.

    Args:
        home: the caller's own credentials, those of the management account or a delegated administrator.
        scope: what to look at.

    Raises:
        ServiceError: where the caller's own credentials are refused.
    """
    own = home.identity()
    members, failures = (scope.accounts, ()) if scope.accounts else _members(home, own)
    opened: dict[AccountId, Account] = {}
    for account in members:
        if account == own:
            opened[account] = home
            continue
        try:
            opened[account] = home.assume(account)
        except ServiceError as error:
            failures = (*failures, failure_of(error, account))
    return opened, failures
