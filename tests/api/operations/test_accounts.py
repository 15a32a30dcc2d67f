from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.clients import NOW, NewClient
from vedette.app.enablement import Enablement, Plan, ScanKind, plan_of
from vedette.app.organization import note_accounts
from vedette.model.arn import AccountId
from vedette.model.resource import ResourceRef, ResourceType
from vedette.store.store import SqlStore

ADMIN, MEMBER, STRANGER = "111122223333", "222233334444", "999999999999"
ALL_ON = {
    "ec2": "ENABLED",
    "ecr": "ENABLED",
    "lambda": "ENABLED",
    "lambdaCode": "DISABLED",
    "codeRepository": "DISABLED",
    "ami": "DISABLED",
}


def _error(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    error: Any = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_everything_that_vedette_has_is_enabled_from_the_beginning(
    client: NewClient, store: SqlStore
) -> None:
    answer = client(store).batch_get_account_status()
    (account,) = answer["accounts"]
    assert account["accountId"] == ADMIN
    assert account["state"]["status"] == "ENABLED"
    assert {name: one["status"] for name, one in account["resourceState"].items()} == ALL_ON
    assert answer["failedAccounts"] == []


def test_types_are_disabled_and_enabled(client: NewClient, store: SqlStore) -> None:
    note_accounts(store, [ADMIN, MEMBER], now=NOW)
    asked: list[tuple[str, ...]] = []
    admin = client(store, look_now=asked.append)
    off = admin.disable(accountIds=[MEMBER, STRANGER], resourceTypes=["ECR"])
    assert off["accounts"] == [
        {
            "accountId": MEMBER,
            "status": "ENABLED",
            "resourceStatus": {**ALL_ON, "ecr": "DISABLED"},
        }
    ]
    assert off["failedAccounts"] == [
        {
            "accountId": STRANGER,
            "errorCode": "ACCESS_DENIED",
            "errorMessage": "Invoking account does not have access to this account",
        }
    ]
    everything = admin.disable(accountIds=[MEMBER])
    assert everything["accounts"][0]["status"] == "DISABLED"
    assert plan_of(store).enablement(MEMBER, "us-east-1") == Enablement(types=())
    on = admin.enable(accountIds=[MEMBER], resourceTypes=["LAMBDA", "EC2"])
    assert on["accounts"][0]["resourceStatus"] == {**ALL_ON, "ecr": "DISABLED"}
    assert asked == [(), (), ()]
    assert admin.batch_get_account_status()["accounts"][0]["state"]["status"] == "ENABLED"


def test_what_is_disabled_is_not_looked_at(client: NewClient, store: SqlStore) -> None:
    client(store).disable(resourceTypes=["ECR"])
    plan = plan_of(store)

    def ref(kind: ResourceType, account: str | None = ADMIN, region: str = "us-east-1") -> Any:
        named = None if account is None else AccountId(account)
        return ResourceRef(type=kind, id="x", account=named, region=region)

    image = ResourceType.ECR_CONTAINER_IMAGE
    assert not plan.wants(ref(image))
    assert plan.wants(ref(image, region="eu-west-1"))
    assert plan.wants(ref(image, MEMBER))
    assert plan.wants(ref(image, None))
    assert plan.wants(ref(ResourceType.EC2_INSTANCE))
    assert plan.wants(ref(ResourceType.LOCAL))


def test_plan_without_records_wants_everything() -> None:
    assert Plan().enablement(ADMIN, "us-east-1").types == (
        ScanKind.EC2,
        ScanKind.ECR,
        ScanKind.LAMBDA,
    )


@pytest.mark.parametrize("kind", ["LAMBDA_CODE", "CODE_REPOSITORY"])
def test_code_scanning_is_refused_as_in_regions_without_it(
    client: NewClient, store: SqlStore, kind: str
) -> None:
    with pytest.raises(ClientError, match="is not supported in us-east-1") as refused:
        client(store).enable(resourceTypes=["EC2", kind])
    assert _error(refused)[0] == "AccessDeniedException"


def test_member_does_not_disable_itself(client: NewClient, store: SqlStore) -> None:
    note_accounts(store, [ADMIN, MEMBER], now=NOW)
    client(store).enable_delegated_admin_account(delegatedAdminAccountId=ADMIN)
    member = client(store, MEMBER, accounts=frozenset({MEMBER}))
    with pytest.raises(ClientError) as refused:
        member.disable()
    assert _error(refused) == (
        "AccessDeniedException",
        f"Member account {MEMBER} is not authorized to disable itself",
    )
    assert [one["operation"] for one in member.list_account_permissions()["permissions"]] == [
        "ENABLE_SCANNING"
    ] * 3
    client(store).disassociate_member(accountId=MEMBER)
    assert member.disable()["accounts"][0]["status"] == "DISABLED"


def test_member_sees_its_own_account_alone(client: NewClient, store: SqlStore) -> None:
    note_accounts(store, [ADMIN, MEMBER], now=NOW)
    member = client(store, MEMBER, accounts=frozenset({MEMBER}))
    answer = member.batch_get_account_status(accountIds=[ADMIN, MEMBER])
    assert [one["accountId"] for one in answer["accounts"]] == [MEMBER]
    assert [one["accountId"] for one in answer["failedAccounts"]] == [ADMIN]


def test_nobody_has_a_free_trial(client: NewClient, store: SqlStore) -> None:
    answer = client(store).batch_get_free_trial_info(accountIds=[ADMIN, STRANGER])
    assert answer["accounts"] == [{"accountId": ADMIN, "freeTrialInfo": []}]
    assert answer["failedAccounts"] == [
        {
            "accountId": STRANGER,
            "code": "ACCESS_DENIED",
            "message": "Invoking account does not have access to this account",
        }
    ]


def test_permissions_are_paged(client: NewClient, store: SqlStore) -> None:
    pages = client(store).get_paginator("list_account_permissions")
    found = list(
        pages.paginate(service="ECR", PaginationConfig={"PageSize": 1}).search("permissions[]")
    )
    assert found == [
        {"service": "ECR", "operation": "DISABLE_SCANNING"},
        {"service": "ECR", "operation": "ENABLE_SCANNING"},
    ]
