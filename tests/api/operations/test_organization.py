from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from tests.findings.make import IMAGE
from vedette.app.enablement import Enablement, ScanKind, plan_of
from vedette.app.organization import known_accounts, note_accounts
from vedette.store.store import SqlStore

ADMIN, FIRST, SECOND = "111122223333", "222233334444", "333344445555"


@pytest.fixture
def admin(client: NewClient, store: SqlStore) -> Any:
    note_accounts(store, [ADMIN, FIRST, SECOND], now=NOW)
    return client(store)


def _code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    error: Any = refused.value.response["Error"]
    return str(error["Code"])


def test_whoever_sees_everything_administers_until_somebody_is_named(
    admin: Any, client: NewClient, store: SqlStore
) -> None:
    assert admin.get_delegated_admin_account()["delegatedAdmin"] == {
        "accountId": ADMIN,
        "relationshipStatus": "ENABLED",
    }
    member = client(store, FIRST, accounts=frozenset({FIRST}))
    with pytest.raises(ClientError) as refused:
        member.get_delegated_admin_account()
    assert _code(refused) == "ResourceNotFoundException"
    assert member.list_delegated_admin_accounts()["delegatedAdminAccounts"] == []


def test_administrator_is_named_once(admin: Any) -> None:
    named = admin.enable_delegated_admin_account(delegatedAdminAccountId=SECOND)
    assert named["delegatedAdminAccountId"] == SECOND
    admin.enable_delegated_admin_account(delegatedAdminAccountId=SECOND)
    with pytest.raises(ClientError) as refused:
        admin.enable_delegated_admin_account(delegatedAdminAccountId=FIRST)
    assert _code(refused) == "ConflictException"
    response: Any = refused.value.response
    assert response["resourceId"] == FIRST
    assert admin.list_delegated_admin_accounts()["delegatedAdminAccounts"] == [
        {"accountId": SECOND, "status": "ENABLED"}
    ]
    with pytest.raises(ClientError) as refused:
        admin.disable_delegated_admin_account(delegatedAdminAccountId=FIRST)
    assert _code(refused) == "ResourceNotFoundException"
    admin.disable_delegated_admin_account(delegatedAdminAccountId=SECOND)
    assert admin.get_delegated_admin_account()["delegatedAdmin"]["accountId"] == ADMIN


def test_accounts_are_members_until_disassociated(admin: Any) -> None:
    pages = admin.get_paginator("list_members")
    config = {"PageSize": 1}
    found = list(pages.paginate(PaginationConfig=config).search("members[].accountId"))
    assert found == [FIRST, SECOND]
    admin.disassociate_member(accountId=FIRST)
    assert [one["accountId"] for one in admin.list_members()["members"]] == [SECOND]
    assert admin.list_members(onlyAssociated=False)["members"] == [
        {
            "accountId": FIRST,
            "relationshipStatus": "REMOVED",
            "delegatedAdminAccountId": ADMIN,
            "updatedAt": NOW,
        },
        {
            "accountId": SECOND,
            "relationshipStatus": "ENABLED",
            "delegatedAdminAccountId": ADMIN,
        },
    ]
    failed = admin.enable(accountIds=[FIRST], resourceTypes=["EC2"])["failedAccounts"]
    assert [one["errorCode"] for one in failed] == ["ACCESS_DENIED"]
    admin.associate_member(accountId=FIRST)
    assert admin.get_member(accountId=FIRST)["member"]["relationshipStatus"] == "ENABLED"


def test_member_knows_itself_alone(admin: Any, client: NewClient, store: SqlStore) -> None:
    member = client(store, FIRST, accounts=frozenset({FIRST}))
    assert member.get_member(accountId=FIRST)["member"] == {
        "accountId": FIRST,
        "relationshipStatus": "ENABLED",
    }
    for call in (
        lambda: member.get_member(accountId=SECOND),
        member.list_members,
        lambda: member.associate_member(accountId=SECOND),
        lambda: member.disassociate_member(accountId=SECOND),
        lambda: member.enable_delegated_admin_account(delegatedAdminAccountId=FIRST),
        lambda: admin.associate_member(accountId=ADMIN),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert _code(refused) == "AccessDeniedException"
    with pytest.raises(ClientError) as refused:
        admin.get_member(accountId="999999999999")
    assert _code(refused) == "ResourceNotFoundException"


def test_what_new_accounts_get_does_not_change_those_that_are_known(
    admin: Any, store: SqlStore
) -> None:
    assert admin.describe_organization_configuration()["autoEnable"] == {
        "ec2": True,
        "ecr": True,
        "lambda": True,
        "lambdaCode": False,
        "codeRepository": False,
        "ami": False,
    }
    answer = admin.update_organization_configuration(autoEnable={"ec2": True, "ecr": False})
    assert answer["autoEnable"]["ecr"] is False
    assert answer["autoEnable"]["lambda"] is False
    plan = plan_of(store)
    assert plan.enablement("444455556666", "us-east-1") == Enablement(types=(ScanKind.EC2,))
    assert plan.enablement(FIRST, "us-east-1") == Enablement()
    assert plan.enablement("444455556666", "eu-west-1") == Enablement()
    with pytest.raises(ClientError, match="lambdaCode is not supported") as refused:
        admin.update_organization_configuration(
            autoEnable={"ec2": True, "ecr": True, "lambdaCode": True}
        )
    assert _code(refused) == "AccessDeniedException"


def test_accounts_are_those_of_resources_where_no_pass_has_said_so(store: SqlStore) -> None:
    assert known_accounts(store) == frozenset()
    store.save_resources([IMAGE], looked_in=(), now=NOW)
    assert known_accounts(store) == {"111122223333"}
