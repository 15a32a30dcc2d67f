"""Which accounts there are, and credentials for each."""

from collections.abc import Iterable, Iterator

from vedette.app.discovery.scope import Scope
from vedette.clients.aws import Account
from vedette.errors import ParseError, ServiceError
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


def malformed(error: ParseError, account: str, region: str, operation: str) -> ScopeFailure:
    """An item that is not what AWS's model says."""
    return ScopeFailure(
        account=account, region=region, operation=operation, code="Malformed", reason=str(error)
    )


def _members(home: Account, own: AccountId) -> Iterator[AccountId | ScopeFailure]:
    """The active accounts of the organization, and what could not be understood; the own one where there is none."""
    try:
        listed = home.listing("organizations", "list_accounts", "Accounts")
    except ServiceError as error:
        yield own
        if error.code not in _NO_ORGANIZATION:
            yield failure_of(error, own)
        return
    for item in listed:
        if item.get("Status") != "ACTIVE":
            continue  # suspended or closing: nothing in it can be called
        try:
            yield parse_account_id(str(item.get("Id")))
        except ParseError as error:
            yield malformed(error, own, "", "organizations:list_accounts")


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
    found: Iterable[AccountId | ScopeFailure] = scope.accounts or tuple(_members(home, own))
    failures = [one for one in found if isinstance(one, ScopeFailure)]
    opened: dict[AccountId, Account] = {}
    for account in sorted({one for one in found if not isinstance(one, ScopeFailure)}):
        try:
            opened[account] = home if account == own else home.assume(account)
        except ServiceError as error:
            failures.append(failure_of(error, account))
    return opened, tuple(failures)
