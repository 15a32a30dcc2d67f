"""Which accounts there are, and which of them can be entered."""

from datetime import UTC, datetime

import pytest

from tests.simulators.aws_wire import Reply, Wire, error, ok, query_error, xml
from vedette.app.discovery.accounts import failure_of, open_accounts
from vedette.app.discovery.scope import Scope
from vedette.errors import ServiceError
from vedette.model.arn import AccountId
from vedette.model.coverage import ScopeFailure

OWN = AccountId("111111111111")
SECOND, THIRD = AccountId("222222222222"), AccountId("333333333333")
LIST = "organizations.ListAccounts"


def identity(account: str = OWN) -> Reply:
    result = f"<GetCallerIdentityResult><Account>{account}</Account></GetCallerIdentityResult>"
    return xml("GetCallerIdentity", result)


def assumed() -> Reply:
    until = datetime(2999, 1, 1, tzinfo=UTC).isoformat()
    inner = f"""<AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>
        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>{until}</Expiration></Credentials></AssumeRoleResult>"""
    return xml("AssumeRole", inner)


def _members(*accounts: tuple[str | None, str]) -> Reply:
    listed = [{"Id": name, "Status": status} for name, status in accounts]
    return ok({"Accounts": [{k: v for k, v in one.items() if v is not None} for one in listed]})


def _scope(*accounts: AccountId) -> Scope:
    return Scope(regions=("eu-west-1",), accounts=accounts)


@pytest.fixture
def home(wire: Wire) -> Wire:
    wire.says("sts.GetCallerIdentity", identity())
    wire.says("sts.AssumeRole", assumed())
    return wire


def test_every_active_member_is_entered_the_own_one_without_a_role(home: Wire) -> None:
    home.says(LIST, _members((THIRD, "ACTIVE"), (OWN, "ACTIVE"), (SECOND, "ACTIVE")))
    account = home.account()
    opened, failures = open_accounts(account, _scope())
    assert (list(opened), failures) == ([OWN, SECOND, THIRD], ())
    assert opened[OWN] is account
    assert len(home.asked("sts.AssumeRole")) == 2


def test_members_come_in_pages(home: Wire) -> None:
    first = ok({"Accounts": [{"Id": OWN, "Status": "ACTIVE"}], "NextToken": "t"})
    home.says(LIST, first, _members((SECOND, "ACTIVE")))
    assert list(open_accounts(home.account(), _scope())[0]) == [OWN, SECOND]


@pytest.mark.parametrize("status", ["SUSPENDED", "PENDING_CLOSURE", "CLOSED"])
def test_what_is_suspended_or_closing_is_not_entered(home: Wire, status: str) -> None:
    home.says(LIST, _members((OWN, "ACTIVE"), (SECOND, status)))
    assert list(open_accounts(home.account(), _scope())[0]) == [OWN]
    assert not home.asked("sts.AssumeRole")


def test_without_an_organization_there_is_the_own_account(home: Wire) -> None:
    home.says(LIST, error("AWSOrganizationsNotInUseException"))
    opened, failures = open_accounts(home.account(), _scope())
    assert (list(opened), failures) == ([OWN], ())


def test_an_organization_that_may_not_be_listed_is_a_failure_and_the_own_account_is_seen(
    home: Wire,
) -> None:
    home.says(LIST, error("AccessDeniedException", "only for the management account"))
    opened, failures = open_accounts(home.account(), _scope())
    assert list(opened) == [OWN]
    assert failures == (
        ScopeFailure(
            account=OWN,
            region="",
            operation="organizations:list_accounts",
            code="AccessDeniedException",
            reason="only for the management account",
        ),
    )


@pytest.mark.parametrize("identifier", [None, "", "12", "arn:aws:iam::1"])
def test_an_odd_member_costs_only_itself(home: Wire, identifier: str | None) -> None:
    home.says(LIST, _members((OWN, "ACTIVE"), (identifier, "ACTIVE"), (SECOND, "ACTIVE")))
    opened, (failure,) = open_accounts(home.account(), _scope())
    assert list(opened) == [OWN, SECOND]
    assert (failure.code, failure.operation) == ("Malformed", "organizations:list_accounts")


def test_an_account_that_cannot_be_entered_costs_only_itself(home: Wire) -> None:
    home.says(LIST, _members((OWN, "ACTIVE"), (SECOND, "ACTIVE"), (THIRD, "ACTIVE")))
    home.says("sts.AssumeRole", query_error("AccessDenied", "not you", 403), assumed())
    opened, failures = open_accounts(home.account(), _scope())
    assert list(opened) == [OWN, THIRD]
    assert [(one.account, one.operation, one.code, one.reason) for one in failures] == [
        (SECOND, "sts:assume_role", "AccessDenied", "not you")
    ]


def test_accounts_that_are_named_are_all_and_nobody_lists(home: Wire) -> None:
    opened, failures = open_accounts(home.account(), _scope(SECOND, SECOND))
    assert (list(opened), failures) == ([SECOND], ())
    assert not home.asked(LIST)


def test_refused_credentials_of_ones_own_are_an_error(wire: Wire) -> None:
    wire.says("sts.GetCallerIdentity", query_error("InvalidClientTokenId", "unknown", 403))
    with pytest.raises(ServiceError, match="InvalidClientTokenId"):
        open_accounts(wire.account(), _scope())


def test_a_failure_names_the_place_and_the_call() -> None:
    refused = ServiceError("no", service="ec2", operation="describe_vpcs", code="Denied")
    assert failure_of(refused, OWN, "eu-west-1") == ScopeFailure(
        account=OWN, region="eu-west-1", operation="ec2:describe_vpcs", code="Denied", reason="no"
    )
